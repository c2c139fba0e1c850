"""A slow simulator of one combination on one window, bar by bar.

Written from the rules of docs/semantics.md, independently of the engines, with which it shares no
code: numbers in the comments are sections of that document. Plain lists and dicts, one bar and one
asset at a time, nothing is shared between combinations. expressions.py, prices.py, decide.py,
account.py, stops.py and metrics.py belong to it.
"""
from dataclasses import dataclass, field
from types import SimpleNamespace

import metrics
from account import NOTHING, Account, Book, Position, fill_due
from decide import decide, decisions_of, rebalance_bars, scales_of
from expressions import look_back, number
from prices import is_price
from stops import test_stops

VALID, INSUFFICIENT, RUINED = 0, 1, 2
# Numbers of costs, account and stops, which may be expressions over parameters (5).
TERMS = {
    "commission_bps": 0, "commission_fixed": 0, "commission_per_share": 0, "commission_minimum": 0,
    "slippage_bps": 0, "spread_bps": 0, "volume_limit": 0, "impact": 0, "borrow_rate": 0,
    "size": 0, "leverage": 1, "cash_rate": 0, "margin_rate": None,
    "stop_loss": 0, "stop_profit": 0, "stop_trail": 0, "stop_bars": 0,
}


@dataclass
class Experiment:
    begin: int  # first and last bar of the period
    end: int
    basis: str = "adjusted"
    assets: list | None = None  # None: all
    axes: dict = field(default_factory=lambda: {"fast": [1], "slow": [2]})
    signals: dict | None = None
    target: tuple | None = None
    rebalance: str | int = "on_change"
    warmup: str = "cold"
    price: str = "open"
    delay: int = 1
    terms: dict = field(default_factory=dict)  # name -> expression
    mode: str = "per_asset"
    size: str = "all"  # else what terms["size"] is
    span: tuple | None = None
    lots: str = "fractional"
    close_at_end: bool = False
    capital: float = 1000.0
    risk_free: float = 0.0
    benchmark: int | None = None  # an asset's number
    walk_forward: tuple | None = None  # train, test, step
    periods: float = 252

    def combinations(self):
        """(number, parameters), of those with fast < slow."""
        pairs = [(f, s) for f in self.axes["fast"] for s in self.axes["slow"]]
        return [(k, {"fast": f, "slow": s}) for k, (f, s) in enumerate(pairs) if f < s]

    def look_back(self, parameters):
        roots = [self.target] if self.target else self.signals.values()
        bars = max(look_back(x, parameters) for x in roots)
        by_volatility = self.size == "volatility" and not self.target
        return max(bars, number(self.span, parameters)) if by_volatility else bars

    def terms_of(self, parameters):
        values = {k: number(x, parameters) for k, x in self.terms.items()}
        terms = SimpleNamespace(**(TERMS | values))
        if terms.margin_rate is None:
            terms.margin_rate = terms.cash_rate
        return terms


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


class Run:
    """One combination on one window."""

    def __init__(self, experiment, world, parameters, begin, end, plan):
        seen, self.first_decision, self.counted = plan
        self.experiment, self.world = experiment, world
        self.begin, self.end = begin, end
        self.terms, self.book = experiment.terms_of(parameters), Book()
        self.rebalances = rebalance_bars(experiment, world.days, self.first_decision, end)
        positions = []
        for asset in world.assets:
            decisions = decisions_of(asset, experiment, parameters, seen, end)
            scales = scales_of(asset, experiment, parameters, seen, end)
            positions.append(Position(asset, decisions, scales))
            positions[-1].mark = asset.last_close(begin - 1)
        shared = experiment.mode == "shared"
        groups = [positions] if shared else [[p] for p in positions]
        self.accounts = [Account(experiment, self.terms, g, self.book) for g in groups]
        self.positions = [(a, p) for a in self.accounts for p in a.positions]
        self.capital = len(self.accounts) * experiment.capital

    def decide(self, t):
        if t >= self.first_decision:
            for account, p in self.positions:
                decide(account, p, t, self.rebalances)

    def trade(self, t):
        """Steps 1 to 4 of a bar, and the decision when there is no delay (2)."""
        experiment, ends = self.experiment, self.experiment.close_at_end and t == self.end
        for account, p in self.positions:
            account.pay_dividend(p, t)
        if experiment.price == "open":
            for account in self.accounts:
                fill_due(account, "open", t)
        for account in self.accounts:
            test_stops(account, t)
        if experiment.delay == 0:
            self.decide(t)
        for _, p in self.positions:
            if p.asset.delisted and t == p.asset.last:
                p.order = None
        if experiment.price == "close":
            for account in self.accounts:
                fill_due(account, "close", t, only_reduce=ends)
        for account, p in self.positions:
            self.leave(account, p, t)
            if ends:
                account.close_at_end(p, p.mark, t)

    def leave(self, account, p, t):
        """The close is known; a delisted asset is sold at it."""
        close = p.asset.price("close", t)
        p.mark = close if is_price(close) else p.mark
        if p.asset.delisted and t == p.asset.last:
            account.close_free(p, close * (1 + p.asset.delisting_return), t)

    def mark(self, t):
        """Step 6: whether the combination is ruined."""
        book = self.book
        values = [a.value(a.marks()) for a in self.accounts]
        ruined = sum(values) <= NOTHING * self.capital
        if ruined:
            for account, p in self.positions:
                account.close_free(p, p.mark, t)
        for account, value in zip(self.accounts, values):
            account.equity.append(value)
        book.equity.append(0.0 if ruined else sum(values))
        book.exposed.append(any(p.shares != 0 for _, p in self.positions))
        return ruined

    def run(self):
        """The bar of ruin, or None."""
        for t in range(min(self.first_decision, self.begin), self.end + 1):
            if t >= self.begin:
                self.trade(t)
                if t >= self.first_decision:
                    for account in self.accounts:
                        account.pay_interest()
                if self.mark(t):
                    return t
            if self.experiment.delay == 1:
                self.decide(t)
        return None

    def after_ruin(self, bars):
        for account in self.accounts:  # no return of any account counts any more
            account.equity += [account.equity[-1]] * bars
        self.book.equity += [0.0] * bars
        self.book.exposed += [False] * bars


def simulate(experiment, world, parameters, begin, end):
    """(status, metrics or None, what has happened) of one combination on the bars begin to end."""
    plan = schedule(experiment, world.assets, parameters, begin, end)
    if plan is None:
        return INSUFFICIENT, None, set()
    run = Run(experiment, world, parameters, begin, end, plan)
    ruined_at = run.run()
    run.book.dropped += sum(p.order is not None for _, p in run.positions)
    if ruined_at is not None:
        run.after_ruin(end - ruined_at)
    values = metrics.measure(run)
    return (VALID if ruined_at is None else RUINED), values, run.book.seen
