#!/usr/bin/env bash
# 696 rows that vectorbt computed on GOOG (174 pairs x {same close, next open} x {0, 10 bps}).
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

shared=$root/../shared/data
if [ ! -f "$shared/reference/vectorbt_GOOG_sma_grid.csv" ]; then
    echo "skipped: vectorbt's reference rows are absent"
    exit 77
fi

mkdir "$dir/prices"
cp "$shared/single/GOOG_backtestingpy.csv" "$dir/prices/GOOG.csv"
cat >"$dir/goog.yaml" <<'END'
format: gridwalk-ingest/1
files: {pattern: prices/*.csv}
END
cat >"$dir/grid.yaml" <<'END'
bundle: goog.yaml
strategy:
  parameters:
    fast: {from: 5, to: 50, step: 5}
    slow: {from: 20, to: 200, step: 10}
  constraints: [fast < slow]
  signals:
    enter_long: crosses_above(sma(close, fast), sma(close, slow))
    exit_long: crosses_below(sma(close, fast), sma(close, slow))
metrics: all
END

for mode in close0 open1; do
    for bps in 0 10; do
        fees=$(awk "BEGIN {print $bps / 10000}")
        "$GRIDWALK" run "$dir/grid.yaml" -o "$dir/$mode-$bps.h5" -q \
            --set "execution.price=${mode%?}" --set "execution.delay=${mode: -1}" \
            --set "costs.commission_bps=$bps"
        python "$root/tests/peers/vectorbt_test.py" \
            "$shared/reference/vectorbt_GOOG_sma_grid.csv" "$mode" "$fees" "$dir/$mode-$bps.h5"
    done
done
