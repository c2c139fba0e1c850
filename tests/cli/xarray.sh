#!/usr/bin/env bash
# Results of three experiments open in xarray as docs say: tests/peers/xarray_test.py.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

for name in seed-walk-forward sma-cross-grid sma-cross-walk-forward; do
    mpirun --quiet -n 2 "$GRIDWALK" run "$configs/$name.yaml" -o "$dir/$name.h5" -q </dev/null
done
python "$root/tests/peers/xarray_test.py" \
    --in-sample "$dir/seed-walk-forward.h5" \
    --grid "$dir/sma-cross-grid.h5" \
    --walk-forward "$dir/sma-cross-walk-forward.h5"
