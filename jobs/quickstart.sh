#!/usr/bin/env bash
# From a fresh clone to results: packages, build, two experiments on real prices, their tables.
#
#   jobs/quickstart.sh
#
# Installs missing Debian packages (as root or by sudo), builds into build/ and writes into
# results/ of the working directory. Packages and build are there the second time.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$root/jobs/packages.sh"

echo "building: $root/build"
log=$root/build/quickstart.log
mkdir -p "$root/build"
build() {
    if [ ! -f "$root/build/Makefile" ]; then
        cmake -S "$root" -B "$root/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF
    fi
    cmake --build "$root/build" --target gridwalk -j "$(nproc)"
}
if ! build >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi

export GRIDWALK=$root/build/gridwalk
mkdir -p results
for name in sma-cross-grid sma-cross-walk-forward; do
    echo
    echo "running: configs/$name.yaml on $(nproc) ranks"
    "$root/jobs/local.sh" "$root/configs/$name.yaml" "$(nproc)" -o "results/$name.h5"
done

cat <<END

Next:
  "$root/build/gridwalk" show results/sma-cross-grid.h5 --sort cagr --top 10
  "$root/build/gridwalk" show results/sma-cross-grid.h5 --parameters
  "$root/build/gridwalk" show results/sma-cross-walk-forward.h5 --parameters
  "$root/build/gridwalk" replay results/sma-cross-walk-forward.h5 --best   # its last choice, fill by fill
  "$root/build/gridwalk" init                             # an experiment of your own
  "$root/jobs/local.sh" my-experiment.yaml                # on this machine
  sbatch -N 4 -n 64 "$root/jobs/grid.sbatch" my-experiment.yaml
END
