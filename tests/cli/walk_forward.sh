#!/usr/bin/env bash
# What windows choose and what the choices come to, computed again by tests/peers/walk_forward_test.py
# from the rows of the file, and GOOG's walk-forward again in vectorbt.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$dir"

walk=$configs/sma-cross-walk-forward.yaml
bundle=$configs/data/stocks.h5
results=()

run() { # run NAME KEY=VALUE...: of the averages' crossings, in fewer windows than there
    local name=$1 set=()
    shift
    for key in "$@"; do
        set+=(--set "$key")
    done
    expect 0 "$GRIDWALK" run "$walk" -q -o "$name.h5" --set metrics=all \
        --set 'walk_forward={train: 600, test: 250}' "${set[@]}"
    results+=("$name.h5")
}

# ---- every way to choose ----

run best benchmark=IBM 'assets=[AAPL, FB, GOOG, IBM, MSFT]'
run minimize 'objective={minimize: ulcer}' prices=split 'benchmark=MSFT'
require=('objective={maximize: sharpe - 0.5 * ulcer, require: [trades >= 16, max_drawdown > -0.15]}')
run require "${require[@]}"
run otherwise 'objective={maximize: calmar, require: [trades >= 12 and win_rate > 0.6], otherwise: best}'
run mean 'objective={maximize: sharpe, select: {plateau: {radius: 1}}}'
run min 'objective={maximize: sortino, select: {plateau: {radius: 2, by: min}}, require: [trades > 5]}'
run median 'objective={minimize: "volatility / max(abs(cagr), 0.01)", select: {plateau: {radius: 1, by: median}}}'
run keep 'objective={maximize: sharpe, select: {keep: {tolerance: 0.3}}, require: [not (trades < 8)]}'
top=('objective={maximize: total_return, select: {top: 5}}' 'walk_forward={train: 500, test: 200, embargo: 40}')
run top "${top[@]}"
run crowd 'objective={maximize: sharpe, select: {top: 12}, require: [trades >= 14, sharpe > 0.5]}'

# ---- segments ----

run validation 'walk_forward={train: 500, validation: 150, test: 250}' 'objective={maximize: sharpe, require: [max_drawdown > -0.15]}'
run on_train 'walk_forward={train: 500, validation: 150, test: 250}' 'objective={maximize: sharpe, on: train}'
run overlap 'walk_forward={train: 500, test: 300, step: 200, overlap: true}' 'objective={maximize: sharpe, select: {top: 2}}'
run calendar 'walk_forward={mode: anchored, train: 3y, test: 1y, purge: 20, partial: keep}' 'period={to: 2012-06-30}'

# ---- rows without an objective: averages that get warm inside a test or not at all, ruin ----

run inside warmup=inside_own 'walk_forward={train: 300, test: 120}' 'assets=[AAPL, GOOG]'
short='strategy={parameters: {level: {from: 4, to: 60, step: 8}, days: [2, 5, 10, 20, 40]}, target: "where(sma(close, days) > level, -1, 1)"}'
run ruin "$short" 'assets=[AAPL]' 'walk_forward={train: 250, test: 200}' 'objective={maximize: sharpe, select: {plateau: {radius: 1, by: median}}}'
run ruin_min "$short" 'assets=[AAPL]' 'walk_forward={train: 250, test: 200}' 'objective={minimize: ulcer, select: {plateau: {radius: 1, by: min}}}'

peers "$root/tests/peers/walk_forward_test.py" "$GRIDWALK" "$bundle" "${results[@]}" | tee judged

# Each of these is something else than plain choices.
for line in 'require.*in cash' 'otherwise.*unmet' 'mean.*not the best' 'min.*not the best' \
    'median.*not the best' 'keep.*not the best' 'crowd.*in cash' 'inside.*\[0, 1\]' 'ruin.*\[0, 2\]'; do
    grep -q "^$line" judged || fail "no $line"
done

# ---- the same without most of the rows ----

run require-few "${require[@]}" 'output.keep={top: 5}'
run top-few "${top[@]}" 'output.keep={top: 5}'
for name in require top; do
    peers "$root/tests/peers/walk_forward_test.py" --same $name.h5 $name-few.h5
done

# ---- vectorbt ----

for mode in close0 open1; do
    expect 0 "$GRIDWALK" run "$walk" -q -o $mode.h5 --set 'assets=[GOOG]' \
        --set "execution={price: ${mode%?}, delay: ${mode: -1}}"
    peers "$root/tests/peers/goog_vectorbt_test.py" "$bundle" $mode.h5 $mode 0.001
done
