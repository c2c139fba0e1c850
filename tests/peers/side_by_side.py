#!/usr/bin/env python3
"""Two grids in gridwalk, vectorbt and raptorbt, on the same prices: who is right, who is fast.

usage: side_by_side.py GRIDWALK FOLDER [--quick]     (side_by_side.sh says how)

Prints Markdown. A program whose numbers are others than judge.py's gets no time. Exits 1 when
that program is gridwalk, or when one could not be run.
"""

import json
import os
import pathlib
import platform
import sys
import time

from workloads import WORKLOADS, write

HERE = pathlib.Path(__file__).resolve().parent
ONE_THREAD = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
              "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
LONG = 60  # seconds of a run that is not repeated
SHOWN = 10  # pairs of a disagreement

NAMES = {
    "gridwalk": "gridwalk",
    "vectorbt-numba": "vectorbt, Numba engine",
    "vectorbt-rust": "vectorbt, Rust engine",
    "raptorbt": "raptorbt",
}

CONVENTIONS = """\
- Averages start cold: undefined until their window is full. A trade fills at the close of the bar
  that decided it, with all the cash, long only, and pays 0.1 % of its value on each side. What is
  open after the last bar is valued at its close and not sold.
- Trades are the closed ones. gridwalk's `trades` counts these; of vectorbt `trades.closed.count()`
  and of raptorbt `total_closed_trades` are compared, as `trades.count()` and `total_trades` also
  count a trade that is still open.
- Averages within 1e-12 of each other are equal to gridwalk and are no cross; vectorbt and raptorbt
  compare the bits. The prices keep all their digits, so that this does not come up; with prices
  in cents it would, and the last digit of a sum would decide trades.
- gridwalk computes the twelve metrics of `metrics: basic` and writes them to a file (not timed);
  vectorbt was asked for the two that are compared; raptorbt always computes all of its own."""


def start(command, log):
    """Run to the end: exit code, seconds, peak memory in MiB."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    begin = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, str(log), flags, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ])
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - begin
    return os.waitstatus_to_exitcode(status), seconds, usage.ru_maxrss / 1024


def need(command, log):
    code, seconds, memory = start(command, log)
    if code != 0:
        sys.stderr.write(log.read_text(errors="replace"))
        raise RuntimeError(f"exit code {code}: {' '.join(command)}")
    return seconds, memory


def run_gridwalk(gridwalk, folder, rounds, pairs, sampled):
    """All pairs, by the command line, one rank; a new file each time, so that nothing resumes."""
    log = folder / "gridwalk.log"
    need([gridwalk, "ingest", str(folder / "prices.yaml"), "-o", str(folder / "prices.h5")], log)
    seconds, walls, memory = [], [], 0
    for i in range(rounds):
        results = folder / f"grid-{i}.h5"
        command = [gridwalk, "run", str(folder / "grid.yaml"), "-q", "-o", str(results)]
        wall, peak = need(command, log)
        with open(f"{results}.run.json", encoding="utf-8") as f:
            told = json.load(f)
        seconds.append(told["compute_seconds"])
        walls.append(wall)
        memory = max(memory, peak)
        if wall > LONG:
            break
    note = (f"`gridwalk run`, one rank, {'the sampled' if pairs == sampled else 'all'} pairs: "
            f"compute_seconds of run.json; the whole process took {min(walls):.2f} s")
    if "engine" in told:
        note += f"; engine {told['engine']}"
    return {"file": str(folder / "grid-0.h5"), "seconds": seconds, "pairs": pairs,
            "memory": memory, "note": note, "versions": {"gridwalk": told["program"]}}


def run_peer(script, arguments, name, folder, sampled):
    path = folder / f"{name}.json"
    command = [sys.executable, str(HERE / script), str(folder / "job.json"), *arguments, str(path)]
    _, memory = need(command, folder / f"{name}.log")
    with open(path, encoding="ascii") as f:
        answer = json.load(f)
    return {"file": str(path), "seconds": answer["seconds"], "pairs": sampled, "memory": memory,
            "note": answer["note"], "versions": answer["versions"]}


def run_vectorbt(engine, folder, sampled):
    script, path = "run_vectorbt.py", folder / f"{engine}-try.json"
    need([sys.executable, str(HERE / script), str(folder / "job.json"), engine, "try", str(path)],
         folder / f"{engine}-try.log")
    chunk = json.loads(path.read_text(encoding="ascii"))["chunk"]
    return run_peer(script, [engine, str(chunk)], engine, folder, sampled)


def run_workload(gridwalk, workload, folder, quick):
    """What each program took, or None where it failed, and the judge's verdict."""
    job, pairs = write(folder, workload, quick)
    sampled = len(job["pairs"])
    programs = {
        "gridwalk": lambda: run_gridwalk(gridwalk, folder, job["rounds"], pairs, sampled),
        "vectorbt-numba": lambda: run_vectorbt("numba", folder, sampled),
        "vectorbt-rust": lambda: run_vectorbt("rust", folder, sampled),
        "raptorbt": lambda: run_peer("run_raptorbt.py", [], "raptorbt", folder, sampled),
    }
    runs = {}
    for name, run in programs.items():
        try:
            runs[name] = run()
        except RuntimeError as error:
            print(f"{workload.name}, {name}: {error}", file=sys.stderr)
            runs[name] = None
    answers = [f"{name}={run['file']}" for name, run in runs.items() if run]
    verdict = folder / "verdict.json"
    need([sys.executable, str(HERE / "judge.py"), str(folder / "job.json"), str(verdict), *answers],
         folder / "judge.log")
    with open(verdict, encoding="ascii") as f:
        return runs, json.load(f), sampled


def duration(seconds):
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"


def speed(rate):
    return f"{rate:.3g}" if rate < 100 else f"{rate:,.0f}"


def line(workload, name, run, verdict):
    if run is None:
        return f"| {NAMES[name]} | | failed | | | | | |"
    wrong = verdict["wrong"]
    memory = f"{run['memory']:,.0f} MiB"
    if wrong:
        pairs = f"{run['pairs']:,}"
        return f"| {NAMES[name]} | {pairs} | - | - | - | - | {memory} | {len(wrong):,} wrong |"
    best, steps = min(run["seconds"]), run["pairs"] * workload.bars
    whole = duration(best * workload.pairs() / run["pairs"])
    if run["pairs"] < workload.pairs():
        whole += " (scaled)"
    spread = f" to {max(run['seconds']):.3g}" if len(run["seconds"]) > 1 else ""
    return (f"| {NAMES[name]} | {run['pairs']:,} | {best:.3g}{spread} | {best / steps * 1e9:.3g} "
            f"| {whole} | {speed(steps / best / 1e6)} | {memory} | {verdict['worst']:.0e} |")


def print_workload(workload, runs, verdict, sampled):
    print(f"\n### {workload.name}: {workload.pairs():,} pairs × {workload.bars:,} bars\n")
    print(f"fast {workload.fast[0]}..{workload.fast[-1]} step {workload.fast.step}, slow "
          f"{workload.slow[0]}..{workload.slow[-1]} step {workload.slow.step}; compared on a "
          f"sample of {sampled:,} pairs, evenly spaced, with {verdict['closed']:,} closed trades, "
          f"{verdict['open']:,} still open at the end and {verdict['ties']:,} ties "
          "of averages. A program with a time has all trade counts right and all total returns to "
          "1e-9; one without has not.\n")
    print("| program | pairs run | seconds, fastest to slowest | ns a combo-bar | whole grid "
          "| M combo-bars/s/core | peak memory "
          "| total return, largest relative error |")
    print("|---|---|---|---|---|---|---|---|")
    for name, run in runs.items():
        print(line(workload, name, run, verdict["programs"].get(name)))
    print()
    for name, run in runs.items():
        if run:
            print(f"- {NAMES[name]}: {run['note']}")
    for name, found in verdict["programs"].items():
        print_wrong(name, found["wrong"], sampled)
        if found["open_equal"] not in (None, sampled):
            print(f"- {NAMES[name]}: an open trade is counted otherwise in "
                  f"{sampled - found['open_equal']:,} pairs (not compared)")


def print_wrong(name, wrong, sampled):
    if not wrong:
        return
    print(f"\n{NAMES[name]}: no time, as {len(wrong):,} of {sampled:,} pairs have other numbers "
          f"(its own, the plain computation's):\n")
    print("| fast, slow | total return | closed trades | open at the end | ties |")
    print("|---|---|---|---|---|")
    for one in wrong[:SHOWN]:
        (fast, slow), (got, want), (count, right) = one["pair"], one["total_return"], one["trades"]
        print(f"| {fast}, {slow} | {got!r}, {want!r} | {count}, {right} | {one['open']} "
              f"| {one['ties']} |")
    print()


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        models = [text.split(":", 1)[1].strip() for text in f if text.startswith("model name")]
    cores = ", ".join(map(str, sorted(os.sched_getaffinity(0))))
    return f"{models[0] if models else platform.machine()}, core {cores} of {os.cpu_count()}"


def main(gridwalk, folder, *options):
    os.environ.update({name: "1" for name in ONE_THREAD}, RAPTORBT_NO_VERSION_CHECK="1")
    done = []
    for workload in WORKLOADS:
        place = pathlib.Path(folder) / workload.name
        done.append((workload, *run_workload(gridwalk, workload, place, "--quick" in options)))

    versions = {}
    for _, runs, _, _ in done:
        for run in runs.values():
            versions.update(run["versions"] if run else {})
    print(f"Machine: {machine()}. Versions: "
          + ", ".join(v if k == "gridwalk" else f"{k} {v}" for k, v in versions.items()) + ".")
    for part in done:
        print_workload(*part)
    print("\nConventions, the same in all programs unless said:\n")
    print(CONVENTIONS)
    failed = any(run is None for _, runs, _, _ in done for run in runs.values())
    ours = [verdict["programs"].get("gridwalk") for _, _, verdict, _ in done]
    return 1 if failed or any(v is None or v["wrong"] for v in ours) else 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or sys.argv[3:] not in ([], ["--quick"]):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
