#!/usr/bin/env bash
# Rank 0 of a run is killed, or its disk is full from there on, at one call after the other that
# concerns the results; the same line again ends with the same bytes. GW_LONG=1: more of them.
source "$(dirname "${BASH_SOURCE[0]}")/lib_fault.sh"

seed=${GW_SEED:-$(date +%s)}
echo "seed $seed (GW_SEED=$seed)"
RANDOM=$seed

run() { mpirun --quiet -n 2 "$@" </dev/null; }

# attempt KIND CALL LINE...: one fault, and the same line again; false: no such call any more.
attempt() {
    local kind=$1 call=$2 code=0
    shift 2
    what="$kind at call $call"
    rm -f out.h5* count
    run "${preload[@]}" GW_FAULT_FILE=out.h5 GW_FAULT_DO="$kind" GW_FAULT_AT="$call" \
        "$GRIDWALK" "$@" -q -o out.h5 >stdout 2>stderr || code=$?
    case $kind.$code in
    kill.137) ;;
    enospc.5) one_line 'No space left on device' ;;
    *.0) fired || [ "$(called)" -ge "$call" ] || return 1 ;; # or only the status file was not renewed
    *) fail "$what: exit code $code: $(cat stderr)" ;;
    esac
    is_whole_or_absent out.h5 whole.h5
    goes_on out.h5 whole.h5 run "$GRIDWALK" "$@" -o out.h5
    tried=$((tried + 1))
}

# attempts STEP LINE...: both kinds at every STEP-th call, to the last.
attempts() {
    local step=$1 kind call
    shift
    rm -f whole.h5*
    run "$GRIDWALK" "$@" -q -o whole.h5
    for kind in kill enospc; do
        tried=0
        for ((call = 1 + RANDOM % step; ; call += step)); do
            attempt "$kind" "$call" "$@" || break
        done
        echo "$kind: $tried calls of $call of $(basename "$2" .yaml) ${*:3:2}"
        [ "$tried" -gt 2 ] || fail "too few faults"
    done
}

# Random calls of a run of some seconds, which commits in the middle.
sample() {
    local tries=$1 kind try calls
    shift
    rm -f whole.h5* count
    run "${preload[@]}" GW_FAULT_FILE=whole.h5 "$GRIDWALK" "$@" -q -o whole.h5
    calls=$(called)
    for kind in kill enospc; do
        tried=0
        for ((try = 0; try < tries; try++)); do
            attempt "$kind" $((1 + (RANDOM * 32768 + RANDOM) % calls)) "$@" || true
        done
        echo "$kind: $tried of the $calls calls of a longer run"
    done
}

if [ -n "${GW_LONG-}" ]; then
    steps=(1 1 10) tries=100
else
    steps=(10 30 300) tries=2
fi
attempts "${steps[0]}" run "$configs/sma-cross-grid.yaml"
attempts "${steps[1]}" run "$configs/sma-cross-grid.yaml" --set 'output={keep: {top: 7}}'
attempts "${steps[2]}" run "$configs/sma-cross-walk-forward.yaml" --set limits.memory=1M
sample $tries run "$configs/sma-cross-walk-forward.yaml" --engine reference --set limits.memory=1M \
    --set 'strategy.parameters.fast={from: 5, to: 50, step: 1}' \
    --set 'strategy.parameters.slow={from: 60, to: 200, step: 4}'
