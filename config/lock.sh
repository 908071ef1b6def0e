#!/usr/bin/env bash
# Write requirements*.txt from requirements*.in (for every platform and Python from 3.11, with
# hashes, without addresses) and package-lock.json from package.json.
set -euo pipefail

export PATH=$PWD/.venv/bin:$PATH
python -m pip install --quiet --disable-pip-version-check uv
for name in requirements requirements-dev requirements-npm; do
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        "$name.in" --output-file "$name.txt" "$@"
done
npm install --package-lock-only --loglevel=error
