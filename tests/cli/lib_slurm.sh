# Sourced after lib.sh by the tests of Slurm: a real one of two nodes n1 and n2 with two cores each, on
# this machine, in the scratch directory. Nothing outside it is touched, and all that is started here
# ends at exit.
# shellcheck shell=bash
slurm=${dir:?}/slurm
export SLURM_CONF=$slurm/slurm.conf PATH=$PATH:/usr/sbin:/sbin

# Processes that started with this Slurm's configuration and, where given, VARIABLE=VALUE.
slurm_pids() { # [VARIABLE=VALUE]
    local entry
    for entry in /proc/[0-9]*/environ; do
        if { grep -qzxF "SLURM_CONF=$SLURM_CONF" "$entry" &&
            { [ $# = 0 ] || grep -qzxF "$1" "$entry"; }; } 2>/dev/null; then
            entry=${entry#/proc/}
            echo "${entry%/environ}"
        fi
    done
}

# As when its power goes: those that would report the others' end first.
node_kill() { # NODE
    local ranks stewards
    mapfile -t ranks < <(slurm_pids "SLURMD_NODENAME=$1")
    mapfile -t stewards < <(
        ps -o ppid= -p "$(IFS=,; echo "${ranks[*]}")" | sort -u | xargs -r ps -o pid=,args= -p |
            awk '/slurmstepd/ { print $1 }'
    )
    kill -9 "$(cat "$slurm/run/slurmd-$1.pid")" "${stewards[@]}" "${ranks[@]}" || true
}

node_start() { slurmd -N "$1" || fail "slurmd of $1 did not start"; }

slurm_stop() {
    local pids
    for _ in 1 2; do # one may just have started another
        mapfile -t pids < <(slurm_pids)
        kill -9 "${pids[@]}" 2>/dev/null || true
    done
    rm -rf "$dir"
}

slurm_write_configuration() { # CONTROL NODE1 NODE2: ports
    local host user node=0 port
    host=$(hostname -s) user=$(id -un)
    cat >"$SLURM_CONF" <<-CONF
	ClusterName=gridwalk
	SlurmctldHost=$host(127.0.0.1)
	SlurmctldPort=$1
	SlurmUser=$user
	SlurmdUser=$user
	AuthType=auth/munge
	CredType=cred/munge
	AuthInfo=socket=$slurm/munge/socket
	StateSaveLocation=$slurm/state
	SlurmdSpoolDir=$slurm/spool/%n
	TmpFS=$slurm/tmp-%n
	SlurmctldPidFile=$slurm/run/slurmctld.pid
	SlurmdPidFile=$slurm/run/slurmd-%n.pid
	SlurmctldLogFile=$slurm/log/slurmctld.log
	SlurmdLogFile=$slurm/log/slurmd-%n.log
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
	SlurmdTimeout=6
	KillWait=3
	MessageTimeout=10
	SlurmdParameters=config_overrides
	MailProg=/bin/true
	PartitionName=test Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
	CONF
    shift
    for port in "$@"; do
        node=$((node + 1))
        echo "NodeName=n$node NodeHostname=$host NodeAddr=127.0.0.1 Port=$port CPUs=2 Boards=1" \
            "SocketsPerBoard=1 CoresPerSocket=2 ThreadsPerCore=1 RealMemory=1000" >>"$SLURM_CONF"
    done
    echo CgroupAutomount=no >"$slurm/cgroup.conf"
}

wait_for_nodes() {
    for _ in $(seq 300); do
        [ "$(sinfo -h -N -o %T 2>/dev/null | grep -c '^idle$')" != 2 ] || return 0
        sleep 0.1
    done
    fail "the nodes did not come up: $(sinfo 2>&1)"
}

slurm_start() {
    local program ports
    for program in munged slurmctld slurmd sbatch srun sinfo python3; do
        command -v $program >/dev/null || fail "$program is missing: jobs/packages.sh --test"
    done
    trap slurm_stop EXIT
    trap 'exit 1' INT TERM
    mkdir -p "$slurm"/{state,spool/n1,spool/n2,tmp-n1,tmp-n2,log,run,munge}
    chmod 755 "$dir" "$slurm"
    chmod 700 "$slurm/munge"
    (umask 377 && head -c 128 /dev/urandom >"$slurm/munge/key")
    ports=$(python3 -c '
import socket
held = [socket.socket() for _ in range(3)]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))')
    # shellcheck disable=SC2086
    slurm_write_configuration $ports
    munged --force --key-file="$slurm/munge/key" --socket="$slurm/munge/socket" \
        --pid-file="$slurm/run/munged.pid" --log-file="$slurm/log/munged.log" \
        --seed-file="$slurm/munge/seed" --num-threads=1 2>"$slurm/log/munged.err" ||
        fail "munged did not start"
    slurmctld -c || fail "slurmctld did not start"
    node_start n1
    node_start n2
    wait_for_nodes

    # The jobs inherit this. The nodes share a host name and /dev/shm, where Open MPI's own shared
    # memory would collide.
    export OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo
}

# What the jobs and Slurm said, then the end.
fail_job() {
    tail -n 30 "$dir"/*.out "$slurm"/log/slurm*.log >&2 2>/dev/null || true
    squeue >&2 2>/dev/null || true
    fail "$*"
}

job_state() { scontrol -o show job "$1" 2>/dev/null | sed -nE 's/.* JobState=([A-Z_]+).*/\1/p'; }
job_restarts() { scontrol -o show job "$1" | sed -nE 's/.* Restarts=([0-9]+).*/\1/p'; }
job_exit_code() { scontrol -o show job "$1" | sed -nE 's/.* ExitCode=([0-9]+):.*/\1/p'; }

wait_for_state() { # JOB STATE SECONDS
    local until=$((SECONDS + $3))
    while [ "$(job_state "$1")" != "$2" ]; do
        [ $SECONDS -lt $until ] || fail_job "job $1 is $(job_state "$1"), not $2, after $3 s"
        sleep 0.2
    done
}

# A job that was queued again would wait for two minutes; sooner than 2 s Slurm cannot start it.
start_now() { # JOB
    wait_for_state "$1" PENDING 40
    sleep 2.5
    scontrol update JobId="$1" StartTime=now
    wait_for_state "$1" RUNNING 20
}
