#!/usr/bin/env bash
# No room, no permission, no memory: one line, exit code 5, what was finished is kept; and once there
# is some again the same line ends with the same bytes.
source "$(dirname "${BASH_SOURCE[0]}")/lib_fault.sh"

# Some seconds of work in many tiles, by the slower engine.
experiment=$configs/sma-cross-walk-forward.yaml
finer=(--set limits.memory=1M --set 'strategy.parameters.fast={from: 5, to: 50, step: 1}'
    --set 'strategy.parameters.slow={from: 60, to: 200, step: 4}')
grid=(run "$experiment" "${finer[@]}")
"$GRIDWALK" "${grid[@]}" -q -o whole.h5
size=$(stat -c %s whole.h5)

# refuses WHAT COMMAND...: exit code 5, one line, nothing that is not whole under the results' name.
refuses() {
    what=$1
    shift
    expect 5 "$@"
    one_line "gridwalk: error: "
    is_whole_or_absent out.h5 "$reference"
}
reference=$dir/whole.h5

# a limit on the size of a file, in blocks of 1 kB; MPI itself needs some
for blocks in 5000 $((size / 1024 - 20)); do
    rm -f out.h5*
    refuses "ulimit -f $blocks" bash -c "ulimit -f $blocks; exec \"\$@\"" - "$GRIDWALK" "${grid[@]}" \
        -q -o out.h5
    goes_on out.h5 whole.h5 "$GRIDWALK" "${grid[@]}" -o out.h5
done

# the n-th allocation of the program itself fails; n beyond the last one: nothing does
tried=0
for ((n = 1; ; n += $([ -n "${GW_LONG-}" ] && echo 1 || echo 1 + n / 3))); do
    rm -f out.h5* count
    what="allocation $n" code=0
    "${preload[@]}" GW_FAULT_MALLOC=$n "$GRIDWALK" run "$configs/sma-cross-grid.yaml" -q -o out.h5 \
        >stdout 2>stderr || code=$?
    if [ $code = 0 ] && grep -q none count; then
        break
    fi
    [ $code = 5 ] || fail "$what: exit code $code: $(cat stderr)"
    dies_in_one_line 'out of memory'
    [ ! -e out.h5 ] || fail "$what: results of a run that died"
    tried=$((tried + 1)) last=$n
done
cp out.h5 small.h5
[ $tried -gt 10 ] || fail "only $tried allocations"
echo "$tried of $n allocations made to fail"
for n in $((last / 2)) $last; do
    rm -f out.h5* count
    what="allocation $n and again"
    expect 5 "${preload[@]}" GW_FAULT_MALLOC=$n "$GRIDWALK" run "$configs/sma-cross-grid.yaml" -q -o out.h5
    goes_on out.h5 small.h5 "$GRIDWALK" run "$configs/sma-cross-grid.yaml" -o out.h5
done

# file systems of their own need root
if [ "$(id -u)" != 0 ] || ! mkdir small || ! mount -t tmpfs -o size=64k tmpfs small 2>/dev/null; then
    echo "no mount here: no small disks"
    exit 0
fi
trap 'umount -l "$dir/small" 2>/dev/null; sleep 1; rm -rf "$dir"' EXIT
cd small
reference=$dir/whole.h5

# far too small: refused before the work
refuses "a disk of 64 kB" "$GRIDWALK" "${grid[@]}" -q -o out.h5
one_line 'are free'
[ -z "$(ls)" ] || fail "something is left on the small disk"

# enough when the run begins, and then others fill it: in the middle, and near the end; the journal
# may be what does not fit, or the results
for leave in 40 400 1200; do
    rm -f out.h5* filler
    mount -o remount,size=64M "$dir/small"
    what="$leave kB left"
    "$GRIDWALK" "${grid[@]}" --engine reference -q -o out.h5 >"$dir/stdout" 2>"$dir/stderr" &
    run=$!
    for ((try = 0; try < 200; try++)); do
        [ ! -s out.h5.journal ] || break
        sleep 0.05
    done
    used=$(df --output=used . | tail -n 1)
    mount -o remount,size=$((used + leave))k "$dir/small"
    code=0
    wait $run || code=$?
    [ $code = 5 ] || fail "$what: exit code $code, not 5: $(cat "$dir/stderr")"
    one_line 'No space left on device' 'are kept in out.h5.journal'
    [ ! -e out.h5 ] || fail "$what: results of a run without room"
    mount -o remount,size=64M "$dir/small"
    [ -e "$dir/reference.h5" ] ||
        "$GRIDWALK" "${grid[@]}" --engine reference -q -o "$dir/reference.h5"
    goes_on out.h5 "$dir/reference.h5" "$GRIDWALK" "${grid[@]}" --engine reference -o out.h5
done

# read-only: refused, also to go on; what is kept stays
rm -f out.h5*
timeout --preserve-status -s TERM 1.5 "$GRIDWALK" "${grid[@]}" --engine reference -q -o out.h5 \
    >"$dir/stdout" 2>"$dir/stderr" || true
one_line 'are kept in out.h5.journal'
cp "$dir/stderr" "$dir/interrupted"
mount -o remount,ro "$dir/small"
refuses "a read-only directory" "$GRIDWALK" "${grid[@]}" --engine reference -q -o out.h5
one_line 'Read-only file system'
mount -o remount,rw "$dir/small"
cp "$dir/interrupted" "$dir/stderr"
goes_on out.h5 "$dir/reference.h5" "$GRIDWALK" "${grid[@]}" --engine reference -o out.h5
