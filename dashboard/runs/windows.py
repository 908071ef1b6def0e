"""Which lines of a console a page shows: a window of about a thousand, then what came after it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS

from dashboard.people.models import User
from dashboard.runs import console
from dashboard.runs.models import Run
from dashboard.runs.polling import KEY, PolledQuery
from dashboard.runs.rendering import Line, render_lines
from dashboard.runs.states import RunState
from dashboard.shared.watching import renew

WINDOW_LINES = 1000
LINES_BEFORE = 300  # in a window around a line that somebody linked to
END = (  # in the order of the model's fields
    "id",
    "state",
    "console_bytes",
    "console_lines",
    "console_is_complete",
    "console_watched_until",
)


@dataclass(frozen=True)
class Window:
    """Some lines of the console of ``run``, which was read before them."""

    run: Run
    numbered: list[tuple[int, bytes]]

    @property
    def lines(self) -> list[Line]:
        return render_lines(self.numbered)

    @property
    def first(self) -> int:
        return self.numbered[0][0] if self.numbered else 1

    @property
    def last(self) -> int:
        """Number of its last finished line: one without an end yet is asked for again."""
        last = self.numbered[-1][0] if self.numbered else 0
        return min(last, self.run.console_lines)


def window_at_end(run: Run) -> Window:
    """The last lines of ``run``."""
    return Window(run, console.last_lines(run, WINDOW_LINES))


def window_around(run: Run, line: int | None) -> Window:
    """Lines around ``line``, most of them after it; the last ones where there is no such line."""
    if not line or line > run.console_lines:
        return window_at_end(run)
    return window_from(run, line - LINES_BEFORE)


def window_from(run: Run, first: int) -> Window:
    """Lines from ``first`` on."""
    return Window(run, console.read_lines(run, max(1, first), WINDOW_LINES))


def is_open(run: Run) -> bool:
    """Whether anything may still be written to the console of ``run``."""
    never = (RunState.REFUSED, RunState.CANCELLED, RunState.UNKNOWN)
    return not run.console_is_complete and run.state not in never


_END = PolledQuery(
    lambda user: Run.objects.visible_to(user).filter(pk=KEY).values_list("joined_to_id", *END)
)


def read_end(user: User, run_id: int) -> Run:
    """The source of a run with nothing read but where its console ends: most polls end there.

    One indexed read, two for a joined run; raises Http404.
    """
    joined_to_id, *end = _END.row_or_404(user, run_id)
    if joined_to_id:
        _, *end = _END.row_or_404(user, joined_to_id)
    return Run.from_db(DEFAULT_DB_ALIAS, END, end)  # a fifth of what a new Run() costs


def watch(run: Run) -> None:
    """Have sweeps read this console for the next 15 s; written only when that runs out soon.

    The rest of an ended run's is read anyway. It is no news to any page: ``version`` stays.
    """
    if not run.is_ended:
        row = Run.objects.filter(pk=run.pk)
        renew(row, "console_watched_until", run.console_watched_until)
