"""What is right: each program's total returns and trades against a plain computation.

usage: judge.py JOB.json VERDICT.json NAME=ANSWER.json|RESULTS.h5...

The plain computation shares nothing with any of them: exact averages (integers), a list of
crosses, a product over the trades. An answer is right when for each sampled pair the number of
closed trades is equal and the total returns differ by at most 1e-9 of themselves (or 1e-12).
"""

import json
import sys
from itertools import accumulate

import h5py
import numpy as np

RELATIVE, ABSOLUTE = 1e-9, 1e-12
TIE = 1e-12  # gridwalk takes averages this close for equal; the other programs do not


class Averages:
    """Averages of exact sums, each rounded once; a double is an integer over a power of two."""

    def __init__(self, close):
        ratios = [c.as_integer_ratio() for c in close.tolist()]
        self.scale = max(d for _, d in ratios)
        self.sums = list(accumulate((n * (self.scale // d) for n, d in ratios), initial=0))
        self.known = {}

    def __getitem__(self, window):
        if window not in self.known:
            total, over = self.sums, self.scale * window
            self.known[window] = np.array([np.nan] * (window - 1) + [
                (after - before) / over for after, before in zip(total[window:], total)
            ])
        return self.known[window]


def trade(close, fast, slow, cost):
    """Total return, closed trades, open trades, bars on which the averages tie."""
    both = np.flatnonzero(~np.isnan(fast) & ~np.isnan(slow))
    gap = fast[both] - slow[both]
    tie = np.abs(gap) <= TIE * np.maximum(fast[both], slow[both])
    bars, side = both[~tie], gap[~tie] > 0
    change = np.flatnonzero(side[1:] != side[:-1]) + 1
    entry, leave = bars[change[side[change]]], bars[change[~side[change]]]
    if len(entry):
        leave = leave[leave > entry[0]]
    else:
        leave = leave[:0]
    closed, still_open = len(leave), len(entry) - len(leave)
    growth = np.prod(close[leave] / close[entry[:closed]] * ((1 - cost) / (1 + cost)))
    if still_open:
        growth *= close[-1] / close[entry[-1]] / (1 + cost)
    return float(growth) - 1, closed, still_open, int(tie.sum())


def read_answer(path, pairs):
    """Total returns and closed trades in the order of the pairs; open trades where told."""
    if not path.endswith(".h5"):
        with open(path, encoding="ascii") as f:
            answer = json.load(f)
        return answer["total_return"], answer["trades"], answer["open_trades"]
    with h5py.File(path) as f:
        names = ("fast", "slow", "total_return", "trades")
        fast, slow, total, trades = (f[name][...] for name in names)
    place = {pair: i for i, pair in enumerate(zip(fast.tolist(), slow.tolist()))}
    order = [place[tuple(pair)] for pair in pairs]
    return total[order], trades[order], None


def compare(answer, right, pairs):
    total, trades, still_open = answer
    wrong, worst = [], 0.0
    for i, (pair, (want, closed, open_now, ties)) in enumerate(zip(pairs, right)):
        error = abs(total[i] - want)
        size = max(abs(total[i]), abs(want))
        if trades[i] == closed and error <= max(RELATIVE * size, ABSOLUTE):
            worst = max(worst, error / size if size > 0 else 0.0)
        else:
            wrong.append({"pair": pair, "total_return": [float(total[i]), want], "ties": ties,
                          "trades": [int(trades[i]), closed], "open": open_now})
    agree_open = None
    if still_open is not None:
        agree_open = sum(a == r[2] for a, r in zip(still_open, right))
    return {"wrong": wrong, "worst": worst, "open_equal": agree_open}


def main(job_path, verdict_path, *answers):
    with open(job_path, encoding="ascii") as f:
        job = json.load(f)
    close = np.loadtxt(job["prices"], delimiter=",", skiprows=1, usecols=4)
    averages = Averages(close)
    right = [trade(close, averages[fast], averages[slow], job["commission"])
             for fast, slow in job["pairs"]]
    verdict = {
        "closed": sum(r[1] for r in right),
        "open": sum(r[2] for r in right),
        "ties": sum(r[3] for r in right),
        "programs": {},
    }
    for answer in answers:
        name, path = answer.split("=", 1)
        read = read_answer(path, job["pairs"])
        verdict["programs"][name] = compare(read, right, job["pairs"])
    with open(verdict_path, "w", encoding="ascii") as f:
        json.dump(verdict, f)


if __name__ == "__main__":
    main(*sys.argv[1:])
