#!/usr/bin/env bash
# Metrics of rows, with a risk-free rate and a benchmark, against empyrical from their equity.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$dir"

cat >market.yaml <<'END'
format: gridwalk-synth/1
bars: 900
assets: 3
seed: 11
volatility: 0.3
drift: 0.1
END
"$GRIDWALK" synth market.yaml -o market.h5 >/dev/null
cat >rows.yaml <<'END'
bundle: market.h5
assets: [ASSET0, ASSET1]
benchmark: ASSET2
risk_free: 0.03
strategy:
  parameters: {fast: [5, 10, 20], slow: [30, 60]}
  target: where(sma(close, fast) > sma(close, slow), 1, -0.5)
costs: {commission_bps: 5}
metrics: [total_return, cagr, volatility, sharpe, sortino, max_drawdown, calmar, omega, var_95, cvar_95, alpha, beta, information_ratio]
END
for engine in vector reference; do
    expect 0 "$GRIDWALK" run rows.yaml -q --fresh -o rows.h5 --engine $engine
    rows=()
    for combo in $(seq 0 5); do
        expect 0 "$GRIDWALK" replay rows.h5 --combo "$combo" --csv "$combo.csv"
        rows+=("$combo=$combo.csv")
    done
    program=$(venv empyrical-venv empyrical-reloaded h5py numpy)
    PYTHONDONTWRITEBYTECODE=1 "$program" "$root/tests/peers/empyrical_test.py" market.h5 2 0.03 rows.h5 "${rows[@]}" ||
        fail "not empyrical's metrics ($engine)"
done
