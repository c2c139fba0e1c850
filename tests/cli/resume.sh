#!/usr/bin/env bash
# The same line again goes on where a run was stopped: same bytes, same best, same order, also with
# other ranks and a rewritten comment; and not with another experiment, bundle or engine.
# Alone: it stops runs on their way.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$dir"
# Some seconds of work in many tiles, by the slower engine.
slow=(--engine reference --set limits.memory=1M
    --set 'strategy.parameters.fast={from: 5, to: 50, step: 1}'
    --set 'strategy.parameters.slow={from: 60, to: 200, step: 4}')
experiment=$configs/sma-cross-walk-forward.yaml
grid=(run "$experiment" "${slow[@]}")

state() { # FILE KEY: of its status file
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1] + ".status.json"))[sys.argv[2]])' "$@"
}

# stop SIGNAL SECONDS FILE: start the grid alone and stop it; exit code 75
stop() {
    local code=0
    (
        trap - INT # a background shell ignores it
        exec timeout --preserve-status -s "$1" "$2" "$GRIDWALK" "${grid[@]}" -q -o "$3"
    ) >"$dir/stdout" 2>"$dir/stderr" || code=$?
    [ $code = 75 ] || fail "SIG$1: exit code $code, not 75: $(cat "$dir/stderr")"
}

"$GRIDWALK" "${grid[@]}" -o whole.h5 >whole.txt
[ "$(state whole.h5 state) $(state whole.h5 exit_code)" = "done 0" ] || fail "the status file of a whole run"
[ ! -e whole.h5.journal ] || fail "a finished run left its journal"

# stopped, and again until it is done: same bytes, and the same tables
stop TERM 1.5 part.h5
one_line 'interrupted; ' ' tiles are kept in part.h5.journal'
[ "$(state part.h5 state) $(state part.h5 exit_code)" = "interrupted 75" ] || fail "the status file of a stopped run"
kept=$(state part.h5 tiles_done)
[ "$kept" -gt 0 ] || fail "nothing was kept"
stop INT 1 part.h5
[ "$(state part.h5 tiles_done)" -gt "$kept" ] || fail "the second run did not go on from the first"
"$GRIDWALK" "${grid[@]}" -o part.h5 >part.txt
grep -q "^resuming: [0-9,]* of these tiles are in part.h5.journal" part.txt || fail "the resumed run does not say so"
cmp whole.h5 part.h5 || fail "the resumed results differ"
tables() { sed -n '/^objective\|^best\|^mean/,$p' "$1" | sed 's/part\.h5/whole.h5/g'; }
[ -n "$(tables whole.txt)" ] && [ "$(tables whole.txt)" = "$(tables part.txt)" ] || fail "the resumed tables differ"
[ "$(state part.h5 restarts)" = 2 ] || fail "restarts are not counted"
! ls part.h5.journal part.h5.tmp* 2>/dev/null || fail "leftovers of a resumed run"

# complete results are recognised; --fresh computes them again
before=$(stat -c %Y.%i part.h5)
"$GRIDWALK" "${grid[@]}" -o part.h5 >again.txt
grep -q 'holds the complete results' again.txt || fail "complete results are not recognised: $(cat again.txt)"
[ "$before" = "$(stat -c %Y.%i part.h5)" ] || fail "complete results were touched"
mpirun --quiet -n 2 "$GRIDWALK" "${grid[@]}" -o part.h5 >again.txt </dev/null
grep -q 'holds the complete results' again.txt || fail "complete results are not recognised on two ranks"

# begun on one rank, done on three, with another comment and layout in the file
stop USR1 1.2 ranks.h5
{ echo "# a remark"; cat "$experiment"; } >"$configs/remark.yaml"
name=$(basename "$experiment" .yaml)
mkdir -p "$configs/other"
mv "$configs/remark.yaml" "$configs/other/$name.yaml"
sed -i 's|data/|../data/|' "$configs/other/$name.yaml"
mpirun --quiet -n 3 "$GRIDWALK" run "$configs/other/$name.yaml" "${slow[@]}" -o ranks.h5 >ranks.txt </dev/null
grep -q '^resuming: ' ranks.txt || fail "a comment forbids to go on: $(cat ranks.txt)"
python - whole.h5 ranks.h5 <<'END' || fail "results with another comment differ"
import h5py, numpy, sys
a, b = (h5py.File(path) for path in sys.argv[1:])
assert sorted(a) == sorted(b)
for key in a:
    x, y = a[key][()], b[key][()]
    same = numpy.array_equal(x, y, equal_nan=x.dtype.kind == "f")
    assert same, key
END

# another experiment, engine or bundle does not go on from it
stop TERM 1.2 other.h5
expect 4 "$GRIDWALK" "${grid[@]}" --set costs.commission_bps=77 -o other.h5
one_line other.h5.journal costs.commission_bps 77 --fresh
expect 4 "$GRIDWALK" "${grid[@]}" --engine vector -o other.h5
one_line other.h5.journal engine --fresh
[ "$(state other.h5 state)" = interrupted ] || fail "a refused run changed the status file"
"$GRIDWALK" "${grid[@]}" --set costs.commission_bps=77 --fresh -q -o other.h5
! cmp -s whole.h5 other.h5 || fail "--fresh went on from another experiment"

# nor do other prices
mkdir made && cd made
"$GRIDWALK" init >/dev/null
experiment=experiment.yaml
grid=(run "$experiment" "${slow[@]}")
stop TERM 1.2 made.h5
sed -i 's/^seed: .*/seed: 4711/' prices.yaml
expect 4 "$GRIDWALK" "${grid[@]}" -q -o made.h5
one_line made.h5.journal bundle --fresh
cd ..

# --fresh stopped: what it has is gone on with, also beside the older results
code=0
cp whole.h5 fresh.h5
timeout --preserve-status -s HUP 1.5 "$GRIDWALK" run "$configs/sma-cross-walk-forward.yaml" "${slow[@]}" \
    -q -o fresh.h5 --fresh 2>"$dir/stderr" || code=$?
[ $code = 75 ] || fail "SIGHUP: exit code $code, not 75"
one_line ' tiles are kept in fresh.h5.journal: the same line without --fresh goes on'
cmp whole.h5 fresh.h5 || fail "a stopped --fresh changed the older results"
"$GRIDWALK" run "$configs/sma-cross-walk-forward.yaml" "${slow[@]}" -o fresh.h5 >fresh.txt
grep -q '^resuming: ' fresh.txt || fail "the kept tiles of a stopped --fresh are not used: $(cat fresh.txt)"
cmp whole.h5 fresh.h5 || fail "the results of a stopped --fresh differ"

# complete results are what they are, whatever journal of another run lies beside them
grid=(run "$configs/sma-cross-walk-forward.yaml" "${slow[@]}" --set costs.commission_bps=77)
stop TERM 1.2 lone.h5
mv lone.h5.journal whole.h5.journal
expect 0 "$GRIDWALK" run "$configs/sma-cross-walk-forward.yaml" "${slow[@]}" -q -o whole.h5
[ -e whole.h5.journal ] || fail "the journal of another run was removed"
rm whole.h5.journal

# a journal that goes while the run goes: the message does not promise what is not there
(
    sleep 1.5
    rm -f gone.h5.journal
) &
code=0
timeout --preserve-status -s TERM 2.5 "$GRIDWALK" run "$configs/sma-cross-walk-forward.yaml" "${slow[@]}" \
    -q -o gone.h5 2>"$dir/stderr" || code=$?
wait
[ $code = 75 ] || fail "a removed journal: exit code $code, not 75"
one_line 'nothing is kept: gone.h5.journal was removed'

# a link would be replaced by a file: refused
ln -s elsewhere.h5 link.h5
expect 5 "$GRIDWALK" run "$configs/seed-grid.yaml" -q -o link.h5
one_line link.h5 'symbolic link'

# the marker of a launch script holds the exit code; what is no marker is not overwritten
expect 2 "$GRIDWALK" run "$configs/seed-grid.yaml" -q -o marked.h5 --done whole.h5
one_line whole.h5 'no marker'
expect 5 "$GRIDWALK" run "$configs/seed-grid.yaml" -q -o marked.h5 --done absent/marker
one_line absent/marker
"$GRIDWALK" run "$configs/seed-grid.yaml" -q -o marked.h5 --done marker --no-status
[ "$(cat marker)" = 0 ] || fail "the marker of a finished run"
[ ! -e marked.h5.status.json ] || fail "--no-status"
expect 3 "$GRIDWALK" run absent.yaml -q -o marked.h5 --done marker
[ "$(cat marker)" = 3 ] || fail "the marker of a failed run"
