#!/usr/bin/env bash
# Run every benchmark; each prints one line of JSON and fails where its bound does not hold.
# All lines end up in one table.
set -uo pipefail

lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

failed=0
for script in $(grep -l 'import report$' benchmarks/*.py); do
    .venv/bin/python -m "benchmarks.$(basename "$script" .py)" | tee -a "$lines" || failed=1
done
.venv/bin/python -m benchmarks.table <"$lines"
exit $failed
