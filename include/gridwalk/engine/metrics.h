/**
 * The metrics of a backtest: one list, which the engine, `metrics:`, the results file and
 * the docs read. Definitions: docs/semantics.md, section 9 of the specification.
 */
#ifndef GRIDWALK_ENGINE_METRICS_H
#define GRIDWALK_ENGINE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* name, set (B basic, A all, K all where there is a benchmark, R only on request), unit,
 * one line */
#define GW_METRIC_LIST(X)                                                                \
    X(total_return, B, "1", "final equity / capital - 1")                                \
    X(cagr, B, "1", "(final equity / capital)^(periods / bars) - 1")                     \
    X(volatility, B, "1", "sd of returns (ddof 1) * sqrt(periods)")                      \
    X(sharpe, B, "1", "mean / sd (ddof 1) of returns - risk_free * sqrt(periods)")       \
    X(sortino, B, "1", "mean / downside deviation of returns - risk_free, a year")       \
    X(max_drawdown, B, "1", "deepest fall from a previous peak, <= 0")                   \
    X(max_drawdown_bars, A, "bars", "longest stretch below a previous peak")             \
    X(calmar, B, "1", "cagr / |max_drawdown|")                                           \
    X(ulcer, A, "1", "root mean square of the drawdown")                                 \
    X(omega, A, "1", "sum of gains / sum of losses of returns")                          \
    X(skew, A, "1", "m3 / m2^1.5 of returns (normal = 0)")                               \
    X(kurtosis, A, "1", "m4 / m2^2 of returns (normal = 3)")                             \
    X(var_95, R, "1", "minus the 5 % quantile of returns (linear)")                      \
    X(cvar_95, R, "1", "minus the mean of returns <= that quantile")                     \
    X(exposure, B, "1", "share of bars with a position at the mark")                     \
    X(turnover, A, "1", "value traded / mean equity, a year")                            \
    X(trades, B, "1", "round trips closed")                                              \
    X(open_trades, A, "1", "round trips still open at the end")                          \
    X(win_rate, B, "1", "share of closed trades that gained")                            \
    X(profit_factor, B, "1", "sum of gains / sum of losses of trades")                   \
    X(sqn, A, "1", "sqrt(trades) * mean / sd (ddof 1) of trade results")                 \
    X(expectancy, A, "1", "mean trade return")                                           \
    X(avg_win, A, "1", "mean return of winning trades")                                  \
    X(avg_loss, A, "1", "mean return of losing trades")                                  \
    X(best_trade, A, "1", "largest trade return")                                        \
    X(worst_trade, A, "1", "smallest trade return")                                      \
    X(avg_bars, A, "bars", "mean of exit bar - entry bar")                               \
    X(commission, A, "currency", "commission paid")                                      \
    X(slippage, A, "currency", "slippage and half spread paid")                          \
    X(borrow, A, "currency", "borrow fees paid")                                         \
    X(costs, B, "currency", "commission + slippage + borrow")                            \
    X(orders, A, "1", "orders filled at least in part")                                  \
    X(dropped, A, "1", "orders dropped: end of window, or no shares")                    \
    X(clipped, A, "1", "bars on which increases were scaled down")                       \
    X(pooled_sharpe, A, "1", "mean / sd (ddof 0) of all accounts' returns, pooled")      \
    X(psr, A, "1", "probability that the true Sharpe ratio exceeds 0")                   \
    X(beta, K, "1", "slope of returns on the benchmark's returns")                       \
    X(alpha, K, "1", "return a year beyond risk_free and beta * the benchmark's")        \
    X(information_ratio, K, "1", "mean / sd (ddof 1) of returns - benchmark's, a year")

enum gw_metric {
#define X(name, set, unit, doc) GW_METRIC_##name,
    GW_METRIC_LIST(X)
#undef X
        GW_METRICS
};

struct gw_metric_info {
    const char *name;
    char set; /* 'B', 'A', 'K' or 'R' */
    const char *unit;
    const char *doc;
};

extern const struct gw_metric_info gw_metric_info[GW_METRICS];

/** The metric of that name, or GW_METRICS. */
enum gw_metric gw_metric_find(const char *name);

#endif
