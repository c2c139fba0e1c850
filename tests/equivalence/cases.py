"""The slow simulator on cases small enough for arithmetic by hand. Exits 1 at the first wrong one.

What a strategy says stands in made-up fields of the asset: `say` is a target, `long`, `short` and
`out` are signals. Capital 1000, fills at the next open, a year of 252 bars, volume 1000.
"""
import datetime
import math

from expressions import NAN
from metrics import measure
from prices import Asset, World
from simulator import Experiment, Run, schedule

TARGET = ("field", "say")
SIGNALS = {"enter_long": ("field", "long"), "exit_long": ("field", "out"),
           "enter_short": ("field", "short"), "exit_short": ("field", "out")}
SAID = ("say", "long", "short", "out")


def asset(opens, actions=(), delisting=0.0, basis="adjusted", **given):
    """Prices that are not given are the open; what is said after the last given bar is 0."""
    bars = len(opens)
    raw = {k: [float(x) for x in given.get(k, opens)] for k in ("open", "high", "low", "close")}
    raw["volume"] = [float(x) for x in given.get("volume", [1000] * bars)]
    out = Asset(raw, list(actions), delisting, basis)
    for name in SAID:
        said = [float(x) for x in given.get(name, [])]
        out.fields[name] = said + [0.0] * (bars - len(said))
    out.has_target = "say" in given
    return out


def run(*assets, terms=None, benchmark=None, **keys):
    bars = len(assets[0].fields["close"])
    strategy = {"target": TARGET} if assets[0].has_target else {"signals": SIGNALS}
    numbers = {k: ("number", v) for k, v in (terms or {}).items()}
    x = Experiment(0, bars - 1, terms=numbers, **strategy, **keys)
    days = [datetime.date(2024, 1, 3) + datetime.timedelta(t) for t in range(bars)]
    world, parameters = World(days, assets, benchmark), {"fast": 1, "slow": 2}
    out = Run(x, world, parameters, 0, bars - 1, schedule(x, assets, parameters, 0, bars - 1))
    out.ruined_at = out.run()
    return out


def same(got, *expected):
    got = list(got) if isinstance(got, (list, tuple)) else [got]
    close = all(math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-11) for a, b in zip(got, expected))
    assert close and len(got) == len(expected), f"{got}, by hand {list(expected)}"


def state(out, n=0):
    """Cash of the first account, shares of the n-th asset, orders, commission."""
    book = out.book
    return out.accounts[0].cash, out.positions[n][1].shares, book.orders, book.commission


def exits(out):
    """Bars from entry to exit and pnl of each trade."""
    return [x for t in out.book.trades for x in (t["exit"] - t["entry"], t["pnl"])]


def volume_carries_over():
    # 30 shares at 20, 10 a bar. 1 % of 200, 400, 600 is 2, 4, 6, at least 5: 5 + 0 + 1.
    a = asset([20] * 6, long=[1], volume=[100] * 6)
    terms = {"size": 30, "volume_limit": 0.1, "commission_bps": 100, "commission_minimum": 5}
    out = run(a, terms=terms, size="shares")
    same(state(out), 1000 - 600 - 6, 30, 1, 6)
    # Whole lots: of 10.5 shares a bar 10 are filled, and what is left of 15 is 5.
    a = asset([20] * 6, long=[1], volume=[105] * 6)
    out = run(a, terms={"size": 15, "volume_limit": 0.1}, size="shares", lots="whole")
    same(state(out), 700, 15, 1, 0)


def impact():
    # Half the volume: 10 · (1 + 0.1 · 0.25) = 10.25 a share.
    a = asset([10] * 4, long=[1], volume=[100] * 4)
    out = run(a, terms={"size": 50, "volume_limit": 1, "impact": 0.1}, size="shares")
    same(state(out), 1000 - 512.5, 50, 1, 0)
    same(out.book.slippage, 12.5)


def commissions():
    # 0.5 + 0.01 a share + 10 bps of 400 = 1.3; a reversal is two orders, 1.3 + 1.3 at 10.
    a = asset([10] * 6, long=[1], short=[0, 0, 1])
    terms = {"size": 40, "commission_fixed": 0.5, "commission_per_share": 0.01,
             "commission_bps": 10}
    out = run(a, terms=terms, size="shares")
    same(state(out), 1000 + 400 - 3 * 1.3, -40, 3, 3 * 1.3)


def everything():
    # (1000 − 10) / (10.1 · 1.01 + 0.02) shares; 10.1: 100 bps of slippage.
    a = asset([10] * 3, long=[1])
    terms = {"commission_bps": 100, "commission_per_share": 0.02, "slippage_bps": 80,
             "spread_bps": 40, "commission_minimum": 10}
    out = run(a, terms=terms)
    shares = 990 / (10.1 * 1.01 + 0.02)
    same(state(out), 10, shares, 1, shares * (0.101 + 0.02))
    # Whole lots of a split share: 1000 / 20 raw, one share of the basis is half a raw one.
    b = asset([10, 20, 20], actions=[(1, "split", 0.5)], long=[1])
    out = run(b, lots="whole")
    same(state(out), 0, 25, 1, 0)
    c = asset([10, 30, 30], long=[1])
    same(state(run(c, lots="whole")), 10, 33, 1, 0)


def shared_reductions_first():
    # 100 of a. Then a 0.5, b 0.75: a sells 50; b wants 75 of 750, and 500 are free: 2/3 of it.
    a = asset([10] * 4, say=[1, 0.5, 0.5, 0.5])
    b = asset([10] * 4, say=[0, 0.75, 0.75, 0.75])
    out = run(a, b, mode="shared")
    same(state(out, 1), 0, 50, 3, 0)
    same([out.positions[0][1].shares, out.book.clipped], 50, 1)
    # Twice the equity, 1 % of commission: 2000 = 100 · g · (10 + 2 · 0.1) + 150 · g · (same).
    a, b = (asset([10] * 3, say=[w] * 3) for w in (1, -1.5))
    out = run(a, b, mode="shared", terms={"leverage": 2, "commission_bps": 100})
    g = 2000 / (250 * 10.2)
    same(state(out, 1), 1000 + 500 * g - 25 * g, -150 * g, 2, 25 * g)


def shared_all():
    # Each asks for all: half each. Behind that nothing is left: an entry is dropped, not clipped.
    a, b = asset([10] * 5, long=[1]), asset([20] * 5, long=[1])
    out = run(a, b, asset([5] * 5, long=[0, 0, 1]), mode="shared")
    same(state(out, 1), 0, 25, 2, 0)
    same([out.book.clipped, out.book.dropped], 1, 1)


def by_volatility():
    # Returns 0.1 and −0.1: sd √0.02; v = half a year's: weight 0.5 at 99.
    close = [100, 110, 99, 99, 99]
    v = 0.5 * math.sqrt(0.02) * math.sqrt(252)
    a = asset(close, long=[0, 0, 1])
    out = run(a, terms={"size": v}, size="volatility", span=("number", 2))
    same(state(out), 500, 500 / 99, 1, 0)
    # At bar 1 there are no two returns: dropped, and the entry may come again at bar 2.
    a = asset(close, long=[0, 1, 1])
    out = run(a, terms={"size": v}, size="volatility", span=("number", 2))
    same([*state(out), out.book.dropped], 500, 500 / 99, 1, 0, 1)


def stop_order():
    """Long 10 at 100 from the open of bar 1."""
    def trade(terms, **prices):
        a = asset([100, 100] + prices.pop("opens"), long=[1], **prices)
        return exits(run(a, terms={"size": 10} | terms, size="shares"))

    both = {"stop_loss": 0.05, "stop_profit": 0.1}
    high, low = [100, 100, 112, 100], [100, 100, 94, 100]
    same(trade(both, opens=[100, 100], high=high, low=low), 1, -50)  # both touched: at 95
    same(trade(both, opens=[90, 100], high=high, low=[100, 100, 89, 100]), 1, -100)  # a gap: at 90
    same(trade(both, opens=[111, 100], high=high, low=low), 1, 110)  # at the open, before the loss
    same(trade(both, opens=[100, 100], high=high), 1, 100)  # at 110
    same(trade(both, opens=[100, 100], low=[100, 95, 100, 100]), 0, -50)  # on its own bar, a tie
    # Trail: the high of the bar of a fill at the open counts, but only from the next bar on.
    trail = {"stop_trail": 0.1, "stop_loss": 0.15}
    same(trade(trail, opens=[115, 115], high=[100, 120, 115, 115], low=[100, 100, 108, 115]), 1, 80)
    # Two bars behind the first fill; the open is missing there, so one later.
    same(trade({"stop_bars": 2}, opens=[100, NAN, 103, 100], close=[100] * 6, low=[100] * 6,
               high=[100] * 6), 3, 30)


def stop_short():
    # Short 10 at 100: loss at 105, profit at 90.
    a = asset([100] * 4, short=[1], high=[100, 100, 106, 100], low=[100, 100, 89, 100])
    terms = {"size": 10, "stop_loss": 0.05, "stop_profit": 0.1}
    same(exits(run(a, terms=terms, size="shares")), 1, -50)
    a = asset([100] * 4, short=[1], low=[100, 100, 89, 100])
    same(exits(run(a, terms=terms, size="shares")), 1, 100)


def stop_and_volume():
    # 30 held, 10 a bar: 10 at the stop's 95, then at the opens of 94 and 93.
    a = asset([100] * 4 + [100, 94, 93, 93], low=[100] * 4 + [94, 94, 93, 93], long=[1],
              volume=[100] * 8, close=[100] * 8)
    terms = {"size": 30, "stop_loss": 0.05, "volume_limit": 0.1}
    out = run(a, terms=terms, size="shares", capital=10000.0)
    same(exits(out), 5, -50 - 60 - 70)


def stopped_target():
    # Stopped at 95 on bar 2; the weight 0.5 of the same side is no order, behind 0 it is one.
    low = [100, 100, 95, 100, 100, 100, 100]
    a = asset([100] * 7, say=[1, 1, 0.5, 0.5, 0, 0.5, 0.5], low=low)
    out = run(a, terms={"stop_loss": 0.05}, rebalance="every_bar")
    same(exits(out), 1, -50)
    same([*state(out), out.positions[0][1].trade["entry"]], 475, 4.75, 3, 0, 6)


def rates():
    # 1 on the cash of bar 0. Short 50 at 10 of bar 1: S is 500. Received 0.001 of cash − S, paid
    # 0.002 · 500, twice.
    a = asset([10] * 3, short=[1])
    out = run(a, terms={"size": 50, "cash_rate": 0.252, "borrow_rate": 0.504}, size="shares")
    cash = 1001 + 500
    cash += 0.001 * (cash - 500) - 1
    cash += 0.001 * (cash - 500) - 1
    same(state(out), cash, -50, 1, 0)
    same([out.book.borrow, out.positions[0][1].trade["pnl"]], 2, 498)
    # Twice the equity: 1000 owed, 0.002 a bar.
    a = asset([10] * 2, say=[2])
    out = run(a, terms={"leverage": 2, "margin_rate": 0.504})
    same(state(out), -1002, 200, 1, 0)


def leaving():
    # Delisted on bar 3 at 8 · 0.5, without commission; what would be due then is gone.
    a = asset([10, 10, 10, 8, NAN], delisting=-0.5, long=[1])
    out = run(a, terms={"size": 20}, size="shares")
    same([*state(out), out.book.dropped], 1000 - 200 + 80, 0, 1, 0, 0)
    # close_at_end: 1 % of 200 and of 240, and one order.
    a = asset([10, 10, 10, 12], long=[1])
    out = run(a, terms={"size": 20, "commission_bps": 100}, size="shares", close_at_end=True)
    same(state(out), 1000 - 200 - 2 + 240 - 2.4, 0, 1, 4.4)


def ruin():
    # Short 150 at 10; at 18 the equity is 2500 − 2700 < 0. The trade keeps the full loss.
    a = asset([10, 10, 18, 10], short=[1])
    out = run(a, terms={"size": 150, "leverage": 2}, size="shares")
    same([out.ruined_at, *exits(out)], 2, 1, -1200)
    same(out.book.equity, 1000, 1000, 0)


def dividends():
    # 100 shares get 0.5 on bar 2 in the split basis; of a split on that day they know nothing.
    actions = [(2, "dividend", 0.5), (2, "split", 0.5)]
    a = asset([10, 10, 4.75, 4.75], actions=actions, basis="split", long=[1])
    out = run(a)
    same(state(out), 50, 100, 1, 0)
    same(out.book.equity, 1000, 1000, 1000, 1000)


def calendars():
    # 3 January 2024 is a Wednesday: weeks begin on bars 5 and 12, orders fill a bar later. The
    # first decision bar counts too. Every 4th: 0, 4, 8, 12.
    opens = [10 + t for t in range(14)]
    weekly = run(asset(opens, say=[0.5] * 14), rebalance="weekly")
    every = run(asset(opens, say=[0.5] * 14), rebalance=4)
    same([weekly.book.orders, every.book.orders], 3, 4)
    same([weekly.positions[0][1].shares], weighted(opens, (1, 6, 13)))
    same([every.positions[0][1].shares], weighted(opens, (1, 5, 9, 13)))


def weighted(opens, bars):
    cash, shares = 1000, 0
    for t in bars:
        equity = cash + shares * opens[t]
        shares = equity / 2 / opens[t]
        cash = equity / 2
    return shares


def versus_benchmark():
    # Half the equity at each of two returns of the benchmark, 0.1 and −0.1, and nothing before.
    a = asset([100, 100, 110, 99], say=[0.5] * 4)
    out = run(a, benchmark=a, rebalance="every_bar", price="close", delay=0)
    # Marked at the closes: r is half of bm, and 0 on the first bar.
    values = measure(out)
    bm = [0, 0, 0.1, -0.1]
    sd = math.sqrt(sum((b / 2) ** 2 for b in bm) / 3)
    same([values[k] for k in ("beta", "alpha", "information_ratio")], 0.5, 0, 0)
    same(values["volatility"], sd * math.sqrt(252))


CASES = (volume_carries_over, impact, commissions, everything, shared_reductions_first, shared_all,
         by_volatility, stop_order, stop_short, stop_and_volume, stopped_target, rates, leaving,
         ruin, dividends, calendars, versus_benchmark)

if __name__ == "__main__":
    for case in CASES:
        try:
            case()
        except AssertionError as error:
            raise SystemExit(f"FAIL: {case.__name__}: {error}") from error
    print(f"{len(CASES)} cases by hand")
