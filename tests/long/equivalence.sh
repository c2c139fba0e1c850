#!/usr/bin/env bash
# As tests/cli/equivalence.sh, on 1,500 other experiments.
source "$(dirname "${BASH_SOURCE[0]}")/../cli/lib.sh"

export GRIDWALK PYTHONDONTWRITEBYTECODE=1
python "$root/tests/equivalence/compare.py" 1001 1500 100 || fail "disagreements"
