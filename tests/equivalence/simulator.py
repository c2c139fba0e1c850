"""A slow simulator of one combination on one window, bar by bar.

Written from the rules of docs/semantics.md, independently of the engine, with which it shares no
code: numbers in the comments are sections of that document. Plain lists, one account at a time,
nothing is shared between combinations. expressions.py and metrics.py belong to it.
"""
import math
from dataclasses import dataclass, field

import metrics
from expressions import NAN, evaluate, look_back, tie

VALID, INSUFFICIENT, RUINED = 0, 1, 2
NOTHING = metrics.NOTHING
SMALL = 1e-9  # of the equity: below this a change is no order


@dataclass
class Experiment:
    basis: str
    begin: int  # first and last bar of the period
    end: int
    assets: list | None  # None: all
    axes: dict  # parameter -> its values
    signals: dict | None
    target: tuple | None
    rebalance: str
    warmup: str
    price: str
    delay: int
    commission_bps: float
    slippage_bps: float
    spread_bps: float
    capital: float
    walk_forward: tuple | None  # train, test, step
    periods: float = 252

    def combinations(self):
        """(number, parameters), of those with fast < slow."""
        pairs = [(f, s) for f in self.axes["fast"] for s in self.axes["slow"]]
        return [(k, {"fast": f, "slow": s}) for k, (f, s) in enumerate(pairs) if f < s]

    def look_back(self, parameters):
        roots = [self.target] if self.target else self.signals.values()
        return max(look_back(x, parameters) for x in roots)


def is_price(x):
    return math.isfinite(x) and x > 0


class Asset:
    """Section 1: an asset in the basis. `raw` has the columns as traded, NaN where undefined;
    `actions` are (bar, kind, value)."""

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
        self.dividend = cash
        self.fields = {"volume": [v / s for v, s in zip(raw["volume"], splits)]}
        for name in ("open", "high", "low", "close"):
            self.fields["raw." + name] = raw[name]
            self.fields[name] = [p * f if is_price(p) else NAN for p, f in zip(raw[name], factor)]

    def own_fields(self, begin, end):
        bars = [t for t in self.own if begin <= t <= end]
        return bars, {k: [v[t] for t in bars] for k, v in self.fields.items()}


@dataclass
class Book:
    """What all accounts of a combination write down together."""

    commission: float = 0.0
    slippage: float = 0.0
    traded: float = 0.0
    orders: int = 0
    dropped: int = 0
    clipped: int = 0
    trades: list = field(default_factory=list)
    equity: list = field(default_factory=list)  # at each mark of the window
    exposed: list = field(default_factory=list)


def sign(x):
    return (x > 0) - (x < 0)


class Account:
    """One asset's account (4)."""

    def __init__(self, asset, experiment, decisions, begin, book):
        self.asset, self.experiment, self.decisions = asset, experiment, decisions
        self.begin, self.book = begin, book
        self.cash, self.shares = experiment.capital, 0.0
        self.intent, self.weight = 0, 0.0
        self.order = self.due = self.trade = None
        self.equity = []
        self.slip = (experiment.slippage_bps + experiment.spread_bps / 2) / 10000
        self.commission = experiment.commission_bps / 10000
        earlier = [t for t in asset.own if t < begin]
        self.mark = asset.fields["close"][earlier[-1]] if earlier else NAN

    def value(self, price):
        return self.cash + (self.shares * price if self.shares else 0.0)

    def fill(self, shares, price, t):
        """An order's fill, with costs (5)."""
        paid = price * (1 + sign(shares) * self.slip)
        fee = self.commission * abs(shares) * paid
        self.book.commission += fee
        self.book.slippage += abs(paid - price) * abs(shares)
        self.book.orders += 1
        self.settle(shares, paid, fee, t)

    def settle(self, shares, paid, fee, t):
        if self.shares == 0:
            self.trade = {"entry": t, "pnl": 0.0, "value": 0.0}
        if self.shares == 0 or sign(shares) == sign(self.shares):
            self.trade["value"] += abs(shares) * paid
        self.trade["pnl"] -= shares * paid + fee
        self.cash -= shares * paid + fee
        self.shares += shares
        self.book.traded += abs(shares) * paid
        if self.shares == 0:
            self.book.trades.append(self.trade | {"exit": t})
            self.trade = None

    def close_out(self, price, t):
        """Without costs and without an order: delisting and ruin (6)."""
        self.order = None
        if self.shares != 0:
            self.settle(-self.shares, price, 0.0, t)

    def pay_dividend(self, t):
        if self.shares != 0 and t in self.asset.dividend:
            paid = self.shares * self.asset.dividend[t]
            self.cash += paid
            self.trade["pnl"] += paid

    def execute_if_due(self, name, t):
        price = self.asset.fields[name][t]
        here = self.experiment.price == name and t in self.decisions
        if here and self.order is not None and self.due <= t and is_price(price):
            wanted, self.order = self.order, None
            if self.experiment.target:
                self.trade_to_weight(wanted, price, t)
            else:
                self.trade_to_side(wanted, price, t)

    def trade_to_side(self, side, price, t):
        if self.shares != 0 and sign(self.shares) != side:
            self.fill(-self.shares, price, t)
        if side != 0 and self.shares == 0:
            if self.cash <= NOTHING * self.experiment.capital:
                self.book.dropped += 1
                self.intent = 0
                return
            paid = price * (1 + side * self.slip)
            self.fill(side * self.cash / (paid * (1 + self.commission)), price, t)

    def trade_to_weight(self, weight, price, t):
        equity = self.value(price)
        if equity <= NOTHING * self.experiment.capital:
            equity = 0.0
        wanted = weight * equity / price
        if abs(wanted * price) <= SMALL * equity:
            wanted = 0.0
        if self.shares != 0 and sign(wanted) != sign(self.shares):
            self.fill(-self.shares, price, t)
        elif abs(wanted) < abs(self.shares):
            change = wanted - self.shares
            if abs(change * price) > SMALL * equity:
                self.fill(change, price, t)
            return
        self.increase(wanted - self.shares, price, t)

    def increase(self, change, price, t):
        equity, held = self.value(price), abs(self.shares * price)
        nothing = equity <= NOTHING * self.experiment.capital
        if nothing or abs(change * price) <= SMALL * equity:
            return
        slip = abs(price * (1 + sign(change) * self.slip) - price)
        fee = self.commission * price * (1 + sign(change) * self.slip)
        share = max(0.0, min(1, (equity - held) / (abs(change) * (price + slip + fee))))
        if abs(share - 1) <= 1e-9:
            share = 1
        self.book.clipped += share < 0.99
        change *= share
        if abs(change * price) > SMALL * equity:
            self.fill(change, price, t)

    def decide(self, t):
        """Nothing without a bar, and nothing from the last bar of a delisted asset on."""
        if t not in self.decisions or (self.asset.delisted and t >= self.asset.last):
            return
        if self.experiment.target:
            self.decide_weight(self.decisions[t]["target"], t)
        else:
            self.decide_side(self.decisions[t], t)

    def decide_weight(self, weight, t):
        if weight != weight:
            return
        weight = 0.0 if abs(weight) <= 1e-12 else weight
        if self.experiment.rebalance == "on_change" and tie(weight, self.weight):
            return
        self.weight = weight
        self.intend(weight, weight == 0 and self.shares == 0, t)

    def decide_side(self, values, t):
        enter_long, enter_short, exit_long, exit_short = (
            values.get(k) == 1.0 for k in ("enter_long", "enter_short", "exit_long", "exit_short")
        )
        long = enter_long and not enter_short and not exit_long
        short = enter_short and not enter_long and not exit_short
        if self.intent == 0:
            side = 1 if long else -1 if short else 0
        elif self.intent == 1:
            side = -1 if short else 0 if exit_long else 1
        else:
            side = 1 if long else 0 if exit_short else -1
        if side != self.intent:
            self.intent = side
            self.intend(side, side == sign(self.shares), t)

    def intend(self, wanted, held, t):
        """A new intention replaces what waits; what is held already is only a cancellation."""
        self.order = None if held else wanted
        self.due = t + self.experiment.delay


def warm_bar(assets, bars, begin):
    """The bar at which the first asset has `bars` own bars behind it since `begin`, or None."""
    own = [[t for t in a.own if t >= begin] for a in assets]
    return min((o[bars] for o in own if len(o) > bars), default=None)


def common_warm_bar(experiment, assets, begin):
    """The slowest combination's, or None."""
    bars = [
        warm_bar(assets, experiment.look_back(p), begin) for _, p in experiment.combinations()
    ]
    return None if None in bars else max(bars)


def windows(experiment, assets):
    """A list of segments (first bar, last bar) for each window, or None."""
    begin, end = experiment.begin, experiment.end
    if experiment.warmup == "before":
        warm = common_warm_bar(experiment, assets, 0)
        if warm is None:
            return None
        begin = max(begin, warm)
    if begin > end:
        return None
    if not experiment.walk_forward:
        return [[(begin, end)]]
    train, test, step = experiment.walk_forward
    out = []
    while begin + train + test - 1 <= end:
        segments = [(begin, begin + train - 1), (begin + train, begin + train + test - 1)]
        out.append(segments if test else segments[:1])
        begin += step
    return out or None


def schedule(experiment, assets, parameters, begin, end):
    """(first bar that indicators see, first decision, first counted bar), or None (2)."""
    bars, mode = experiment.look_back(parameters), experiment.warmup
    if mode == "cold":
        return begin, begin, begin
    if mode == "before":
        warm = warm_bar(assets, bars, 0)
        first = begin - experiment.delay if begin >= experiment.delay else begin
        return None if warm is None or warm > begin else (0, first, begin)
    if mode == "inside_own":
        warm = warm_bar(assets, bars, begin)
    else:
        warm = common_warm_bar(experiment, assets, begin)
    if warm is None:
        return None
    counted = warm + experiment.delay + (experiment.price == "close")
    return None if counted > end else (begin, warm, counted)


def decisions_of(asset, experiment, parameters, begin, end):
    """Values of the expressions at each of the asset's own bars."""
    bars, fields = asset.own_fields(begin, end)
    roots = {"target": experiment.target} if experiment.target else experiment.signals
    values = {k: evaluate(x, fields, parameters) for k, x in roots.items()}
    return {t: {k: v[i] for k, v in values.items()} for i, t in enumerate(bars)}


def trade_bar(account, t, decides):
    """Steps 1 to 4 of a bar, and its decision when there is no delay (2)."""
    asset = account.asset
    leaving = asset.delisted and t == asset.last
    account.pay_dividend(t)
    account.execute_if_due("open", t)
    if decides and account.experiment.delay == 0:
        account.decide(t)
    if leaving:
        close = asset.fields["close"][t]
        account.close_out(close * (1 + asset.delisting_return), t)
    else:
        account.execute_if_due("close", t)
    if t in account.decisions:
        account.mark = asset.fields["close"][t]


def mark_bar(accounts, book, t, whole):
    """Step 5, with ruin (6): whether the combination is ruined."""
    values = [a.value(a.mark) for a in accounts]
    ruined = sum(values) <= NOTHING * whole
    if ruined:
        for account in accounts:
            account.close_out(account.mark, t)
    for account, value in zip(accounts, values):
        account.equity.append(value)
    book.equity.append(0.0 if ruined else sum(values))
    book.exposed.append(any(a.shares != 0 for a in accounts))
    return ruined


def simulate(experiment, assets, parameters, begin, end):
    """(status, metrics or None) of one combination on the bars begin to end."""
    plan = schedule(experiment, assets, parameters, begin, end)
    if plan is None:
        return INSUFFICIENT, None
    seen, first_decision, counted = plan
    book = Book()
    accounts = []
    for asset in assets:
        decisions = decisions_of(asset, experiment, parameters, seen, end)
        accounts.append(Account(asset, experiment, decisions, begin, book))
    whole, ruined_at = len(assets) * experiment.capital, None
    for t in range(min(first_decision, begin), end + 1):
        decides = t >= first_decision
        if t >= begin:
            for account in accounts:
                trade_bar(account, t, decides)
            if mark_bar(accounts, book, t, whole):
                ruined_at = t
                break
        if decides and experiment.delay == 1:
            for account in accounts:
                account.decide(t)
    book.dropped += sum(a.order is not None for a in accounts)
    if ruined_at is not None:
        for account in accounts:  # no return of any account counts after ruin
            account.equity += [account.equity[-1]] * (end - ruined_at)
        book.equity += [0.0] * (end - ruined_at)
        book.exposed += [False] * (end - ruined_at)
    values = metrics.measure(accounts, book, counted - begin, experiment.capital,
                             experiment.periods)
    return (VALID if ruined_at is None else RUINED), values
