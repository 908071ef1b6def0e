"""Run one test plan with pytest, as the seeded jobs do: ``run.py PLAN``.

Takes NoOfReruns, Environment and Verbose from the environment; writes report.xml where it runs.
"""

import os
import sys
from pathlib import Path

import pytest

PLANS = Path(__file__).parent
BARE_PLAN = "flaky-bare"  # its report stays as pytest-rerunfailures writes it
USAGE_ERROR = 2


def main(plan: str) -> int:
    """Run a plan; the exit status is pytest's, or 2 with a line saying what is wrong."""
    known = sorted({path.parent.name.replace("_", "-") for path in PLANS.glob("*/test_*.py")})
    if plan not in known:
        say(f"Unknown test plan '{plan}'. There are: {', '.join(known)}.")
        return USAGE_ERROR
    parameters = dict(os.environ)
    reruns = parameters.get("NoOfReruns", "0")
    if not reruns.isdecimal():
        say(f"NoOfReruns must be a whole number, not '{reruns}'.")
        return USAGE_ERROR
    where = parameters.get("Environment", "staging")
    say(f"Running test plan '{plan}' on {where}, up to {reruns} reruns of a failed test")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path.insert(0, str(PLANS))
    command_line = arguments(plan, reruns, is_verbose=parameters.get("Verbose") == "true")
    os.chdir(PLANS)  # so that the output names tests from here
    return int(pytest.main(command_line))


def arguments(plan: str, reruns: str, *, is_verbose: bool) -> list[str]:
    """The command line for pytest: none of the surrounding project's settings apply."""
    folder = PLANS / plan.replace("-", "_")
    plugins = ["-p", "pytest_rerunfailures"] + ([] if plan == BARE_PLAN else ["-p", "attempts"])
    verbosity = "-vv" if is_verbose else "-v"
    own = ["-c", str(PLANS / "pytest.ini"), "--rootdir", str(PLANS), "-p", "no:cacheprovider"]
    report = ["--junitxml", str(Path.cwd() / "report.xml"), "--reruns", reruns]
    return [*own, *plugins, *report, verbosity, "--color=yes", str(folder)]


def say(line: str) -> None:
    """Print a line of the runner's own."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
