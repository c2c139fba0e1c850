#!/usr/bin/env bash
# gridwalk, vectorbt and raptorbt side by side: the tables of docs/performance.md.
#
#   GRIDWALK=build-release/gridwalk tests/peers/side_by_side.sh [--quick]
#
# Runs `sweep-long` and `sweep-daily` in each program on the same prices, on one core: gridwalk all
# pairs, the others a sample, scaled up. Checks total returns and trades, prints Markdown. --quick
# runs a few pairs, to try the script; its times mean nothing. No part of the tests: some minutes,
# on a machine that does nothing else. PEERS_CORE names the core, by default the last one.
#
# The other programs come from pip, once, into a virtual environment in the build folder;
# PEERS_PACKAGES names other versions of them.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
case "$#${1-}" in
0 | 1--quick) ;;
*)
    echo "usage: tests/peers/side_by_side.sh [--quick]" >&2
    exit 2
    ;;
esac
GRIDWALK=${GRIDWALK:-$root/build-release/gridwalk}
[ -x "$GRIDWALK" ] || {
    echo "no program $GRIDWALK: build it, or name it in GRIDWALK" >&2
    exit 2
}
GRIDWALK=$(realpath "$GRIDWALK")
packages=${PEERS_PACKAGES:-vectorbt==1.2.0 vectorbt-rust==1.2.0 raptorbt==0.13.4 h5py}
venv=${GW_BUILD:-$(dirname "$GRIDWALK")}/peers-venv
if [ "$(cat "$venv/complete" 2>/dev/null)" != "$packages" ]; then # the mark is written last
    rm -rf "$venv"
    python3 -m venv "$venv"
    # shellcheck disable=SC2086 # a list
    "$venv/bin/pip" install --quiet $packages
    echo "$packages" >"$venv/complete"
fi

source "$root/jobs/mpi-env.sh"
export PYTHONDONTWRITEBYTECODE=1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
core=${PEERS_CORE:-$("$venv/bin/python" -c 'import os; print(max(os.sched_getaffinity(0)))')}
taskset -c "$core" "$venv/bin/python" "$root/tests/peers/side_by_side.py" "$GRIDWALK" "$dir" "$@"
