"""Accounts: orders, sizing and costs, sections 4 and 5 of docs/semantics.md. Part of the slow
simulator: see simulator.py."""
import math
from dataclasses import dataclass, field

from expressions import NAN
from prices import is_price

NOTHING = 1e-12  # of the capital
SMALL = 1e-9  # of the equity: below this a change is no order


def sign(x):
    return (x > 0) - (x < 0)


def whole(count):
    """Truncated toward zero; a count within 1e-9 of a whole number is that number."""
    near = round(count)
    if abs(count - near) <= 1e-9 * max(1, abs(count)):
        return float(near)
    return float(math.trunc(count))


@dataclass
class Book:
    """What all accounts of a combination write down together."""

    commission: float = 0.0
    slippage: float = 0.0
    borrow: float = 0.0
    traded: float = 0.0
    orders: int = 0
    dropped: int = 0
    clipped: int = 0
    trades: list = field(default_factory=list)
    equity: list = field(default_factory=list)  # at each mark of the window
    exposed: list = field(default_factory=list)
    seen: set = field(default_factory=set)  # what has happened, for the histogram


@dataclass
class Ticket:
    """One order in the sense of `orders` and of commissions: one intention, one side."""

    kind: tuple | None = None
    raw: float = 0.0
    value: float = 0.0
    paid: float = 0.0


@dataclass
class Order:
    """An intention that waits: a side or a weight."""

    wanted: float
    due: int
    scale: float = NAN  # by volatility: the weight at the decision
    of_stop: bool = False  # what a volume limit has left of a stop
    ticket: Ticket = field(default_factory=Ticket)


class Position:
    """One asset in an account."""

    def __init__(self, asset, decisions, scales):
        self.asset, self.decisions, self.scales = asset, decisions, scales
        self.shares, self.cost = 0.0, 0.0  # cost: average entry fill price · |shares|
        self.intent, self.weight = 0, 0.0  # decided last
        self.stopped = 0  # a target's: the side that a stop has closed and that may not reopen
        self.order = self.trade = None
        self.used = {}  # raw shares filled, by bar
        self.mark = NAN  # last known close


class Account:
    """Cash and one position (per_asset) or all of them (shared)."""

    def __init__(self, experiment, terms, positions, book):
        self.experiment, self.terms, self.positions, self.book = experiment, terms, positions, book
        self.cash = self.capital = experiment.capital
        self.nothing = NOTHING * self.capital
        self.equity = []  # at each mark
        self.half = (terms.slippage_bps + terms.spread_bps / 2) / 10000
        self.bps = terms.commission_bps / 10000
        self.reserve = max(terms.commission_minimum, terms.commission_fixed)
        self.whole_lots = experiment.lots == "whole"

    def value(self, prices):
        return self.cash + sum(p.shares * prices[p] for p in self.positions if p.shares != 0)

    def marks(self):
        return {p: p.mark for p in self.positions}

    def quote(self, price, side):
        """The fill price before impact."""
        return price * (1 + side * self.half)

    def volume_left(self, p, t):
        """Raw shares that may still be filled on this bar."""
        limit, volume = self.terms.volume_limit, p.asset.raw_volume[t]
        if limit == 0:
            return math.inf
        most = limit * volume if volume > 0 else 0.0
        left = most - p.used.get(t, 0.0)
        left = left if left > 1e-9 * most else 0.0
        return whole(left) if self.whole_lots else left

    def in_lots(self, p, change, t):
        factor = p.asset.factor[t]
        return whole(change * factor) / factor if self.whole_lots else change

    def fill(self, p, change, price, t, ticket, at_open=False):
        """As much as the volume allows, with costs: whether that is all of it."""
        factor, side = p.asset.factor[t], sign(change)
        raw, left = abs(change) * factor, self.volume_left(p, t)
        cut = raw > left
        if cut:
            self.book.seen.add("volume cut")
            raw, change = left, side * left / factor
        if raw > 0:
            p.used[t] = p.used.get(t, 0.0) + raw
            paid = self.quote(price, side)
            if self.terms.impact:
                part = raw / p.asset.raw_volume[t]
                paid += side * self.terms.impact * part * part * price
            self.book.orders += ticket.raw == 0
            fee = self.charge(ticket, raw, abs(change) * paid)
            self.book.slippage += abs(paid - price) * abs(change)
            self.settle(p, change, paid, fee, t, at_open)
        return not cut

    def charge(self, ticket, raw, value):
        """The commission that a further fill of an order adds."""
        ticket.raw += raw
        ticket.value += value
        terms, before = self.terms, ticket.paid
        by_size = terms.commission_per_share * ticket.raw + self.bps * ticket.value
        ticket.paid = max(terms.commission_minimum, terms.commission_fixed + by_size)
        self.book.commission += ticket.paid - before
        return ticket.paid - before

    def settle(self, p, shares, paid, fee, t, at_open=False):
        if p.shares == 0:
            p.trade = {"entry": t, "at_open": at_open, "pnl": 0.0, "value": 0.0}
            p.cost = 0.0
        if p.shares == 0 or sign(shares) == sign(p.shares):
            p.trade["value"] += abs(shares) * paid
            p.cost += abs(shares) * paid
        else:
            p.cost *= (abs(p.shares) - abs(shares)) / abs(p.shares)
        p.trade["pnl"] -= shares * paid + fee
        self.cash -= shares * paid + fee
        p.shares += shares
        self.book.traded += abs(shares) * paid
        if p.shares == 0:
            self.book.trades.append(p.trade | {"exit": t})
            p.trade = None

    def close_free(self, p, price, t):
        """Without costs and without an order: delisting and ruin (6)."""
        p.order = None
        if p.shares != 0:
            self.settle(p, -p.shares, price, 0.0, t)

    def close_at_end(self, p, price, t):
        """With costs, no order, without volume limit or impact (2)."""
        if p.shares != 0:
            paid = self.quote(price, -sign(p.shares))
            raw, value = abs(p.shares) * p.asset.factor[t], abs(p.shares) * paid
            self.book.slippage += abs(paid - price) * abs(p.shares)
            self.settle(p, -p.shares, paid, self.charge(Ticket(), raw, value), t)

    def pay_dividend(self, p, t):
        if p.shares != 0 and t in p.asset.dividend:
            paid = p.shares * p.asset.dividend[t]
            self.cash += paid
            p.trade["pnl"] += paid
            self.book.seen.add("dividend in cash")

    def pay_interest(self):
        """And borrow fees, which belong to the trades of their assets (5)."""
        terms, periods = self.terms, self.experiment.periods
        short = {p: -p.shares * p.mark for p in self.positions if p.shares < 0}
        sold = sum(short.values())
        interest = terms.cash_rate / periods * max(0.0, self.cash - sold)
        interest -= terms.margin_rate / periods * max(0.0, -self.cash)
        for p, value in short.items():
            fee = terms.borrow_rate / periods * value
            p.trade["pnl"] -= fee
            self.book.borrow += fee
            self.cash -= fee
        self.cash += interest


def fill_due(account, name, t, only_reduce=False):
    """All orders of the account that are due at one point of the bar and have a price there (4)."""
    here = {p: p.asset.price(name, t) for p in account.positions}
    due = [p for p in account.positions
           if p.order is not None and p.order.due <= t and is_price(here[p])]
    if not due:
        return
    prices = {p: x if is_price(x) else p.mark for p, x in here.items()}
    before = account.value(prices)
    before = before if before > account.nothing else 0.0
    wanted = {p: wanted_shares(account, p, prices[p], before, t) for p in due}
    more = [p for p in due if not reduce(account, p, wanted[p], prices[p], before, t, name)]
    if more and not only_reduce:
        increase(account, more, wanted, prices, t, name)


def wanted_shares(account, p, price, equity, t):
    """Step 1; None for `size: all`, which step 3 decides."""
    experiment, order, size = account.experiment, p.order, account.terms.size
    if experiment.target:
        wanted = order.wanted * equity / price
    elif order.wanted == 0:
        wanted = 0.0
    elif experiment.size == "all":
        return None
    elif experiment.size == "equity":
        wanted = order.wanted * size * equity / price
    elif experiment.size == "value":
        wanted = order.wanted * size / price
    elif experiment.size == "shares":
        wanted = order.wanted * size / p.asset.factor[t]
    else:
        wanted = order.wanted * order.scale * equity / price if math.isfinite(order.scale) else 0.0
    return 0.0 if abs(wanted * price) <= SMALL * equity else wanted


def finish(account, p):
    """The order is done. An entry by signals without any shares counts as dropped."""
    order, p.order = p.order, None
    if not account.experiment.target and order.wanted != 0 and p.shares == 0:
        account.book.dropped += 1
        account.book.seen.add("entry without shares")
        p.intent = 0


def ticket_of(order, side, reduces):
    """A new one where the side turns, and for the second part of a reversal."""
    if order.ticket.kind != (side, reduces):
        order.ticket = Ticket((side, reduces))
    return order.ticket


def reduce(account, p, wanted, price, equity, t, name):
    """Step 2: whether nothing of the order is left for step 3."""
    held, side = p.shares, sign(p.order.wanted if wanted is None else wanted)
    if wanted is not None and abs((wanted - held) * price) <= SMALL * equity:
        finish(account, p)
        return True
    closes = held != 0 and side != sign(held)
    if not closes and (wanted is None or abs(wanted) >= abs(held)):
        return False
    change = -held if closes else account.in_lots(p, wanted - held, t)
    ticket = ticket_of(p.order, -sign(held), True)
    if not account.fill(p, change, price, t, ticket, name == "open"):
        return True
    if not closes or side == 0:
        finish(account, p)
        return True
    return False


def increase(account, orders, wanted, prices, t, name):
    """Step 3."""
    experiment = account.experiment
    equity = account.value(prices)
    gross = sum(abs(p.shares * prices[p]) for p in account.positions if p.shares != 0)
    takes_all = not experiment.target and experiment.size == "all"
    unscaled = takes_all and experiment.mode == "per_asset"
    if (account.cash if unscaled else equity) <= account.nothing:
        account.book.seen.add("nothing left")
        for p in orders:
            finish(account, p)
        return
    changes = {}
    for p in orders:
        if takes_all:
            free = max(0.0, min(account.cash, equity - gross))
            side = p.order.wanted
            changes[p] = side * all_shares(account, p, free, side, prices[p], t)
        else:
            changes[p] = wanted[p] - p.shares
        if abs(changes[p] * prices[p]) <= SMALL * equity:
            del changes[p]
            finish(account, p)
    scale = 1.0 if unscaled else scale_of(account, changes, equity, gross, prices, t)
    account.book.clipped += scale < 0.99
    for p, change in changes.items():
        change *= scale
        if abs(change * prices[p]) <= SMALL * equity:
            finish(account, p)
            continue
        change = account.in_lots(p, change, t)
        ticket = ticket_of(p.order, sign(change), False) if change else None
        if change == 0 or account.fill(p, change, prices[p], t, ticket, name == "open"):
            finish(account, p)


def all_shares(account, p, free, side, price, t):
    fee = account.terms.commission_per_share * p.asset.factor[t]
    each = account.quote(price, side) * (1 + account.bps) + fee
    return max(0.0, (free - account.reserve) / each)


def scale_of(account, changes, equity, gross, prices, t):
    """g: what the leverage allows of the increases."""
    leverage, cost = account.terms.leverage, 0.0
    for p, change in changes.items():
        price = prices[p]
        paid = account.quote(price, sign(change))
        fees = account.bps * paid + account.terms.commission_per_share * p.asset.factor[t]
        cost += abs(change) * (price + leverage * (abs(paid - price) + fees))
    if cost == 0:
        return 1.0
    room = leverage * (equity - len(changes) * account.reserve) - gross
    scale = max(0.0, min(1.0, room / cost))
    return 1.0 if abs(scale - 1) <= 1e-9 else scale
