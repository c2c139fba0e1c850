# Sourced by scripts of this folder: as tests/cli/lib.sh; a shim that makes calls of rank 0 fail
# (shim.h), and checks of a run that was cut off and of the same line again.
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

# Killed ranks leave their shared memory behind: here it goes with the folder, when the last of them
# is gone.
trap 'rm -rf "$dir" 2>/dev/null || { sleep 2 && rm -rf "$dir"; }' EXIT
export OMPI_MCA_btl_vader_backing_directory=$dir OMPI_MCA_osc_sm_backing_directory=$dir
shim=${GW_BUILD:-$(dirname "$GRIDWALK")}/tests/libfault_shim.so
[ -e "$shim" ] || fail "no $shim"
cd "$dir"

# Before VARIABLE=VALUE... COMMAND...: the shim has its eye on it. Under ASan it must be allowed to
# come first.
preload=(env LD_PRELOAD="$shim" GW_FAULT_COUNT="$dir/count"
    ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS-}")

# fired: whether the last fault had its moment; a process that was killed does not say.
fired() { [ ! -e count ] || grep -q ' fired ' count; }

# called: how often a call of the last run concerned its files.
called() { cut -d ' ' -f 1 count; }

# is_whole_or_absent FILE REFERENCE
is_whole_or_absent() {
    [ ! -e "$1" ] || cmp "$2" "$1" || fail "what stands as $1 is not whole ($what)"
}

# kept_tiles: how many tiles the last error says are kept, or nothing.
kept_tiles() {
    sed -nE 's/.*[; ]([0-9,]+) of [0-9,]+ tiles are kept in .*/\1/p' "$dir/stderr"
}

# dies_in_one_line TEXT: MPI adds a box to an abort that no launcher was told to keep quiet.
dies_in_one_line() {
    [ "$(grep -c '^gridwalk: ' "$dir/stderr")" = 1 ] && grep -q "^gridwalk: error: .*$1" "$dir/stderr" ||
        fail "not one line with '$1' ($what): $(cat "$dir/stderr")"
}

# goes_on FILE REFERENCE COMMAND...: the same line again, with no fault, ends well, with the same
# bytes, from the tiles that the last error spoke of, and leaves nothing beside the results.
goes_on() {
    local file=$1 reference=$2 kept resumed left
    shift 2
    kept=$(kept_tiles)
    expect 0 "$@"
    resumed=$(sed -nE 's/^resuming: ([0-9,]+) of .*/\1/p' "$dir/stdout")
    [ -z "$kept" ] || [ "$kept" = "$resumed" ] ||
        fail "$kept tiles were said to be kept, ${resumed:-0} were ($what)"
    cmp "$reference" "$file" || fail "the results of the same line again differ ($what)"
    left=$(find . -maxdepth 1 -name "$file.*" ! -name "$file.run.json" ! -name "$file.status.json")
    [ -z "$left" ] || fail "left behind ($what): $left"
    grep -q '"state": "done"' "$file.status.json" || fail "the status file does not say done ($what)"
}
