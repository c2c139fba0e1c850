"""Prices of an asset in the basis, section 1 of docs/semantics.md. Part of the slow simulator: see
simulator.py."""
import math
from dataclasses import dataclass

from expressions import NAN


def is_price(x):
    return math.isfinite(x) and x > 0


class Asset:
    """An asset in the basis. `raw` has the columns as traded, NaN where undefined; `actions` are
    (bar, kind, value)."""

    def __init__(self, raw, actions, delisting_return, basis):
        bars = len(raw["close"])
        close = raw["close"]
        self.own = [t for t in range(bars) if is_price(close[t])]
        self.first, self.last = self.own[0], self.own[-1]
        self.delisted = self.last < bars - 1
        self.delisting_return = delisting_return
        factor, splits, cash = [1.0] * bars, [1.0] * bars, {}
        for t in range(1, bars):
            factor[t], splits[t] = factor[t - 1], splits[t - 1]
            for kind, value in [a[1:] for a in actions if a[0] == t]:
                if kind != "dividend":
                    factor[t] /= value
                    splits[t] /= value if kind == "split" else 1
                elif is_price(close[t - 1]) and 1 - value / close[t - 1] > 0:
                    if basis == "adjusted":
                        factor[t] /= 1 - value / close[t - 1]
                    else:
                        cash[t] = cash.get(t, 0.0) + value * factor[t - 1]
        self.dividend, self.factor, self.raw_volume = cash, factor, raw["volume"]
        self.fields = {"volume": [v / s for v, s in zip(raw["volume"], splits)]}
        for name in ("open", "high", "low", "close"):
            self.fields["raw." + name] = raw[name]
            self.fields[name] = [p * f if is_price(p) else NAN for p, f in zip(raw[name], factor)]

    def own_fields(self, begin, end):
        bars = [t for t in self.own if begin <= t <= end]
        return bars, {k: [v[t] for t in bars] for k, v in self.fields.items()}

    def price(self, name, t):
        """Of a bar that the asset has; elsewhere NaN, even where there is an open."""
        has_bar = is_price(self.fields["close"][t])
        return self.fields[name][t] if has_bar else NAN

    def last_close(self, t):
        """At bar t or, where it has none, before."""
        own = [s for s in self.own if s <= t]
        return self.fields["close"][own[-1]] if own else NAN

    def returns(self, begin, end):
        """As a benchmark: 0 on a gap and up to the first close."""
        out = []
        for t in range(begin, end + 1):
            before = self.last_close(t - 1) if t > 0 else NAN
            now = self.price("close", t)
            out.append(now / before - 1 if is_price(now) and is_price(before) else 0.0)
        return out


@dataclass
class World:
    """What an experiment trades in."""

    days: list
    assets: list
    benchmark: Asset | None = None
