"""What can be set or typed is written down."""

from __future__ import annotations

import re
from pathlib import Path

from django.core.management import get_commands, load_command_class

from tests.environment import FROM_THE_SHELL

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = (ROOT / "config/settings.py").read_text()
CONFIGURATION = (ROOT / "docs/configuration.md").read_text()
README = (ROOT / "README.md").read_text()
SCRIPTS = "".join(path.read_text() for path in (ROOT / "config").glob("*.sh"))


def variables() -> set[str]:
    """Environment variables that settings and scripts read."""
    read = set(re.findall(r"""\benv\.\w+\(\s*"(\w+)""", SETTINGS))
    secret = set(re.findall(r"""\bsecret\(\s*"(\w+)""", SETTINGS))
    with_default = set(re.findall(r"\$\{([A-Z_]+):-", SCRIPTS))
    return read | secret | {f"{name}_FILE" for name in secret} | with_default


def test_every_variable_is_in_the_docs() -> None:
    found = variables()
    assert {"RUNBOARD_STATE", "SECRET_KEY_FILE", "CHROMIUM"} <= found
    assert sorted(name for name in found if f"`{name}`" not in CONFIGURATION) == []


def test_the_docs_name_no_variable_that_nothing_reads() -> None:
    named = set(re.findall(r"^\| `([A-Z_]+)`", CONFIGURATION, re.MULTILINE))
    assert named
    assert named - variables() == set()


def test_no_variable_of_the_shell_reaches_the_tests() -> None:
    theirs = variables() - {"RUNBOARD_STATE", "CHROMIUM"}  # set for the tests
    assert theirs - set(FROM_THE_SHELL.split()) == set()


def test_every_make_target_is_in_the_readme() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"demo", "test"} <= set(targets)
    assert [name for name in targets if f"make {name}" not in README and name != "help"] == []


def test_every_command_of_ours_is_in_the_readme_and_explains_itself() -> None:
    ours = {name: app for name, app in get_commands().items() if app.startswith("dashboard.")}
    assert {"launch", "connect"} <= set(ours)
    assert [name for name in ours if f"manage.py {name}" not in README] == []
    assert [name for name, app in ours.items() if not load_command_class(app, name).help] == []
