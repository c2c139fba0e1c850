#!/usr/bin/env bash
# What `plan` says before a run: sizes as the run then has them, times as it then takes, a line to
# submit; mistakes in one line; a grid of 10^12 in three seconds.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$dir"

for experiment in "$configs"/*.yaml; do
    expect 0 "$GRIDWALK" plan "$experiment"
    for word in 'grid ' 'windows ' 'work ' 'memory ' 'disk ' 'measured ' 'coordinator busy' \
        'one coordinator saturates near' 'sbatch -n'; do
        grep -qF "$word" "$dir/stdout" || fail "no '$word' in the plan of $experiment"
    done
    grep -qE '^ +1024  ' "$dir/stdout" || fail "no 1024 ranks of $experiment"
    [ ! -s "$dir/stderr" ] || fail "stderr of $experiment"
done

# mistakes
for ranks in 0 -1 x 1.5 '' 1, ,1 1,,2 1000001 99999999999999999999 '1 2'; do
    expect 2 "$GRIDWALK" plan "$configs/seed-grid.yaml" --ranks "$ranks"
    one_line '--ranks takes' 'from 1 to 1000000'
done
expect 2 "$GRIDWALK" plan "$configs/seed-grid.yaml" --ranks "$(seq -s, 1 33)"
one_line 'up to 32'
expect 2 "$GRIDWALK" plan
expect 3 "$GRIDWALK" plan none.yaml
one_line none.yaml
expect 3 "$GRIDWALK" plan "$configs/seed-grid.yaml" --only fast=-5

# the line to submit repeats what the plan was told; three numbers, three lines of the table
expect 0 "$GRIDWALK" plan "$configs/seed-grid.yaml" --ranks 1000000,3,7 -o "out put.h5" \
    --set 'output.keep={top: 2}'
grep -qF "seed-grid.yaml --output 'out put.h5' --set 'output.keep={top: 2}'" "$dir/stdout" ||
    fail "the sbatch line"
[ "$(grep -cE '^ +(1000000|3|7)  ' "$dir/stdout")" = 3 ] || fail "not the ranks asked for"

# An experiment of some seconds: sizes and times against the runs.
cat >prices.yaml <<'END'
format: gridwalk-synth/1
bars: 12000
assets: 1
END
cat >some.yaml <<'END'
bundle: prices.yaml
strategy:
  parameters: {fast: {from: 2, to: 251}, slow: {from: 260, to: 1659}}
  signals:
    enter_long: sma(close, fast) > sma(close, slow)
    exit_long: sma(close, fast) < sma(close, slow)
costs: {commission_bps: 10}
END
cat >judge.py <<'END'
import json
import os
import re
import resource
import subprocess
import sys
import time

gridwalk, ranks = sys.argv[1], int(sys.argv[2])


def timed(*command):
    """stdout, wall and processor seconds"""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return done.stdout, time.monotonic() - begin, used


plan, planned, plan_used = timed(gridwalk, "plan", "some.yaml", "--ranks", str(ranks))
launcher = ["mpirun", "--quiet", "-n", str(ranks)] if ranks > 1 else []
_, real, real_used = timed(*launcher, gridwalk, "run", "some.yaml", "-q", "--fresh")

# Decimal units, two digits and more. Beside the results: the journal and 8 bytes an objective.
unit = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}
disk = re.search(r"some.h5: ([\d.]+) (\w+); while it runs ([\d.]+) (\w+) more", plan)
made = float(disk[1]) * unit[disk[2]] / os.path.getsize("some.h5")
journal = json.load(open("some.h5.run.json"))["journal_bytes"]
beside = float(disk[3]) * unit[disk[4]] / (journal + 8 * 250 * 1400)
assert 0.9 < made < 1.1 and 0.9 < beside < 1.1, (disk[0], made, beside)

time_cell = re.search(rf"^ +{ranks}  +([\d:.]+)( s| ms|) ", plan, re.M)
seconds = 0.0
for part in time_cell[1].split(":"):
    seconds = 60 * seconds + float(part)
seconds /= 1000 if time_cell[2] == " ms" else 1

# Where other work shares the cores both times are stretched, and not alike: each counts as what its
# processes got of the cores they asked for, beyond the start of MPI. On a machine of one's own that
# changes little.
START = 0.5
got_plan = min(1, plan_used / planned)
got_real = min(1, real_used / (ranks * (real - START)))
predicted = START + (seconds - START) * got_plan
needed = START + (real - START) * got_real
print(f"{ranks} ranks: {seconds:.1f} s predicted, {real:.1f} s; the cores were there "
      f"{got_plan:.0%} and {got_real:.0%} of the time: {predicted:.2f} s, {needed:.2f} s")

# The sample computes as the run does, so what differs is the machine: its clock, and ranks that
# share caches. A tile time that is wrong by half, or no speed-up by the second rank, is further off.
sys.exit(not needed / 1.35 - 0.5 < predicted < needed * 1.35 + 0.5)
END
for ranks in 1 2; do
    for try in 1 2 3; do
        /usr/bin/env python3 judge.py "$GRIDWALK" $ranks && continue 2
    done
    fail "the prediction for $ranks ranks is off, three times"
done
! compgen -G '.gridwalk-plan-*' >/dev/null || fail "the plan leaves a directory behind"

# 10^12 combinations: quick, within limits.memory, and what does not fit is said
cat >huge.yaml <<'END'
bundle: prices.yaml
strategy:
  parameters:
    a: {from: 1, to: 1000000}
    b: {from: 1, to: 1000000}
  constraints:
    - a < b
  signals:
    enter_long: close > sma(close, a)
    exit_long: close < sma(close, b)
limits: {memory: 64M}
END
/usr/bin/env python3 - "$GRIDWALK" <<'END'
import resource
import subprocess
import sys

done = subprocess.run([sys.argv[1], "plan", "huge.yaml"], capture_output=True, text=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
seconds, megabytes = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
print(done.stdout, done.stderr, f"{seconds:.2f} s, {megabytes:.0f} MB")
assert done.returncode == 0
assert "1,000,000,000,000 combinations" in done.stdout
assert "does not fit" in done.stdout
assert "(estimated)" in done.stdout
with open(sys.argv[1], "rb") as program:
    plain = b"__asan_init" not in program.read()
assert not plain or (seconds < 3 and megabytes < 64 * 1.05 + 60), (seconds, megabytes)
END
[ ! -e huge.h5 ] || fail "something was written"
