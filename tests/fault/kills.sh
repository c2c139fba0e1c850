#!/usr/bin/env bash
# SIGKILL at a random moment to a random rank or to the whole job, with the launcher that ends a job
# whose rank dies and with the one that goes on; the same line again ends with the same bytes, and
# where the launcher goes on a lost worker does not even end the run. GW_LONG=1: 200 kills.
source "$(dirname "${BASH_SOURCE[0]}")/lib_fault.sh"

seed=${GW_SEED:-$(date +%s)}
echo "seed $seed (GW_SEED=$seed)"
RANDOM=$seed

# Some seconds of work in many tiles, by the slower engine.
grid=(run "$configs/sma-cross-walk-forward.yaml" --engine reference --set limits.memory=1M
    --set 'strategy.parameters.fast={from: 5, to: 50, step: 1}'
    --set 'strategy.parameters.slow={from: 60, to: 200, step: 4}')
out=$dir/out.h5
plain=(mpirun --quiet -n 3) recovery=(mpirun --quiet --enable-recovery -n 3)

now() { date +%s%N; }
start=$(now)
"${plain[@]}" "$GRIDWALK" "${grid[@]}" -q -o whole.h5 </dev/null
took=$((($(now) - start) / 1000000)) # ms

# Of this script's runs alone: no other names this folder.
processes() { pgrep -f -- "run .* -o $out" || true; }

rank_process() { # RANK
    local pid
    for pid in $(processes); do
        if grep -qzx "OMPI_COMM_WORLD_RANK=$1" "/proc/$pid/environ" 2>/dev/null; then
            echo "$pid"
        fi
    done
}

status_of() { # KEY
    sed -nE "s/^  \"$1\": \"?([^\",]*)\"?,?$/\1/p" "$out.status.json" 2>/dev/null || true
}

# wait_for PROCESS SECONDS: its exit code, or none when it takes longer.
wait_for() {
    local tenth
    for ((tenth = 0; tenth < 10 * $2; tenth++)); do
        if ! kill -0 "$1" 2>/dev/null; then
            code=0
            wait "$1" 2>/dev/null || code=$?
            return
        fi
        sleep 0.1
    done
    kill -9 "$1" $(processes) 2>/dev/null || true
    fail "$what: not over after $2 s"
}

gone() {
    local try
    for ((try = 0; try < 100; try++)); do
        [ -n "$(processes)" ] || return 0
        sleep 0.1
    done
    fail "$what: processes are left: $(processes | tr '\n' ' ')"
}

# kill_at MODE TARGET MS: start a run, kill a rank or all of it MS after its work began.
kill_at() {
    local mode=$1 target=$2 after=$3 launcher try victims
    local -n command=$mode
    what="$mode, $target, after $after ms"
    rm -f "$out"*
    "${command[@]}" "$GRIDWALK" "${grid[@]}" -q -o "$out" >stdout 2>stderr </dev/null &
    launcher=$!
    # Before there is work no rank can be done without; mpirun takes a while to start them.
    for ((try = 0; try < 600; try++)); do
        [ ! -e "$out.status.json" ] || break
        sleep 0.05
    done
    sleep "$((after / 1000)).$(printf %03d $((after % 1000)))"
    tiles_done=$(status_of tiles_done) tiles=$(status_of tiles)
    case $target in
    all) victims="$launcher $(processes)" ;;
    *) victims=$(rank_process "$target") ;;
    esac
    struck=$([ -n "$victims" ] && echo yes || echo no)
    # shellcheck disable=SC2086
    kill -9 $victims 2>/dev/null || true
    # Workers that lost rank 0 give up after two minutes; here they are spared them.
    if [ "$mode.$target" = recovery.0 ] && [ -z "${GW_LONG-}" ]; then
        # shellcheck disable=SC2046
        kill -9 $launcher $(processes) 2>/dev/null || true
    fi
    wait_for "$launcher" 180
    gone
}

kills=$([ -n "${GW_LONG-}" ] && echo 200 || echo 10)
targets=(0 1 2 all) survived=0 resumed=0
for ((i = 0; i < kills; i++)); do
    mode=$([ $((i % 2)) = 0 ] && echo plain || echo recovery)
    target=${targets[RANDOM % 4]}
    [ $i != 1 ] || target=2 # one of each kind at least
    [ $i != 2 ] || target=all
    [ $i != 3 ] || target=0
    kill_at "$mode" "$target" $((RANDOM % (took / 2)))
    is_whole_or_absent out.h5 whole.h5
    early=$([ "$struck" = yes ] && [ $((2 * ${tiles_done:-0})) -lt "${tiles:-0}" ] && echo yes || echo no)
    if [ "$mode.$early" = recovery.yes ] && [[ $target = [12] ]]; then
        # The worker held tiles: the run has missed it, and has ended well.
        [ -e out.h5 ] || fail "$what: the run did not survive: exit code $code: $(cat stderr)"
        [ "$(status_of state)" = done ] || fail "$what: the status file says $(status_of state)"
        [ "$(status_of lost)" -ge 1 ] || fail "$what: the status file counts no lost worker"
        grep -q "\"rank\": $target,.*\"condition\": \"lost\"" out.h5.status.json ||
            fail "$what: the status file does not name the lost worker: $(cat out.h5.status.json)"
        [ ! -e out.h5.journal ] || fail "$what: the journal is left"
        survived=$((survived + 1))
    elif [ "$early" = yes ]; then
        [ "$code" != 0 ] || fail "$what: exit code 0 of a killed run"
        [ ! -e out.h5 ] || fail "$what: results of a killed run"
        resumed=$((resumed + 1))
    fi
    echo "$what: at ${tiles_done:-no} tiles, exit code $code"
    : >stderr # nothing that it says is of this run's own making
    goes_on out.h5 whole.h5 "${plain[@]}" "$GRIDWALK" "${grid[@]}" -o out.h5
done
echo "$kills kills, $resumed of them in the first half and resumed, $survived workers missed"
[ $((resumed + survived)) -gt 0 ] || fail "no kill came early enough to matter"
