#!/usr/bin/env bash
# The vectorized engine against the reference engine on 700 generated experiments, and both against
# themselves with another future behind every segment of 200 walk-forward experiments: no bit of a
# score may change. A case that disagrees is printed and stays as gate-SEED.yaml and its data in the
# build folder.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$(dirname "$GRIDWALK")"
rm -f gate-[0-9]*
tests/engine_gate 100001 700 || fail "disagreements"
tests/engine_gate 300001 200 --leak || fail "a score hangs on what comes behind its segment"
