#!/usr/bin/env bash
# Find or install Chromium, then run linters and all tests as one pytest call.
set -euo pipefail

CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || true)}
if [ -z "$CHROMIUM" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null
    CHROMIUM=$(command -v chromium || true)
fi
if [ -z "$CHROMIUM" ]; then
    echo "Chromium is missing: install it (Debian and Ubuntu: apt install chromium)," \
        "or name one: CHROMIUM=/path/to/chromium make test" >&2
    exit 1
fi
export CHROMIUM

# docs/adr/0009-a-second-try-in-make-test.md
AGAIN=(--reruns 1 --max-suite-reruns 5 --rerun-show-tracebacks)
exec .venv/bin/python -m pytest --numprocesses 2 --dist loadgroup "${AGAIN[@]}"
