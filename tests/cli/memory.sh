#!/usr/bin/env bash
# Memory does not grow with the number of combinations: the peak resident set of 10^6 of them (or
# of as many as the first argument says) with the best 1000 kept is that of 10^3, and what
# limits.memory allows. The same of 400 walk-forward windows, with their ranks and their record.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if grep -q __asan_init "$GRIDWALK"; then
    echo "skipped: the address sanitizer keeps what is freed"
    exit 77
fi
most=${1:-1000000}
cat >"$dir/prices.yaml" <<'END'
format: gridwalk-synth/1
bars: 300
assets: 1
END
cat >"$dir/many.yaml" <<'END'
bundle: prices.yaml
strategy:
  parameters: {fast: [1], slow: [2], part: [1]}
  signals:
    enter_long: close > sma(close, fast) * part
    exit_long: close < sma(close, slow)
output: {keep: {top: 1000}}
END
more=()

# peak COMBINATIONS MEMORY [LAUNCHER...]: bytes of rank 0's peak, in $bytes
peak() {
    local combinations=$1 memory=$2 file=$dir/many.h5 last
    last=$(printf '0.9%05d' $((combinations / 500 - 1)))
    shift 2
    "$@" "$GRIDWALK" run "$dir/many.yaml" -o "$file" -q --set limits.memory="$memory" --set \
        "strategy.parameters={fast: {from: 1, to: 50}, slow: {from: 101, to: 110},
         part: {from: 0.9, to: $last, step: 0.000001}}" "${more[@]}" </dev/null
    grep -q "\"combinations\": $combinations," "$file.run.json" || fail "not $combinations"
    bytes=$(grep -m 1 '"rss_bytes"' "$file.run.json" | tr -dc 0-9)
}

# flat MEMORY ROOM [LAUNCHER...]: many take at most ROOM bytes more than few
flat() {
    local memory=$1 room=$2 few
    shift 2
    peak 1000 "$memory" "$@"
    few=$bytes
    peak "$most" "$memory" "$@"
    echo "limits.memory $memory $*: $few bytes for 1000 combinations, $bytes for $most"
    [ "$bytes" -le $((few + room)) ] || fail "memory grows with the combinations"
}

M=$((1024 * 1024))
flat 1M $((4 * M))
flat 16M $(((16 + 4) * M))
flat 1M $((6 * M)) mpirun --quiet -n 2

sed -i 's/bars: 300/bars: 10250/' "$dir/prices.yaml"
more=(--set 'walk_forward={train: 100, test: 25}' --set 'output.keep={top: 3}' --set 'metrics=[sharpe]'
    --set warmup=cold --set 'objective.select={top: 3}' --fresh)
most=$((most / 250))
flat 16M $(((16 + 4) * M))
"$GRIDWALK" info "$dir/many.h5" | grep -qE '^ +windows +406$' || fail "not 406 windows"
"$GRIDWALK" show "$dir/many.h5" --windows | grep -q '^out of sample.* 406 windows' || fail "no record"
