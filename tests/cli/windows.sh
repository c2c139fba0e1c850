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

# Validation between the two, and what is purged before each; short names where there is no room.
expect 0 "$GRIDWALK" check "$walk" --set 'walk_forward={train: 3y, validation: 2y, test: 1y, purge: 80}'
grep -q 'train 3y, validation 2y, test 1y, step 1y, purge 80 bars, 2000-12-13 to' "$dir/stdout" ||
    fail "validation's length is not as said"
grep -qE '^ +0  2000-12-13 \[=+train=+\|-\|~+val~+\|-\|[=tes]+\] +2006-12-12$' "$dir/stdout" ||
    fail "no validation in the first window"
expect 0 "$GRIDWALK" check "$walk" --set 'walk_forward={train: 3y, validation: 5y, test: 1y, mode: anchored}'
grep -qE '^ +2  2000-12-13 \[=+train=+\|~+validation~+\|[=tes]+\] +2011-12-12$' "$dir/stdout" ||
    fail "no validation in the last window"
[ "$(grep -E '^ +[0-9]+  2000' "$dir/stdout" | awk '{print length($0)}' | sort -u | wc -l)" = 1 ] ||
    fail "the lines with validation are not aligned"

# Windows that have too little, by number: 200 bars before the first of three, 100 in the last.
dates='walk_forward={dates: [{train: [2000-05-01, 2001-12-31]}, {train: [2002-01-01, 2004-12-31]}, {train: [2012-06-01, 2012-09-30]}]}'
expect 0 "$GRIDWALK" check "$walk" --set "$dates"
grep -q 'do not lie before windows 0: rows' "$dir/stdout" || fail "window 0 is not named"
expect 0 "$GRIDWALK" check "$walk" --set "$dates" --set warmup=cold
grep -q 'a segment of 84 bars is too short.*(windows 2)' "$dir/stdout" || fail "window 2 is not named"
expect 0 "$GRIDWALK" check "$walk" --set 'walk_forward={train: 100, test: 50, purge: 60}'
grep -q 'purge leaves fewer train bars than it takes, as few as 40, in windows 0-5' "$dir/stdout" ||
    fail "purged windows are not named"
expect 0 "$GRIDWALK" check "$walk" --set 'walk_forward={train: 500, validation: 100, test: 50, purge: 60}'
grep -q 'purge leaves fewer train or validation bars than it takes, as few as 40, in windows 0-' \
    "$dir/stdout" || fail "windows with a purged validation are not named"

# A plateau that takes minutes, and one that does not.
large=(--set 'strategy.parameters.fast={from: 2, to: 1001}' --set limits.memory=1G
    --set 'strategy.parameters.slow={from: 1010, to: 2009}')
expect 0 "$GRIDWALK" check "$walk" "${large[@]}" \
    --set 'objective.select={plateau: {radius: 50, by: median}}'
grep -qE '^warning: select: plateau \(radius 50\) takes rank 0 about [0-9]+ minutes .* or by: mean takes less$' \
    "$dir/stdout" || fail "a slow plateau is not told"
expect 0 "$GRIDWALK" check "$walk" "${large[@]}" --set 'objective.select={plateau: {radius: 5}}'
! grep -q '^warning: select' "$dir/stdout" || fail "a quick plateau is told"

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
refused '{train: 500, validation: 60, test: 125, purge: 60}' 'purge must be below validation (60 bars)'
refused '{train: 500, validation: 6m, test: 125}' 'walk_forward.validation is 6m, but train is 500 bars'
refused '{train: 500, validation: 60, test: 0, step: 60}' 'validation lies before a test segment, but'
refused '{train: 3000, validation: 60, test: 20}' 'train 3000 + validation 60 + test 20 bars do not fit'
refused '{train: 5000, test: 125}' 'do not fit into 3070 bars (2000-12-13 to 2013-03-01)'
refused '{train: 20y, test: 1y}' 'train 20y + test 1y do not fit into 3070 bars'
refused '{train: 500, test: 125, step: 100}' 'overlap by 25 bars; make step as long as test'
refused '{dates: [{train: [2001-01-06, 2001-01-07]}]}' 'no session lies in train, 2001-01-06 to'
refused '{dates: [{train: [2002-01-01, 2002-06-30], test: [2002-06-30, 2002-07-05]}]}' \
    'test must begin behind the last day of train'
refused '{train: 500, dates: [{train: [2001-01-06, 2001-01-09]}]}' 'either dates or train'

# ---- windows of different lengths: the same bytes by any ranks, the same rows by both engines ----

same_by_ranks() { # same_by_ranks RANKS...: with ${set[@]} the same bytes, and rows, as by one
    expect 0 "$GRIDWALK" run "$walk" "${set[@]}" -o one.h5 -q --fresh --verify 1
    for ranks in "$@"; do
        expect 0 mpirun --quiet -n "$ranks" --oversubscribe "$GRIDWALK" run "$walk" "${set[@]}" \
            -o more.h5 -q --fresh
        cmp one.h5 more.h5 || fail "other bytes with $ranks ranks: ${set[*]}"
    done
}
for keys in 'mode: anchored, train: 2y, test: 6m, purge: 5, embargo: 2, partial: keep' \
    'dates: [{train: [2000-05-01, 2001-12-31], test: [2002-01-01, 2002-01-31]}, {train: [2002-01-01, 2006-12-31], test: [2007-01-01, 2008-12-31]}]'; do
    for memory in 256M 1M; do
        set=(--set "walk_forward={$keys}" --set "limits.memory=$memory" --set 'output.keep={top: 7}')
        same_by_ranks 3
    done
done

# Three segments.
three='train: 2y, validation: 9m, test: 6m, purge: 5, partial: keep'
for keep in all '{top: 7}'; do
    set=(--set "walk_forward={$three}" --set limits.memory=1M --set "output.keep=$keep")
    same_by_ranks 2 3 4
done

# Each segment has the rows of an experiment that trains on its days alone.
days=('[2001-03-01, 2002-12-31]' '[2003-01-02, 2003-06-30]' '[2003-07-03, 2003-12-31]'
    '[2004-03-01, 2004-12-31]' '[2005-01-02, 2005-03-31]' '[2005-04-01, 2005-12-30]')
dated() { # dated OUTPUT DATES
    expect 0 "$GRIDWALK" run "$walk" --set "walk_forward={dates: [$2]}" --set metrics=all -o "$1" -q
}
dated all.h5 "{train: ${days[0]}, validation: ${days[1]}, test: ${days[2]}}, \
    {test: ${days[5]}, validation: ${days[4]}, train: ${days[3]}}"
for at in 0 1 2; do
    dated "only-$at.h5" "{train: ${days[at]}}, {train: ${days[at + 3]}}"
done
python - <<'END' || fail "a segment's rows are not those of its days"
import h5py, numpy as np
every = h5py.File("all.h5")
assert every["segment"].asstr()[...].tolist() == ["train", "test", "validation"]
names = [n for n, v in every.items() if v.ndim == 3 and v.dtype.kind == "f"]
assert len(names) > 20
for segment, at in enumerate((0, 2, 1)):
    only = h5py.File(f"only-{at}.h5")
    for name in names + ["status", "begin", "end"]:
        np.testing.assert_array_equal(every[name][:, segment], only[name][:, 0], name)
END

# ---- other programs ----

mkdir "$dir/peers"
peers "$root/tests/peers/windows_test.py" "$GRIDWALK" "$dir/peers" 7 200 60
