"""Compare a results file with the rows that vectorbt computed for the same grid.

usage: vectorbt_test.py REFERENCE.csv MODE FEES RESULTS.h5

MODE is close0 or open1, FEES the file's own number ("0" or "0.001"). vectorbt's capital is 100,
ours 100,000; our engine must be the vectorized one, the default. Every row must agree: trade counts
exactly, the rest within 1e-9 relative.
"""
import csv
import sys

import h5py

TOLERANCE = 1e-9

# column of vectorbt, metric of ours, factor on vectorbt's number
NUMBERS = [
    ("total_return", "total_return", 1),
    ("max_drawdown", "max_drawdown", 1),
    ("sharpe_252", "sharpe", 1),
    ("win_rate_closed", "win_rate", 1),
    ("profit_factor_closed", "profit_factor", 1),
    ("total_fees", "commission", 1000),
]
COUNTS = [("n_orders", "orders"), ("n_closed_trades", "trades")]


def close(a, b):
    return a == b or (a != a and b != b) or abs(a - b) <= TOLERANCE * max(abs(a), abs(b))


def main():
    reference, mode, fees, results = sys.argv[1:]
    with open(reference) as f:
        rows = [r for r in csv.DictReader(f) if r["mode"] == mode and float(r["fees"]) == float(fees)]
    with h5py.File(results) as h5:
        ours = {name: h5[name][...] for name in h5 if h5[name].shape == h5["combo"].shape}
        engine = h5.attrs["engine"].decode()
    index = {(f, s): i for i, (f, s) in enumerate(zip(ours["fast"], ours["slow"]))}
    if len(rows) != len(index):
        sys.exit(f"{len(rows)} reference rows, {len(index)} combinations")
    wrong, worst = 0, 0.0
    for row in rows:
        i = index[int(row["fast"]), int(row["slow"])]
        for theirs, metric in COUNTS:
            if int(row[theirs]) != ours[metric][i]:
                wrong += 1
                print(row["fast"], row["slow"], metric, row[theirs], ours[metric][i])
        open_trades = int(row["n_trades"]) - int(row["n_closed_trades"])
        wrong += open_trades != ours["open_trades"][i]
        for theirs, metric, factor in NUMBERS:
            a, b = float(row[theirs] or "nan") * factor, ours[metric][i]
            if not close(a, b):
                wrong += 1
                print(row["fast"], row["slow"], metric, a, b)
            elif a != 0 and a == a:
                worst = max(worst, abs(a - b) / abs(a))
    print(f"{mode} fees {fees}, {engine} engine: {len(rows)} rows, {wrong} differences, "
          f"largest relative {worst:.1e}")
    sys.exit(1 if wrong or engine != "vector" else 0)


main()
