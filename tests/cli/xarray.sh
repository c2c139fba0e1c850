#!/usr/bin/env bash
# Results of five experiments open in xarray as docs say: tests/peers/xarray_test.py.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# An ensemble chosen on a validation segment, smaller is better, all averages of one kind.
sed -e 's/^  train: 500.*/  train: 350\n  validation: 150/' \
    -e 's/^objective: .*/objective: {minimize: ulcer + 0.01 * trades, select: {top: 3}}/' \
    "$configs/sma-cross-walk-forward.yaml" >"$configs/validated.yaml"
echo 'metrics: [total_return, sharpe, max_drawdown, ulcer, trades, var_95]' \
    >>"$configs/validated.yaml"

for name in seed-walk-forward sma-cross-grid sma-cross-walk-forward quarterly-research \
    validated; do
    mpirun --quiet -n 2 "$GRIDWALK" run "$configs/$name.yaml" -o "$dir/$name.h5" -q </dev/null
done
python "$root/tests/peers/xarray_test.py" \
    --in-sample "$dir/seed-walk-forward.h5" \
    --grid "$dir/sma-cross-grid.h5" \
    --walk-forward "$dir/sma-cross-walk-forward.h5" \
    --walk-forward "$dir/quarterly-research.h5" \
    --validated "$dir/validated.h5"
