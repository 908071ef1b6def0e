"""config/set-up.sh, as far as it needs no package index."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder where nothing at all has to be installed."""
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "package.json").write_text("{}")
    lock = {"lockfileVersion": 3, "packages": {"": {}}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    return tmp_path


def set_up(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "config/set-up.sh", "requirements.txt", ".venv/ready"],
        cwd=checkout,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_virtual_environment_cut_off_before_it_had_pip_is_made_anew(checkout: Path) -> None:
    venv = checkout / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (venv / "left over").touch()
    said = set_up(checkout)
    assert said.returncode == 0, said.stdout + said.stderr
    assert not (venv / "left over").exists()
    assert (venv / "ready").exists()


def test_a_whole_virtual_environment_is_kept(checkout: Path) -> None:
    venv = checkout / ".venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    (venv / "installed before").touch()
    said = set_up(checkout)
    assert said.returncode == 0, said.stdout + said.stderr
    assert (venv / "installed before").exists()
    assert (venv / "ready").exists()


def test_two_at_once_install_once(checkout: Path) -> None:
    rule = ".venv/ready: requirements.txt package-lock.json\n\t@false\n"
    (checkout / "Makefile").write_text(rule)
    with ThreadPoolExecutor() as both:
        said = [done.stdout for done in both.map(set_up, [checkout, checkout])]
    assert "".join(said).count("Installing front-end packages") == 1, said
