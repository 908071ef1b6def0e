"""People signed in to the running stack, and its controller with jobs of the tests' own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo import Demo, Remote
from tests.flows.person import Person
from tests.servers import Runboard

HOSTILE = "<script>alert(1)</script>"
# Jobs at the root: what they run. All define TestPlanName, and our marker.
JOBS = {
    "ticking": "for step in $(seq 12); do echo step $step of 12; sleep 0.3; done",
    "stubborn": "echo its pid is $$; sleep 300",
    "doomed": "echo never built",
    "hostile-console": f"echo '{HOSTILE}'; printf 'bad \\377\\376 bytes\\n'; echo after them",
    "hostile-report": f"""cat > report.xml <<'END'
<testsuite name="s"><testcase classname="c" name="{HOSTILE.replace("<", "&lt;")}">
<failure message="{HOSTILE.replace("<", "&lt;")}">trace</failure></testcase></testsuite>
END
""",
    "garbage-report": "echo 'this is <not XML' > report.xml",
}


@pytest.fixture(scope="session")
def jenkins(runboard: Runboard) -> Remote:
    """The stack's controller, with `JOBS` beside the jobs that it is seeded with."""
    jenkins = Remote(runboard.jenkins_url, runboard.jenkins_user, runboard.jenkins_token)
    for name, shell in JOBS.items():
        report = "report.xml" if "report" in name else ""
        jenkins.make_job(name, shell, parameters=("TestPlanName", "RUNBOARD_ID"), junit=report)
    runboard.connect("demo", jenkins.url, jenkins.user, jenkins.token)  # reads its jobs again
    return jenkins


@pytest.fixture(scope="session")
def sign_in(runboard: Runboard, jenkins: Remote) -> Iterator[Callable[[str], Person]]:
    """Sign somebody in, in a browser of their own."""
    people: list[Person] = []

    def sign_in(name: str) -> Person:
        people.append(Person(runboard.url))
        people[-1].sign_in(name, runboard.password)
        return people[-1]

    yield sign_in
    for person in people:
        person.session.close()


@pytest.fixture(scope="session")
def tester(sign_in: Callable[[str], Person]) -> Person:
    return sign_in("tester")


@pytest.fixture
def second(runboard: Runboard, tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Start and connect another controller, seeded as the first, under a name."""
    started: list[Demo] = []

    def start(name: str, *options: str) -> Demo:
        demo = Demo(tmp_path / name, *options)
        demo.start()
        started.append(demo)
        runboard.connect(name, demo.url, demo.user, demo.token)
        return demo

    yield start
    for demo in started:
        demo.stop()
