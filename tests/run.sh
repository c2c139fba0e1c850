#!/usr/bin/env bash
# Build gridwalk and run its tests.
#
#   tests/run.sh [--long]        --long: also tests/long
#
# Installs missing Debian packages, builds into build-release (GW_PRESET=dev|ci: into build-dev,
# build-ci), runs ctest, then every script of tests/cli and tests/fault (lib*.sh are no tests; exit
# code 77 means skipped). The last line is `N passed, M failed`, with `, K skipped` where any were.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
preset=${GW_PRESET:-release}
folders=(tests/cli tests/fault)
case ${1-} in
'') ;;
--long) folders+=(tests/long) ;;
*)
    echo "usage: tests/run.sh [--long]" >&2
    exit 2
    ;;
esac

passed=0 failed=0 skipped=0
finish() {
    local line="$passed passed, $failed failed"
    echo "took $((SECONDS / 60)) min $((SECONDS % 60)) s"
    [ "$skipped" = 0 ] || line+=", $skipped skipped"
    echo "$line"
    [ "$failed" = 0 ] || exit 1
    exit 0
}
now() { date +%s%N; }
seconds() { printf '%d.%d s' $((($(now) - $1) / 1000000000)) $((($(now) - $1) / 100000000 % 10)); }

if ! jobs/packages.sh --test; then
    failed=1
    finish
fi

build=$root/build-$preset
export GW_BUILD=$build GRIDWALK=$build/gridwalk
source jobs/mpi-env.sh
log=$(mktemp)
trap 'rm -f "$log"' EXIT
start=$(now)
if { cmake --preset "$preset" && cmake --build --preset "$preset" -j "$(nproc)"; } >"$log" 2>&1; then
    echo "built $preset ($(seconds "$start"))"
else
    cat "$log"
    echo "FAIL build ($(seconds "$start"))"
    failed=1
    finish
fi

# ctest's summary holds the counts: "98% tests passed, 1 tests failed out of 40".
start=$(now)
ctest --preset "$preset" </dev/null 2>&1 | tee "$log" || true
read -r ctest_failed ctest_total < <(
    sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of ([0-9]+).*/\1 \2/p' "$log"
) || { ctest_failed=1 ctest_total=1; }
ctest_skipped=$(grep -cE '\*\*\*Skipped' "$log" || true)
passed=$((ctest_total - ctest_failed - ctest_skipped)) failed=$ctest_failed skipped=$ctest_skipped
echo "ctest: $ctest_total tests ($(seconds "$start"))"

# run_script SCRIPT: its output and its end into the folder of logs, a line on the screen.
run_script() {
    local start code=0 verdict log=$logs/${1//\//-}
    start=$(now)
    timeout -k 10 "${GW_TIMEOUT:-1800}" bash "$1" >"$log" 2>&1 </dev/null || code=$?
    case $code in
    0) verdict=pass ;;
    77) verdict=skip ;;
    *) verdict=FAIL ;;
    esac
    {
        echo "$verdict $1 ($(seconds "$start"))"
        [ $verdict = pass ] || sed 's/^/    /' "$log"
    } >"$log.end"
    cat "$log.end"
}

# Two at a time; behind them those that say that time matters to them, and all but tests/cli.
logs=$(mktemp -d)
trap 'rm -rf "$log" "$logs"' EXIT
shopt -s nullglob
scripts=()
for folder in "${folders[@]}"; do
    scripts+=("$folder"/*.sh)
done
alone=()
for script in "${scripts[@]}"; do
    [[ ${script##*/} != lib*.sh ]] || continue
    if [ "${script%/*}" != tests/cli ] || grep -q '^# Alone: ' "$script"; then
        alone+=("$script")
        continue
    fi
    [ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
    run_script "$script" &
done
wait
for script in "${alone[@]}"; do
    run_script "$script"
done
passed=$((passed + $(cat "$logs"/*.end | grep -c '^pass ' || true)))
failed=$((failed + $(cat "$logs"/*.end | grep -c '^FAIL ' || true)))
skipped=$((skipped + $(cat "$logs"/*.end | grep -c '^skip ' || true)))
finish
