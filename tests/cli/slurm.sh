#!/usr/bin/env bash
# jobs/grid.sbatch on a real, throw-away Slurm of two nodes: by mpirun and by srun, on both nodes, the
# same bytes as without Slurm; the exit code of a run is that of the job; nothing is left beside the
# results but what docs/formats.md names.
# Alone: its two nodes have two cores each.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib_slurm.sh"
export GRIDWALK
slurm_start
cd "$dir"

submit() { # LAUNCHER NAME EXPERIMENT: wait for the job, its exit code is the answer
    LAUNCHER=$1 timeout 120 sbatch -Q -W -N 2 -n 4 --output="$dir/$2.out" "$root/jobs/grid.sbatch" \
        "$3" -o "$dir/$2.h5" || return $?
}

# Small tiles, so that all ranks have some.
experiment=$configs/finer.yaml
sed -e 's/from: 5, to: 50, step: 5/from: 5, to: 50, step: 1/' \
    "$configs/sma-cross-walk-forward.yaml" >"$experiment"
"$GRIDWALK" run "$experiment" -o "$dir/alone.h5" -q
for launcher in mpirun srun; do
    sleep 1.1 # a time of day in the file would differ then
    code=0
    submit $launcher $launcher "$experiment" || code=$?
    [ $code = 0 ] || fail_job "the job under $launcher ended with $code"
    cmp alone.h5 $launcher.h5 || fail "the results of $launcher differ from those without Slurm"
    grep -q 'on 4 ranks, 2 nodes' $launcher.out || fail_job "$launcher: not on 4 ranks of 2 nodes"
    [ ! -e $launcher.h5.journal ] || fail "the journal is still there"
done
[ -z "$(ls -d .gridwalk-* 2>/dev/null)" ] || fail "a file of the job script is left"

code=0
submit mpirun absent "$configs/absent.yaml" || code=$?
[ $code = 3 ] || fail_job "a missing experiment ended with $code, not 3"
[ "$(grep -c . absent.out)" = 1 ] || fail_job "more than one line about it"
