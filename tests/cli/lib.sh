# Sourced by the scripts of this folder: where things are, a scratch directory that goes at the
# end, checks that say what they saw, and a Python that reads results files.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
GRIDWALK=$(realpath "${GRIDWALK:-$root/build/gridwalk}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
source "$root/jobs/mpi-env.sh"

# A copy of configs/, so that bundles are made there and not in the tree.
cp -r "$root/configs" "$dir/configs"
rm -f "$dir"/configs/data/*.h5
configs=$dir/configs

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

# expect CODE COMMAND...: the exit code must be this one; stdout and stderr go to files.
expect() {
    local want=$1 code=0
    shift
    "$@" >"$dir/stdout" 2>"$dir/stderr" </dev/null || code=$?
    [ "$code" = "$want" ] || {
        cat "$dir/stdout" "$dir/stderr" >&2
        fail "exit code $code, not $want: $*"
    }
}

# one_line TEXT...: stderr of the last `expect` is one line, and holds each text.
one_line() {
    [ "$(wc -l <"$dir/stderr")" = 1 ] || {
        cat "$dir/stderr" >&2
        fail "more or less than one line on stderr"
    }
    for text in "$@"; do
        grep -qF -- "$text" "$dir/stderr" || fail "no '$text' in: $(cat "$dir/stderr")"
    done
}

# python ARGUMENT...: with h5py, numpy and xarray, from PyPI; made once a build folder.
python() {
    local venv=${GW_BUILD:-$(dirname "$GRIDWALK")}/test-venv
    if [ ! -f "$venv/complete" ]; then # the mark is written last
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet xarray h5netcdf h5py netCDF4 numpy
        touch "$venv/complete"
    fi
    "$venv/bin/python" "$@"
}
