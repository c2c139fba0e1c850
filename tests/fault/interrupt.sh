#!/usr/bin/env bash
# A run that is interrupted or killed leaves no results file that is not whole and keeps its tiles; the
# same line run again goes on from them and gives the same bytes, and sweeps away what was left. Two
# runs cannot write one file. (tests/cli/resume.sh: what goes on from what.)
source "$(dirname "${BASH_SOURCE[0]}")/lib_fault.sh"

# Some seconds of work in many tiles, by the slower engine.
grid=(run "$configs/sma-cross-walk-forward.yaml" --engine reference --set limits.memory=1M
    --set 'strategy.parameters.fast={from: 5, to: 50, step: 1}'
    --set 'strategy.parameters.slow={from: 60, to: 200, step: 4}')
"$GRIDWALK" "${grid[@]}" -q -o whole.h5

# Only what a stopped run keeps is there.
keeps() { # FILE
    [ ! -e "$1" ] || fail "$what: a results file"
    [ "$(echo "$1"*)" = "$1.journal $1.status.json" ] || fail "$what: it left $(echo "$1"*)"
}

# SIGTERM and SIGINT: exit 75, one line, the tiles are kept
for signal in TERM INT; do
    what="SIG$signal" code=0
    rm -f stopped.h5*
    (
        trap - INT # a background shell ignores it
        exec timeout --preserve-status -s "$signal" 1.2 "$GRIDWALK" "${grid[@]}" -q -o stopped.h5
    ) >stdout 2>stderr || code=$?
    [ $code = 75 ] || fail "$what: exit code $code, not 75: $(cat stderr)"
    one_line 'interrupted; ' ' tiles are kept in stopped.h5.journal: the same line goes on from there'
    keeps stopped.h5
    goes_on stopped.h5 whole.h5 "$GRIDWALK" "${grid[@]}" -o stopped.h5
done

# at once: nothing is finished yet, and nothing is left
what="SIGTERM at once" code=0
"$GRIDWALK" "${grid[@]}" -q -o early.h5 >stdout 2>stderr &
early=$!
sleep 0.02
kill -TERM $early
wait $early 2>/dev/null || code=$?
[ $code = 143 ] || [ $code = 75 ] || fail "$what: exit code $code: $(cat stderr)"
[ ! -e early.h5 ] || fail "$what: a results file"
goes_on early.h5 whole.h5 "$GRIDWALK" "${grid[@]}" -o early.h5

# under mpirun a signal to the launcher reaches the ranks
what="SIGUSR1 to mpirun" code=0
rm -f stopped.h5*
mpirun --quiet -n 2 "$GRIDWALK" "${grid[@]}" -q -o stopped.h5 >stdout 2>stderr </dev/null &
launcher=$!
sleep 1.5
kill -USR1 $launcher
wait $launcher || code=$?
[ $code = 75 ] || fail "$what: exit code $code, not 75: $(cat stderr)"
one_line ' tiles are kept in stopped.h5.journal'
keeps stopped.h5
goes_on stopped.h5 whole.h5 mpirun --quiet -n 3 "$GRIDWALK" "${grid[@]}" -o stopped.h5

# kill -9, several times: no results; the last run sweeps away what the others left
: >stderr
for after in 0.2 0.6 1.6 1.8; do
    timeout -s KILL $after "$GRIDWALK" "${grid[@]}" -q -o killed.h5 || true
    [ ! -e killed.h5 ] || fail "killed after $after s and yet a results file"
done
compgen -G 'killed.h5.tmp.*' >/dev/null || fail "nothing for the next run to sweep away"
what="killed four times"
goes_on killed.h5 whole.h5 "$GRIDWALK" "${grid[@]}" -o killed.h5
grep -q '^resuming: ' stdout || fail "the killed runs kept nothing"

# two runs at once: the second is refused, and does the first no harm
"$GRIDWALK" "${grid[@]}" -q -o two.h5 >first.out 2>&1 &
first=$!
for ((try = 0; try < 100; try++)); do
    [ ! -e two.h5.journal ] || break
    sleep 0.05
done
expect 5 "$GRIDWALK" "${grid[@]}" -q -o two.h5
one_line two.h5.journal 'another run is writing two.h5'
expect 5 "$GRIDWALK" "${grid[@]}" -q -o two.h5 --fresh
one_line two.h5.journal 'another run is writing two.h5'
wait $first || fail "the first of two runs: $(cat first.out)"
cmp whole.h5 two.h5 || fail "the first of two runs differs"

# a directory without permission (root ignores permissions)
if [ "$(id -u)" != 0 ]; then
    mkdir sealed && chmod 500 sealed
    expect 5 "$GRIDWALK" "${grid[@]}" -q -o sealed/out.h5
    one_line sealed
fi
