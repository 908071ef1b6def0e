"""config/set-up.sh, as far as it needs no package index."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.servers import ROOT


def set_up(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Install nothing at all into ``checkout``."""
    (checkout / "requirements.txt").touch()
    (checkout / "package.json").write_text("{}")
    lock = {"lockfileVersion": 3, "packages": {"": {}}}
    (checkout / "package-lock.json").write_text(json.dumps(lock))
    return subprocess.run(
        [ROOT / "config/set-up.sh", "requirements.txt", ".venv/ready"],
        cwd=checkout,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_virtual_environment_cut_off_before_it_had_pip_is_made_anew(tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (venv / "left over").touch()
    said = set_up(tmp_path)
    assert said.returncode == 0, said.stdout + said.stderr
    assert not (venv / "left over").exists()
    assert (venv / "ready").exists()


def test_a_whole_virtual_environment_is_kept(tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    (venv / "installed before").touch()
    said = set_up(tmp_path)
    assert said.returncode == 0, said.stdout + said.stderr
    assert (venv / "installed before").exists()
    assert (venv / "ready").exists()
