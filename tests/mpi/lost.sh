#!/usr/bin/env bash
# Plays the scenarios of test_lost under a launcher that goes on after a rank died. mpirun returns 0
# then whatever happens, so each scenario must say the right last word in time.
#
#   tests/mpi/lost.sh PROGRAM RANKS [SCENARIO]...
set -euo pipefail
program=$1 ranks=$2
shift 2
scenarios=("$@")
if [ $# = 0 ]; then
    scenarios=(killed killed_while_sending stopped late abandoned orphaned missing)
    # two workers must be lost, and one be left
    [ "$ranks" -lt 4 ] || scenarios+=(killed_while_idle deadly deadly_and_not_allowed)
fi
out=$(mktemp)
trap 'rm -f "$out"' EXIT

failed=0
for scenario in "${scenarios[@]}"; do
    case $scenario in
    orphaned) word='^gridwalk: rank 1: rank 0 has said nothing for 1 s' ;;
    missing) word='^gridwalk: error: rank 0 has waited 1 s for the other ranks' ;;
    *) word="^$scenario: rank 0: ok\$" ;;
    esac
    recovery=(--enable-recovery)
    [ "$scenario" != abandoned ] || recovery=()
    timeout -k 5 40 mpirun -n "$ranks" --oversubscribe "${recovery[@]}" \
        "$program" "$scenario" >"$out" 2>&1 || [ "$scenario" = abandoned ] ||
        echo "$scenario: mpirun returned $?" >>"$out"
    if ! grep -q "$word" "$out" || grep -qE 'FAIL|mpirun returned' "$out"; then
        failed=1
        sed "s/^/$scenario: /" "$out"
        echo "FAIL $scenario on $ranks ranks"
    fi
done
exit $failed
