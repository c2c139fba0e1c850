#!/usr/bin/env bash
# As tests/cli/gate.sh, on 6,000 other experiments: enough that each option must occur in 200.
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

cd "$(dirname "$GRIDWALK")"
rm -f gate-[0-9]*
tests/engine_gate 1 6000 || fail "disagreements"
