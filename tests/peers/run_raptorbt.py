"""The sampled pairs in raptorbt.

usage: run_raptorbt.py JOB.json ANSWER.json

Timed: from two averages to the result. The averages, its own, once for each window, are not:
raptorbt takes arrays of entries and exits and knows no grid. It has no crosses either: numpy's.
"""

import importlib.metadata
import json
import sys
import time

import numpy as np
import raptorbt


def crosses(fast, slow):
    """Entries and exits: the side changed from one bar to the next, both averages defined."""
    above, below = fast > slow, fast < slow  # NaN: neither
    entries, exits = np.zeros(len(fast), bool), np.zeros(len(fast), bool)
    np.logical_and(above[1:], below[:-1], out=entries[1:])
    np.logical_and(below[1:], above[:-1], out=exits[1:])
    return entries, exits


def run_all(close, averages, job):
    """Seconds of all, of the signals alone, and what came out, one row a pair."""
    config = raptorbt.BacktestConfig(
        initial_capital=job["capital"],
        fees=job["commission"],
        slippage=0.0,
        fill_timing="same_bar_close",
    )
    times = np.arange(len(close), dtype=np.int64) * 60_000_000_000
    volume = np.ones(len(close))
    rows, signals = [], 0.0
    begin = time.perf_counter()
    for fast, slow in job["pairs"]:
        start = time.perf_counter()
        entries, exits = crosses(averages[fast], averages[slow])
        signals += time.perf_counter() - start
        metrics = raptorbt.run_single_backtest(
            times, close, close, close, close, volume, entries, exits,
            direction=1, weight=1.0, symbol="WALK", config=config,
        ).metrics
        rows.append((metrics.total_return_pct / 100, metrics.total_closed_trades,
                     metrics.total_open_trades))
    return time.perf_counter() - begin, signals, rows


def main(job_path, answer_path):
    with open(job_path, encoding="ascii") as f:
        job = json.load(f)
    close = np.loadtxt(job["prices"], delimiter=",", skiprows=1, usecols=4)
    begin = time.perf_counter()
    averages = {w: raptorbt.sma(close, w) for w in {w for pair in job["pairs"] for w in pair}}
    averaging = time.perf_counter() - begin

    rounds = [run_all(close, averages, job) for _ in range(job["rounds"])]
    best, signals, rows = min(rounds, key=lambda r: r[0])
    total, closed, still_open = zip(*rows)
    answer = {
        "seconds": [r[0] for r in rounds],
        "total_return": total,
        "trades": closed,
        "open_trades": still_open,
        "note": f"one pair at a time; {100 * signals / best:.0f} % of the time are numpy's "
                f"crosses; {averaging * 1e3:.2g} ms of averages not counted",
        "versions": {
            "raptorbt": importlib.metadata.version("raptorbt"),
            "numpy": np.__version__,
        },
    }
    with open(answer_path, "w", encoding="ascii") as f:
        json.dump(answer, f)


if __name__ == "__main__":
    main(*sys.argv[1:])
