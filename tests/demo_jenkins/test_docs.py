"""All that Jenkins does not have is written down where a tester looks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = (ROOT / "docs/demo-controller.md").read_text()


def test_every_fault_is_described() -> None:
    kinds = re.findall(
        r'^    [A-Z_]+ = "([a-z-]+)"', (ROOT / "demo_jenkins/faults.py").read_text(), re.M
    )
    assert "close-after-accept" in kinds
    assert [kind for kind in kinds if f"| `{kind}` |" not in DOCS] == []


def test_every_page_is_described() -> None:
    source = (ROOT / "demo_jenkins/web/demo.py").read_text()
    pages = re.findall(r'^@page\("\w+", "(demo/[\w/]+)"', source, re.M)
    assert "demo/fault" in pages
    assert [page for page in pages if f"{page}`" not in DOCS] == []


def test_help_leads_there() -> None:
    command = [sys.executable, "-m", "demo_jenkins", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "docs/demo-controller.md" in shown
