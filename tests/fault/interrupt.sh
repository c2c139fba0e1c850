#!/usr/bin/env bash
# A run that is interrupted, killed, out of disk or without permission leaves no results file that
# is not whole, says what it was in one line, and the same line run again gives the same bytes.
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

cd "$dir"
# Some seconds of work in many tiles, by the slower engine.
grid=(run "$configs/sma-cross-walk-forward.yaml" -q --engine reference --set limits.memory=1M
    --set 'strategy.parameters.fast={from: 5, to: 50, step: 1}'
    --set 'strategy.parameters.slow={from: 60, to: 200, step: 4}')
"$GRIDWALK" "${grid[@]}" -o whole.h5

# SIGTERM and SIGINT: exit 75, one line, nothing kept
for signal in TERM INT; do
    code=0
    (
        trap - INT # a background shell ignores it
        exec timeout --preserve-status -s "$signal" 1.2 "$GRIDWALK" "${grid[@]}" -o stopped.h5
    ) >stdout 2>stderr || code=$?
    [ $code = 75 ] || fail "SIG$signal: exit code $code, not 75: $(cat stderr)"
    one_line 'starts over'
    ! ls stopped.h5* 2>/dev/null || fail "SIG$signal left something behind"
done

# under mpirun a signal to the launcher reaches the ranks
mpirun --quiet -n 2 "$GRIDWALK" "${grid[@]}" -o stopped.h5 >stdout 2>stderr </dev/null &
launcher=$!
sleep 1.5
kill -USR1 $launcher
code=0
wait $launcher || code=$?
[ $code = 75 ] || fail "SIGUSR1 to mpirun: exit code $code, not 75: $(cat stderr)"
[ ! -e stopped.h5 ] || fail "an interrupted run left a results file"

# kill -9: the temporary is left and named by the next run; the results are whole
for after in 0.2 0.6 1.0; do
    timeout -s KILL $after "$GRIDWALK" "${grid[@]}" -o killed.h5 || true
    [ ! -e killed.h5 ] || fail "killed after $after s and yet a results file"
done
"$GRIDWALK" "${grid[@]:0:2}" "${grid[@]:3}" -o killed.h5 >stdout
grep -q 'this run starts over' stdout || fail "the leftovers are not named"
cmp whole.h5 killed.h5 || fail "the rerun differs"

# a disk of 200 kB: refused before the work; one that fills while the file is written: exit 5
if [ "$(id -u)" = 0 ] && mkdir small && mount -t tmpfs -o size=200k tmpfs small 2>/dev/null; then
    expect 5 "$GRIDWALK" "${grid[@]}" -o small/full.h5
    one_line 'are free'
    [ -z "$(ls small)" ] || fail "something is left on the small disk"
    umount small
fi

# a limit of 5 MB on the size of a file: the write fails
expect 5 bash -c "ulimit -f 5000; exec \"\$@\"" - "$GRIDWALK" "${grid[@]}" -o limited.h5
one_line limited.h5
! ls limited.h5* 2>/dev/null || fail "a failed write left something behind"

# a directory without permission (root ignores permissions)
if [ "$(id -u)" != 0 ]; then
    mkdir sealed && chmod 500 sealed
    expect 5 "$GRIDWALK" "${grid[@]}" -o sealed/out.h5
    one_line sealed
fi
