#!/usr/bin/env bash
# tests/cli/memory.sh with 10^7 combinations.
exec bash "$(dirname "${BASH_SOURCE[0]}")/../cli/memory.sh" 10000000
