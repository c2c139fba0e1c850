"""The metrics of section 7 of docs/semantics.md. Part of the slow simulator: see simulator.py."""
import math

NAN = math.nan


def mean(x):
    return math.fsum(x) / len(x) if x else NAN


def deviation(x, ddof=1):
    if len(x) <= ddof:
        return NAN
    middle = mean(x)
    return math.sqrt(math.fsum((v - middle) ** 2 for v in x) / (len(x) - ddof))


def ratio(a, b):
    if b != 0:
        return a / b
    return math.inf if a > 0 else NAN


def returns_of(equity, capital, nothing):
    """With a return of 0 wherever nothing was left before."""
    before = [capital] + equity[:-1]
    return [b / a - 1 if a > nothing else 0.0 for a, b in zip(before, equity)]


def of_drawdown(equity, capital):
    peak, falls, longest, stretch = capital, [], 0, 0
    for value in equity:
        peak = max(peak, value)
        falls.append(value / peak - 1)
        stretch = stretch + 1 if peak - value > 1e-12 * peak else 0
        longest = max(longest, stretch)
    return {
        "max_drawdown": min(falls),
        "max_drawdown_bars": longest,
        "ulcer": math.sqrt(mean([f * f for f in falls])),
    }


def of_tail(r):
    ordered, place = sorted(r), 0.05 * (len(r) - 1)
    low = math.floor(place)
    high = min(low + 1, len(r) - 1)
    quantile = ordered[low] + (place - low) * (ordered[high] - ordered[low])
    reach = quantile + 1e-12 * max(1, abs(quantile))
    return {"var_95": -quantile, "cvar_95": -mean([v for v in r if v <= reach])}


def of_returns(r, periods, free):
    """`free`: the rate without risk, a bar."""
    n, middle, sd = len(r), mean(r), deviation(r)
    excess = mean([v - free for v in r])
    below = math.sqrt(mean([min(v - free, 0) ** 2 for v in r]))
    varies = sd > 1e-14  # false for a single bar
    m2, m3, m4 = (mean([(v - middle) ** k for v in r]) for k in (2, 3, 4))
    moments = math.sqrt(m2) > 1e-14
    out = {
        "volatility": sd * math.sqrt(periods),
        "sharpe": excess / sd * math.sqrt(periods) if varies else NAN,
        "sortino": excess * math.sqrt(periods) / below
        if below > 1e-14
        else math.inf
        if excess > 1e-14
        else NAN,
        "omega": ratio(math.fsum(max(v, 0) for v in r), math.fsum(max(-v, 0) for v in r)),
        "skew": m3 / m2**1.5 if moments else NAN,
        "kurtosis": m4 / m2**2 if moments else NAN,
        "psr": NAN,
    }
    if varies:
        s = middle / sd
        spread = 1 - out["skew"] * s + (out["kurtosis"] - 1) / 4 * s * s
        if spread > 0:
            z = s / math.sqrt(spread / (n - 1))
            out["psr"] = 0.5 * math.erfc(-z / math.sqrt(2))
    return out


def of_trades(trades):
    pnl = [t["pnl"] for t in trades]
    rates = [t["pnl"] / t["value"] for t in trades]
    signs = [0 if abs(t["pnl"]) <= 1e-12 * t["value"] else t["pnl"] for t in trades]
    gains = [(p, x) for p, x, s in zip(pnl, rates, signs) if s > 0]
    losses = [(p, x) for p, x, s in zip(pnl, rates, signs) if s < 0]
    sd = deviation(pnl)
    varies = sd > 1e-12 * max(1, abs(mean(pnl)))
    return {
        "trades": len(trades),
        "win_rate": len(gains) / len(trades) if trades else NAN,
        "profit_factor": ratio(math.fsum(p for p, _ in gains), -math.fsum(p for p, _ in losses)),
        "sqn": math.sqrt(len(pnl)) * mean(pnl) / sd if varies else NAN,
        "expectancy": mean(rates),
        "avg_win": mean([x for _, x in gains]),
        "avg_loss": mean([x for _, x in losses]),
        "best_trade": max(rates, default=NAN),
        "worst_trade": min(rates, default=NAN),
        "avg_bars": mean([t["exit"] - t["entry"] for t in trades]),
    }


def of_benchmark(r, benchmark, periods, free):
    out = {"alpha": NAN, "beta": NAN, "information_ratio": NAN}
    if len(r) < 2:
        return out
    middle, of_bench = mean(r), mean(benchmark)
    if deviation(benchmark) > 1e-14:
        both = math.fsum((v - middle) * (b - of_bench) for v, b in zip(r, benchmark))
        beta = both / math.fsum((b - of_bench) ** 2 for b in benchmark)
        excess = mean([v - free - beta * (b - free) for v, b in zip(r, benchmark)])
        out |= {"beta": beta, "alpha": (1 + excess) ** periods - 1}
    active = [v - b for v, b in zip(r, benchmark)]
    sd = deviation(active)
    if sd > 1e-14:
        out["information_ratio"] = mean(active) / sd * math.sqrt(periods)
    return out


def of_accounts(run):
    if run.experiment.mode == "shared":
        return {"pooled_sharpe": NAN}
    pool, capital, skipped = [], run.experiment.capital, run.counted - run.begin
    for account in run.accounts:
        own = returns_of(account.equity[skipped:], capital, account.nothing)
        late = max(0, account.positions[0].asset.first - run.counted)
        pool += own[late:]
    sd = deviation(pool, 0)
    periods = run.experiment.periods
    return {"pooled_sharpe": mean(pool) / sd * math.sqrt(periods) if sd > 1e-14 else NAN}


def measure(run):
    """All metrics of one run; the bars of the window before the first counted do not count."""
    book, whole, periods = run.book, run.capital, run.experiment.periods
    free = run.experiment.risk_free / periods
    skipped = run.counted - run.begin
    equity = book.equity[skipped:]
    n, growth = len(equity), equity[-1] / whole
    out = {"total_return": growth - 1, "cagr": growth ** (periods / n) - 1}
    r = returns_of(equity, whole, 0.0)
    out |= of_returns(r, periods, free) | of_drawdown(equity, whole) | of_tail(r)
    out |= of_trades(book.trades) | of_accounts(run)
    if run.world.benchmark is not None:
        benchmark = run.world.benchmark.returns(run.counted, run.end)
        out |= of_benchmark(r, benchmark, periods, free)
    out["calmar"] = ratio(out["cagr"], abs(out["max_drawdown"]))
    out["exposure"] = sum(book.exposed[skipped:]) / n
    held = mean(equity)
    turnover = book.traded / held * periods / n if held else NAN
    out["turnover"] = turnover if book.traded else 0.0
    out["open_trades"] = sum(p.shares != 0 for _, p in run.positions)
    out |= {k: getattr(book, k) for k in ("commission", "slippage", "borrow", "orders", "dropped",
                                          "clipped")}
    out["costs"] = book.commission + book.slippage + book.borrow
    return out
