#!/usr/bin/env bash
# Would the tests notice? Plants the bugs of tests/mutations.txt, one at a time, into a copy of
# the tree, and runs the tests that must fail then.
#
#   tests/mutate.sh [REGEX]     only the lines of the table that match
#
# Prints `killed` or `SURVIVED` for each and a count at the end; exits 1 when a bug survives, does
# not compile, or changes more or less than one line. Takes some minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source jobs/mpi-env.sh
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tree=$copy/tree build=$copy/build log=$copy/log
export GRIDWALK=$build/gridwalk GW_BUILD=${GW_BUILD:-$PWD/build-ci} # the scripts' Python is there

trim() { sed -E 's/^[[:space:]]+|[[:space:]]+$//g' <<<"$1"; }

# A line is FILE | SED EXPRESSION | TESTS; the expression may hold a `|` itself.
files=() edits=() tests=()
while IFS= read -r line; do
    files+=("$(trim "${line%%|*}")") tests+=("$(trim "${line##*|}")")
    line=${line#*|}
    edits+=("$(trim "${line%|*}")")
done < <(grep -vE '^(#|$)' tests/mutations.txt | grep -E -- "${1-}")
[ ${#files[@]} -gt 0 ] || { echo "no line matches" >&2 && exit 2; }

targets_of() { # TESTS: what to build for them
    for test in $1; do
        case $test in
        */gate.sh) echo gridwalk engine_gate ;;
        *.sh) echo gridwalk ;;
        *) echo "$test" ;;
        esac
    done | tr ' ' '\n'
}

compile() { # TESTS
    local -a targets
    mapfile -t targets < <(targets_of "$1" | sort -u)
    cmake --build "$build" -j 2 --target "${targets[@]}" >"$log" 2>&1
}

run() { # TESTS: until one fails
    for test in $1; do
        if [[ $test == *.sh ]]; then
            timeout 120 bash "$tree/$test" >"$log" 2>&1 </dev/null || return 1
        else
            timeout 120 ctest --test-dir "$build" -j 2 --no-tests=error --stop-on-failure \
                -R "^$test(_[0-9]+)?\$" >"$log" 2>&1 </dev/null || return 1
        fi
    done
}

mkdir "$tree"
tar -c --exclude=./.git --exclude='./build*' . | tar -x -C "$tree"
every=$(printf '%s\n' "${tests[@]}" | tr ' ' '\n' | sort -u | tr '\n' ' ')
if ! { cmake -S "$tree" -B "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-O1 \
    >"$log" 2>&1 && compile "$every" && run "$every"; }; then
    cat "$log"
    echo "FAIL: the tests do not pass without any bug"
    exit 1
fi
echo "built, all tests pass ($SECONDS s)"

killed=0 survived=0 broken=0
for i in "${!files[@]}"; do
    file=$tree/${files[i]} what="${files[i]} ${edits[i]}" begin=$SECONDS
    cp "$file" "$copy/original"
    sed -i "${edits[i]}" "$file"
    changed=$(diff "$copy/original" "$file" | grep -c '^>' || true)
    if [ "$changed" != 1 ]; then
        broken=$((broken + 1))
        echo "BROKEN   $what: changes $changed lines, not one"
    elif ! compile "${tests[i]}"; then
        broken=$((broken + 1))
        cat "$log"
        echo "BROKEN   $what: does not compile"
    elif run "${tests[i]}"; then
        survived=$((survived + 1))
        echo "SURVIVED $what: ${tests[i]}"
    else
        killed=$((killed + 1))
        echo "killed   $what ($((SECONDS - begin)) s)"
    fi
    cp "$copy/original" "$file"
done
echo "$killed killed, $survived survived, $broken broken ($SECONDS s)"
[ $((survived + broken)) = 0 ]
