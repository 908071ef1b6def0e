"""What a page has seen of a run: a text that changes with all that its header or row shows."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from django.utils import timezone

from dashboard.controllers.models import is_sweep_late
from dashboard.people.models import User
from dashboard.runs.explaining import is_worker_late
from dashboard.runs.models import Run
from dashboard.runs.polling import KEY, PolledQuery
from dashboard.runs.states import WAITING, RunState

COLUMNS = (
    "version",
    "joined_to_id",
    "state",
    "verdict",
    "due_at",
    "controller__unreachable_since",
    "controller__failures",
    "controller__news",
    "controller__sweep_due_at",
    "controller__lease_until",
    "job__may_cancel",
    "job__gone_at",
    "job__is_disabled",
    "job__is_buildable",
)


class Standing(NamedTuple):
    """What a header has seen of a run, and the phase that the tabs under it depend on."""

    seen: str
    phase: str


class Facts(NamedTuple):
    """What `Standing` is made of, in the order of `COLUMNS`."""

    version: int
    joined_to_id: int | None
    state: str
    verdict: str
    due_at: datetime
    unreachable_since: datetime | None
    failures: int  # grows with each new reason why the controller is away
    news: int
    sweep_due_at: datetime
    lease_until: datetime | None
    may_cancel: bool | None
    gone_at: datetime | None
    is_disabled: bool
    is_buildable: bool

    @classmethod
    def of(cls, run: Run) -> Facts:
        return cls(*attrgetter(*(column.replace("__", ".") for column in COLUMNS))(run))

    def standing(self, other_version: int = 0) -> Standing:
        """``other_version`` is that of the run it is joined to, where a page shows that too."""
        is_away = self.unreachable_since is not None
        news = self.news if self.state in WAITING else 0  # why it waits is told by these
        seen = f"{self.version}.{other_version}.{is_away:d}.{self.failures}.{news}"
        is_launchable = self.is_buildable and not self.is_disabled and not self.gone_at
        seen += f".{self.may_cancel is False:d}{is_launchable:d}"  # is Abort off, Run again on?
        now = timezone.now()  # what follows is told by time alone
        seen += f".{is_sweep_late(self.sweep_due_at, self.lease_until, now):d}"
        if self.state == RunState.ACCEPTED:
            seen += f".{self.due_at > now:d}{is_worker_late(self.due_at, now):d}"
        return Standing(seen, self.verdict or self.state)


_FACTS = PolledQuery(lambda user: Run.objects.visible_to(user).filter(pk=KEY).values_list(*COLUMNS))


def read_standing(user: User, run_id: int) -> Standing:
    """How a run stands, in one indexed read (two for a joined one); raises Http404."""
    facts = Facts(*_FACTS.row_or_404(user, run_id))
    if not facts.joined_to_id:
        return facts.standing()
    return facts.standing(Facts(*_FACTS.row_or_404(user, facts.joined_to_id)).version)


def standing_of(run: Run) -> Standing:
    """How ``run`` stood when it was read."""
    return Facts.of(run).standing(run.joined_to.version if run.joined_to else 0)


def row_seen(run: Run) -> str:
    """Changes with everything that a list's row shows of ``run``."""
    return Facts.of(run).standing().seen
