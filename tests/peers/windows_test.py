#!/usr/bin/env python3
"""Walk-forward windows against scikit-learn's TimeSeriesSplit, skfolio's WalkForward and dateutil.

    windows_test.py GRIDWALK FOLDER SEED BARS-SETTINGS CALENDAR-SETTINGS

Runs one combination of a strategy with random settings over made-up sessions (weekdays without some
holidays) in FOLDER and reads the days of its windows. How the settings of one tool become those of
another is what docs/semantics.md says. Exits 1 with one line a fault.
"""

import datetime
import os
import random
import subprocess
import sys
from bisect import bisect_left

import h5py
import numpy as np
from dateutil.relativedelta import relativedelta
from skfolio.model_selection import WalkForward
from sklearn.model_selection import TimeSeriesSplit

EPOCH = datetime.date(1970, 1, 1)
UNITS = {"y": "years", "m": "months", "w": "weeks", "d": "days"}
REFUSALS = ("do not fit", "no session lies in its", "leaves none of", "none would be left",
            "overlap by")
faults = []


def make_sessions(r):
    day, out = datetime.date(1999, 11, 29) + datetime.timedelta(r.randrange(5)), []
    while len(out) < 1300:
        if day.weekday() < 5 and r.random() > 0.03:
            out.append(day)
        day += datetime.timedelta(1)
    return out


def write_experiment(folder, sessions):
    os.makedirs(f"{folder}/prices", exist_ok=True)
    with open(f"{folder}/prices/A.csv", "w") as file:
        file.write("date,open,high,low,close,volume\n")
        for i, day in enumerate(sessions):
            price = 100 + i % 7
            file.write(f"{day},{price},{price},{price},{price},1\n")
    with open(f"{folder}/days.yaml", "w") as file:
        file.write("format: gridwalk-ingest/1\nfiles: {pattern: prices/*.csv}\n")
    with open(f"{folder}/windows.yaml", "w") as file:
        file.write("bundle: days.yaml\nstrategy: {target: close / close}\nwarmup: cold\n"
                   "metrics: [sharpe]\n")


class Program:
    def __init__(self, gridwalk, folder, sessions):
        self.gridwalk, self.folder, self.sessions = gridwalk, folder, sessions
        self.bar = {day: i for i, day in enumerate(sessions)}

    def windows(self, first, last, keys):
        """[((train from, to), (test from, to), ...)] as bars, in the file's order of segments; None
        where refused with exit 3."""
        output = f"{self.folder}/windows.h5"
        text = ", ".join(f"{key}: {value}" for key, value in keys.items())
        run = subprocess.run(
            [self.gridwalk, "run", f"{self.folder}/windows.yaml", "-o", output, "-q", "--fresh",
             "--set", f"period={{from: {self.sessions[first]}, to: {self.sessions[last]}}}",
             "--set", f"walk_forward={{{text}}}"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if run.returncode == 3 and any(text in run.stderr for text in REFUSALS):
            return None
        if run.returncode != 0:
            sys.exit(f"exit code {run.returncode}: {text}: {run.stderr}")
        with h5py.File(output) as file:
            days = np.stack([file["begin"][...], file["end"][...]], axis=-1)
        bars = [[tuple(self.bar[EPOCH + datetime.timedelta(int(day))] for day in segment)
                 for segment in window] for window in days]
        return [tuple(window) for window in bars]


def compare(what, keys, made, expected):
    if made != expected:
        pairs = zip(made or [], expected or [])
        apart = next((i for i, (a, b) in enumerate(pairs) if a != b), "the number of them")
        faults.append(f"{what}: {keys}: window {apart}: {made and made[:3]}..., expected "
                      f"{expected and expected[:3]}...")


def of_splits(splits, first):
    return [tuple((first + int(part[0]), first + int(part[-1])) for part in split)
            for split in splits]


def check_sklearn(r, program):
    test, gap, splits = r.randrange(1, 60), r.randrange(12), r.randrange(2, 9)
    train = r.randrange(1, 200)
    first = r.randrange(100)
    bars = train + gap + splits * test  # its windows are laid from the end, ours from the front
    anchored = r.random() < 0.5
    keys = {"train": train + gap, "test": test, "purge": gap,
            "mode": "anchored" if anchored else "rolling"}
    split = TimeSeriesSplit(n_splits=splits, test_size=test, gap=gap,
                            max_train_size=None if anchored else train)
    compare("scikit-learn", keys, program.windows(first, first + bars - 1, keys),
            of_splits(split.split(np.zeros(bars)), first))


def check_skfolio(r, program):
    train, test, purge = r.randrange(1, 200), r.randrange(1, 80), r.randrange(12)
    bars, first = r.randrange(train + purge + test, 900), r.randrange(100)
    anchored, keep = r.random() < 0.5, r.random() < 0.5
    keys = {"train": train + purge, "test": test, "purge": purge,
            "mode": "anchored" if anchored else "rolling", "partial": "keep" if keep else "drop"}
    split = WalkForward(train_size=train, test_size=test, purged_size=purge,
                        expand_train=anchored, reduce_test=keep)
    compare("skfolio", keys, program.windows(first, first + bars - 1, keys),
            of_splits(split.split(np.zeros((bars, 1))), first))


def check_plain(r, program):
    """With validation, which neither of the two has: the bars are counted out, one by one."""
    train, validation, test = r.randrange(1, 150), r.randrange(1, 80), r.randrange(1, 80)
    step, purge, embargo = r.choice([test, r.randrange(1, 120)]), r.randrange(12), r.randrange(8)
    anchored, keep = r.random() < 0.5, r.random() < 0.5
    first = r.randrange(100)
    last = first + r.randrange(train + validation + test, 900) - 1
    keys = {"train": train, "validation": validation, "test": test, "step": step, "purge": purge,
            "embargo": embargo, "mode": "anchored" if anchored else "rolling",
            "partial": "keep" if keep else "drop", "overlap": "true"}
    expected, begin = [], first
    while purge < min(train, validation):
        bars = list(range(begin, begin + train + validation + test))
        whole, bars = bars[-1] <= last, [bar for bar in bars if bar <= last]
        seen, held, out = bars[:train], bars[train:train + validation], bars[train + validation:]
        if not whole and not (keep and out):
            break
        seen, held = seen[:len(seen) - purge], held[:len(held) - purge]
        expected.append(((first if anchored else seen[0], seen[-1]), (out[0], out[-1]),
                         (held[0], held[-1])))
        if not whole:
            break
        begin += step + embargo
    compare("plain counting", keys, program.windows(first, last, keys), expected or None)


def any_length(r, units, days):
    unit = r.choice(units)
    return max(1, days // {"y": 365, "m": 30, "w": 7, "d": 1}[unit]), unit


def by_dateutil(sessions, first, last, x):
    """As docs/semantics.md says it; None where a segment has no bar or nothing fits."""
    lengths = [x[name] for name in ("train", "validation", "test") if name in x]

    def bar_at(steps, before):
        offset = relativedelta(**{UNITS[x["step"][1]]: x["step"][0] * steps})
        for count, unit in lengths[:before]:
            offset += relativedelta(**{UNITS[unit]: count})
        day = sessions[first] + offset
        return bisect_left(sessions, day), day <= sessions[-1] + datetime.timedelta(1)
    out, w = [], 0
    while True:
        shift = w * x["embargo"]
        edge = [bar_at(w, before)[0] + shift for before in range(len(lengths) + 1)]
        whole = bar_at(w, len(lengths))[1] and edge[-1] - 1 <= last
        if not whole and not (x["partial"] == "keep" and edge[-2] <= last):
            break
        edge[0] = first if x["mode"] == "anchored" else edge[0]
        purged = [(edge[i], edge[i + 1] - x["purge"] - 1) for i in range(len(lengths) - 1)]
        test = (edge[-2], edge[-1] - 1 if whole else last)
        segments = (purged[0], test, *purged[1:])
        if any(begin > end for begin, end in segments):
            return None
        if out and test[0] <= out[-1][1][1] and x["overlap"] == "false":
            return None
        out.append(segments)
        w += 1
        if not whole:
            break
    return out or None


def check_calendar(r, program):
    first = r.randrange(300)
    last = r.choice([len(program.sessions) - 1, r.randrange(first + 100, 1300)])
    units = r.choice(["ym", "m", "wd", "ymwd", "d"])
    x = {"mode": r.choice(["rolling", "anchored"]), "train": any_length(r, units, 400),
         "test": any_length(r, units, r.choice([10, 40, 90])),
         "step": any_length(r, units, r.choice([40, 90, 200])),
         "purge": r.choice([0, 0, 1, 7]), "embargo": r.choice([0, 0, 1, 6]),
         "partial": r.choice(["drop", "keep"]), "overlap": r.choice(["false", "true"])}
    if r.random() < 0.5:
        x["validation"] = any_length(r, units, r.choice([10, 40, 120]))
    keys = {key: f"{value[0]}{value[1]}" if isinstance(value, tuple) else value
            for key, value in x.items()}
    expected = by_dateutil(program.sessions, first, last, x)
    compare("dateutil", keys, program.windows(first, last, keys), expected)
    return expected is not None, "validation" in x


def main():
    gridwalk, folder, seed, lengths, calendar = sys.argv[1:]
    r = random.Random(int(seed))
    sessions = make_sessions(r)
    write_experiment(folder, sessions)
    program = Program(gridwalk, folder, sessions)
    for i in range(int(lengths)):
        (check_sklearn, check_skfolio, check_plain)[i % 3](r, program)
    done = [check_calendar(r, program) for _ in range(int(calendar))]
    made = sum(fits for fits, _ in done)
    for what, fitting in (("", made), (" with validation", sum(map(all, done)))):
        if fitting < int(calendar) / (4 if what else 2):
            faults.append(f"only {fitting} of {calendar} settings by the calendar{what} make windows")
    for fault in faults[:10]:
        print(fault)
    print(f"{lengths} settings in bars, {calendar} by the calendar ({made} with windows), "
          f"{len(faults)} faults")
    sys.exit(bool(faults))


main()
