#!/usr/bin/env python3
"""One pool of cash for several assets, traded to target weights, in vectorbt.

    shared_vectorbt_test.py BUNDLE RESULTS,close0|open1,REBALANCE,COMMISSION_BPS,SLIPPAGE_BPS...

BUNDLE has no corporate actions and no gaps. Each RESULTS has a shared account and the parameters
`fast`, `slow` and `part`; each asset's target is `part` where its fast average is above the slow one,
else minus half of it. REBALANCE is on_change, every_bar, weekly, monthly, or a number of bars. The
conventions of both:

- a target is a part of the account's equity at the prices at which this bar's orders fill
  (targetpercent, val_price = price), the same for all assets, before costs;
- reductions come before increases (call_seq auto);
- the first bar is one of `rebalance`, whatever day it is; an undefined target moves nothing.

Weights leave room for costs and drift. Where cash runs short vectorbt cuts the last asset alone, and
we all of them alike: no row may have `clipped`.
"""

import sys

import h5py
import numpy as np
import pandas as pd
import vectorbt as vbt

from stops_vectorbt_test import CAPITAL, metrics, same


def market(bundle):
    with h5py.File(bundle) as h5:
        days = pd.to_datetime(h5["session"][...], unit="D")
        frames = {name: pd.DataFrame(h5[name][...].T, index=days) for name in ("open", "close")}
        if len(h5["action/asset"]) or np.isnan(h5["close"][...]).any():
            sys.exit("a bundle with corporate actions or gaps")
    return frames


def decision_bars(days, rebalance):
    """Bars on which targets may decide, the first one included."""
    bars = np.zeros(len(days), bool)
    bars[0] = True
    if rebalance in ("on_change", "every_bar"):
        bars[:] = True
    elif rebalance == "weekly":
        week = days.isocalendar()[["year", "week"]].to_numpy()
        bars[1:] = (week[1:] != week[:-1]).any(axis=1)
    elif rebalance == "monthly":
        bars[1:] = days.month[1:] != days.month[:-1]
    else:
        bars[::int(rebalance)] = True
    return bars


def targets(close, row, rebalance):
    """Weights that are ordered, [day][asset], NaN: none."""
    quick = close.rolling(int(row["fast"])).mean()
    calm = close.rolling(int(row["slow"])).mean()
    if (np.abs(quick / calm - 1) < 1e-12).any(axis=None):
        sys.exit("averages that tie")
    weight = np.where(quick > calm, row["part"], -row["part"] / 2)
    weight[calm.isna().to_numpy()] = np.nan
    weight[~decision_bars(close.index, rebalance)] = np.nan
    if rebalance == "on_change":
        last = pd.DataFrame(weight).ffill().shift().fillna(0).to_numpy()
        weight[weight == last] = np.nan
    return weight


def judge(frames, results, mode, rebalance, fees, slippage):
    """How many rows differ."""
    with h5py.File(results) as h5:
        combos = len(h5["combo"])
        ours = {name: h5[name][...] for name in h5 if h5[name].shape == (combos,)}
        periods, engine = h5.attrs["periods"], h5.attrs["engine"].decode()
    delay, wrong, worst = int(mode[-1]), 0, 0.0
    if ours["clipped"].any():
        sys.exit("rows whose cash ran short")
    for i in range(combos):
        row = {name: float(ours[name][i]) for name in ("fast", "slow", "part")}
        weight = targets(frames["close"], row, rebalance)
        if delay:
            weight = np.vstack([np.full(weight.shape[1], np.nan), weight[:-1]])
        portfolio = vbt.Portfolio.from_orders(
            frames["close"], weight, size_type="targetpercent", price=frames[mode[:-1]],
            fees=float(fees) / 1e4, slippage=float(slippage) / 1e4, init_cash=CAPITAL,
            group_by=True, cash_sharing=True, call_seq="auto")
        theirs = metrics(portfolio, periods)
        del theirs["trades"], theirs["orders"] # it counts partial sales, and a reversal as one order
        off = {name: (ours[name][i], number) for name, number in theirs.items()
               if not same(ours[name][i], number)}
        wrong += bool(off)
        worst = max(worst, *(abs(ours[n][i] - x) / abs(x) for n, x in theirs.items() if x))
        if off:
            print("differs:", row, off)
    print(f"{mode} {rebalance} {fees} + {slippage} bps: {combos} rows of {weight.shape[1]} assets, "
          f"{engine} engine, {wrong} differ, largest relative {worst:.1e}", flush=True)
    return wrong


def main():
    frames = market(sys.argv[1])
    sys.exit(any([judge(frames, *argument.split(",")) for argument in sys.argv[2:]]))


if __name__ == "__main__":
    main()
