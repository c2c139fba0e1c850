#!/usr/bin/env bash
# The program against a slow simulator written from docs/semantics.md, on 120 random experiments;
# and a dozen whose prices after the period change: the results may not.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export GRIDWALK PYTHONDONTWRITEBYTECODE=1
python "$root/tests/equivalence/cases.py" || fail "the simulator is wrong"
python "$root/tests/equivalence/compare.py" 1 120 12 || fail "disagreements"
