"""Stops, section 6 of docs/semantics.md. Part of the slow simulator: see simulator.py."""
from account import Order, Ticket, sign
from expressions import tie
from prices import is_price


def reached(side, price, level):
    """Whether a price is as good as the level, or better, for a position of that side."""
    return tie(price, level) or (price > level if side > 0 else price < level)


def water(p, average, side, t):
    """The best of the average entry and of the bars behind the first fill, up to the one before."""
    first = p.trade["entry"] + (0 if p.trade["at_open"] else 1)
    name = "high" if side > 0 else "low"
    seen = [p.asset.price(name, s) for s in range(first, t)]
    seen = [x for x in seen if is_price(x)] + [average]
    return max(seen) if side > 0 else min(seen)


def protective_level(p, terms, average, side, t):
    """The nearer of loss and trail, or None."""
    levels = []
    if terms.stop_loss:
        levels.append(average * (1 - side * terms.stop_loss))
    if terms.stop_trail:
        levels.append(water(p, average, side, t) * (1 - side * terms.stop_trail))
    if not levels:
        return None
    return max(levels) if side > 0 else min(levels)


def stop_price(p, terms, t):
    """(why, price) when a stop of the position fills on this bar, or None."""
    if p.shares == 0 or not is_price(p.asset.price("close", t)):
        return None
    if p.order is not None and p.order.of_stop:
        return None  # it is being closed, and only a new entry replaces that order
    entry = p.trade["entry"]
    if t < entry or (t == entry and not p.trade["at_open"]):
        return None
    side, average = sign(p.shares), p.cost / abs(p.shares)
    first = p.asset.price("open", t)
    best, worst = p.asset.price("high", t), p.asset.price("low", t)
    if side < 0:
        best, worst = worst, best
    profit = average * (1 + side * terms.stop_profit)
    level = protective_level(p, terms, average, side, t)
    opened = is_price(first)
    if terms.stop_bars and opened and t - entry >= terms.stop_bars:
        return "bars", first
    if terms.stop_profit and opened and reached(side, first, profit):
        return "profit at open", first
    if level is not None and is_price(worst) and reached(-side, worst, level):
        nearer = min if side > 0 else max
        return "loss or trail", nearer(first, level) if opened else level
    if terms.stop_profit and is_price(best) and reached(side, best, profit):
        further = max if side > 0 else min
        return "profit", further(first, profit) if opened else profit
    return None


def test_stops(account, t):
    for p in account.positions:
        found = stop_price(p, account.terms, t)
        if found is None:
            continue
        why, price = found
        account.book.seen.add(f"stop: {why}")
        p.order, p.intent, p.stopped = None, 0, sign(p.shares)
        if not account.fill(p, -p.shares, price, t, Ticket()):
            p.order = Order(0, t + 1, of_stop=True)
            account.book.seen.add("stop cut by volume")
