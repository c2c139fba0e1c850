"""Seeded random markets and experiments for the equivalence gate."""
import datetime
import hashlib
import math
from dataclasses import dataclass

import h5py
import numpy as np

from expressions import NAN, text
from simulator import Asset, Experiment, is_price

COLUMNS = ("open", "high", "low", "close", "volume")
NAMES = (
    "total_return cagr volatility sharpe sortino max_drawdown max_drawdown_bars calmar ulcer omega "
    "skew kurtosis var_95 cvar_95 exposure turnover trades open_trades win_rate profit_factor sqn "
    "expectancy avg_win avg_loss best_trade worst_trade avg_bars commission slippage borrow costs "
    "orders dropped clipped pooled_sharpe psr"
).split()


@dataclass
class Market:
    days: list
    raw: list  # column -> values, of each asset
    actions: list  # (bar, kind, value), of each asset
    rows: set  # (asset, bar) of the price table; a cell may still be undefined
    delisting_return: list

    def assets(self, experiment):
        chosen = experiment.assets
        chosen = range(len(self.raw)) if chosen is None else chosen
        return [
            Asset(self.raw[n], self.actions[n], self.delisting_return[n], experiment.basis)
            for n in chosen
        ]


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


def make_asset(r, bars, start, end, volatility):
    """(columns, actions, bars with a row): cent prices, so that ties happen; gaps of whole rows
    and of closes, missing opens, stretches where nothing moves."""
    raw = {k: [NAN] * bars for k in COLUMNS}
    close, no_open = r.choice([1.5, 20, 100]), r.choice([0, 0.1])
    gaps = r.choice([0, 0, 0.05, 0.15])
    rests, still = r.choice([0, 0, 0.03]), 0
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
        row = (first, max(first, close), min(first, close), close, float(r.randrange(10000)))
        for name, value in zip(COLUMNS, row):
            raw[name][t] = value
        if gap:
            raw["close"][t] = NAN
        if r.random() < no_open:
            raw["open"][t] = NAN
        if r.random() < 0.1:
            raw["volume"][t] = 0.0
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


CLOSE, FAST, SLOW = ("field", "close"), ("parameter", "fast"), ("parameter", "slow")


def num(value):
    return ("number", value)


def any_series(r, depth):
    if depth <= 0 or r.random() < 0.25:
        return ("field", r.choice(["close"] * 6 + ["open", "high", "low", "raw.close"]))
    kind = r.choice("sma sma ema highest lowest lag + - max min where stdev abs rsi roc negative "
                    "scaled".split())
    series = any_series(r, depth - 1)
    spans = [FAST, SLOW, num(r.randrange(1, 9)), ("-", SLOW, FAST)]
    if kind in ("sma", "ema", "highest", "lowest"):
        return (kind, series, r.choice(spans))
    if kind == "lag":
        return (kind, series, r.choice([num(0), num(1), num(3), ("-", SLOW, FAST)]))
    if kind == "stdev":
        return ("+", any_series(r, depth - 1), (kind, series, r.choice([FAST, SLOW])))
    if kind in ("rsi", "roc"):
        return (kind, series, r.choice([FAST, SLOW, num(2)]))
    if kind == "where":
        return (kind, any_condition(r, depth - 1), series, any_series(r, depth - 1))
    if kind == "scaled":
        return ("*", series, num(r.choice([1.01, 0.99, 0.97])))
    if kind in ("abs", "negative"):
        return (kind, series)
    return (kind, series, any_series(r, depth - 1))


def any_pair(r):
    """Two series worth comparing."""
    volume = ("field", "volume")
    spread = ("stdev", CLOSE, SLOW)
    return r.choice([
        (("sma", CLOSE, FAST), ("sma", CLOSE, SLOW)),
        (CLOSE, ("sma", CLOSE, FAST)),
        (("ema", CLOSE, FAST), ("ema", CLOSE, SLOW)),
        (CLOSE, ("highest", ("lag", ("field", "high"), num(1)), FAST)),
        (("lag", CLOSE, num(r.randrange(4))), ("field", r.choice(["open", "close"]))),
        (("rsi", CLOSE, FAST), num(r.choice([30, 50, 70]))),
        (("roc", CLOSE, FAST), num(r.choice([0, 0, 1, -2]))),
        (("field", "raw.close"), num(r.choice([5, 20, 100]))),
        (spread, ("lag", spread, num(5))),
        (any_series(r, 2), any_series(r, 2)),
        (volume, ("sma", volume, FAST)),
    ])


def any_condition(r, depth):
    kinds = ["compare", "cross"]
    kind = r.choice(kinds + ["compare", "cross", "and", "or", "not"] if depth > 0 else kinds)
    if kind == "compare":
        return (r.choice([">", "<", ">", "<", ">=", "<="]), *any_pair(r))
    if kind == "cross":
        return (r.choice(["crosses_above", "crosses_below"]), *any_pair(r))
    operands = 1 if kind == "not" else 2
    return (kind, *(any_condition(r, depth - 1) for _ in range(operands)))


def any_signals(r):
    entries = r.choice([("long",), ("long", "short"), ("long", "short"), ("short",)])
    out = {}
    for side in entries:
        out["enter_" + side] = any_condition(r, 2)
        if r.random() < 0.7:
            out["exit_" + side] = any_condition(r, 2)
    return out


def any_weight(r):
    undefined = ("/", num(1), ("-", CLOSE, CLOSE))
    weights = [num(w) for w in (1, -1, 0, 0.5, -0.3, 1.5, 0.999, 1e-13)]
    return r.choice(weights + [undefined])


def any_target(r):
    band = ("stdev", CLOSE, SLOW)
    sample = ("stdev", CLOSE, SLOW, num(1))
    score = ("/", ("-", CLOSE, ("ema", CLOSE, FAST)), sample)
    inner = ("where", any_condition(r, 1), any_weight(r), any_weight(r))
    return r.choice([
        ("where", any_condition(r, 1), any_weight(r), any_weight(r)),
        ("where", any_condition(r, 1), inner, any_weight(r)),
        ("/", ("roc", CLOSE, FAST), num(r.choice([5, 10, 50]))),
        ("/", ("-", CLOSE, ("sma", CLOSE, SLOW)), band),
        ("/", ("-", ("rsi", CLOSE, FAST), num(50)), num(50)),
        num(r.choice([1, -1, 0.4])),
        ("min", num(1), ("max", num(-1), score)),
    ])


def make_experiment(r, market):
    bars, count = len(market.days), len(market.raw)
    price, delay = r.choice([("open", 1), ("close", 1), ("close", 0)])
    by_signals = r.random() < 0.5
    rolling = (r.randrange(10, bars // 3), r.choice([0, r.randrange(5, bars // 4)]),
               r.randrange(7, bars // 3))
    chosen = sorted(r.sample(range(count), r.randrange(1, count + 1)))
    return Experiment(
        basis=r.choice(["adjusted", "split"]),
        begin=r.choice([0, 0, r.randrange(bars // 3)]),
        end=r.choice([bars - 1, bars - 1, r.randrange(bars // 2, bars)]),
        assets=chosen if r.random() < 0.3 else None,
        axes={
            "fast": r.choice([[2, 3, 5], [1, 4], [3]]),
            "slow": r.choice([[5, 9, 15], [6, 20], [4, 30]]),
        },
        signals=any_signals(r) if by_signals else None,
        target=None if by_signals else any_target(r),
        rebalance=r.choice(["on_change", "every_bar"]),
        warmup=r.choice(["before", "cold", "inside_own", "inside_common"]),
        price=price,
        delay=delay,
        commission_bps=r.choice([0, 0, 10, 37.5, 300]),
        slippage_bps=r.choice([0, 0, 2, 50, 900]),
        spread_bps=r.choice([0, 0, 4, 25]),
        capital=r.choice([100000.0, 1000.0, 50.5]),
        walk_forward=rolling if r.random() < 0.5 else None,
    )


def yaml(x, market, bundle="spec.yaml"):
    first, last = market.days[x.begin], market.days[x.end]
    lines = [f"bundle: {bundle}", f"prices: {x.basis}", f"period: {{from: {first}, to: {last}}}"]
    if x.assets is not None:
        lines.append(f"assets: [{', '.join(f'A{n}' for n in x.assets)}]")
    lines += ["strategy:", "  parameters:"]
    lines += [f"    {name}: {values}" for name, values in x.axes.items()]
    lines += ["  constraints:", "    - fast < slow"]
    if x.target:
        lines += [f'  target: "{text(x.target)}"', f"  rebalance: {x.rebalance}"]
    else:
        lines += ["  signals:"] + [f'    {k}: "{text(v)}"' for k, v in x.signals.items()]
    lines += [
        f"warmup: {x.warmup}",
        f"execution: {{price: {x.price}, delay: {x.delay}}}",
        f"costs: {{commission_bps: {x.commission_bps!r}, slippage_bps: {x.slippage_bps!r}, "
        f"spread_bps: {x.spread_bps!r}}}",
        f"account: {{capital: {x.capital!r}}}",
        f"metrics: [{', '.join(NAMES)}]",
    ]
    if x.walk_forward:
        train, test, step = x.walk_forward
        overlap = ", overlap: true" if step < test else ""
        lines.append(f"walk_forward: {{mode: rolling, train: {train}, test: {test}, "
                     f"step: {step}{overlap}}}")
    return "\n".join(lines) + "\n"


def features(x, market):
    """What an experiment exercises, for the histogram."""
    chosen = range(len(market.raw)) if x.assets is None else x.assets
    last = len(market.days) - 1
    out = {f"basis {x.basis}", f"warmup {x.warmup}", f"execution {x.price}/{x.delay}",
           f"assets {len(chosen)}", "costs" if x.commission_bps or x.slippage_bps else "no costs",
           f"target {x.rebalance}" if x.target else f"signals {' '.join(sorted(x.signals))}"}
    out.add("one window" if not x.walk_forward else
            "walk-forward with test" if x.walk_forward[1] else "walk-forward without test")
    for n in chosen:
        close = market.raw[n]["close"]
        own = [t for t, c in enumerate(close) if is_price(c)]
        kinds = {kind for _, kind, _ in market.actions[n]}
        out |= {name for name, seen in {
            "gaps": own[-1] - own[0] + 1 > len(own),
            "missing opens": any(market.raw[n]["open"][t] != market.raw[n]["open"][t] for t in own),
            "splits": "split" in kinds,
            "dividends": "dividend" in kinds,
            "other actions": bool(kinds - {"split", "dividend"}),
            "late listing": own[0] > 0,
            "delisting": own[-1] < last,
            "delisting return": own[-1] < last and market.delisting_return[n] != 0,
        }.items() if seen}
    return out
