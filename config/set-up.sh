#!/usr/bin/env bash
# Install what a requirements file pins into .venv, then the front-end packages.
# Usage: config/set-up.sh requirements.txt STAMP...   (run from the repository's root by make)
set -euo pipefail

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

requirements=$1
shift

command -v python3 >/dev/null || fail "python3 is missing: install Python 3.11 or newer."
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$(python3 --version) is too old: Runboard needs Python 3.11 or newer as python3."
python3 -c 'import ensurepip, venv' 2>/dev/null ||
    fail "Python's venv module is missing: install it (Debian and Ubuntu: apt install python3-venv)."

# One at a time in a checkout; who had to wait finds it done
exec 9<"$0"
python3 -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
if make --question "$@" 2>/dev/null; then
    exit
fi

echo "Installing Python packages of $requirements (about half a minute the first time) ..."
# Ctrl-C may have left one without pip
.venv/bin/python -m pip --version >/dev/null 2>&1 || python3 -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --require-hashes --requirement "$requirements"

echo "Installing front-end packages ..."
npm=npm
if ! command -v npm >/dev/null; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --require-hashes --requirement requirements-npm.txt
    npm=.venv/bin/npm
    PATH=$PWD/.venv/bin:$PATH
fi
"$npm" ci --ignore-scripts --loglevel=error >/dev/null

touch "$@"
