#!/usr/bin/env bash
# The vectorized engine against the reference engine on 700 generated experiments. A case that
# disagrees is printed and stays as gate-SEED.yaml and its data in the build folder.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$(dirname "$GRIDWALK")"
rm -f gate-[0-9]*
tests/engine_gate 100001 700 || fail "disagreements"
