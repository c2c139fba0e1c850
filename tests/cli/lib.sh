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

# The plug-ins that its experiments name, where a build in the clone has them.
build=${GW_BUILD:-$(dirname "$GRIDWALK")}
if [ -d "$build/plugins" ]; then
    mkdir "$dir/build"
    cp -rp "$build/plugins" "$dir/build/plugins"
fi

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

# A virtual environment of the build folder with these packages, from PyPI: made once for each list.
venv() { # venv NAME PACKAGE...
    local folder=$build/$1
    shift
    (
        flock 9 # another script may be making it
        if [ "$(cat "$folder/complete" 2>/dev/null)" != "$*" ]; then # the mark is written last
            rm -rf "$folder" && python3 -m venv "$folder" &&
                "$folder/bin/pip" install --quiet "$@" && echo "$*" >"$folder/complete"
        fi
    ) 9>"$folder.lock" || fail "no Python environment with $*"
    echo "$folder/bin/python"
}

# python ARGUMENT...: reads results files.
python() {
    local program
    program=$(venv test-venv xarray h5netcdf h5py netCDF4 numpy)
    "$program" "$@"
}

# peers ARGUMENT...: has the programs that ours is compared with.
peers() {
    local program
    program=$(venv windows-venv scikit-learn skfolio vectorbt scipy python-dateutil pyyaml h5py numpy)
    PYTHONDONTWRITEBYTECODE=1 "$program" "$@"
}
