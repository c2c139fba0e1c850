#!/usr/bin/env bash
# backtesting.py's documented run: averages of 10 and 30 days crossing on GOOG, long and short, whole
# shares, 10,000 of cash; every trade and the equity of every day.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$dir"

shared=$root/../shared/data
reference=$shared/reference/documented_test_compute_stats
if [ ! -f "$reference.trades.csv" ]; then
    echo "skipped: backtesting.py's reference run is absent"
    exit 77
fi

mkdir prices
cp "$shared/single/GOOG_backtestingpy.csv" prices/GOOG.csv
cat >goog.yaml <<'END'
format: gridwalk-ingest/1
files: {pattern: prices/*.csv}
END
# The last position is sold at the open of the last bar, number 2147: decided on the one before,
# which has 2,146 bars before it.
cat >cross.yaml <<'END'
bundle: goog.yaml
strategy:
  define:
    quick: sma(close, 10)
    calm: sma(close, 30)
    over: lag(close, 2146) > 0
  signals:
    enter_long: crosses_above(quick, calm)
    exit_long: over
    enter_short: crosses_below(quick, calm)
    exit_short: over
account: {capital: 10000, size: all, lots: whole}
metrics: all
END
for engine in vector reference; do
    expect 0 "$GRIDWALK" run cross.yaml -q --fresh -o cross.h5 --engine $engine
    expect 0 "$GRIDWALK" replay cross.h5 --combo 0 --csv equity.csv --fills-csv fills.csv
    grep -q '^agrees: ' "$dir/stdout" || fail "$engine: the row is not that of replay"
    python "$root/tests/peers/backtesting_py_test.py" "$reference" equity.csv fills.csv cross.h5 ||
        fail "not backtesting.py's run ($engine)"
done
