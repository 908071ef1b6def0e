#!/usr/bin/env bash
# Format Python and templates as `make test` wants them.
set -euo pipefail

.venv/bin/ruff check --fix --quiet || true # what it cannot fix, make test names
.venv/bin/ruff format --quiet
find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2 {} + || true # 1: it changed some
