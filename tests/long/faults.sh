#!/usr/bin/env bash
# tests/fault with every call, and many more kills.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export GW_LONG=1
"${GW_BUILD:-$(dirname "$GRIDWALK")}/tests/fault_writers" --all
for name in faults kills disk slurm; do
    bash "$here/../fault/$name.sh"
done
