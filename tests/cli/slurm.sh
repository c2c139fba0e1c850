#!/usr/bin/env bash
# A real, throw-away Slurm of one node runs jobs/grid.sbatch: by mpirun and by srun, same bytes.
# Nothing outside a temporary folder is touched, and everything started here is ended at exit.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
GRIDWALK=$(realpath "${GRIDWALK:-$root/build/gridwalk}")
export GRIDWALK
dir=$(mktemp -d "${TMPDIR:-/tmp}/gw-slurm.XXXXXX")

fail() {
    echo "slurm.sh: $*" >&2
    tail -n 20 "$dir"/log/* "$dir"/*.out >&2 2>/dev/null || true
    exit 1
}

stop() {
    local pids=() file
    for file in "$dir"/run/*.pid; do
        [ ! -s "$file" ] || pids+=("$(cat "$file")")
    done
    if [ ${#pids[@]} -gt 0 ]; then
        kill "${pids[@]}" 2>/dev/null || true
        for _ in $(seq 5); do
            kill -0 "${pids[@]}" 2>/dev/null || break
            sleep 0.1
        done
        kill -9 "${pids[@]}" 2>/dev/null || true
    fi
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 1' INT TERM

export PATH=$PATH:/usr/sbin:/sbin
for program in munged slurmctld slurmd sbatch srun sinfo python3; do
    command -v $program >/dev/null || fail "$program is missing: jobs/packages.sh --test"
done

mkdir -p "$dir"/{state,spool,tmp,log,run,munge}
chmod 755 "$dir"
chmod 700 "$dir/munge"
(umask 377 && head -c 128 /dev/urandom >"$dir/munge/key")
read -r control node < <(python3 -c '
import socket
held = [socket.socket() for _ in range(2)]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))')
host=$(hostname -s)
user=$(id -un)
cat >"$dir/slurm.conf" <<END
ClusterName=gridwalk
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$control
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$dir/munge/socket
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
TmpFS=$dir/tmp
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
KillWait=3
MessageTimeout=10
SlurmdParameters=config_overrides
MailProg=/bin/true
NodeName=$host NodeAddr=127.0.0.1 Port=$node CPUs=2 Boards=1 SocketsPerBoard=1 CoresPerSocket=2 ThreadsPerCore=1 RealMemory=1000
PartitionName=test Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
echo CgroupAutomount=no >"$dir/cgroup.conf"
export SLURM_CONF=$dir/slurm.conf

munged --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" \
    --pid-file="$dir/run/munged.pid" --log-file="$dir/log/munged.log" \
    --seed-file="$dir/munge/seed" --num-threads=1 2>"$dir/log/munged.err" || fail "munged did not start"
slurmctld -c || fail "slurmctld did not start"
slurmd || fail "slurmd did not start"
for _ in $(seq 200); do
    [ "$(sinfo -h -o %T 2>/dev/null)" != idle ] || break
    sleep 0.1
done
[ "$(sinfo -h -o %T)" = idle ] || fail "the node did not come up"

# The jobs inherit this; all of their ranks are on this machine.
source "$root/jobs/mpi-env.sh"
export OMPI_MCA_oob_tcp_if_include=lo

cp -r "$root/configs" "$dir/configs"
cd "$dir"
for launcher in mpirun srun; do
    code=0
    LAUNCHER=$launcher timeout 120 sbatch -Q -W -n 2 --output="$dir/$launcher.out" \
        "$root/jobs/grid.sbatch" configs/seed-grid.yaml -o "$dir/$launcher.h5" -q || code=$?
    [ $code = 0 ] || fail "the job under $launcher ended with $code"
    [ -s "$launcher.h5" ] || fail "no results under $launcher"
    sleep 1.1 # a time of day in the file would differ then
done
cmp mpirun.h5 srun.h5 || fail "the results of mpirun and srun differ"

code=0
timeout 120 sbatch -Q -W -n 2 --output="$dir/absent.out" \
    "$root/jobs/grid.sbatch" configs/absent.yaml -o "$dir/absent.h5" -q || code=$?
[ $code = 3 ] || fail "a missing experiment ended with $code, not 3"
