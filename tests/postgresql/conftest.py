"""Tests of what only happens on PostgreSQL, where two may write at once."""

from __future__ import annotations

from django.db import connection

collect_ignore_glob = [] if connection.vendor == "postgresql" else ["test_*.py"]
