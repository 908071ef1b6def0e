#!/usr/bin/env bash
# Ask a real controller every row of tests/conformance, in a folder of our own that goes again.
# JENKINS_PASSWORD, and JENKINS_READER with JENKINS_READER_TOKEN, open the rows that need them.
set -euo pipefail

for name in JENKINS_URL JENKINS_USER JENKINS_TOKEN; do
    if [ -z "${!name-}" ]; then
        echo "usage: make live JENKINS_URL=https://... JENKINS_USER=... JENKINS_TOKEN=..." >&2
        exit 2
    fi
done
export JENKINS_URL JENKINS_USER JENKINS_TOKEN

exec .venv/bin/python -m pytest --config-file tests/conformance/live.ini tests/conformance "$@"
