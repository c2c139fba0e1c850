#!/usr/bin/env bash
# Throw damaged input at the parsers: every fuzzer of tests/fuzz for a while.
#
#   tests/fuzz.sh [SECONDS_PER_FUZZER]     default 30
#
# Builds into build-fuzz; needs clang with its runtime libraries (jobs/packages.sh --ci). Starts
# from tests/fuzz/corpus and from what earlier runs left in build-fuzz/corpus. An input that
# crashes, hangs, leaks or breaks an assertion stays in build-fuzz/found; to see it again:
# build-fuzz/tests/fuzz_NAME FILE. When the bug is fixed, the file belongs into the corpus.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-30}
if [ $# -gt 1 ] || ! [[ $seconds =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: tests/fuzz.sh [SECONDS_PER_FUZZER]" >&2
    exit 2
fi

scratch=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")/fuzz-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch
export ASAN_OPTIONS=quarantine_size_mb=8 # many large blocks: a longer one costs a third of the runs

if ! { cmake --preset fuzz && cmake --build --preset fuzz; } >"$scratch/build" 2>&1; then
    cat "$scratch/build"
    echo "FAIL build of the fuzzers"
    exit 1
fi

fuzz() { # NAME
    local name=$1 log=$scratch/$1.log code=0 found
    mkdir -p "build-fuzz/corpus/$name" build-fuzz/found
    "build-fuzz/tests/fuzz_$name" -seed=1 -max_total_time="$seconds" -max_len=4096 -timeout=10 \
        -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="build-fuzz/found/$name-" \
        "build-fuzz/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1 </dev/null || code=$?
    if [ $code = 0 ]; then
        echo "pass $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
        return 0
    fi
    grep -vE '^(#[0-9]+[[:space:]]|[[:space:]]*NEW_FUNC|INFO:|0x|Base64:)' "$log" | tail -n 40
    found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    echo "FAIL $name (exit code $code): ${found:-no input was kept}"
    return 1
}

# As many at once as there are processors.
code=0 started=()
for program in tests/fuzz/fuzz_*.c; do
    name=${program##*/fuzz_}
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
        sleep 0.2
    done
    fuzz "${name%.c}" &
    started+=($!)
done
for pid in "${started[@]}"; do
    wait "$pid" || code=1
done
exit $code
