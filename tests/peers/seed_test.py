"""The seed system's published grid and walk-forward, to 1e-12.

usage: seed_test.py SCRIPT.h5 LAG1.h5 LAG0.h5 WALK_FORWARD.h5

Expected values: computed from the seed system's definitions with numpy, independently.
"""
import sys

import h5py
import numpy as np

failures = 0


def check(what, actual, expected, tolerance=1e-12):
    global failures
    if not abs(actual - expected) <= tolerance * max(1, abs(expected)):
        failures += 1
        print(f"{what}: {actual!r}, expected {expected!r}")


def grid(path):
    with h5py.File(path) as f:
        names = ("combo", "fast", "slow", "pooled_sharpe")
        combo, fast, slow, value = (f[n][...] for n in names)
        return combo, list(zip(fast.tolist(), slow.tolist())), value, int(f["selected"][0])


def ranking(path, best, worst=None):
    combo, pairs, value, selected = grid(path)
    order = np.lexsort((combo, -value))
    for place, (pair, expected) in enumerate(best):
        got = pairs[order[place]]
        if got != pair:
            check(f"{path} place {place} is {got}, not {pair}", 1, 0)
        check(f"{path} {pair}", value[order[place]], expected)
    check(f"{path} selected", selected, combo[order[0]])
    if worst:
        check(f"{path} worst {pairs[order[-1]]}", value[order[-1]], worst[1])
        check(f"{path} worst pair", pairs[order[-1]] == worst[0], True)
    return combo, pairs, value


script, lag1, lag0, walk_forward = sys.argv[1:]
combo, pairs, value = ranking(
    script,
    [
        ((23, 35), 0.5881498780409552),
        ((21, 35), 0.578524365208709),
        ((19, 35), 0.5532361065480131),
        ((17, 35), 0.529134740601363),
        ((23, 40), 0.4627980483558347),
    ],
    ((23, 70), -0.6556970222197479),
)
check("mean", value.mean(), -0.08983277277565786)
check("(10, 30) is no combination", (10, 30) in pairs, False)
check("(5, 30)", value[pairs.index((5, 30))], 0.11378925626030223)
# grid order: the first parameter slowest
check("order", [tuple(p) for p in pairs] == [(f, s) for f in range(5, 24, 2) for s in range(30, 76, 5)], True)
check("numbers", combo.tolist() == list(range(100)), True)

ranking(
    lag1,
    [
        ((23, 75), 0.2717016856836767),
        ((19, 75), 0.2555770924316937),
        ((21, 75), 0.2208036796214936),
    ],
    ((11, 40), -0.6376976862863861),
)
ranking(
    lag0,
    [
        ((17, 75), 0.2155716885994168),
        ((19, 75), 0.21097049884824587),
        ((15, 75), 0.18818362832125218),
    ],
)

with h5py.File(walk_forward) as f:
    fast, slow, value = f["fast"][...], f["slow"][...], f["pooled_sharpe"][...]
    combo, selected = f["combo"][...], f["selected"][:, 0]
    winners = [
        ((5, 30), 0.49751320737168314),
        ((5, 60), 0.985848098471737),
        ((5, 60), 1.1631520976506948),
        ((15, 60), 0.5398565822009906),
        ((5, 60), 0.7937071374196111),
    ]
    check("windows", value.shape == (5, 1, 16), True)
    for window, (pair, expected) in enumerate(winners):
        at = int(np.argmax(value[window, 0]))
        check(f"window {window} {fast[at], slow[at]}", (fast[at], slow[at]) == pair, True)
        check(f"window {window}", value[window, 0, at], expected)
        check(f"window {window} selected", selected[window], combo[at])

print("failures:", failures)
sys.exit(1 if failures else 0)
