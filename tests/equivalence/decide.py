"""What a strategy decides, section 3 of docs/semantics.md. Part of the slow simulator: see
simulator.py."""
import math

from account import Order, sign
from expressions import NAN, evaluate, number, tie
from metrics import deviation


def decisions_of(asset, experiment, parameters, begin, end):
    """Values of the expressions at each of the asset's own bars."""
    bars, fields = asset.own_fields(begin, end)
    roots = {"target": experiment.target} if experiment.target else experiment.signals
    values = {k: evaluate(x, fields, parameters) for k, x in roots.items()}
    return {t: {k: v[i] for k, v in values.items()} for i, t in enumerate(bars)}


def scales_of(asset, experiment, parameters, begin, end):
    """`size: {volatility: v, span: m}`: the weight at each of the asset's own bars (4)."""
    if experiment.size != "volatility" or experiment.target:
        return {}
    volatility = number(experiment.terms["size"], parameters)
    span = number(experiment.span, parameters)
    bars, fields = asset.own_fields(begin, end)
    close, out = fields["close"], {}
    for i, t in enumerate(bars):
        last = close[i - span:i + 1] if i >= span else []
        sd = deviation([b / a - 1 for a, b in zip(last, last[1:])])
        out[t] = volatility / (sd * math.sqrt(experiment.periods)) if sd > 1e-14 else NAN
    return out


def rebalance_bars(experiment, days, first, end):
    """On which bars a target decides; the first decision bar is always one."""
    rule, bars = experiment.rebalance, range(first, end + 1)
    if rule in ("on_change", "every_bar"):
        return set(bars)
    if isinstance(rule, int):
        return {t for t in bars if (t - first) % rule == 0}
    part = {
        "weekly": lambda d: d.isocalendar()[:2],
        "monthly": lambda d: (d.year, d.month),
        "quarterly": lambda d: (d.year, (d.month - 1) // 3),
    }[rule]
    turns = {t for t in bars if t == 0 or part(days[t]) != part(days[t - 1])}
    return turns | {first}


def decide(account, p, t, bars):
    """Nothing without a bar, and nothing from the last bar of a delisted asset on."""
    if t not in p.decisions or (p.asset.delisted and t >= p.asset.last):
        return
    if not account.experiment.target:
        decide_side(account, p, t)
    elif t in bars:
        decide_weight(account, p, t)


def decide_weight(account, p, t):
    weight = p.decisions[t]["target"]
    if weight != weight:
        return
    weight = 0.0 if abs(weight) <= 1e-12 else weight
    if sign(weight) != p.stopped:
        p.stopped = 0
    if account.experiment.rebalance == "on_change" and tie(weight, p.weight):
        return
    p.weight = weight
    if p.stopped or (p.order is not None and tie(weight, p.order.wanted)):
        return  # what waits stays: the same weight, or 0 behind what is left of a stop
    intend(account, p, weight, weight == 0 and p.shares == 0, t)


def decide_side(account, p, t):
    enter_long, enter_short, exit_long, exit_short = (
        p.decisions[t].get(k) == 1.0
        for k in ("enter_long", "enter_short", "exit_long", "exit_short")
    )
    long = enter_long and not enter_short and not exit_long
    short = enter_short and not enter_long and not exit_short
    if p.intent == 0:
        side = 1 if long else -1 if short else 0
    elif p.intent == 1:
        side = -1 if short else 0 if exit_long else 1
    else:
        side = 1 if long else 0 if exit_short else -1
    if side != p.intent:
        p.intent = side
        intend(account, p, side, side == sign(p.shares), t)


def intend(account, p, wanted, held, t):
    """A new intention replaces what waits; what is held already is only a cancellation."""
    p.order = None
    if not held:
        p.order = Order(wanted, t + account.experiment.delay, p.scales.get(t, NAN))
