"""A console of 100 MB: stored about as fast as zstd packs it, opened at its end at once.

Needs nothing that runs: a new SQLite database in a temporary folder, and our own code.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Iterator

import psutil
import zstandard
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.setting_up import report
from dashboard.runs import console
from jenkins_api.records import ConsoleChunk
from tests.factories import make_run

MEGABYTES = 100
LINES_AT_ONCE = 10_000  # about what one answer of Jenkins holds
WINDOW_LINES = 1_000


def answers() -> Iterator[bytes]:
    """A log as a suite writes it: colours, repeated names, figures that never repeat."""
    chance = random.Random(7)  # noqa: S311  the same log each time, not a secret
    stored_bytes = number = 0
    while stored_bytes < MEGABYTES * 1_000_000:
        lines = []
        for _ in range(LINES_AT_ONCE):
            number += 1
            lines.append(
                f"14:{number // 3600 % 60:02}:{number // 60 % 60:02}.{chance.getrandbits(20):07} "
                f"\x1b[32mPASSED\x1b[0m tests/payments/test_{chance.choice(PLACES)}.py::"
                f"test_{chance.choice(PLACES)}[{chance.getrandbits(32):08x}] "
                f"request {chance.getrandbits(64):016x} took {chance.random():.4f} s\n"
            )
        text = "".join(lines).encode()
        stored_bytes += len(text)
        yield text


PLACES = ("refunds", "cards", "wallets", "webhooks", "capture", "sepa", "3ds", "ledger")


def main() -> int:
    """Print the figures as one line of JSON; 1 where they do not hold."""
    call_command("migrate", verbosity=0)
    run = make_run()
    process = psutil.Process()
    idle_bytes = process.memory_info().rss
    stored_bytes, plain_s, stored_s, most_bytes = 0, 0.0, 0.0, 0
    plain = zstandard.ZstdCompressor(level=console.ZSTD_LEVEL).compressobj()
    for text in answers():
        began = time.perf_counter()
        plain.compress(text)
        between = time.perf_counter()
        piece = ConsoleChunk(text, stored_bytes, stored_bytes + len(text), has_more=True)
        console.append(run, piece)
        plain_s += between - began
        stored_s += time.perf_counter() - between
        stored_bytes += len(text)
        most_bytes = max(most_bytes, process.memory_info().rss)

    opened_s = []
    for _ in range(10):
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            window = console.last_lines(run, WINDOW_LINES)
        opened_s.append(time.perf_counter() - began)
        most_bytes = max(most_bytes, process.memory_info().rss)

    share_of_zstd = plain_s / stored_s
    mib_above_idle = (most_bytes - idle_bytes) / 2**20
    return report(
        "console of 100 MB",
        megabytes=round(stored_bytes / 1e6, 1),
        stored_mb_per_s=round(stored_bytes / 1e6 / stored_s, 1),
        zstd_mb_per_s=round(stored_bytes / 1e6 / plain_s, 1),
        share_of_zstd=round(share_of_zstd, 2),
        chunks_read_at_end=len(queries),
        lines_at_end=len(window),
        opened_at_end_ms=round(statistics.median(opened_s) * 1000, 2),
        mib_above_idle=round(mib_above_idle, 1),
        bound="stored at >= 0.5 x zstd, opened by <= 3 chunks, <= 64 MiB above idle",
        holds=share_of_zstd >= 0.5
        and len(queries) <= 3
        and len(window) == WINDOW_LINES
        and mib_above_idle <= 64,
    )


if __name__ == "__main__":
    sys.exit(main())
