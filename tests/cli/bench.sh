#!/usr/bin/env bash
# The bench: its list, its JSON, what it refuses, and the same results on every instruction set.
# Alone: it measures speed.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export TMPDIR=$dir/scratch
mkdir "$TMPDIR"

expect 0 "$GRIDWALK" bench --list
for workload in limit memcpy sweep-long sweep-daily sweep-daily-10 portfolio portfolio-shared mix seed-grid \
    seed-walk-forward walk-forward indicators plugin bundle-load scheduler; do
    grep -qE "^$workload " "$dir/stdout" || fail "$workload is not in --list"
done
expect 2 "$GRIDWALK" bench swep-long
one_line "swep-long" "'sweep-long'"
expect 2 "$GRIDWALK" bench --share 0
one_line --share
GRIDWALK_ISA=v9 expect 2 "$GRIDWALK" bench seed-grid
one_line v9

# the schema, and the seed system's grid alike on every set this processor has
checks=
for isa in plain v2 v3 v4; do
    code=0
    GRIDWALK_ISA=$isa "$GRIDWALK" bench seed-grid seed-walk-forward --json \
        >"$dir/$isa.json" 2>"$dir/stderr" || code=$?
    if [ $code = 2 ] && grep -q 'this processor lacks' "$dir/stderr"; then
        continue
    fi
    [ $code = 0 ] || fail "GRIDWALK_ISA=$isa: $(cat "$dir/stderr")"
    checks+=" $dir/$isa.json"
done
python3 - $checks <<'END'
import json, sys
KEYS = {"workload", "metrics", "rate", "unit", "seconds", "cpu_seconds", "repeats", "start_seconds",
        "limit_ratio", "rss_bytes", "isa", "check", "ranks", "figures"}
seen = set()
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        run = json.load(file)
    assert run["format"] == "gridwalk-bench/1" and run["share"] == 1, run
    names = [line["workload"] for line in run["workloads"]]
    assert names == ["limit", "limit-daily", "memcpy", "seed-grid", "seed-walk-forward"], names
    rate = {line["workload"]: line["rate"] for line in run["workloads"]}
    for line in run["workloads"]:
        assert set(line) == KEYS, set(line) ^ KEYS
        assert line["rate"] > 0 and line["seconds"] > 0 and line["isa"] == run["isa"], line
        if line["limit_ratio"] is not None:
            yardstick = "limit-daily" if "daily" in line["workload"] else "limit"
            assert abs(line["limit_ratio"] * rate[yardstick] / line["rate"] - 1) < 1e-6, line
    # bars x assets x combinations over the seconds, by hand
    grid = run["workloads"][3]
    assert abs(grid["rate"] * grid["seconds"] / (252 * 10 * 100) - 1) < 1e-6, grid
    forward = run["workloads"][4]
    assert abs(forward["rate"] * forward["seconds"] / (5 * 150 * 10 * 16) - 1) < 1e-6, forward
    seen.add(tuple(line["check"] for line in run["workloads"]))
assert len(seen) == 1, f"instruction sets differ: {seen}"
END

# a small part of everything else; windows in one run give the same rows as apart, for less work
expect 0 "$GRIDWALK" bench walk-forward sweep-daily mix indicators plugin bundle-load scheduler \
    --share 0.02 --json
python3 - "$dir/stdout" <<'END'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    run = json.load(file)
lines = {line["workload"]: line for line in run["workloads"]}
figures = lines["walk-forward"]["figures"]
assert figures["windows"] == 40
assert figures["column_bars"] > 0 and figures["signal_bars"] > 0, figures
assert figures["evaluations_ratio"] <= 0.25, figures
daily = lines["sweep-daily"]
assert 0 < daily["start_seconds"] < daily["seconds"], daily
assert {"mix-rsi-reversion", "mix-donchian", "mix-momentum", "indicators-sma", "plugin-newest",
        "plugin-views"} <= set(lines)
for name, line in lines.items():
    assert line["check"] or name == "memcpy", line
END
expect 0 mpirun --quiet -n 2 "$GRIDWALK" bench sweep-daily-10 --share 0.002 --json
python3 - "$dir/stdout" <<'END'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    line = json.load(file)["workloads"][-1]
figures = line["figures"]
assert line["workload"] == "sweep-daily-10" and line["ranks"] == 2, line
ratio = figures["seconds_alone"] / (2 * line["seconds"])
assert abs(figures["efficiency"] / ratio - 1) < 1e-6, line
END
[ -z "$(ls -A "$TMPDIR")" ] || fail "left behind: $(ls -A "$TMPDIR")"

# the profile: its phases add up to the total, in the table and in the side file
expect 0 "$GRIDWALK" run "$configs/sma-cross-grid.yaml" -o "$dir/p.h5" --profile
grep -q '^fixed: ' "$dir/stdout" || fail "no profile"
expect 2 "$GRIDWALK" run "$configs/sma-cross-grid.yaml" -o "$dir/p.h5" --engine fast
one_line --engine fast
for share in 1.5 -0.1 many; do
    expect 2 "$GRIDWALK" run "$configs/sma-cross-grid.yaml" -o "$dir/p.h5" --verify $share
    one_line --verify "'$share'"
done
python3 - "$dir/p.h5.run.json" <<'END'
import json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    rank = json.load(file)["rank"][0]
phases = rank["phase_seconds"]
assert set(phases) == {"start", "read", "plan", "columns", "lanes", "simulate", "metrics",
                       "reference", "pack", "message", "wait", "write"}, phases
assert all(seconds >= 0 for seconds in phases.values()), phases
assert 0.7 * rank["total_seconds"] < sum(phases.values()) <= 1.001 * rank["total_seconds"], rank
END

# the gate on ratios: at +9 % silent, at +11 % a warning, at +26 % and without a baseline a failure
python3 - "$dir" <<'END'
import json, sys
dir = sys.argv[1]
def line(workload, unit, rate):
    return {"workload": workload, "metrics": None, "unit": unit, "rate": rate, "seconds": 1,
            "cpu_seconds": None}
def run(**rates):
    lines = [line("limit", "combo-bars/s", 2e9), line("memcpy", "B/s", 1e10)]
    lines += [line(name, unit, rate) for name, (unit, rate) in rates.items()]
    return {"format": "gridwalk-bench/1", "isa": "v3", "share": 1, "processor": "p", "compiler": "c",
            "workloads": lines}
def write(name, document):
    with open(f"{dir}/{name}.json", "w", encoding="utf-8") as file:
        json.dump(document, file)
write("was", run(a=("combo-bars/s", 1e9), b=("B/s", 1e9)))
for percent in (9, 11, 26):
    write(f"plus{percent}", run(a=("combo-bars/s", 1e9 / (1 + percent / 100)), b=("B/s", 1e9)))
write("more", run(a=("combo-bars/s", 1e9), b=("B/s", 1e9), c=("B/s", 1e9)))
END
compare=$root/tests/bench/compare.py
expect 0 "$compare" --record "$dir/base.json" "$dir/was.json"
expect 0 "$compare" "$dir/base.json" "$dir/plus9.json"
grep -q '0 warnings' "$dir/stdout" || fail "a warning at +9 %"
expect 0 "$compare" "$dir/base.json" "$dir/plus11.json"
grep -q '^warn a ' "$dir/stdout" || fail "no warning at +11 %"
expect 1 "$compare" "$dir/base.json" "$dir/plus26.json"
expect 0 "$compare" "$dir/base.json" "$dir/plus26.json" "$dir/plus9.json"
expect 1 "$compare" "$dir/base.json" "$dir/more.json"
grep -q '^FAIL c .*not in the baseline' "$dir/stdout" || fail "a workload without a baseline"
expect 1 "$compare" "$dir/none.json" "$dir/was.json"
