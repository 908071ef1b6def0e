"""Keys of the embedded default: made once under the state folder, readable by their owner only."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def key_from_file(path: Path, make: Callable[[], str]) -> str:
    """Read a key; make the file (mode 0600) where there is none, once for all processes."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(make())
        try:
            os.link(fresh, path)  # whole or not at all; fails where another process was first
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def embedded_socket(state: Path) -> Path:
    """Where the embedded Redis of this state folder listens.

    Unix socket paths hold 104 bytes at most on macOS, so it lies in the temporary folder
    under a short name that every process derives alike.
    """
    name = hashlib.sha256(str(state).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"runboard-{os.getuid()}-{name}" / "redis.sock"
