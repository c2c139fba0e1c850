#!/usr/bin/env python3
"""Stops in vectorbt, row by row.

    stops_vectorbt_test.py BUNDLE RESULTS,long|short,close0|close1,COMMISSION_BPS,SLIPPAGE_BPS...

Each RESULTS is of one asset, GOOG: crossings of two simple averages of its close, `fast` and `slow`, with
the stops `profit` and either `loss` or `trail` as parameters, 0 for none. It is long between a cross
above and the next cross below, or short the other way round. The conventions of both:

- a signal fills at the close that decides it (close0) or at the next one (close1), so that a stop is
  active from the bar behind the entry; levels lie on the fill price, with slippage in it
  (`stop_entry_price` fillprice);
- a stop fills at its level, or at the open where that lies beyond it, less slippage
  (`stop_exit_price` stopmarket); the high water of a trailing stop is the best of the bars before;
- the loss side goes before profit within a bar. But here an open beyond the profit level has already
  filled before anything else of the bar happens, in vectorbt the loss side is still looked at first:
  rows where a bar has both may differ, and are listed;
- vectorbt ignores the signals on the bar of a stop; crossings alternate, so none that counts is lost.
  With conditions that last (`fast > slow`) it would go in again a bar later than we do.
"""

import sys

import h5py
import numpy as np
import pandas as pd
import vectorbt as vbt

TOLERANCE = 1e-9
CAPITAL = 100.0


def prices(bundle):
    """The days on which GOOG has a bar: it has no corporate actions."""
    with h5py.File(bundle) as h5:
        n = [symbol.rstrip(b"\0").decode() for symbol in h5["symbol"][...]].index("GOOG")
        if (h5["action/asset"][...] == n).any():
            sys.exit("GOOG has corporate actions: its prices are not those that vectorbt gets")
        frame = pd.DataFrame({name: h5[name][n] for name in ("open", "high", "low", "close")})
    return frame.dropna(subset="close").reset_index(drop=True)


def crossings(close, fast, slow):
    quick = vbt.MA.run(close, [int(fast)])
    calm = vbt.MA.run(close, [int(slow)])
    return [x.to_numpy() for x in (quick.ma_crossed_above(calm), quick.ma_crossed_below(calm))]


def run(frame, row, side, delay, fees, slippage):
    enter, leave = crossings(frame["close"], row["fast"], row["slow"])[::1 if side == "long" else -1]
    if delay:
        enter, leave = [np.concatenate([[False], x[:-1]]) for x in (enter, leave)]
    trail = row.get("trail", 0)
    return vbt.Portfolio.from_signals(
        frame["close"], enter, leave, direction=side + "only", open=frame["open"],
        high=frame["high"], low=frame["low"], fees=fees, slippage=slippage, init_cash=CAPITAL,
        sl_stop=trail or row.get("loss", 0) or np.nan, sl_trail=trail > 0,
        tp_stop=row["profit"] or np.nan, stop_entry_price="fillprice",
        stop_exit_price="stopmarket", upon_stop_exit="close")


def passed_at_open(frame, portfolio, row, side, slippage):
    """Bars whose open lay beyond the profit level, but on which vectorbt sold at another price."""
    found, sign = [], 1 if side == "long" else -1
    for trade in portfolio.trades.records.itertuples():
        price = frame["open"][trade.exit_idx]
        beyond = sign * (price - trade.entry_price * (1 + sign * row["profit"])) >= 0
        sold = same(trade.exit_price, price * (1 - sign * slippage))
        if row["profit"] > 0 and trade.status == 1 and beyond and not sold:
            found.append(trade.exit_idx)
    return found


def metrics(portfolio, periods):
    value = portfolio.value().to_numpy()
    returns = value / np.concatenate([[CAPITAL], value[:-1]]) - 1
    sd = returns.std(ddof=1)
    return {"total_return": value[-1] / CAPITAL - 1,
            "max_drawdown": (value / np.maximum(np.maximum.accumulate(value), CAPITAL) - 1).min(),
            "sharpe": returns.mean() / sd * np.sqrt(periods) if sd > 1e-14 else np.nan,
            "commission": portfolio.orders.fees.sum() * 1000, # our capital is 100,000
            "orders": portfolio.orders.count(),
            "trades": portfolio.trades.closed.count()}


def same(a, b):
    return a == b or (np.isnan(a) and np.isnan(b)) or abs(a - b) <= TOLERANCE * max(abs(a), abs(b))


def judge(frame, results, side, mode, fees, slippage):
    """How many rows differ."""
    with h5py.File(results) as h5:
        combos = len(h5["combo"])
        ours = {name: h5[name][...] for name in h5 if h5[name].shape == (combos,)}
        periods, engine = h5.attrs["periods"], h5.attrs["engine"].decode()
    names = [name for name in ("fast", "slow", "loss", "trail", "profit") if name in ours]
    wrong, listed, worst = 0, [], 0.0
    for i in range(combos):
        row = {name: float(ours[name][i]) for name in names}
        portfolio = run(frame, row, side, int(mode[-1]), float(fees) / 1e4, float(slippage) / 1e4)
        theirs = metrics(portfolio, periods)
        off = {name: (ours[name][i], number) for name, number in theirs.items()
               if not same(ours[name][i], number)}
        if not off:
            worst = max(worst, *(abs(ours[n][i] - x) / abs(x) for n, x in theirs.items() if x))
        elif passed_at_open(frame, portfolio, row, side, float(slippage) / 1e4):
            listed.append(row)
        else:
            wrong += 1
            print("differs:", row, off)
    for row in listed:
        print("an open beyond the profit level, and the loss side behind it:", row)
    print(f"{side} {mode} {fees} + {slippage} bps, {' '.join(names)}: {combos} rows, {engine} engine, "
          f"{wrong} differ, {len(listed)} by a known rule, largest relative {worst:.1e}", flush=True)
    return wrong + (len(listed) > combos / 20)


def main():
    frame = prices(sys.argv[1])
    sys.exit(any([judge(frame, *argument.split(",")) for argument in sys.argv[2:]]))


if __name__ == "__main__":
    main()
