"""From the click on Abort until no process of the build is left, on the stack of `make demo`."""

from __future__ import annotations

import statistics
import sys
import time
from contextlib import redirect_stdout, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.setting_up import report
from tests.demo import Remote, wait_until
from tests.flows.person import Person, run_path
from tests.servers import Runboard, demo_on

ROUNDS = 5
BOUND_S = 2.0


def main() -> int:
    """Abort one build after the other."""
    with (
        redirect_stdout(sys.stderr),  # what the demo tells
        TemporaryDirectory() as state,
        demo_on(Path(state), "--no-runs") as stack,
    ):
        pid_file = Path(state) / "pid"
        jenkins = Remote(stack.jenkins_url, stack.jenkins_user, stack.jenkins_token)
        shell = f"sleep 300 & echo $$ > {pid_file}; sleep 300"
        jenkins.make_job("endless", shell, parameters=("TestPlanName",))
        jenkins.make_job("deaf", f"trap '' TERM; {shell}", parameters=("TestPlanName",))
        stack.connect("demo", jenkins.url, jenkins.user, jenkins.token)
        times_s = {
            job: [round(_abort_one(stack, job, pid_file), 2) for _ in range(ROUNDS)]
            for job in ("endless", "deaf")
        }
    return report(
        "abort",
        seconds_to_the_last_process=times_s["endless"],
        of_one_that_is_deaf_to_term=times_s["deaf"],
        bound=f"no process of a running build is left after {BOUND_S:.0f} s, in the median",
        holds=all(statistics.median(times) <= BOUND_S for times in times_s.values()),
    )


def _abort_one(stack: Runboard, job: str, pid_file: Path) -> float:
    """Seconds from the click to the end of the build's shell and of what it started."""
    pid_file.unlink(missing_ok=True)
    with Person(stack.url) as tester:
        tester.sign_in("tester", stack.password)
        run = tester.launch(job, TestPlanName="endless")
        tester.wait_for(run, "Running")
        wait_until(lambda: pid_file.exists() and bool(pid_file.read_text()))
        shell = psutil.Process(int(pid_file.read_text()))
        wait_until(lambda: len(shell.children()) == 2)
        processes = [shell, *shell.children()]
        path = f"{run_path(run)}abort/"
        form = tester.open(path).form(path)
        clicked_at = time.perf_counter()
        tester.post(form)
        wait_until(lambda: all(map(_has_ended, processes)))
        return time.perf_counter() - clicked_at


def _has_ended(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return True


if __name__ == "__main__":
    sys.exit(main())
