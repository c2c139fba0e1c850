"""What side_by_side.py runs: two grids of moving averages, on one seeded walk.

Only the standard library: what the process that starts the others has in memory would count as
theirs (the kernel keeps the peak of a process over exec).
"""

import datetime
import json
import math
import random

COMMISSION = 0.001  # 10 bps
CAPITAL = 100_000
SEED = 42
STEP = 0.002  # standard deviation of one bar's log return


class Workload:
    """A rectangle of pairs, the sample of it that every program runs, and the bars.

    sample: how many values of each parameter; quick: the same when only the script is tried.
    chunks: pairs at once that vectorbt may choose from.
    """

    def __init__(self, name, bars, fast, slow, sample, quick, chunks):
        self.name, self.bars = name, bars
        self.fast, self.slow = fast, slow
        self.sample, self.quick, self.chunks = sample, quick, chunks

    def pairs(self):
        return len(self.fast) * len(self.slow)

    def sampled(self, quick):
        fast, slow = self.quick if quick else self.sample
        return evenly(self.fast, fast), evenly(self.slow, slow)


WORKLOADS = [
    Workload("sweep-long", 200_000, range(5, 105), range(110, 610, 5),
             (16, 16), (2, 4), (4, 8, 16, 32)),
    Workload("sweep-daily", 2_148, range(2, 252), range(252, 652),
             (100, 100), (8, 8), (500, 1250, 2500)),
]


def evenly(values, count):
    """`count` of the values, evenly spaced, with the first and the last."""
    return [values[round(i * (len(values) - 1) / (count - 1))] for i in range(count)]


def walk(bars):
    """Prices with all their digits: averages of rounded prices tie, and rounding then decides."""
    gauss, price = random.Random(SEED).gauss, 100.0
    for _ in range(bars):
        price *= math.exp(gauss(0, STEP))
        yield price


def write_prices(path, bars):
    first = datetime.date(1700, 1, 1)  # 200,000 days must end before 2262
    with open(path, "w", encoding="ascii") as f:
        f.write("date,open,high,low,close\n")
        for day, price in enumerate(walk(bars)):
            date = first + datetime.timedelta(day)
            f.write(f"{date}," + ",".join([repr(price)] * 4) + "\n")


def write_experiment(path, fast, slow):
    """The grid in gridwalk's words; a JSON list is a YAML list."""
    def values(of):
        if isinstance(of, range):
            return f"{{from: {of[0]}, to: {of[-1]}, step: {of.step}}}"
        return json.dumps(of)

    with open(path, "w", encoding="ascii") as f:
        f.write(f"""\
bundle: prices.h5
strategy:
  parameters:
    fast: {values(fast)}
    slow: {values(slow)}
  define:
    quick: sma(close, fast)
    calm: sma(close, slow)
  signals:
    enter_long: crosses_above(quick, calm)
    exit_long: crosses_below(quick, calm)
warmup: cold
execution: {{price: close, delay: 0}}
costs: {{commission_bps: {COMMISSION * 1e4:g}}}
account: {{capital: {CAPITAL}, size: all}}
objective: {{maximize: total_return}}
metrics: basic
""")


def write(folder, workload, quick):
    """Prices, spec and experiment of gridwalk, and job.json for the other programs."""
    (folder / "prices").mkdir(parents=True)
    write_prices(folder / "prices" / "WALK.csv", workload.bars)
    spec = "format: gridwalk-ingest/1\nfiles: {pattern: prices/*.csv}\n"
    (folder / "prices.yaml").write_text(spec, encoding="ascii")
    fast, slow = workload.sampled(quick)
    whole = (fast, slow) if quick else (workload.fast, workload.slow)
    write_experiment(folder / "grid.yaml", *whole)
    job = {
        "prices": str(folder / "prices" / "WALK.csv"),
        "pairs": [[f, s] for f in fast for s in slow],
        "chunks": sorted({min(n, len(fast) * len(slow)) for n in workload.chunks}),
        "rounds": 1 if quick else 3,
        "capital": CAPITAL,
        "commission": COMMISSION,
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="ascii")
    return job, len(whole[0]) * len(whole[1])
