#!/usr/bin/env bash
# A grid of 10^12 combinations: `check` says so in half a second and 30 MB, `run` refuses it
# because its results do not fit the disk; a bundle of nothing bad is made on the way.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cat >"$dir/huge.yaml" <<'END'
bundle: configs/data/seed-grid.yaml
strategy:
  parameters:
    a: {from: 1, to: 1000000}
    b: {from: 1, to: 1000000}
  constraints:
    - a < b
  signals:
    enter_long: close > sma(close, a)
    exit_long: close < sma(close, b)
END
"$GRIDWALK" run "$configs/seed-grid.yaml" -o "$dir/first.h5" -q # makes the bundle
/usr/bin/env python3 - "$GRIDWALK" "$dir/huge.yaml" <<'END'
import resource
import subprocess
import sys
import time

start = time.monotonic()
done = subprocess.run([sys.argv[1], "check", sys.argv[2]], capture_output=True, text=True)
seconds = time.monotonic() - start
megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(done.stdout, done.stderr, f"{seconds:.2f} s, {megabytes:.0f} MB")
assert done.returncode == 0
assert "1,000,000,000,000 combinations" in done.stdout
assert "estimated" in done.stdout
share = float(done.stdout.split("constraints (")[1].split(" %")[0])
assert 49 < share < 51, share
assert seconds < 0.5, seconds
assert megabytes < 30, megabytes
END
expect 5 "$GRIDWALK" run "$dir/huge.yaml" -o "$dir/huge.h5" --set 'strategy.constraints=[]'
one_line '96 TB' 'free'
[ ! -e "$dir/huge.h5" ] || fail "something was written"
