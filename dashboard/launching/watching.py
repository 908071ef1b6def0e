"""Watch a run from a terminal: its console on one stream, how it stands on the other."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import NoReturn, TextIO

from celery import current_app
from django.db import close_old_connections
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from rich.console import Console
from rich.text import Text

from dashboard.runs import console, windows
from dashboard.runs.deciding import exit_code
from dashboard.runs.explaining import MOST_SAID, jenkins_says, why_waiting
from dashboard.runs.models import Run
from dashboard.runs.presenting import look_of
from dashboard.runs.rendering import terminal_text
from dashboard.runs.states import RunState

LOOK_EVERY_S = 0.5
LINES_AT_ONCE = 1000
NO_WORKER_AFTER = timedelta(seconds=10)
NO_WORKER = (
    "No worker answers. The run is kept, and goes out as soon as one does. "
    "Is `make demo`, or a Celery worker, running with the same state?"
)
NOT_FOLLOWED = (
    "Not followed since {since:%H:%M %Z}. The run goes on in Jenkins, and is followed again once a "
    "worker and beat run with the same state."
)
DISCONNECTED = (
    "{controller} was disconnected by an admin, so nobody follows the run. It goes on in Jenkins, "
    "and is followed again once {controller} is connected again."
)
NOT_SENT = (
    "{controller} was disconnected by an admin. The run is kept, and goes out once {controller} is "
    "connected again."
)


class Progress(Console):
    """How a run stands, on a stream that may lose its reader."""

    def on_broken_pipe(self) -> NoReturn:
        """Let it pass: by itself Rich exits with 1, which would say that tests failed."""
        raise BrokenPipeError


def watch(run: Run, out: TextIO, err: TextIO) -> int:
    """Stream ``run``'s console to ``out`` until it has ended; the exit code of its verdict.

    Ctrl-C leaves the run going and exits with 130, as shells do. Raises BrokenPipeError where
    nobody reads any more; the run goes on then, too.
    """
    progress = Progress(file=err, highlight=False)
    shown = 0
    warned = False
    try:
        with progress.status("") as line:
            while True:
                run = Run.objects.select_related("controller", "job", "joined_to").get(pk=run.pk)
                windows.watch(run.source)  # so that sweeps read its console while it grows
                shown = _print_new_lines(run, shown, out)
                if _has_all(run):
                    break
                line.update(Text(_how_it_stands(run)))
                if not warned and (trouble := _why_not_followed(run)):
                    progress.print(Text(trouble))  # it names the controller
                    warned = True
                close_old_connections()
                time.sleep(LOOK_EVERY_S)  # what changed stands in the database: nobody calls us
    except KeyboardInterrupt:
        progress.print(f"Run {run.pk} goes on; nothing was stopped.")
        return 130
    progress.print(Text(_last_word(run)))
    return exit_code(run.state, run.verdict)


def _has_all(run: Run) -> bool:
    """Whether it has ended (or waits for a person), is concluded, and its console is whole."""
    if run.state == RunState.FINISHED:
        return run.is_settled and not windows.is_open(run.source)
    return run.is_ended or run.state == RunState.UNKNOWN


def _print_new_lines(run: Run, shown: int, out: TextIO) -> int:
    """Print whole lines behind the first ``shown``; how many are shown then."""
    source = run.source
    last = source.console_lines + (1 if source.console_is_complete else 0)
    while shown < last:
        lines = console.read_lines(source, shown + 1, min(LINES_AT_ONCE, last - shown))
        if not lines:
            break
        for number, line in lines:
            out.write(terminal_text(line, colours=out.isatty()) + "\n")
            shown = number
    out.flush()
    return shown


def _how_it_stands(run: Run) -> str:
    how, why = look_of(run).word, why_waiting(run)
    if run.state == RunState.RUNNING and run.elapsed is not None:
        seconds = int(run.elapsed.total_seconds())
        usual = f" of about {run.estimated_ms // 1000} s" if run.estimated_ms else ""
        how += f": build {run.build_number}, {seconds} s{usual}"
    if said := jenkins_says(run)[:MOST_SAID]:
        why += f" Jenkins: {terminal_text(said.encode(), colours=False)}"
    return f"{how}. {why}" if why else how


def _why_not_followed(run: Run) -> str:
    """Why nobody sends or follows it: no controller, no worker within 10 s, or none any more."""
    if not run.controller.is_enabled:
        said = NOT_SENT if run.state == RunState.ACCEPTED else DISCONNECTED
        return said.format(controller=run.controller)
    if run.state != RunState.ACCEPTED:
        since = run.controller.unfollowed_since
        return NOT_FOLLOWED.format(since=since.astimezone()) if since else ""
    waited = timezone.now() - run.accepted_at
    if waited < NO_WORKER_AFTER or run.controller.is_away:
        return ""
    return "" if does_a_worker_answer() else NO_WORKER


def finds_worker(run: Run) -> bool:
    """Whether a worker takes ``run``, or answers a ping; waits for one, 10 s at most."""
    until = time.monotonic() + NO_WORKER_AFTER.total_seconds()
    while time.monotonic() < until:
        run.refresh_from_db(fields=["state"])
        if run.state != RunState.ACCEPTED or does_a_worker_answer():
            return True
        time.sleep(LOOK_EVERY_S)  # a worker that takes it tells the database, not us
    return False


def does_a_worker_answer() -> bool:
    """Whether a Celery worker answers a ping within a second; none does without the broker."""
    try:
        return bool(current_app.control.ping(timeout=1.0, limit=1))  # the first answer will do
    except (OperationalError, OSError, RedisError):  # the last where a known connection broke
        return False


def _last_word(run: Run) -> str:
    said = look_of(run).word
    if run.tests_total is not None:
        said += f": {run.tests_passed} of {run.tests_total} tests passed"
    if run.state in (RunState.REFUSED, RunState.CANCELLED, RunState.UNKNOWN):
        last = run.events.filter(new=run.state).last()
        said += f". {last.why}" if last else ""
    return f"Run {run.pk}: {said}"
