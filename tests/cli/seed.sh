#!/usr/bin/env bash
# The seed system's two workloads and its grid with aligned averages, to 1e-12.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

aligned='strategy.target=where(sma(close, fast) > sma(close, slow), 1, -1)'
"$GRIDWALK" run "$configs/seed-grid.yaml" -o "$dir/script.h5" -q
"$GRIDWALK" run "$configs/seed-grid.yaml" -o "$dir/lag1.h5" -q --set "$aligned"
"$GRIDWALK" run "$configs/seed-grid.yaml" -o "$dir/lag0.h5" -q --set "$aligned" \
    --set execution.delay=0
"$GRIDWALK" run "$configs/seed-walk-forward.yaml" -o "$dir/walk-forward.h5" -q
python "$root/tests/peers/seed_test.py" "$dir"/{script,lag1,lag0,walk-forward}.h5
