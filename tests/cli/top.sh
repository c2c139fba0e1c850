#!/usr/bin/env bash
# `gridwalk top`: what it prints of every state of a run, live on a terminal and elsewhere; what it
# refuses; and the status file that real runs write.
# Alone: it looks at a run on its way.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$dir"

# status NAME STATE AGE RANKS [CODE [MESSAGE]]: NAME.status.json as a run would have left it AGE
# seconds ago on $HOST (another than this one) as process $PID. Rank 5 is lost.
status() {
    python3 - "$@" <<'END'
import json, os, sys, time
name, state, age, ranks, code, message = (sys.argv[1:] + [None, None])[:6]
def at(ago):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago))
record = {
    "format": "gridwalk-status/1", "state": state, "exit_code": code and int(code),
    "message": message, "program": "gridwalk 0.1.0", "experiment": "grid.yaml", "output": name,
    "host": os.environ.get("HOST", "node0.cluster"),
    "pid": int(os.environ.get("PID", 4711)), "started": at(100), "updated": at(int(age)),
    "seconds": 90.5, "tiles": 2400, "tiles_done": 2400 if state == "done" else 1200,
    "tiles_kept": 320, "rows": 10**6, "rows_per_second": 412345.0,
    "eta_seconds": 65.25 if state == "running" else None, "restarts": 2, "lost": 1, "again": 3,
    "set_aside": 4, "journal_bytes": 12000000, "commit_seconds": 0.5, "coordinator": 0.005,
    "rank": [{"rank": r, "node": f"node{r // 4}.cluster", "condition": "lost" if r == 5 else "working",
              "tiles": 10 * r, "last_tile": 3 * r if r else None,
              "silent_seconds": 60.5 if r == 5 else r % 3 / 2, "busy": 0.75, "cache_hits": 3 * r,
              "cache_misses": r} for r in range(int(ranks))]}
with open(name + ".new", "w") as file:
    json.dump(record, file)
os.rename(name + ".new", name + ".status.json")
END
}

# has TEXT...: stdout of the last `expect` holds each; lacks TEXT...: none of them.
has() {
    for text in "$@"; do
        grep -qF -- "$text" "$dir/stdout" || { cat "$dir/stdout" >&2 && fail "top does not say '$text'"; }
    done
}
lacks() {
    for text in "$@"; do
        ! grep -qF -- "$text" "$dir/stdout" || { cat "$dir/stdout" >&2 && fail "top says '$text'"; }
    done
}

# each state, by the results' name and by the file's own
status r.h5 running 1 8
for name in r.h5 r.h5.status.json; do
    expect 0 "$GRIDWALK" top $name
    has 'running: grid.yaml -> r.h5' '50.0 %  1,200 of 2,400 tiles' '320 kept from earlier runs' \
        'rows/s 412,345   ETA 1:05   elapsed 1:31' 'restarts 2   workers lost 1' \
        'tiles again 3, set aside 4   journal 12 MB' 'process 4711 on node0,' '8 ranks: 7 working, 1 lost'
    lacks warning 'exit code' $'\e'
done
expect 0 "$GRIDWALK" top r.h5 --once
[ "$(grep -cE '^ +[0-7]  node[01] +(working|lost) ' stdout)" = 8 ] || fail "not a line a rank"
grep -qE '^ +5  node1 +lost +50 +15 +75\.0 +75\.0 +60\.5$' stdout || fail "the line of rank 5"
# numbers stand under the ends of their heads, no line is wider than a terminal
python3 - stdout <<'END'
import sys
lines = open(sys.argv[1]).read().splitlines()
head = next(i for i, line in enumerate(lines) if line.lstrip().startswith("rank  node"))
ends = [i for i, c in enumerate(lines[head + 1]) if c == "-" and lines[head + 1][i + 1:i + 2] != "-"]
assert len(ends) == 8, lines[head + 1]
for line in lines[head + 2:]:
    for column in (0, 3, 4, 5, 6, 7):
        assert line[ends[column]] != " " and line[ends[column] + 1:ends[column] + 2] in ("", " "), line
assert max(map(len, lines)) <= 80, "wider than 80"
END

status r.h5 running 34 2
expect 0 "$GRIDWALK" top r.h5
grep -qE '^silent for 3[4-9] s: grid.yaml -> r.h5$' stdout || fail "no headline of a silent run"
has 'warning: it was killed, or is stopped (SIGSTOP, a suspended Slurm job), or its' \
    'the same run line goes on from the journal' 'last renewed after 1:31' '2 ranks, at the last renewal: '
lacks running ETA rows/s
python3 -c 'assert max(map(len, open("stdout").read().splitlines())) <= 80, "wider than 80"'
# on this host it is known at once whether its process is still there
here=$(python3 -c 'import socket; print(socket.gethostname())')
sleep 0 &
gone=$!
wait $gone
for state in running writing; do
    HOST=$here PID=$gone status r.h5 $state 0 2
    expect 0 "$GRIDWALK" top r.h5
    has 'killed: grid.yaml -> r.h5' "warning: process $gone of this host is no more; the same run line goes on"
    lacks $state: ETA rows/s silent\ for
    python3 -c 'assert max(map(len, open("stdout").read().splitlines())) <= 80, "wider than 80"'
done
HOST=$here PID=$$ status r.h5 running 34 2
expect 0 "$GRIDWALK" top r.h5
has 'silent for 3'
HOST=$here PID=$$ status r.h5 running 0 2
expect 0 "$GRIDWALK" top r.h5
has 'running: '
HOST=$here PID=$gone status r.h5 done 0 2 0
expect 0 "$GRIDWALK" top r.h5
has 'done: '
lacks killed warning
status r.h5 writing 34 2
expect 0 "$GRIDWALK" top r.h5
has 'writing: ' 'elapsed'
lacks warning ETA
status r.h5 done 5000 2 0
expect 0 "$GRIDWALK" top r.h5
has 'done: grid.yaml -> r.h5, exit code 0' '100.0 %  2,400 of 2,400' 'took 1:31'
lacks warning ETA
status r.h5 interrupted 5000 2 75 'stopped; the same line goes on'
expect 0 "$GRIDWALK" top r.h5
has 'interrupted: ' 'exit code 75' '  stopped; the same line goes on'
status r.h5 failed 5000 2 5 $'no space\e[31m left'
expect 0 "$GRIDWALK" top r.h5
has 'failed: ' 'exit code 5' 'no space?[31m left'
lacks $'\e'

# --json is the file itself
expect 0 "$GRIDWALK" top r.h5 --json
cmp stdout r.h5.status.json || fail "--json differs from the file"

# what is missing, damaged or something else
expect 4 "$GRIDWALK" top nowhere.h5
one_line ' nowhere.h5: no run has left a status file beside it (nowhere.h5.status.json); was it --no-status, or another -o?'
expect 4 "$GRIDWALK" top nowhere.h5.journal --json
one_line ' nowhere.h5.journal: no run has left a status file beside it (nowhere.h5.status.json); '
for name in r.h5.run.json r.h5.journal; do
    expect 0 "$GRIDWALK" top $name
    has 'failed: grid.yaml -> r.h5'
done
head -c 700 r.h5.status.json >cut.h5.status.json
expect 4 "$GRIDWALK" top cut.h5
one_line cut.h5.status.json 'damaged'
expect 4 "$GRIDWALK" top cut.h5 --json
one_line cut.h5.status.json 'damaged'
[ ! -s stdout ] || fail "--json printed a damaged file"
sed 's/"working"/"asleep"/' r.h5.status.json >odd.h5.status.json
expect 4 "$GRIDWALK" top odd.h5 --once
one_line odd.h5.status.json condition
expect 2 "$GRIDWALK" top
one_line 'which RESULTS'

# On a terminal of 18 lines: redrawn in place until a key, a signal or the end of the run; the lost
# rank first and red; the keys work afterwards.
cat >terminal.py <<'END'
import fcntl, json, os, pty, select, signal, socket, struct, subprocess, sys, termios, time
def watch(command, act, lines=18, columns=80, **environment):
    """Run on a terminal; act(pid, fd) once two pictures were seen. Exit code, output."""
    pid, fd = pty.fork()
    if pid == 0:
        time.sleep(0.2)  # the size is set by then
        os.execvpe(command[0], command, {**os.environ, "TERM": "xterm", **environment})
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    before = termios.tcgetattr(fd)
    seen, acted, begin = b"", False, time.time()
    while True:
        try:
            if select.select([fd], [], [], 0.1)[0]:
                seen += os.read(fd, 65536)
        except OSError:
            break
        if not acted and seen.count(b"\x1b[H") >= 2:
            acted = True
            act(pid, fd)
        if time.time() - begin > 20:
            os.kill(pid, signal.SIGKILL)
            sys.exit(f"{command}: did not end: {seen!r}")
        if select.select([fd], [], [], 0)[0] == [] and os.waitid(
                os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            break
    after = termios.tcgetattr(fd)
    assert before[3] == after[3], "the terminal's keys are not as before"
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode()

program, final = sys.argv[1:]
top = [program, "top", "live.h5"]
def finish(pid, fd):
    os.rename(final, "live.h5.status.json")

for act in (lambda pid, fd: os.write(fd, b"q"), lambda pid, fd: os.write(fd, b"\x03"),
            lambda pid, fd: os.kill(pid, signal.SIGTERM), finish):
    code, seen = watch(top, act)
    assert code == 0, (code, seen)
    pictures = seen.split("\x1b[H")
    assert len(pictures) >= 3 and pictures[0] == "\x1b[2J", seen
    if act is not finish:
        for picture in pictures[1:]:
            assert picture.count("\n") == 17 and "... and 33 more" in picture, picture
            ranks = [line for line in picture.splitlines() if "  node" in line and "rank" not in line]
            assert "\x1b[31m     5  " in ranks[0] and "\x1b[0m" in ranks[0], ranks
            assert picture.count("\x1b[31m") == 1, picture
assert "running: " in pictures[1] and "done: " in pictures[-1], pictures

os.rename("live.h5.status.json", final)
os.rename("again.json", "live.h5.status.json")
# 9 lines: three ranks and what matters most
code, seen = watch(top, lambda pid, fd: os.write(fd, b"q"), lines=9)
picture = seen.split("\x1b[H")[1]
assert code == 0 and picture.count("\n") == 8 and picture.count("  node") == 4, picture
assert "running: " in picture and "50.0 %" in picture and "... and 37 more" in picture, picture

# killed while it is watched: said at once; when the file is renewed nevertheless, its process is
# on another host of this name
def replace(**change):
    record = {**json.load(open("live.h5.status.json")), **change}
    with open("live.h5.new", "w") as file:
        json.dump(record, file)
    os.rename("live.h5.new", "live.h5.status.json")
job = subprocess.Popen(["sleep", "60"])
replace(host=socket.gethostname(), pid=job.pid)
def kill(pid, fd):
    job.kill()
    job.wait()
    time.sleep(1.2)
    os.write(fd, b"q")
code, seen = watch(top, kill)
pictures = seen.split("\x1b[H")
assert code == 0 and "running: " in pictures[1], pictures
assert "killed: " in pictures[-1] and "ETA" not in pictures[-1], pictures
def renew(pid, fd):
    replace(updated=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1)))
    time.sleep(1.2)
    os.write(fd, b"q")
code, seen = watch(top, renew)
pictures = seen.split("\x1b[H")
assert code == 0 and "killed: " in pictures[1], pictures
assert "running: " in pictures[-1] and "ETA" in pictures[-1], pictures

os.rename(final, "live.h5.status.json")
# the run has ended: once, without orders to the terminal
code, seen = watch(top, finish)
assert code == 0 and "done: " in seen and "\x1b[H" not in seen, seen
END
status live.h5 done 0 40 0
mv live.h5.status.json ended.json
status live.h5 running 1 40
cp live.h5.status.json again.json
python3 terminal.py "$GRIDWALK" ended.json >terminal.out 2>&1 </dev/null & # it waits most of the time
terminal=$!
status wide.h5 running 1 8
NO_COLOR=1 TERM=xterm script -qec "stty rows 40 cols 80; $GRIDWALK top wide.h5 --once" /dev/null >stdout </dev/null
has '5  node1'
lacks $'\e'

# A run tells how it goes and how it ended.
run=(run "$configs/sma-cross-walk-forward.yaml" -q --engine reference --set limits.memory=1M
    --set 'strategy.parameters.fast={from: 5, to: 50, step: 1}'
    --set 'strategy.parameters.slow={from: 60, to: 200, step: 4}')
mpirun --quiet -n 2 "$GRIDWALK" "${run[@]}" -o real.h5 >run.out 2>&1 </dev/null &
job=$!
moved=no
for _ in $(seq 100); do
    if [ -e real.h5.status.json ]; then
        # whole at any moment
        expect 0 "$GRIDWALK" top real.h5 --once
        if grep -q '^running: ' stdout && grep -qE '[1-9][0-9,]* of [0-9,]+ tiles' stdout &&
            grep -qE 'rows/s [1-9]' stdout && grep -q '2 ranks: ' stdout; then
            moved=yes
        fi
    fi
    kill -0 $job 2>/dev/null || break
    sleep 0.2
done
wait $job || { cat run.out >&2 && fail "the run failed"; }
[ $moved = yes ] || fail "no progress was to be seen while the run went on"
python3 - real.h5.status.json <<'END'
import json, sys
record = json.load(open(sys.argv[1]))
assert record["format"] == "gridwalk-status/1" and record["state"] == "done", record
assert record["exit_code"] == 0 and record["message"] is None, record
assert record["tiles_done"] == record["tiles"] > 0 and record["tiles_kept"] == 0, record
assert sum(rank["tiles"] for rank in record["rank"]) == record["tiles"], record
assert len(record["rank"]) == 2 and all(rank["node"] for rank in record["rank"]), record
assert all(0.1 < rank["busy"] <= 1.001 for rank in record["rank"] if rank["tiles"]), record
END
expect 0 "$GRIDWALK" top real.h5
has 'done: ' 'exit code 0' '100.0 %'
lacks 'warning'
! ls real.h5.status.json.* 2>/dev/null || fail "a temporary is left"

# killed: top says so at once, and the same line goes on
"$GRIDWALK" "${run[@]}" -o killed.h5 2>/dev/null &
job=$!
for _ in $(seq 50); do
    [ -e killed.h5.status.json ] && break
    sleep 0.1
done
kill -KILL $job
wait $job 2>/dev/null || true
expect 0 "$GRIDWALK" top killed.h5
has 'killed: ' "process $job of this host is no more"
lacks running ETA
rm killed.h5.journal

# stopped by a signal: interrupted, exit code 75, then done by the same line
code=0
timeout --preserve-status -s TERM 1.2 "$GRIDWALK" "${run[@]}" -o stopped.h5 2>/dev/null || code=$?
[ $code = 75 ] || fail "SIGTERM: exit code $code, not 75"
expect 0 "$GRIDWALK" top stopped.h5
has 'interrupted: ' 'exit code 75'
expect 0 "$GRIDWALK" "${run[@]}" -o stopped.h5
expect 0 "$GRIDWALK" top stopped.h5
has 'done: ' 'kept from earlier runs' 'restarts 1'

# a failed run says why
expect 5 bash -c "ulimit -f 5000; exec \"\$@\"" - "$GRIDWALK" "${run[@]}" -o failed.h5
if [ -e failed.h5.status.json ]; then
    expect 0 "$GRIDWALK" top failed.h5
    has 'failed: ' 'exit code 5' 'failed.h5'
fi

wait $terminal || { cat terminal.out >&2 && fail "top on a terminal"; }
