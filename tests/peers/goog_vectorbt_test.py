#!/usr/bin/env python3
"""A walk-forward on GOOG, window by window in vectorbt.

    goog_vectorbt_test.py BUNDLE RESULTS close0|open1 FEES

RESULTS is of long crossings of two simple averages of GOOG's close, `fast` and `slow`, chosen by
the Sharpe ratio. vectorbt has no windows of its own here: it gets the days of each segment from the
file, and of these the prices and the signals. The conventions of both, so that they agree:

- averages and crossings are computed over all prices, so they are warm when a segment starts;
- a segment starts flat with all cash: a cross before it opens nothing, one on its first day does;
- close0: orders fill at the close that decided them; open1: at the next open, so that a cross on the
  day before the segment fills on its first;
- all cash goes into a position, FEES is paid of the value of each fill;
- an open position is marked at the segment's last close, at no cost;
- the Sharpe ratio is mean / sd (ddof 1) of the daily returns, the first of them on the capital, times
  sqrt(252), and undefined where they do not vary: made here from vectorbt's values.

Total returns, drawdowns and Sharpe ratios of all pairs in all segments, and trades, must agree, and
so must which pair each window chooses and, day by day, the record of the tests of those.
"""

import sys

import h5py
import numpy as np
import pandas as pd
import vectorbt as vbt

TOLERANCE = 1e-9
CAPITAL = 100.0
faults = []


def compare(what, ours, theirs, floor=1e-12):
    ours, theirs = np.broadcast_arrays(ours, theirs)
    size = np.maximum(np.abs(ours), np.abs(theirs))
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    same |= np.abs(ours - theirs) <= np.maximum(TOLERANCE * size, floor)
    if not same.all():
        at = tuple(int(i) for i in np.argwhere(~same)[0])
        faults.append(f"{what}: {(~same).sum()} of {same.size} differ, first {at}: {ours[at]!r}, "
                      f"vectorbt {theirs[at]!r}")


def prices(bundle):
    with h5py.File(bundle) as h5:
        symbols = [symbol.rstrip(b"\0").decode() for symbol in h5["symbol"][...]]
        n = symbols.index("GOOG")
        if (h5["action/asset"][...] == n).any():
            sys.exit("GOOG has corporate actions: its prices are not those that vectorbt gets")
        frame = pd.DataFrame({"open": h5["open"][n], "close": h5["close"][n]},
                             index=h5["session"][...])
    return frame.dropna()


def signals(close, fast, slow, delay):
    """Entries and exits of all pairs on the day they fill, [day][pair]."""
    quick = vbt.MA.run(close, fast.tolist(), short_name="fast")
    calm = vbt.MA.run(close, slow.tolist(), short_name="slow")
    return [np.concatenate([np.zeros((delay, len(fast)), bool), x.to_numpy()])[:len(close)]
            for x in (quick.ma_crossed_above(calm), quick.ma_crossed_below(calm))]


def run(close, fill, entries, exits, fees):
    """Returns [day][pair], total returns, drawdowns, closed trades [pair]."""
    pairs = entries.shape[1]
    columns = [pd.DataFrame(np.tile(x[:, None], pairs)) for x in (close, fill)]
    portfolio = vbt.Portfolio.from_signals(columns[0], entries, exits, price=columns[1], fees=fees,
                                           init_cash=CAPITAL)
    value = np.vstack([np.full(pairs, CAPITAL), portfolio.value().to_numpy()])
    drawdown = (value / np.maximum.accumulate(value) - 1).min(axis=0)
    return (value[1:] / value[:-1] - 1, portfolio.total_return().to_numpy(), drawdown,
            portfolio.trades.closed.count().to_numpy())


def sharpe(returns, periods):
    sd = returns.std(axis=0, ddof=1)
    return np.where(sd > 1e-14, returns.mean(axis=0) / np.where(sd > 0, sd, 1) * np.sqrt(periods),
                    np.nan)


def main():
    bundle, results, mode, fees = sys.argv[1:]
    frame = prices(bundle)
    with h5py.File(results) as h5:
        ours = {name: h5[name][...] for name in h5}
        periods = h5.attrs["periods"]
    delay = int(mode[-1])
    entries, exits = signals(frame["close"], ours["fast"], ours["slow"], delay)
    days, windows = frame.index.to_numpy(), len(ours["window"])
    if ours["status"].any():
        faults.append("rows that are not ok")
    record = []
    for w in range(windows):
        made = []
        for s in range(2):
            here = (days >= ours["begin"][w, s]) & (days <= ours["end"][w, s])
            part = frame[here]
            returns, total, drawdown, trades = run(
                part["close"].to_numpy(), part[mode[:-1]].to_numpy(), entries[here], exits[here],
                float(fees))
            where = f"window {w}, {'train' if s == 0 else 'test'}"
            compare(f"{where}: total_return", ours["total_return"][w, s], total)
            compare(f"{where}: max_drawdown", ours["max_drawdown"][w, s], drawdown)
            compare(f"{where}: sharpe", ours["sharpe"][w, s], sharpe(returns, periods), 1e-10)
            compare(f"{where}: trades", ours["trades"][w, s], trades)
            made.append(returns)
        score = sharpe(made[0], periods)
        best = int(np.nanargmax(score)) # of equal ones the first: the lower number
        if ours["selected"][w, 0] != ours["combo"][best]:
            faults.append(f"window {w} chose {ours['selected'][w, 0]}, by vectorbt "
                          f"{ours['combo'][best]} with {score[best]!r}")
        record.append(made[1][:, best])
    record = np.concatenate(record)
    if len(record) != len(ours["time"]):
        sys.exit(f"{len(ours['time'])} days of the record, {len(record)} of the tests")
    compare("the record's returns", ours["oos_return"][0], record)
    compare("the record's equity", ours["oos_equity"][0], np.cumprod(1 + record))
    for fault in faults[:10]:
        print(fault)
    print(f"{mode} fees {fees}: {windows} windows x {len(ours['combo'])} pairs, out of sample "
          f"{ours['oos_equity'][0, -1] - 1:+.4f}, {len(faults)} faults")
    sys.exit(bool(faults))


main()
