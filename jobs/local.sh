#!/usr/bin/env bash
# Run an experiment on this machine under mpirun.
#
#   jobs/local.sh EXPERIMENT [RANKS] [gridwalk run options...]
#
# RANKS is the number of cores unless given. GRIDWALK=PATH names another binary than build/gridwalk.
set -euo pipefail

if [ $# -lt 1 ] || [[ $1 == -* ]]; then
    echo "usage: jobs/local.sh EXPERIMENT [RANKS] [gridwalk run options...]" >&2
    exit 2
fi
experiment=$1
shift
ranks=$(nproc)
if [[ ${1-} =~ ^[1-9][0-9]*$ ]]; then
    ranks=$1
    shift
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ -z "${GRIDWALK-}" ]; then
    GRIDWALK=gridwalk
    [ ! -x "$root/build/gridwalk" ] || GRIDWALK=$root/build/gridwalk
fi
if ! command -v "$GRIDWALK" >/dev/null; then
    echo "local.sh: no gridwalk: build it (jobs/quickstart.sh does) or set GRIDWALK" >&2
    exit 1
fi

source "$root/jobs/mpi-env.sh"
exec mpirun --quiet -n "$ranks" "$GRIDWALK" run "$experiment" "$@" </dev/null
