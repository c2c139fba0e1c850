#!/usr/bin/env bash
# The same bytes for 1, 2, 3 and 4 ranks, more than a second apart (HDF5 can store times), and
# without a launcher; small tiles, so that every rank has some.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

for name in sma-cross-grid sma-cross-walk-forward seed-grid seed-walk-forward; do
    for keep in '{keep: all}' '{keep: {top: 7}}'; do
        set_keep=(--set "output=$keep" --set limits.memory=1M)
        "$GRIDWALK" run "$configs/$name.yaml" -o "$dir/alone.h5" -q "${set_keep[@]}"
        sleep 1.1
        for ranks in 1 2 3 4; do
            mpirun --quiet -n $ranks "$GRIDWALK" run "$configs/$name.yaml" \
                -o "$dir/ranks.h5" -q --fresh "${set_keep[@]}" </dev/null
            cmp "$dir/alone.h5" "$dir/ranks.h5" || fail "$name, $keep: $ranks ranks differ"
        done
    done
done
# A finer grid: some twenty tiles, so that ranks really share the work.
finer=(--set 'strategy.parameters.fast={from: 5, to: 50, step: 1}'
    --set 'strategy.parameters.slow={from: 60, to: 200, step: 4}')
for ranks in 1 2 3 4; do
    mpirun --quiet -n $ranks "$GRIDWALK" run "$configs/sma-cross-walk-forward.yaml" \
        -o "$dir/finer-$ranks.h5" -q "${finer[@]}" </dev/null
    cmp "$dir/finer-1.h5" "$dir/finer-$ranks.h5" || fail "the finer grid: $ranks ranks differ"
done
shared=$(grep -c '"tiles": [1-9]' "$dir/finer-4.h5.run.json")
[ "$shared" = 5 ] || fail "not every one of 4 ranks had a tile"
# The same with keep: top: what workers leave out is not missed. Most tiles come when the best
# of a window are known already; 300 is more than a tile has.
for top in 2 300; do
    for ranks in 1 $((top == 2 ? 4 : 3)) 2; do
        mpirun --quiet -n $ranks "$GRIDWALK" run "$configs/sma-cross-walk-forward.yaml" \
            -o "$dir/top-$ranks.h5" -q "${finer[@]}" --set "output={keep: {top: $top}}" </dev/null
        cmp "$dir/top-1.h5" "$dir/top-$ranks.h5" || fail "top $top: $ranks ranks differ"
    done
    for window in 0 7 19; do
        for file in finer top; do # all but the line that says what was kept
            "$GRIDWALK" show "$dir/$file-2.h5" --top 2 --window $window | tail -n +2 >"$dir/$file.txt"
        done
        grep -q "^best 2 by sharpe in window $window" "$dir/top.txt" || fail "no table"
        diff "$dir/finer.txt" "$dir/top.txt" || fail "top $top: other rows than of all"
    done
done
# No processor's own mathematics, and no byte of unset memory, in a file.
GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2,-AVX512F MALLOC_PERTURB_=165 \
    "$GRIDWALK" run "$configs/sma-cross-walk-forward.yaml" -o "$dir/plain.h5" -q \
    --set metrics=all
"$GRIDWALK" run "$configs/sma-cross-walk-forward.yaml" -o "$dir/usual.h5" -q --set metrics=all
cmp "$dir/plain.h5" "$dir/usual.h5" || fail "the bytes depend on the processor"
grep -q '"cache_hits": [1-9]' "$dir/ranks.h5.run.json" || fail "no caches in the run record"
