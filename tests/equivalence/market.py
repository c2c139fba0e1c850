"""Seeded random markets. Part of the random experiments: see generate.py."""
import datetime
import hashlib
import math
from dataclasses import dataclass

import h5py
import numpy as np

from expressions import NAN
from prices import Asset, World

COLUMNS = ("open", "high", "low", "close", "volume")


@dataclass
class Market:
    days: list
    raw: list  # column -> values, of each asset
    actions: list  # (bar, kind, value), of each asset
    rows: set  # (asset, bar) of the price table; a cell may still be undefined
    delisting_return: list

    def asset(self, n, basis):
        return Asset(self.raw[n], self.actions[n], self.delisting_return[n], basis)

    def world(self, experiment):
        basis, number = experiment.basis, experiment.benchmark
        chosen = range(len(self.raw)) if experiment.assets is None else experiment.assets
        benchmark = None if number is None else self.asset(number, basis)
        return World(self.days, [self.asset(n, basis) for n in chosen], benchmark)


def weekdays(count):
    days, day = [], datetime.date(2001, 1, 1)
    while len(days) < count:
        days += [day] if day.weekday() < 5 else []
        day += datetime.timedelta(1)
    return days


def make_actions(r, start, end):
    """Splits and the like, dividends (some of them too large), some on an asset's first bar."""
    splits, dividends = r.choice([0, 0, 0.02]), r.choice([0, 0, 0.04])
    out = []
    for t in range(start + 1, end + 1):
        if r.random() < splits:
            kind = r.choice(["split", "split", "merger", "spin-off", "other"])
            out.append((t, kind, r.choice([0.5, 0.25, 2, 0.9])))
        if r.random() < dividends:
            out.append((t, "dividend", r.choice([0.01, 0.03, 1.2])))  # of the price; see make_asset
    if r.random() < 0.1:
        out.append((start, "split", 0.5))
    if r.random() < 0.1 and start > 0:
        out.append((start, "dividend", 0.5))
    return out


def make_bar(r, first, close, wick):
    """High and low are often the open or the close, so that stops tie with them."""
    up, down = (math.exp(abs(r.gauss(0, wick))) if r.random() < 0.5 else 1 for _ in range(2))
    high, low = round(max(first, close) * up, 2), round(min(first, close) / down, 2)
    return first, high, max(0.01, low), close, float(r.randrange(10000))


def make_asset(r, bars, start, end, volatility):
    """(columns, actions, bars with a row): cent prices, so that ties happen; gaps of whole rows
    and of closes, missing prices, stretches where nothing moves."""
    raw = {k: [NAN] * bars for k in COLUMNS}
    close, no_open = r.choice([1.5, 20, 100]), r.choice([0, 0.1])
    gaps = r.choice([0, 0, 0.05, 0.15])
    rests, still = r.choice([0, 0, 0.03]), 0
    wick = r.choice([0, volatility])
    actions, rows = [], set()
    planned = make_actions(r, start, end)
    for t in range(start, end + 1):
        previous = close
        for _, kind, value in [a for a in planned if a[0] == t]:
            if kind == "dividend":
                value = max(0.001, round(close * value, 3))
            else:
                close *= value
            actions.append((t, kind, value))
        still = r.randrange(5, 25) if r.random() < rests else max(0, still - 1)
        if not still:
            close *= math.exp(r.gauss(0, volatility))
        close = max(0.05, round(close, 2))
        gap = r.random() < gaps and t < end
        if gap and r.random() < 0.5:
            continue
        first = previous * (1 if r.random() < 0.3 else math.exp(r.gauss(0, volatility / 2)))
        first = max(0.05, round(first, 2))
        for name, value in zip(COLUMNS, make_bar(r, first, close, wick)):
            raw[name][t] = value
        if gap:
            raw["close"][t] = NAN
        if r.random() < no_open:
            raw["open"][t] = NAN
        if wick and r.random() < no_open:
            raw[r.choice(["high", "low"])][t] = NAN
        if r.random() < 0.1:
            raw["volume"][t] = r.choice([0.0, 0.0, NAN])
        rows.add(t)
    return raw, actions, rows


def make_market(r):
    count, bars = r.choice([1, 1, 2, 3, 4]), r.choice([60, 110, 160])
    market = Market(weekdays(bars), [], [], set(), [])
    levels = [0.1, 0.4] if r.random() < 0.25 else [0.005, 0.02, 0.05]
    for n in range(count):
        start = 0 if r.random() < (0.8 if n == 0 else 0.6) else r.randrange(1, bars // 2)
        end = bars - 1 if r.random() < 0.6 else r.randrange(bars // 2, bars)
        raw, actions, rows = make_asset(r, bars, start, end, r.choice(levels))
        market.raw.append(raw)
        market.actions.append(actions)
        market.rows |= {(n, t) for t in rows}
        loss = r.choice([0.0, 0.0, -0.3, -1.0, 0.05])
        market.delisting_return.append(loss if end < bars - 1 else 0.0)
    present = {t for _, t in market.rows}
    market.rows |= {(0, t) for t in range(bars) if t not in present}  # every day a session
    return market


def cell(value):
    return "" if value != value else repr(value)


def write_market(market, folder):
    with open(folder / "prices.csv", "w") as f:
        f.write(f"symbol,date,{','.join(COLUMNS)}\n")
        for n, t in sorted(market.rows):
            cells = ",".join(cell(market.raw[n][k][t]) for k in COLUMNS)
            f.write(f"A{n},{market.days[t]},{cells}\n")
    with open(folder / "actions.csv", "w") as f:
        f.write("symbol,date,kind,value\n")
        for n, actions in enumerate(market.actions):
            f.writelines(f"A{n},{market.days[t]},{kind},{v!r}\n" for t, kind, v in actions)
    (folder / "spec.yaml").write_text(
        "format: gridwalk-ingest/1\ntable: prices.csv\nactions: actions.csv\nperiods: 252\n"
        "on_defect: nan\n"
    )


def set_delisting_returns(path, values):
    """CSV sources have none: they are written into the bundle, with its digest made anew."""
    with h5py.File(path, "r+") as f:
        f["asset/delisting_return"][...] = np.array(values)
        parts = ["session", "symbol"]
        parts += [f"digest/{k}" for k in COLUMNS]
        parts += [f"action/{k}" for k in ("asset", "session", "kind", "value")]
        parts += [f"asset/{k}" for k in ("name", "exchange", "first", "last", "delisting_return")]
        parts += ["asset/tick", "asset/multiplier"]
        digest = hashlib.sha256()
        for part in parts:
            digest.update(f[part][...].tobytes())
        for name in ("calendar", "frequency"):
            value = f.attrs[name]
            digest.update((value.encode() if isinstance(value, str) else bytes(value)) + b"\0")
        digest.update(np.array(f.attrs["periods"], "<f8").tobytes())
        old = f.attrs["digest"]
        kind = f.attrs.get_id("digest").dtype
        new = digest.hexdigest()
        f.attrs.create("digest", new, dtype=kind if not isinstance(old, str) else None)
