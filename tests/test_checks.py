"""Linters, types, import contracts and Django's own checks, each as a test."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from config import frontend

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

CHECKS = {
    "ruff": ["ruff", "check", "--no-cache"],
    "ruff format": ["ruff", "format", "--check", "--no-cache"],
    "mypy": ["mypy"],
    "import contracts": ["lint-imports", "--no-cache"],
    "manage.py check": ["python", "manage.py", "check", "--fail-level", "WARNING"],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_check(name: str) -> None:
    tool, *arguments = CHECKS[name]
    assert_passes([str(BIN / tool), *arguments])


def test_templates_are_formatted() -> None:
    templates = [str(path) for path in sorted((ROOT / "templates").rglob("*.html"))]
    assert templates
    assert_passes([str(BIN / "djade"), "--target-version", "5.2", "--check", *templates])


def test_every_icon_that_is_named_exists() -> None:
    named = frontend.icons_named()
    assert named
    assert [name for name in named if not (frontend.OUTLINES / f"{name}.svg").exists()] == []


def test_the_client_needs_requests_and_the_standard_library_alone() -> None:
    imported: set[str] = set()
    for path in (ROOT / "jenkins_api").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])
    ours = {"jenkins_api", "requests", "urllib3"}
    assert imported - sys.stdlib_module_names == ours


def assert_passes(command: list[str]) -> None:
    """Run a tool from the repository's root; what it says is the failure's message."""
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
