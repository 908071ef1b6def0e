#!/usr/bin/env bash
# Run every benchmark; each prints one line of JSON and fails where its bound does not hold.
set -uo pipefail

failed=0
for script in $(grep -l '__name__ == "__main__"' benchmarks/*.py); do
    .venv/bin/python -m "benchmarks.$(basename "$script" .py)" || failed=1
done
exit $failed
