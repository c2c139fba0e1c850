#!/usr/bin/env bash
# What can happen to a job on a real, throw-away Slurm of two nodes: cancelled, warned of its end,
# queued again by the administrator, ranks killed, a node lost. Nothing that was computed is lost, and
# the results have the bytes of a run that nothing happened to. GW_LONG=1: also the job's own node.
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib_slurm.sh"
export GRIDWALK
slurm_start
cd "$dir"

# Some seconds of work in many tiles, by the slower engine.
options=(--engine reference --set limits.memory=1M
    --set 'strategy.parameters.fast={from: 5, to: 50, step: 1}'
    --set 'strategy.parameters.slow={from: 60, to: 200, step: 2}')
experiment=$configs/sma-cross-walk-forward.yaml
mpirun --quiet -n 2 "$GRIDWALK" run "$experiment" "${options[@]}" -q -o whole.h5 </dev/null

submit() { # NAME: a job that writes NAME.h5 and says what it does in NAME.out; its number
    sbatch --parsable -N 2 -n 4 --output="$dir/$1.out" "$root/jobs/grid.sbatch" "$experiment" \
        "${options[@]}" -o "$dir/$1.h5"
}

tiles_done() { # NAME
    sed -nE 's/.*"tiles_done": *([0-9]+).*/\1/p' "$1.h5.status.json" 2>/dev/null || true
}

# Until the journal holds some tiles and the end is far.
wait_for_work() { # JOB NAME [MORE_THAN]
    local finished
    for _ in $(seq 200); do
        finished=$(tiles_done "$2")
        [ "${finished:-0}" -le "${3:-100}" ] || return 0
        sleep 0.1
    done
    fail_job "$2: no work after 20 s; job $1 is $(job_state "$1")"
}

# The job ends well, by itself, started RESTARTS times more; the file is the same; nothing is left.
completes() { # JOB NAME RESTARTS
    wait_for_state "$1" COMPLETED 60
    cmp whole.h5 "$2.h5" || fail_job "$2: the results differ"
    [ "$(job_restarts "$1")" = "$3" ] || fail_job "$2: $(job_restarts "$1") restarts, not $3"
    [ ! -e "$2.h5.journal" ] || fail "$2: the journal is still there"
    [ -z "$(ls -d .gridwalk-* 2>/dev/null)" ] || fail "$2: a file of the job script is left"
}

said() { # NAME TEXT
    grep -qE -- "$2" "$1.out" || {
        cat "$1.out" >&2
        fail "$1: no '$2' in its log, which begins: $(head -n 12 "$1.out")"
    }
}

# The last start took tiles of an earlier one: from the side file, as a launcher may lose lines.
resumed() { # NAME
    grep -qE '"tiles_kept": *[1-9]' "$1.h5.run.json" ||
        fail "$1: began anew: $(cat "$1.h5.run.json" "$1.out")"
}

rank_pid() { # NAME RANK: its process
    local pid
    for pid in $(pgrep -f -- "run .* -o $dir/$1.h5"); do
        if grep -qzxE "(OMPI_COMM_WORLD_RANK|PMIX_RANK)=$2" "/proc/$pid/environ" 2>/dev/null; then
            echo "$pid"
            return
        fi
    done
    fail "rank $2 of $1 is not there"
}

step() { echo "${1}: $((SECONDS - began)) s" && began=$SECONDS; }
began=$SECONDS

# Cancelled: soon gone with all its processes, not queued again; the same line goes on.
job=$(submit cancelled)
wait_for_work "$job" cancelled
scancel "$job"
wait_for_state "$job" CANCELLED 15
for _ in $(seq 100); do
    pgrep -f -- "-o $dir/cancelled.h5" >/dev/null || break
    sleep 0.1
done
! pgrep -f -- "-o $dir/cancelled.h5" >&2 || fail "a process of the cancelled job is left"
[ ! -e cancelled.h5 ] || fail "a cancelled job left a results file"
[ -s cancelled.h5.journal ] || fail "a cancelled job left no journal"
! grep 'queued again' cancelled.out || fail "a cancelled job was queued again"
job=$(submit cancelled)
completes "$job" cancelled 0
resumed cancelled
step cancelled

# Warned, as before the time limit (Slurm's own warning comes half a minute late): queued again by
# itself, and on with what it had.
job=$(submit warned)
wait_for_work "$job" warned
scancel --batch --signal=USR1 "$job"
start_now "$job"
completes "$job" warned 1
said warned 'interrupted with [0-9]+ of [0-9]+ tiles, 0 of them from before'
said warned 'Slurm gave a warning; queued again'
resumed warned
step warned

# The same by srun, which has no recovery: a killed rank ends the try.
job=$(LAUNCHER=srun submit direct)
wait_for_work "$job" direct
scancel --batch --signal=USR1 "$job"
start_now "$job"
completes "$job" direct 1
job=$(LAUNCHER=srun submit alone)
wait_for_work "$job" alone
kill -9 "$(rank_pid alone 2)"
start_now "$job"
completes "$job" alone 1
said alone 'ranks were killed or did not start \(code [0-9]+\); queued again'
step srun

# Queued again from outside.
job=$(submit requeued)
wait_for_work "$job" requeued
scontrol requeue "$job"
start_now "$job"
completes "$job" requeued 1
step requeued

# A worker killed: the others go on, and the job ends although mpirun would not.
job=$(submit worker)
wait_for_work "$job" worker
kill -9 "$(rank_pid worker 3)"
completes "$job" worker 0
step worker

# Rank 0 killed: noticed; with no try left the job ends, the next one goes on.
job=$(RETRIES=0 submit leader)
wait_for_work "$job" leader
kill -9 "$(rank_pid leader 0)"
wait_for_state "$job" FAILED 20
said leader 'not queued again'
[ "$(job_exit_code "$job")" = 5 ] || fail "rank 0 killed: exit code $(job_exit_code "$job"), not 5"
job=$(submit leader)
completes "$job" leader 0
resumed leader
step leader

# The first node lost, with the job script and rank 0: Slurm queues the job again, late.
if [ -n "${GW_LONG-}" ]; then
    job=$(submit node)
    wait_for_work "$job" node
    node_kill n1
    wait_for_state "$job" PENDING 60
    node_start n1
    start_now "$job"
    completes "$job" node 1
    resumed node
    step node
fi

# The other node lost, without recovery: mpirun ends long before Slurm notices, and the job script
# queues the job again.
job=$(RECOVER=0 submit other)
wait_for_work "$job" other
node_kill n2
for _ in $(seq 150); do
    ! grep -q 'queued again' other.out || break
    sleep 0.1
done
said other 'ranks were killed or did not start \(code [0-9]+\); queued again'
scancel "$job"
rm .gridwalk-"$job".tries # nothing runs that could
node_start n2
wait_for_nodes
job=$(submit other)
completes "$job" other 0
resumed other
step other

# A failing experiment is not tried again.
job=$(sbatch --parsable -N 2 -n 4 --output="$dir/failing.out" "$root/jobs/grid.sbatch" \
    "$experiment" "${options[@]}" -o "$dir/absent/failing.h5")
wait_for_state "$job" FAILED 20
[ "$(job_exit_code "$job")" = 5 ] || fail "no folder: exit code $(job_exit_code "$job"), not 5"
[ "$(job_restarts "$job")" = 0 ] || fail "a failing experiment was tried again"
step failing
