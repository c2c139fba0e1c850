#!/usr/bin/env python3
"""What windows choose and their out-of-sample record, again from the rows of a results file.

    walk_forward_test.py GRIDWALK BUNDLE RESULTS...
    walk_forward_test.py --same RESULTS RESULTS

Each RESULTS keeps all rows. Choices, standings, drift, records and their metrics are computed here
from its rows, its experiment and the bundle's closes by sections 9 and 10 of docs/semantics.md alone,
in numpy and scipy; the days of a row's equity come from `GRIDWALK replay --csv`, which has to
agree with the row. --same: two files have the same variables but for those of single rows.
Exits 1 with one line a fault.
"""

import itertools
import math
import os
import sys
import warnings
from collections import Counter

import numpy as np
from scipy.stats import spearmanr

from forward_file import OK, RUINED, File, faults, over_rows, same
from forward_record import check_forward

MET, UNMET, UNDEFINED, RUIN, NOT_RUN = range(5)


def check_coordinates(file):
    for i, (name, axis) in enumerate(file.axes.items()):
        place = file.places(file.x["combo"])[i]
        file.near(name, file.x[name], np.array(axis)[place], 0, 0)


# ---- scores ----

def score(file, w, s, bounded):
    """Of all rows of a window in a segment: kind, and objective, larger is better."""
    status, row = file.x["status"][w, s], file.row(w, s)
    if file.text in file.metrics:
        value = row[file.text]
    else:
        value = np.where(status == OK, over_rows(file.text, row, file.combos), np.nan)
        file.near(f"objective[{w},{s}]", file.x["objective"][w, s], value, 1e-13, 0)
    met = np.ones(file.combos, bool)
    for condition in file.require if bounded else []:
        met &= over_rows(condition, row, file.combos) == 1
    kind = np.where(met, MET, UNMET)
    kind[np.isnan(value)] = UNDEFINED
    kind[status != OK] = NOT_RUN
    kind[status == RUINED] = RUIN
    return kind, np.where(kind <= UNMET, file.direction * value, np.nan)


def order(kind, value):
    """Rows from the first to the last; the row's number stands for the combination's."""
    return sorted(range(len(kind)),
                  key=lambda i: (kind[i], -value[i] if kind[i] <= UNMET else 0, i))


def choosable(file, kind):
    return kind == MET or (kind == UNMET and file.otherwise == "best")


def check_statistics(file, w, kind, value):
    finite = file.direction * value[np.isfinite(value)]
    file.want(f"objective_count[{w}]", int(file.x["objective_count"][w]), len(finite))
    ends = (finite.min(), finite.max()) if len(finite) else (np.nan, np.nan)
    file.near(f"objective_low, high[{w}]",
              (file.x["objective_low"][w], file.x["objective_high"][w]), ends, 0, 0)
    file.near(f"objective_sum[{w}]", file.x["objective_sum"][w], math.fsum(finite))
    if file.x["objective_histogram"][w].sum() != len(finite):
        faults.append(f"{file.path}: objective_histogram[{w}] does not count {len(finite)}")


# ---- choosing ----

def smooth(file, kind, value, i):
    reach = [range(max(0, at - file.radius), min(count, at + file.radius + 1))
             for at, count in zip(file.places(file.x["combo"][i]), file.counts)]
    around = []
    for place in itertools.product(*reach):
        j = file.row_of.get(int(np.ravel_multi_index(place, file.counts)))
        if j is not None and kind[j] <= UNMET:
            around.append(value[j])
        elif j is not None and kind[j] == RUIN:
            around.append(-math.inf)
    if file.by == "median":
        return float(np.median(around)) if not np.isinf(around).any() else middle(around)
    if file.by == "min":
        return min(around)
    return math.fsum(around) / len(around) if not np.isinf(around).any() else sum(around)


def middle(values):
    values = sorted(values)
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2


def choose_plateau(file, w, kind, value, first):
    """The choice, or what ties with it but for rounding."""
    if not choosable(file, kind[first]):
        file.want(f"raw_best[{w}]", int(file.x["raw_best"][w]), -1)
        file.want(f"raw_best_rank[{w}]", int(file.x["raw_best_rank"][w]), -1)
        return []
    smoothed = {i: smooth(file, kind, value, i) for i in range(len(kind)) if kind[i] == kind[first]}
    smoothed = {i: x for i, x in smoothed.items() if x > -math.inf} # NaN is not either
    file.want(f"raw_best[{w}]", int(file.x["raw_best"][w]), int(file.x["combo"][first]))
    rank = int(file.x["raw_best_rank"][w])
    if first in smoothed:
        own = smoothed[first]
        better = sum(x > own and not same(x, own) for x in smoothed.values())
        ties = sum(same(x, own) for x in smoothed.values())
        if not better < rank <= better + ties:
            faults.append(f"{file.path}: raw_best_rank[{w}] is {rank}, not {better + 1}")
    else:
        file.want(f"raw_best_rank[{w}]", rank, -1)
    most = max(smoothed.values(), default=None)
    return [i for i, x in smoothed.items() if same(x, most)]


def choose(file, w, kind, value, previous):
    """Rows chosen of a window; of a plateau one of what it returns."""
    ordered = order(kind, value)
    first = ordered[0]
    if file.select == "plateau":
        return choose_plateau(file, w, kind, value, first)
    if file.select == "keep" and previous is not None and kind[previous] == MET:
        if value[first] - value[previous] <= file.keep * abs(value[first]):
            return [previous]
    if not choosable(file, kind[first]):
        return []
    return [i for i in ordered[:file.top] if kind[i] == kind[first]]


def check_choice(file, w, previous, seen):
    """Rows that were chosen; counts in `seen` what is no plain choice."""
    kind, value = score(file, w, file.on, True)
    check_statistics(file, w, kind, value)
    rows = choose(file, w, kind, value, previous)
    chosen = [int(k) for k in file.x["selected"][w]]
    numbers = [int(file.x["combo"][i]) for i in rows]
    if file.select == "plateau" and len(rows) > 1:
        if chosen[0] not in numbers:
            faults.append(f"{file.path}: selected[{w}] is {chosen}, none of {numbers}")
        rows = [file.row_of[chosen[0]]]
    else:
        padded = numbers + [-1] * (file.top - len(numbers))
        file.want(f"selected[{w}]", chosen, padded)
    weights = [1 / len(rows)] * len(rows) if rows else [1.0]
    file.near(f"weight[{w}]", file.x["weight"][w], weights + [0.0] * (file.top - len(weights)))
    edge = 0
    if rows:
        edge = any(count > 1 and at in (0, count - 1)
                   for at, count in zip(file.places(file.x["combo"][rows[0]]), file.counts))
    file.want(f"selected_edge[{w}]", int(file.x["selected_edge"][w]), int(edge))
    seen["in cash"] += not rows
    seen["unmet"] += bool(rows) and kind[rows[0]] == UNMET
    seen["not the best"] += bool(rows) and rows[0] != order(kind, value)[0]
    seen["at an edge"] += int(edge)
    return rows


def check_standing(file, w, rows):
    """Rows of the median and of hindsight, None where there is none."""
    on, test = (score(file, w, s, False)[1] for s in (file.on, file.test))
    there = np.flatnonzero(~np.isnan(test))
    ranked = sorted(there, key=lambda i: (-test[i], i))
    own = test[rows[0]] if rows else np.nan
    rank = -1 if np.isnan(own) else 1 + int((test[there] > own).sum())
    file.want(f"test_rank[{w}]", int(file.x["test_rank"][w]), rank)
    file.want(f"test_ranked[{w}]", int(file.x["test_ranked"][w]), len(there))
    both = ~np.isnan(on) & ~np.isnan(test)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore") # of a side without variation
        correlation = spearmanr(on[both], test[both])[0] if both.sum() > 1 else np.nan
    file.near(f"rank_correlation[{w}]", file.x["rank_correlation"][w], correlation)
    found = []
    for name, place in (("median_combo", len(ranked) // 2), ("hindsight_combo", 0)):
        i = ranked[place] if ranked else None
        number = -1 if i is None else int(file.x["combo"][i])
        file.want(f"{name}[{w}]", int(file.x[name][w]), number)
        found.append(i)
    return found


def check_drift(file, firsts):
    for a, name in enumerate(file.axes):
        places = [None if i is None else int(file.places(file.x["combo"][i])[a]) for i in firsts]
        moves = [abs(q - p) for p, q in zip(places, places[1:]) if p is not None and q is not None]
        there = sorted(p for p in places if p is not None)
        middle_place = there[(len(there) - 1) // 2] if there else None
        near = [abs(p - middle_place) <= 1 for p in there]
        at = file.texts("parameter").index(name)
        for variable, values in (("drift", moves), ("moved", [m > 1 for m in moves]),
                                 ("stability", near)):
            file.near(f"parameter_{variable} of {name}", file.x[f"parameter_{variable}"][at],
                      np.mean(values) if values else np.nan)


def check(gridwalk, bundle, path):
    file, before = File(path), len(faults)
    check_coordinates(file)
    chosen, medians, hindsights, seen = [], [], [], Counter()
    previous = None
    for w in range(file.windows):
        rows = check_choice(file, w, previous, seen)
        previous = rows[0] if rows else None
        median, hindsight = check_standing(file, w, rows)
        chosen.append(rows)
        medians.append(median)
        hindsights.append(hindsight)
    check_drift(file, [rows[0] if rows else None for rows in chosen])
    check_forward(file, gridwalk, bundle, chosen, medians, hindsights)
    picks = sum(len(rows) for rows in chosen)
    kinds = ", ".join(f"{count} {what}" for what, count in seen.items() if count)
    print(f"{os.path.basename(path)}: {file.windows} windows, {picks} picks ({kinds}), statuses "
          f"{np.unique(file.x['status']).tolist()}, {len(file.x['time'])} days, "
          f"{len(faults) - before} faults")


def check_same(a, b):
    a, b = File(a), File(b)
    for name, x in a.x.items():
        if x.shape[-1:] == (a.combos,) and a.combos != b.combos:
            continue
        if name not in b.x or not np.array_equal(x, b.x[name], equal_nan=x.dtype.kind == "f"):
            faults.append(f"{b.path}: {name} is not that of {a.path}")


def main():
    if sys.argv[1] == "--same":
        check_same(*sys.argv[2:])
    else:
        for path in sys.argv[3:]:
            check(*sys.argv[1:3], path)
    for fault in faults[:20]:
        print(fault)
    sys.exit(bool(faults))


main()
