#!/usr/bin/env bash
# As tests/cli/gate.sh, on other experiments, 20,000 or GW_GATE_CASES: from 5,000 on each option and
# each outcome must occur in its share of them.
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

cd "$(dirname "$GRIDWALK")"
rm -f gate-[0-9]*
tests/engine_gate 1 "${GW_GATE_CASES:-20000}" || fail "disagreements"
