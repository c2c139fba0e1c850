#!/usr/bin/env bash
# Run an experiment on this machine under mpirun.
#
#   jobs/local.sh EXPERIMENT [RANKS] [gridwalk run options...]
#
# RANKS is the number of cores unless given. GRIDWALK=PATH names another binary than build/gridwalk.
# A killed worker's tiles go to the others (RECOVER=0: the run ends). Ctrl-C saves and stops, twice
# at once; the same line goes on. The exit code is that of gridwalk, or 5 when rank 0 was killed.
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
# shellcheck source=/dev/null
source "$root/jobs/grid.sbatch"
[ "${RECOVER:-1}" = 0 ] || export OMPI_MCA_orte_enable_recovery=1
scratch=$(mktemp -d) code=0 lost=0 # the last two are set by launch
trap 'rm -rf "$scratch"' EXIT
launch "$scratch/done" mpirun --quiet -n "$ranks" "$GRIDWALK" run "$experiment" "$@" \
    --done "$scratch/done"
if [ "$lost" = 1 ]; then
    echo "local.sh: the run was cut off (code $code); the same line goes on from the journal" >&2
fi
exit "$code"
