#!/usr/bin/env bash
# Remove the state of `make demo`: database, keys, controller home, logs.
set -euo pipefail

state=${RUNBOARD_STATE:-.runboard}
if [ ! -d "$state/keys" ]; then
    echo "There is no state of Runboard in $state."
elif .venv/bin/python -m config.demo.status >/dev/null 2>&1; then
    echo "A demo still runs on $state: stop it first (Ctrl-C where it runs)." >&2
    exit 1
else
    rm -rf "$state"
    echo "Removed $state."
fi
