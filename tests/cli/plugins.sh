#!/usr/bin/env bash
# Strategies in C: the same trades as expressions, on any number of ranks; what is refused before
# work starts; what becomes of a run whose plug-in crashes, hangs or leaves.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$dir"
bad=$build/tests/plugins

# ---- the plug-in and the expression, trade by trade ----

expect 0 "$GRIDWALK" run "$configs/sma-cross-grid.yaml" -q -o expression.h5
expect 0 "$GRIDWALK" run "$configs/plugin-sma-cross.yaml" -o plugin.h5 --verify 0.1
grep -q '^plug-in sma-cross, reference engine: ' "$dir/stdout" || fail "the summary names no plug-in"
python - expression.h5 plugin.h5 <<'EOF2' || fail "the plug-in is not the expression"
import h5py, numpy, sys
a, b = (h5py.File(name) for name in sys.argv[1:])
counts = "trades open_trades orders dropped max_drawdown_bars avg_bars".split()
names = [name for name in a if a[name].shape == a["sharpe"].shape and name != "status"]
assert len(names) > 30 and a["sharpe"].size == 174
assert (a["status"][()] == b["status"][()]).all()
for name in names:
    x, y = a[name][()], b[name][()]
    assert numpy.allclose(x, y, rtol=0 if name in counts else 1e-9, atol=0, equal_nan=True), name
assert a["trades"][()].sum() > 10000
EOF2
fills() { # fills FILE COMBINATION: of a replay, as printed
    "$GRIDWALK" replay "$1" --combo "$2" --all | sed -n '/ fills, in /,$p' |
        grep -E '^  [0-9]{4}-[0-9]{2}-[0-9]{2} '
}
for combo in 0 60 156 189; do
    fills expression.h5 $combo >fills.expression
    fills plugin.h5 $combo >fills.plugin
    cmp fills.expression fills.plugin || fail "other fills of combination $combo"
    [ "$(wc -l <fills.plugin)" -gt 50 ] || fail "hardly a fill of combination $combo"
done

# ---- state, a shared account, windows; any number of ranks ----

pairs=$configs/plugin-pairs.yaml
expect 0 "$GRIDWALK" check "$pairs"
grep -q '^plug-in     pairs; parameters span, entry, exit; look-back by its parameters, up to 119 bars$' \
    "$dir/stdout" || fail "check does not say what the plug-in is"
expect 0 "$GRIDWALK" run "$pairs" -q -o pairs.h5
for ranks in 2 3; do
    expect 0 mpirun -n $ranks "$GRIDWALK" run "$pairs" -q -o pairs-$ranks.h5 --verify 0.2
    cmp pairs.h5 pairs-$ranks.h5 || fail "other bytes on $ranks ranks"
done
expect 0 "$GRIDWALK" replay pairs.h5 --best
grep -q '^agrees: 34 metrics$' "$dir/stdout" || fail "replay does not agree"

# ---- by hand, as the documentation says it ----

line=$(grep -m 1 '^cc ' "$root/docs/plugins.md")
[ -n "$line" ] || fail "docs/plugins.md has no line to build with"
mkdir by-hand
(cd "$root" && eval "${line//pairs.so/$dir/by-hand/pairs.so}")
expect 0 "$GRIDWALK" run "$pairs" -q -o by-hand.h5 --set "strategy.plugin.library=$dir/by-hand/pairs.so"
cmp <("$GRIDWALK" show pairs.h5 --windows | grep '^ ') \
    <("$GRIDWALK" show by-hand.h5 --windows | grep '^ ') ||
    fail "built by hand it is another"

# ---- mistakes: before work starts, one line, exit code 3 ----

"$GRIDWALK" synth "$configs/data/seed-grid.yaml" -o prices.h5 -q
cat >moody.yaml <<END
bundle: prices.h5
strategy:
  parameters:
    mood: [0, 1]
    pad: {from: 1, to: 6000}
  constraints:
    - mood == 0 or pad == 777
  plugin: {library: $bad/moody.so, timeout: 0.5}
metrics: all
END

mistake() { # mistake LIBRARY TEXT...: refused by run, check and on two ranks
    sed "s|$bad/moody.so|$1|" moody.yaml >mistake.yaml
    shift
    expect 3 "$GRIDWALK" check mistake.yaml
    one_line "mistake.yaml:8:21: " "$@"
    expect 3 "$GRIDWALK" run mistake.yaml -o none.h5
    one_line "mistake.yaml:8:21: " "$@"
    expect 3 mpirun --quiet -n 2 "$GRIDWALK" run mistake.yaml -q -o none.h5
    one_line "mistake.yaml:8:21: " "$@"
    [ ! -e none.h5 ] || fail "results of a plug-in that was refused"
}
mistake none.so "no library at" "No such file"
mistake "$bad/no_plugin.so" "no_plugin.so exports no 'gw_strategy'"
mistake "$bad/old_abi.so" "is of ABI 42, this program runs ABI 1"
mistake "$bad/bad_start.so" "crashed (signal 6, Aborted) while it was loaded"
mistake "$bad/missing_symbol.so" "undefined symbol: nobody_has_this"
mistake moody.yaml "is no library that can be loaded"
mistake "$build/plugins/pairs.so" "the plug-in 'pairs' asks for a parameter 'span'"
mkdir open
cp "$bad/moody.so" open/
chmod o+w open/moody.so
mistake open/moody.so "moody.so: it is writable by everyone"
expect 3 "$GRIDWALK" run moody.yaml -o none.h5 --set "strategy.plugin.sha256=$(printf 0%.0s {1..64})"
one_line "the SHA-256 of" "moody.so is"
expect 2 "$GRIDWALK" run moody.yaml -o none.h5 --engine vector
one_line "--engine vector: a plug-in runs in the reference engine"

# ---- a plug-in that crashes for one combination: that row is lost, no other ----

expect 0 "$GRIDWALK" run moody.yaml -q -o well.h5 --only mood=0
lost() { # lost MOOD TEXT: one row of 6001 fails so, and the others are those of well.h5
    local name=moody-$1.h5
    expect 6 "$GRIDWALK" run moody.yaml -q -o "$name" --set "strategy.parameters.mood=[0, $1]"
    one_line "1 of 6001 rows failed, first: combination 6776, window 0 (mood=$1, pad=777): the plug-in 'moody' $2"
    python - well.h5 "$name" <<'EOF2' || fail "other rows than the one that failed"
import h5py, numpy, sys
a, b = (h5py.File(name) for name in sys.argv[1:])
assert (b["status"][()].ravel() == [0] * 6000 + [3]).all()
for name in "sharpe", "total_return", "trades", "exposure":
    x, y = a[name][()].ravel(), b[name][()].ravel()
    assert (x == y[:6000]).all() and numpy.isfinite(x).all(), name
assert numpy.isnan(b["sharpe"][()].ravel()[6000])
EOF2
}
lost 1 "crashed (signal 11, Segmentation fault)"
lost 2 "ended its process"
lost 3 "took longer than 0.5 s"
lost 5 "on_bar returned 7"
lost 6 "said: the moon is full"
for ranks in 2 3; do
    expect 6 mpirun --quiet -n $ranks "$GRIDWALK" run moody.yaml -q -o ranks.h5 --fresh \
        --set 'strategy.parameters.mood=[0, 1]'
    one_line "(mood=1, pad=777): the plug-in 'moody' crashed (signal 11"
    cmp moody-1.h5 ranks.h5 || fail "a crash gives other bytes on $ranks ranks"
done

# It can be looked at alone.
expect 6 "$GRIDWALK" replay moody-1.h5 --combo 6776
one_line "the plug-in crashed (signal 11, Segmentation fault)"
expect 0 "$GRIDWALK" replay moody-6.h5 --combo 6776
grep -q "^the plug-in 'moody' said: the moon is full$" "$dir/stdout" || fail "replay does not say why"
expect 0 "$GRIDWALK" replay moody-1.h5 --combo 5

# One that always crashes is not forked for ever: three deaths, then the rest of the tile.
sed 's/mood == 0 or pad == 777/mood == 1 and pad <= 2000/' moody.yaml >always.yaml
expect 6 timeout 60 "$GRIDWALK" run always.yaml -q -o always.h5
one_line "2000 of 2000 rows failed, first: combination 6000"

# ---- what keeps something outside its state is found by --verify ----

sed "s|$bad/moody.so|$bad/forgetful.so|" moody.yaml >forgetful.yaml
expect 5 "$GRIDWALK" run forgetful.yaml -q -o forgetful.h5 --verify 0.01
one_line "the plug-in is not the same when it is asked again"

# ---- the library of a replay ----

expect 4 "$GRIDWALK" replay plugin.h5 --combo 0 --library "$build/plugins/pairs.so"
one_line "is not the library of plugin.h5" "--library"
mv "$dir/build/plugins/sma_cross.so" moved.so
expect 2 "$GRIDWALK" replay plugin.h5 --combo 0
one_line "no library at" "--library"
expect 0 "$GRIDWALK" replay plugin.h5 --combo 0 --library moved.so

# ---- the child goes with its parent ----

sed 's/timeout: 0.5/timeout: 100/' moody.yaml >hang.yaml
"$GRIDWALK" run hang.yaml -q -o hang.h5 --set 'strategy.parameters.mood=[0, 3]' &
parent=$!
child=
for _ in $(seq 100); do
    child=$(pgrep -P $parent || true)
    [ -n "$child" ] && [ "$(pgrep -cP $parent)" = 1 ] && sleep 0.3 && break
    sleep 0.05
done
[ -n "$child" ] || fail "no child process"
child=$(pgrep -P $parent)
kill -9 $parent
wait $parent || true
for _ in $(seq 40); do
    kill -0 "$child" 2>/dev/null || break
    sleep 0.05
done
! kill -0 "$child" 2>/dev/null || fail "the child lives on"

echo "plugins: all right"
