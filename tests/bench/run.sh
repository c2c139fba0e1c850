#!/usr/bin/env bash
# The speed gates: ratios to the yardstick against baseline.json, instruction counts against
# instructions.json. GRIDWALK names the program, of an optimized build.
#
#   run.sh            exit 0, or 1 when a gate fails
#   run.sh --record   write both baselines
#
# The instruction set is fixed to v3, which most machines have: ratios of another one differ. A run
# that fails is repeated up to seven times, and the best of all counts.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
GRIDWALK=$(realpath "${GRIDWALK:-$here/../../build-release/gridwalk}")
export GRIDWALK
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
workloads=(sweep-long sweep-daily mix seed-grid seed-walk-forward walk-forward indicators
    bundle-load scheduler)
source "$here/../../jobs/mpi-env.sh"

bench() { GRIDWALK_ISA=v3 "$GRIDWALK" bench "${workloads[@]}" --share 0.25 --json >"$1"; }

if [ "${1-}" = --record ]; then
    for i in 1 2 3; do
        bench "$dir/$i.json"
    done
    python3 "$here/compare.py" --record "$here/baseline.json" "$dir"/?.json
    exec "$here/callgrind.sh" --record
fi

code=1
for i in 1 2 3 4 5 6 7 8; do
    bench "$dir/$i.json"
    code=0
    python3 "$here/compare.py" "$here/baseline.json" "$dir"/?.json || code=$?
    [ $code != 0 ] || break
done
counts=0
"$here/callgrind.sh" || counts=$?
[ $counts != 77 ] || counts=0
[ $code = 0 ] && [ $counts = 0 ]
