#!/usr/bin/env bash
# Instructions of three fixed pieces of work, counted by callgrind: the exact gate on speed, which no
# noise reaches.
#
#   callgrind.sh            compare with instructions.json: more than 0.5 % off is a failure
#   callgrind.sh --record   write instructions.json
#
# Counts belong to one compiler: with another version of it the counts are shown and not judged
# (exit 77). GRIDWALK names the program, of an optimized build.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
GRIDWALK=${GRIDWALK:-$here/../../build-release/gridwalk}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export GRIDWALK_ISA=v3 # valgrind knows AVX2, and not AVX-512

command -v valgrind >/dev/null || {
    echo "callgrind.sh: valgrind is not there" >&2
    exit 1
}

count() { # WORKLOAD FUNCTION: instructions inside that function and what it calls
    valgrind -q --tool=callgrind --toggle-collect="$2" --callgrind-out-file="$dir/$1.out" \
        "$GRIDWALK" bench "$1" --json >"$dir/$1.json" 2>"$dir/stderr" || {
        cat "$dir/stderr" >&2
        exit 1
    }
    sed -n 's/^totals: //p' "$dir/$1.out"
}

columns=$(count kernel-columns gw_bench_columns)
signals=$(count kernel-signals gw_compute_tile)
target=$(count kernel-target gw_compute_tile)
python3 - "$here/instructions.json" "$dir/kernel-signals.json" "${1-}" \
    "$columns" "$signals" "$target" <<'END'
import json, sys
path, run, mode = sys.argv[1:4]
found = dict(zip(("kernel-columns", "kernel-signals", "kernel-target"), map(int, sys.argv[4:])))
with open(run, encoding="utf-8") as file:
    compiler = json.load(file)["compiler"]
if not all(found.values()):
    sys.exit("callgrind.sh: a function was not called; is it still named so?")
if mode == "--record":
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"compiler": compiler, "isa": "v3", "instructions": found}, file, indent=2)
        file.write("\n")
    print(f"{path}: {found}")
    sys.exit(0)
try:
    with open(path, encoding="utf-8") as file:
        baseline = json.load(file)
except OSError as error:
    sys.exit(f"callgrind.sh: no baseline: {error}")
same = baseline["compiler"] == compiler
failed = 0
for name, now in found.items():
    was = baseline["instructions"].get(name, 0)
    off = now / was - 1 if was else float("inf")
    wrong = same and abs(off) > 0.005
    failed += wrong
    print(f"{'FAIL' if wrong else 'ok  '} {name:16} {now:13,} instructions, was {was:13,}: {100 * off:+.2f} %")
if not same:
    print(f"skipped: the counts are of compiler {baseline['compiler']}, this is {compiler}")
    sys.exit(77)
if failed:
    print("more: a regression; fewer or meant: record them again, callgrind.sh --record")
sys.exit(1 if failed else 0)
END
