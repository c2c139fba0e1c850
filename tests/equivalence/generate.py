"""Seeded random experiments for the equivalence test, and how they stand in a file."""
from expressions import text
from prices import is_price
from simulator import Experiment
from strategies import FAST, SLOW, any_signals, any_target, num

NAMES = (
    "total_return cagr volatility sharpe sortino max_drawdown max_drawdown_bars calmar ulcer omega "
    "skew kurtosis var_95 cvar_95 exposure turnover trades open_trades win_rate profit_factor sqn "
    "expectancy avg_win avg_loss best_trade worst_trade avg_bars commission slippage borrow costs "
    "orders dropped clipped pooled_sharpe psr"
).split()
VERSUS = ["alpha", "beta", "information_ratio"]


def names(experiment):
    return NAMES + (VERSUS if experiment.benchmark is not None else [])


def any_term(r, values):
    """A number, or what comes out as about that over the parameters; or none for some of them."""
    value = r.choice(values)
    if r.random() < 0.75:
        return num(value)
    return r.choice([
        ("/", ("*", num(value), FAST), SLOW),
        ("*", FAST, num(value / 5)),
        ("where", (">", SLOW, num(8)), num(value), num(0)),
        ("max", num(0), ("-", num(value), ("/", FAST, num(1000)))),
    ])


def make_costs(r, capital, terms):
    if r.random() < 0.65:
        terms["commission_bps"] = any_term(r, [10, 10, 37.5, 300])
    if r.random() < 0.25:
        terms["commission_fixed"] = any_term(r, [capital / 2000, capital / 250])
    if r.random() < 0.25:
        terms["commission_per_share"] = any_term(r, [0.005, 0.02, 0.3])
    if r.random() < 0.25:
        terms["commission_minimum"] = any_term(r, [capital / 1000, capital / 100])
    if r.random() < 0.6:
        terms["slippage_bps"] = any_term(r, [2, 10, 50, 50, 900])
    if r.random() < 0.4:
        terms["spread_bps"] = any_term(r, [4, 25])
    if r.random() < 0.35:
        limit = r.choice([0.001, 0.01, 0.1, 0.5])
        terms["volume_limit"] = num(limit)
        if r.random() < 0.5:
            terms["impact"] = any_term(r, [0.1, 0.02 / limit, 0.2 / limit / limit])
        elif r.random() < 0.3:
            terms["volume_limit"] = any_term(r, [limit])


def make_rates(r, terms):
    for name, values in (("cash_rate", [0.02, 0.1, -0.01]), ("margin_rate", [0.08, 0.4]),
                         ("borrow_rate", [0.03, 0.3])):
        if r.random() < 0.35:
            terms[name] = any_term(r, values) if values[-1] > 0 else num(r.choice(values))


def make_stops(r, terms):
    for name, values in (("stop_loss", [0.01, 0.05, 0.15, 1.2]), ("stop_profit", [0.02, 0.08, 0.3]),
                         ("stop_trail", [0.01, 0.04, 0.1])):
        if r.random() < 0.5:
            terms[name] = any_term(r, values)
    if r.random() < 0.35:
        terms["stop_bars"] = r.choice([num(1), num(4), num(12), FAST, ("-", SLOW, FAST)])


def make_size(r, capital, terms):
    """(what an entry asks for, the span of a volatility)."""
    kind = r.choice(["all", "all", "equity", "value", "shares", "volatility"])
    values = {"equity": [0.3, 1, 1.4], "value": [capital / 5, capital, 2 * capital],
              "shares": [1, 12.5, 100], "volatility": [0.05, 0.2, 2.0]}
    if kind == "all":
        return kind, None
    value = r.choice(values[kind])
    terms["size"] = r.choice([num(value)] * 3 + [("/", ("*", num(value), FAST), SLOW)])
    span = r.choice([num(2), num(10), SLOW, ("+", FAST, num(1))])
    return kind, span if kind == "volatility" else None


def make_terms(r, capital):
    """Few in part of the experiments: a disagreement is found sooner there."""
    terms = {}
    if r.random() < 0.85:
        make_costs(r, capital, terms)
    if r.random() < 0.4:
        make_rates(r, terms)
    if r.random() < 0.5:
        make_stops(r, terms)
    if r.random() < 0.4:
        terms["leverage"] = r.choice([num(2), num(0.6), num(5), ("/", SLOW, num(8))])
    return terms


def make_experiment(r, market):
    bars, count = len(market.days), len(market.raw)
    price, delay = r.choice([("open", 1), ("close", 1), ("close", 0)])
    by_signals = r.random() < 0.5
    rolling = (r.randrange(10, bars // 3), r.choice([0, r.randrange(5, bars // 4)]),
               r.randrange(7, bars // 3))
    chosen = sorted(r.sample(range(count), r.randrange(1, count + 1)))
    capital = r.choice([100000.0, 1000.0, 50.5])
    terms = make_terms(r, capital)
    size, span = make_size(r, capital, terms) if by_signals else ("all", None)
    rules = ["on_change", "every_bar", "weekly", "monthly", "quarterly", r.choice([2, 5, 17])]
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
        rebalance=r.choice(["on_change"] + rules),
        warmup=r.choice(["before", "cold", "inside_own", "inside_common"]),
        price=price,
        delay=delay,
        terms=terms,
        mode=r.choice(["per_asset", "shared"]),
        size=size,
        span=span,
        lots=r.choice(["fractional", "fractional", "whole"]),
        close_at_end=r.random() < 0.25,
        capital=capital,
        risk_free=r.choice([0.0, 0.0, 0.03, 0.5]),
        benchmark=r.randrange(count) if r.random() < 0.4 else None,
        walk_forward=rolling if r.random() < 0.5 else None,
    )


def value_text(x):
    """In a YAML file: a number, or an expression in quotes."""
    return text(x) if x[0] == "number" else f'"{text(x)}"'


def map_of(terms, wanted, more=()):
    lines = [f"  {key}: {value}" for key, value in more]
    return lines + [f"  {key}: {value_text(terms[name])}" for key, name in wanted if name in terms]


def account_yaml(x):
    names_of = [(k, k) for k in ("leverage", "cash_rate", "margin_rate")]
    more = [("capital", repr(x.capital)), ("mode", x.mode), ("lots", x.lots),
            ("close_at_end", "true" if x.close_at_end else "false")]
    if x.size == "all" and x.signals:
        more.append(("size", "all"))
    elif x.size != "all":
        size = f"{x.size}: {value_text(x.terms['size'])}"
        span = f", span: {value_text(x.span)}" if x.span else ""
        more.append(("size", f"{{{size}{span}}}"))
    return ["account:"] + map_of(x.terms, names_of, more)


def strategy_yaml(x):
    lines = ["strategy:", "  parameters:"]
    lines += [f"    {name}: {values}" for name, values in x.axes.items()]
    lines += ["  constraints:", "    - fast < slow"]
    if x.target:
        every = isinstance(x.rebalance, int)
        rule = f"{{every: {x.rebalance}}}" if every else x.rebalance
        return lines + [f'  target: "{text(x.target)}"', f"  rebalance: {rule}"]
    return lines + ["  signals:"] + [f'    {k}: "{text(v)}"' for k, v in x.signals.items()]


def yaml(x, market, bundle="spec.yaml"):
    first, last = market.days[x.begin], market.days[x.end]
    lines = [f"bundle: {bundle}", f"prices: {x.basis}", f"period: {{from: {first}, to: {last}}}"]
    if x.assets is not None:
        lines.append(f"assets: [{', '.join(f'A{n}' for n in x.assets)}]")
    if x.benchmark is not None:
        lines.append(f"benchmark: A{x.benchmark}")
    lines += strategy_yaml(x)
    lines += [f"warmup: {x.warmup}", f"execution: {{price: {x.price}, delay: {x.delay}}}"]
    costs = "commission_bps commission_fixed commission_per_share commission_minimum slippage_bps "
    costs += "spread_bps volume_limit impact borrow_rate"
    stops = map_of(x.terms, [(k, "stop_" + k) for k in ("loss", "profit", "trail", "bars")])
    paid = map_of(x.terms, [(k, k) for k in costs.split()])
    lines += ["costs:"] + paid if paid else []
    lines += ["stops:"] + stops if stops else []
    lines += account_yaml(x)
    lines += [f"risk_free: {x.risk_free!r}"] if x.risk_free else []
    lines += [f"metrics: [{', '.join(names(x))}]"]
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
           f"assets {len(chosen)}", f"mode {x.mode}", f"lots {x.lots}"}
    rule = "every k" if isinstance(x.rebalance, int) else x.rebalance
    out |= {f"target {rule}"} if x.target else {f"signals {' '.join(sorted(x.signals))}"}
    out |= {f"size {x.size}, {x.mode}"} if x.signals else set()
    out |= {f"term {k}" for k in x.terms} | {
        "term as an expression" for v in x.terms.values() if v[0] != "number"}
    out |= {name for name, has in {"close_at_end": x.close_at_end, "risk_free": x.risk_free,
                                   "benchmark": x.benchmark is not None}.items() if has}
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
