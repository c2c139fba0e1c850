#!/usr/bin/env python3
"""Metrics of equity curves by empyrical.

    empyrical_test.py BUNDLE BENCHMARK RISK_FREE RESULTS COMBINATION=EQUITY.csv...

BUNDLE has no corporate actions and no gaps; BENCHMARK is the number of an asset in it. EQUITY.csv is
what `replay --csv` writes of a row that starts at the bundle's first bar. By another name or defined
otherwise:

- what is free of risk is given a period there, a year here;
- var and cvar are returns there, losses here; omega here has no threshold;
- excess_sharpe is a period's information ratio, ours times sqrt(periods).
"""

import csv
import sys

import empyrical
import h5py
import numpy as np

TOLERANCE = 1e-9


def expected(r, market, rf, periods):
    yearly = {"annualization": periods}
    alpha, beta = empyrical.alpha_beta(r, market, risk_free=rf, **yearly)
    return {
        "total_return": empyrical.cum_returns_final(r),
        "cagr": empyrical.annual_return(r, **yearly),
        "volatility": empyrical.annual_volatility(r, **yearly),
        "sharpe": empyrical.sharpe_ratio(r, risk_free=rf, **yearly),
        "sortino": empyrical.sortino_ratio(r, required_return=rf, **yearly),
        "max_drawdown": empyrical.max_drawdown(r),
        "calmar": empyrical.calmar_ratio(r, **yearly),
        "omega": empyrical.omega_ratio(r),
        "var_95": -empyrical.value_at_risk(r, cutoff=0.05),
        "cvar_95": -empyrical.conditional_value_at_risk(r, cutoff=0.05),
        "alpha": alpha,
        "beta": beta,
        "information_ratio": empyrical.excess_sharpe(r, market) * np.sqrt(periods),
    }


def main():
    bundle, number, risk_free, results = sys.argv[1:5]
    with h5py.File(bundle) as h5:
        close = h5["close"][int(number)]
        if len(h5["action/asset"]) or np.isnan(close).any():
            sys.exit("a bundle with corporate actions or gaps")
    market = np.concatenate([[0], close[1:] / close[:-1] - 1])
    wrong, worst = 0, 0.0
    for argument in sys.argv[5:]:
        combo, path = argument.split("=")
        with h5py.File(results) as h5:
            periods = h5.attrs["periods"]
            row = int(np.flatnonzero(h5["combo"][...] == int(combo))[0])
            ours = {name: h5[name][row] for name in h5 if h5[name].shape == h5["combo"].shape}
        with open(path) as file:
            equity = np.array([float(line["equity"]) for line in csv.DictReader(file)])
        capital = equity[0] # no order fills on the first bar
        r = equity / np.concatenate([[capital], equity[:-1]]) - 1
        if not same(equity[-1] / capital - 1, ours["total_return"]):
            sys.exit(f"combination {combo}: the equity is not that of the row")
        for name, number in expected(r, market, float(risk_free) / periods, periods).items():
            if same(ours[name], number):
                worst = max(worst, abs(ours[name] - number) / abs(number))
            else:
                wrong += 1
                print(f"combination {combo}: {name} {ours[name]!r}, empyrical {number!r}")
    print(f"{len(sys.argv) - 5} rows, {wrong} metrics differ, largest relative {worst:.1e}")
    sys.exit(wrong > 0)


def same(a, b):
    return abs(a - b) <= TOLERANCE * max(abs(a), abs(b))


if __name__ == "__main__":
    main()
