"""Jobs of the tests' own on the running stack's controller, beside those that it is seeded with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo import Remote
from tests.servers import Runboard

HOSTILE = "<script>alert(1)</script>"
ESCAPED = HOSTILE.replace("<", "&lt;")
# What they run. All stand at the root and define TestPlanName, and our marker.
JOBS = {
    "short": "echo a step; sleep 1",
    "endless": "set +x; seq 60; while true; do echo step $((n += 1)); sleep 1; done",
    "stubborn": "trap '' TERM; echo its pid is $$; sleep 300",
    "doomed": "echo never built",
    "fleeting": "echo never built",
    "hostile-console": f"echo '{HOSTILE}'; printf 'bad \\377\\376 bytes\\n'; echo after them",
    "hostile-report": f"""cat > report.xml <<'END'
<testsuite name="s"><testcase classname="c" name="{ESCAPED}">
<failure message="{ESCAPED}">trace</failure></testcase></testsuite>
END
""",
    "garbage-report": "echo 'this is <not XML' > report.xml",
}

UNTIL_GATE = (
    'set +x; until [ -e "$GATE" ]; do echo tick $((n += 1)); sleep 0.3; done; echo the gate is open'
)


@pytest.fixture(scope="session")
def jenkins(runboard: Runboard) -> Remote:
    """The stack's controller, with `JOBS` in it and in Runboard's catalogue."""
    jenkins = Remote(runboard.jenkins_url, runboard.jenkins_user, runboard.jenkins_token)
    for name, shell in JOBS.items():
        report = "report.xml" if "report" in name else ""
        jenkins.make_job(name, shell, parameters=("TestPlanName", "RUNBOARD_ID"), junit=report)
    runboard.connect("demo", jenkins.url, jenkins.user, jenkins.token)  # reads its jobs again
    return jenkins


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """A file that a build waits for; it is there at the latest when the test has ended."""
    gate = tmp_path / "gate"
    yield gate
    gate.touch()


@pytest.fixture(scope="session")
def gated(runboard: Runboard, jenkins: Remote) -> str:
    """A job that ticks until there is the file that its parameter GATE names; the job's name."""
    parameters = ("TestPlanName", "RUNBOARD_ID", "GATE")
    jenkins.make_job("gated", UNTIL_GATE, parameters=parameters)
    runboard.connect("demo", jenkins.url, jenkins.user, jenkins.token)  # reads its jobs again
    return "gated"
