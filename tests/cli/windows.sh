#!/usr/bin/env bash
# Walk-forward windows against scikit-learn, skfolio and dateutil, and what a user reads of them.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$dir"

# ---- the drawing ----

walk=$configs/sma-cross-walk-forward.yaml
expect 0 "$GRIDWALK" check "$walk" --set 'walk_forward={mode: anchored, train: 3y, test: 1y, purge: 150}'
grep -q 'train 3y, test 1y, step 1y, purge 150 bars, anchored, 2000-12-13 to' "$dir/stdout" ||
    fail "lengths are not as said"
grep -qE '^ +0  2000-12-13 \[=+train=+\|--?\|[=tes]+\] +2004-12-10$' "$dir/stdout" || fail "no first window"
grep -qE '^ +8  2000-12-13 \[=+train=+\|--?\|[=tes]+\] +2012-12-12$' "$dir/stdout" || fail "no last window"
[ "$(grep -c ' 2000-12-13 \[' "$dir/stdout")" = 9 ] || fail "not a line a window"
# Days stand under each other.
[ "$(grep -E '^ +[0-9]+  2000' "$dir/stdout" | awk '{print length($0)}' | sort -u | wc -l)" = 1 ] ||
    fail "the lines are not aligned"
expect 0 "$GRIDWALK" check "$walk" --set 'walk_forward={train: 60, test: 30}'
grep -qE '^ +\.\.\. [0-9]+ more, up to 2013-' "$dir/stdout" || fail "no rest"
[ "$(grep -cE '^ +[0-9]+  2' "$dir/stdout")" = 12 ] || fail "not twelve windows"

# Windows that have too little, by number: 200 bars before the first of three, 100 in the last.
dates='walk_forward={dates: [{train: [2000-05-01, 2001-12-31]}, {train: [2002-01-01, 2004-12-31]}, {train: [2012-06-01, 2012-09-30]}]}'
expect 0 "$GRIDWALK" check "$walk" --set "$dates"
grep -q 'do not lie before windows 0: rows' "$dir/stdout" || fail "window 0 is not named"
expect 0 "$GRIDWALK" check "$walk" --set "$dates" --set warmup=cold
grep -q 'a segment of 84 bars is too short.*(windows 2)' "$dir/stdout" || fail "window 2 is not named"
expect 0 "$GRIDWALK" check "$walk" --set 'walk_forward={train: 100, test: 50, purge: 60}'
grep -q 'purge leaves fewer train bars than it takes, as few as 40, in windows 0-5' "$dir/stdout" ||
    fail "purged windows are not named"

# ---- mistakes ----

refused() { # refused LINE TEXT: in place of the lengths
    sed '/^walk_forward:/,/^$/d' "$walk" >"$configs/mistake.yaml"
    echo "walk_forward: $1" >>"$configs/mistake.yaml"
    expect 3 "$GRIDWALK" check "$configs/mistake.yaml"
    one_line "mistake.yaml:$(wc -l <"$configs/mistake.yaml"):" "$2"
}
refused '{train: 2q, test: 3m}' "walk_forward.train: unknown unit in '2q'; did you mean 6m?"
refused '{train: 2 years, test: 3m}' "unknown unit in '2 years'; did you mean 2y?"
refused '{train: 2y, test: 125}' 'walk_forward.test is 125 bars, but train is 2y; give'
refused '{train: 500, test: 125, step: 3m}' 'walk_forward.step is 3m, but train is 500 bars'
refused '{train: 500, test: 125, step: 0}' 'walk_forward.step must be from 1 to'
refused '{train: 500, test: 125, purge: 500}' 'walk_forward.purge must be below train (500 bars)'
refused '{train: 5000, test: 125}' 'do not fit into 3070 bars (2000-12-13 to 2013-03-01)'
refused '{train: 20y, test: 1y}' 'train 20y + test 1y do not fit into 3070 bars'
refused '{train: 500, test: 125, step: 100}' 'overlap by 25 bars; make step as long as test'
refused '{dates: [{train: [2001-01-06, 2001-01-07]}]}' 'no session lies in train, 2001-01-06 to'
refused '{dates: [{train: [2002-01-01, 2002-06-30], test: [2002-06-30, 2002-07-05]}]}' \
    'test must begin behind the last day of train'
refused '{train: 500, dates: [{train: [2001-01-06, 2001-01-09]}]}' 'either dates or train'

# ---- windows of different lengths: the same bytes by any ranks, the same rows by both engines ----

for keys in 'mode: anchored, train: 2y, test: 6m, purge: 5, embargo: 2, partial: keep' \
    'dates: [{train: [2000-05-01, 2001-12-31], test: [2002-01-01, 2002-01-31]}, {train: [2002-01-01, 2006-12-31], test: [2007-01-01, 2008-12-31]}]'; do
    for memory in 256M 1M; do
        set=(--set "walk_forward={$keys}" --set "limits.memory=$memory" --set 'output.keep={top: 7}')
        expect 0 "$GRIDWALK" run "$walk" "${set[@]}" -o one.h5 -q --fresh --verify 1
        expect 0 mpirun --quiet -n 3 --oversubscribe "$GRIDWALK" run "$walk" "${set[@]}" \
            -o three.h5 -q --fresh
        cmp one.h5 three.h5 || fail "other bytes with three ranks: $keys"
    done
done

# ---- other programs ----

# With scikit-learn and skfolio, from PyPI; made once a build folder.
venv=${GW_BUILD:-$(dirname "$GRIDWALK")}/windows-venv
if [ ! -f "$venv/complete" ]; then # the mark is written last
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet scikit-learn skfolio python-dateutil h5py numpy
    touch "$venv/complete"
fi
mkdir "$dir/peers"
"$venv/bin/python" "$root/tests/peers/windows_test.py" "$GRIDWALK" "$dir/peers" 7 200 120
