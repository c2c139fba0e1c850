#!/usr/bin/env python3
"""The speed of a build against a recorded one.

    compare.py BASELINE RUN...            RUN: documents of `gridwalk bench --json`
    compare.py --record BASELINE RUN...   write BASELINE from them

Absolute times do not hold between machines, ratios nearly do: each workload's rate, by processor
time where there is one, is divided by that of the yardstick `limit` in the same document (bytes: by
`memcpy`). Of several documents the best ratio of a workload counts, for noise only slows. The cost
is the baseline's ratio over the one found, less 1: from 10 % on a warning, from 25 % on a failure.
A workload without a baseline, or one of the baseline that was not run, is a failure.
"""
import json
import sys

WARN, FAIL = 0.10, 0.25
YARDSTICK = {"B/s": "memcpy"}  # else limit


def refuse(text):
    print(f"compare.py: {text}", file=sys.stderr)
    sys.exit(1)


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        return refuse(f"{path}: {error}")


def name(line):
    return line["workload"] + (f" ({line['metrics']})" if line["metrics"] else "")


def rate(line):
    """By processor time: what else runs on the machine does not count."""
    if line["cpu_seconds"]:
        return line["rate"] * line["seconds"] / line["cpu_seconds"]
    return line["rate"]


def ratios(run):
    lines = {line["workload"]: line for line in run["workloads"]}
    out = {}
    for line in run["workloads"]:
        yardstick = YARDSTICK.get(line["unit"], "limit")
        if line["workload"] in ("limit", "memcpy"):
            continue
        if yardstick not in lines:
            refuse(f"no {yardstick} in the run")
        out[name(line)] = rate(line) / rate(lines[yardstick])
    return out


def best(paths):
    """Of all documents, which must be alike: instruction set, share, checks."""
    runs = [read(path) for path in paths]
    for run in runs:
        if run.get("format") != "gridwalk-bench/1":
            refuse("not a document of `gridwalk bench --json`")
        if (run["isa"], run["share"]) != (runs[0]["isa"], runs[0]["share"]):
            refuse("the runs differ in instruction set or share")
    found = {}
    for run in runs:
        for key, ratio in ratios(run).items():
            found[key] = max(ratio, found.get(key, 0))
    return runs[0], found


def record(path, paths):
    run, found = best(paths)
    text = {"format": "gridwalk-bench-baseline/1", "isa": run["isa"], "share": run["share"],
            "processor": run["processor"], "compiler": run["compiler"],
            "ratios": {key: float(f"{ratio:.4g}") for key, ratio in found.items()}}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(text, file, indent=2)
        file.write("\n")
    print(f"{path}: {len(found)} workloads")


def compare(path, paths):
    baseline = read(path)
    run, found = best(paths)
    if (baseline["isa"], baseline["share"]) != (run["isa"], run["share"]):
        refuse(f"the baseline is of {baseline['isa']}, share {baseline['share']}; "
               f"the run of {run['isa']}, share {run['share']}")
    failed = warned = 0
    for key in dict.fromkeys([*baseline["ratios"], *found]):
        if key not in baseline["ratios"] or key not in found:
            where = "baseline" if key in found else "run"
            verdict, text = "FAIL", f"not in the {where}"
        else:
            was, now = baseline["ratios"][key], found[key]
            cost = was / now - 1
            text = f"{now:9.4g} of the yardstick, was {was:9.4g}: {100 * cost:+.0f} %"
            verdict = "FAIL" if cost >= FAIL else "warn" if cost >= WARN else "ok"
        failed += verdict == "FAIL"
        warned += verdict == "warn"
        print(f"{verdict:4} {key:28} {text}")
    print(f"{failed} slower than allowed, {warned} warnings")
    return failed


def main(words):
    if words[:1] == ["--record"] and len(words) >= 3:
        record(words[1], words[2:])
    elif len(words) >= 2 and not words[0].startswith("-"):
        sys.exit(1 if compare(words[0], words[1:]) else 0)
    else:
        print(__doc__, file=sys.stderr)
        sys.exit(2)


main(sys.argv[1:])
