"""The program against the slow simulator, row by row.

usage: compare.py FIRST COUNT [LOOK_AHEAD]

Runs $GRIDWALK on the random experiments of the seeds FIRST to FIRST + COUNT − 1 and compares the
status and every metric of each row within 1e-9 of its size. Then LOOK_AHEAD more seeds: what
happens after the end of the period may not change a bit of the results. Exits 1 at a disagreement.
"""
import copy
import datetime
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import h5py
import numpy as np

from expressions import NAN
from generate import features, make_experiment, names, yaml
from market import make_market, set_delisting_returns, write_market
from simulator import INSUFFICIENT, TERMS, simulate, windows

STATUS = ("valid", "insufficient_history", "ruined")
EPOCH = datetime.date(1970, 1, 1)
MUST_OCCUR = [f"term {k}" for k in TERMS] + [
    f"size {size}, {mode}" for size in ("all", "equity", "value", "shares", "volatility")
    for mode in ("per_asset", "shared")
] + [f"target {k}" for k in ("on_change", "every_bar", "weekly", "monthly", "quarterly", "every k")
] + [f"rows: stop: {k}" for k in ("bars", "profit at open", "loss or trail", "profit")] + [
    "rows: volume cut", "rows: stop cut by volume", "rows: dividend in cash",
    "rows: entry without shares", "rows ruined", "benchmark", "risk_free", "close_at_end",
    "lots whole", "term as an expression",
]
# A return is a quotient less 1 and keeps the rounding of that 1, some 1e-16 a bar. Differences of
# at most this are no disagreement where a metric is itself about as small.
ROUNDING = 1e-15


def agree(expected, actual, floor=ROUNDING):
    if expected != expected or actual != actual:
        return expected != expected and actual != actual
    if expected == actual:
        return True
    return abs(expected - actual) <= max(1e-9 * abs(expected), floor)


def gridwalk(folder, *arguments):
    command = [os.environ["GRIDWALK"], *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def write_bundle(market, folder):
    """The name of what an experiment reads: the spec, or a bundle with delisting returns."""
    write_market(market, folder)
    if not any(market.delisting_return):
        return "spec.yaml"
    done = gridwalk(folder, "ingest", "spec.yaml", "-o", "market.h5", "-q")
    assert done.returncode == 0, done.stderr
    set_delisting_returns(folder / "market.h5", market.delisting_return)
    return "market.h5"


def run(experiment, market, folder):
    """(exit code, stderr, datasets)."""
    bundle = write_bundle(market, folder)
    (folder / "experiment.yaml").write_text(yaml(experiment, market, bundle))
    done = gridwalk(folder, "run", "-q", "experiment.yaml", "-o", "results.h5")
    if done.returncode != 0:
        return done.returncode, done.stderr.strip(), None
    with h5py.File(folder / "results.h5") as f:
        columns = names(experiment) + ["status", "begin", "end"]
        data = {name: f[name][...] for name in columns + ["combo"]}
    for name in columns:
        if not experiment.walk_forward:
            data[name] = data[name].reshape(1, 1, -1)
    if not experiment.walk_forward:
        data["begin"], data["end"] = data["begin"][0], data["end"][0]
    return 0, "", data


def compare_row(experiment, expected, data, place, counts):
    """Yields what differs in one row."""
    status, values, seen = expected
    counts.update("rows: " + what for what in seen)
    counts["rows " + STATUS[status]] += 1
    if status != data["status"][place]:
        yield f"status: {STATUS[status]}, the program has {data['status'][place]}"
        return
    if status == INSUFFICIENT:
        return
    counts["rows with >= 5 trades"] += values["trades"] >= 5
    compared = [name for name in data if name in values]
    counts["values compared"] += len(compared)
    for name in compared:
        actual = float(data[name][place])
        floor = ROUNDING * (math.sqrt(experiment.periods) if name == "volatility" else 1)
        if not agree(values[name], actual, floor):
            yield f"{name}: {float(values[name])!r}, the program has {actual!r}"


def compare_all(experiment, market, data, plan, counts):
    combinations = experiment.combinations()
    if data["combo"].tolist() != [k for k, _ in combinations]:
        yield f"combinations {data['combo'].tolist()}"
        return
    if data["begin"].shape != (len(plan), len(plan[0])):
        yield f"windows {data['begin'].shape}, expected {len(plan)} of {len(plan[0])}"
        return
    world = market.world(experiment)
    for place in np.ndindex(data["begin"].shape):
        begin, end = plan[place[0]][place[1]]
        dates = [(market.days[t] - EPOCH).days for t in (begin, end)]
        if dates != [data["begin"][place], data["end"][place]]:
            yield f"dates of window {place}: expected {market.days[begin]} to {market.days[end]}"
            continue
        for i, (_, parameters) in enumerate(combinations):
            expected = simulate(experiment, world, parameters, begin, end)
            for line in compare_row(experiment, expected, data, (*place, i), counts):
                yield f"window {place} {parameters}: {line}"


def check_seed(seed):
    """(counts, lines about disagreements)."""
    r = random.Random(seed)
    market = make_market(r)
    experiment = make_experiment(r, market)
    counts = Counter(features(experiment, market))
    with tempfile.TemporaryDirectory() as folder:
        code, stderr, data = run(experiment, market, pathlib.Path(folder))
    plan = windows(experiment, market.world(experiment).assets)
    if code != 0 and plan is None:
        return Counter({"experiments without a window, refused": 1}), []
    if code != 0 or plan is None:
        lines = [f"exit code {code}, {'no' if plan is None else 'a'} window expected: {stderr}"]
    else:
        lines = list(compare_all(experiment, market, data, plan, counts))
    if lines:
        lines = [f"seed {seed}: {len(lines)} differences", yaml(experiment, market), *lines[:5]]
    return counts, lines


def change_future(r, market, last):
    """Other prices after bar `last`, some of them missing, and other actions."""
    out = copy.deepcopy(market)
    for n, raw in enumerate(out.raw):
        for t in range(last + 1, len(out.days)):
            factor = r.choice([0.5, 3, NAN])
            for name, column in raw.items():
                column[t] = round(column[t] * factor, 2)
        kept = [a for a in out.actions[n] if a[0] <= last]
        out.actions[n] = kept + [(last + 1, "split", 0.5)]
    return out


def check_look_ahead(seed):
    r = random.Random(seed)
    market = make_market(r)
    experiment = make_experiment(r, market)
    bars = len(market.days)
    # An asset that leaves is known to leave on its last bar: no change may move that bar.
    experiment.end = r.randrange(bars // 2, bars - 3)
    for raw in market.raw:
        own = [t for t, c in enumerate(raw["close"]) if c == c]
        for name in raw:
            raw[name][-1] = raw[name][own[-1]]
    market.rows |= {(n, bars - 1) for n in range(len(market.raw))}
    changed = change_future(r, market, experiment.end)
    for raw, was in zip(changed.raw, market.raw):
        for name in raw:
            raw[name][-1] = 2 * was[name][-1]
    results = []
    for m in (market, changed):
        with tempfile.TemporaryDirectory() as folder:
            results.append(run(experiment, m, pathlib.Path(folder)))
    (code, _, data), (other_code, _, other) = results
    counts = Counter({"look-ahead: no window" if code else "look-ahead: compared": 1})
    lines = [] if code == other_code else [f"exit codes {code} and {other_code}"]
    if code == other_code == 0:
        lines = [f"{name} depends on what comes after the period" for name in data
                 if not np.array_equal(data[name], other[name], equal_nan=True)]
    if lines:
        lines = [f"seed {seed}: looks ahead", yaml(experiment, market), *lines]
    return counts, lines


def main():
    first, count = int(sys.argv[1]), int(sys.argv[2])
    look_ahead = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    counts, failures = Counter(), 0
    # Most of a short run is Open MPI's start, which waits more than it computes.
    with ProcessPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        done = list(pool.map(check_seed, range(first, first + count), chunksize=4))
        more = range(first + count, first + count + look_ahead)
        done += pool.map(check_look_ahead, more)
    for seen, lines in done:
        counts += seen
        failures += bool(lines)
        if lines:
            print("\n".join(lines) + "\n")
    for name, times in sorted(counts.items()):
        print(f"{times:7}  {name}")
    ran = sum(counts[f"rows {s}"] for s in ("valid", "ruined"))
    share = counts["rows with >= 5 trades"] / max(1, ran)
    missing = [what for what in MUST_OCCUR if not counts[what]] if count >= 100 else []
    print("".join(f"never seen: {what}\n" for what in missing), end="")
    print(f"{count + look_ahead} experiments, {ran} rows with metrics, {share:.0%} of them with at "
          f"least 5 trades, {failures} experiments disagree")
    sys.exit(1 if failures or missing else 0)


if __name__ == "__main__":
    main()
