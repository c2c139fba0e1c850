#!/usr/bin/env python3
"""A run of backtesting.py beside ours.

    backtesting_py_test.py REFERENCE EQUITY.csv FILLS.csv RESULTS.h5

REFERENCE.equity.csv, .trades.csv and .stats.json are backtesting.py's. Every trade (size, bars,
prices, pnl, return) and the equity of every day must agree, and of its statistics those that are
defined alike. Others are not, and are left out:

- its CAGR goes by calendar days; Return (Ann.) is our cagr, but without the return of the first bar;
- Volatility (Ann.), Sharpe and Sortino are made of products of growths and of that annual return;
- Exposure counts bars from an entry to its exit, both in it; ours those with a position at the mark;
- Profit Factor is of trade returns; ours is that of the pnl of its trades;
- Alpha and Beta stand beside buying and holding the same asset; a benchmark is a key here.
"""

import csv
import json
import sys

import h5py
import numpy as np

TOLERANCE = 1e-9


def same(a, b):
    return abs(a - b) <= TOLERANCE * max(abs(a), abs(b))


def round_trips(fills, days):
    """(size, entry bar, exit bar, entry price, exit price, pnl); a close comes before an open."""
    trades, held = [], None
    for fill in fills:
        bar, shares, price = days.index(fill["date"]), float(fill["shares"]), float(fill["price"])
        if held is None:
            held = (shares, bar, price)
        else:
            size, entry, paid = held
            if shares != -size:
                sys.exit(f"a position of {size} and a fill of {shares}")
            trades.append((size, entry, bar, paid, price, size * (price - paid)))
            held = None
    if held is not None:
        sys.exit("a position that is open at the end")
    return trades


def main():
    reference, equity, fills, results = sys.argv[1:]
    theirs = {}
    for name in "equity", "trades":
        with open(f"{reference}.{name}.csv") as file:
            theirs[name] = list(csv.DictReader(file))
    with open(reference + ".stats.json") as file:
        stats = json.load(file)
    with open(equity) as file:
        equity = list(csv.DictReader(file))
    with open(fills) as file:
        trades = round_trips(list(csv.DictReader(file)), [line["date"] for line in equity])
    wrong = []
    if [line["date"] for line in equity] != [line[""] for line in theirs["equity"]]:
        sys.exit("other days")
    for ours, line in zip(equity, theirs["equity"]):
        if not same(float(ours["equity"]), float(line["Equity"])):
            wrong.append(f"{ours['date']}: equity {ours['equity']}, theirs {line['Equity']}")
    if len(trades) != len(theirs["trades"]):
        wrong.append(f"{len(trades)} trades, theirs {len(theirs['trades'])}")
    for i, (ours, line) in enumerate(zip(trades, theirs["trades"])):
        number = [float(line[name]) for name in
                  ("Size", "EntryBar", "ExitBar", "EntryPrice", "ExitPrice", "PnL")]
        if not all(map(same, ours, number)):
            wrong.append(f"trade {i}: {ours}, theirs {number}")
    with h5py.File(results) as h5:
        metric = {name: h5[name][...].item() for name in h5 if h5[name].size == 1}
    returns, pnl = (np.array([float(line[name]) for line in theirs["trades"]])
                    for name in ("ReturnPct", "PnL"))
    bars = len(equity)
    expected = {
        "total_return": stats["Return [%]"] / 100,
        "cagr": (1 + stats["Return (Ann.) [%]"] / 100) ** ((bars - 1) / bars) - 1,
        "max_drawdown": stats["Max. Drawdown [%]"] / 100,
        "trades": stats["# Trades"],
        "open_trades": 0,
        "orders": 2 * stats["# Trades"],
        "win_rate": stats["Win Rate [%]"] / 100,
        "profit_factor": pnl[pnl > 0].sum() / -pnl[pnl < 0].sum(),
        "sqn": stats["SQN"],
        "best_trade": stats["Best Trade [%]"] / 100,
        "worst_trade": stats["Worst Trade [%]"] / 100,
        # its Expectancy is the mean of trade returns
        "expectancy": stats["Expectancy [%]"] / 100,
        "avg_win": returns[returns > 0].mean(),
        "avg_loss": returns[returns < 0].mean(),
    }
    for name, number in expected.items():
        if not same(metric[name], number):
            wrong.append(f"{name} {metric[name]!r}, theirs {number!r}")
    for line in wrong[:10]:
        print(line)
    print(f"{len(trades)} trades, final equity {equity[-1]['equity']}, {len(wrong)} differences")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
