"""The sampled pairs in vectorbt.

usage: run_vectorbt.py JOB.json numba|rust try|CHUNK ANSWER.json

All pairs at once need 26 MiB a pair and 200,000 bars, so they go in chunks: `try` answers which
size is the fastest, in a process of its own, as its peak memory is not that of the run.
Timed: from the closes to the total returns and the counts of closed trades. Compiling is not: one
chunk goes ahead. Nor is collecting garbage: a portfolio holds cycles, and would outlive its chunk.
"""

import gc
import json
import platform
import sys
import time

import llvmlite
import numba
import numpy as np
import pandas
import vectorbt as vbt


def run(close, pairs, job):
    fast = vbt.MA.run(close, [f for f, _ in pairs], short_name="fast")
    slow = vbt.MA.run(close, [s for _, s in pairs], short_name="slow")
    portfolio = vbt.Portfolio.from_signals(
        close[:, None],
        fast.ma_crossed_above(slow),
        fast.ma_crossed_below(slow),
        fees=job["commission"],
        init_cash=job["capital"],
    )
    trades = portfolio.trades
    return portfolio.total_return(), trades.closed.count(), trades


def run_chunks(close, pairs, chunk, job):
    """Seconds, and for each pair its total return and the numbers of closed and all trades."""
    seconds, columns = 0.0, []
    for start in range(0, len(pairs), chunk):
        begin = time.perf_counter()
        total, closed, trades = run(close, pairs[start:start + chunk], job)
        seconds += time.perf_counter() - begin
        columns.append([np.ravel(x) for x in (total, closed, trades.count())])
        del total, closed, trades
        gc.collect()
    return seconds, [np.concatenate(x).tolist() for x in zip(*columns)]


def fastest(close, job):
    trial = job["pairs"][:max(job["chunks"])]
    speed = {}
    for chunk in job["chunks"]:
        run(close, trial[:chunk], job)
        speed[chunk] = run_chunks(close, trial, chunk, job)[0]
    return min(speed, key=speed.get)


def run_rounds(close, chunk, job):
    pairs = job["pairs"]
    run(close, pairs[:chunk], job)
    rounds = [run_chunks(close, pairs, chunk, job) for _ in range(job["rounds"])]
    total, closed, count = rounds[0][1]
    return {
        "seconds": [r[0] for r in rounds],
        "total_return": total,
        "trades": closed,
        "open_trades": [a - b for a, b in zip(count, closed)],
        "note": f"{chunk:,} pairs at once, the fastest of "
                + ", ".join(f"{n:,}" for n in job["chunks"]),
        "versions": {
            "vectorbt": vbt.__version__,
            "numba": numba.__version__,
            "llvmlite": llvmlite.__version__,
            "pandas": pandas.__version__,
            "numpy": np.__version__,
            "Python": platform.python_version(),
        },
    }


def main(job_path, engine, chunk, answer_path):
    with open(job_path, encoding="ascii") as f:
        job = json.load(f)
    vbt.settings["engine"] = engine
    close = np.loadtxt(job["prices"], delimiter=",", skiprows=1, usecols=4)
    if chunk == "try":
        answer = {"chunk": fastest(close, job)}
    else:
        answer = run_rounds(close, int(chunk), job)
    with open(answer_path, "w", encoding="ascii") as f:
        json.dump(answer, f)


if __name__ == "__main__":
    main(*sys.argv[1:])
