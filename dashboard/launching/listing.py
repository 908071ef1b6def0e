"""The list of jobs: by controller and folder, searched and counted, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.core.paginator import Page, Paginator
from django.db.models import Q

from dashboard.controllers.models import Controller, Job, JobSwitch
from dashboard.launching.remembering import last_runs
from dashboard.launching.switching import last_switched_off
from dashboard.people.models import User
from dashboard.runs.models import Run

JOBS_PER_PAGE = 100
VIEWS = {"": "All", "off": "Off", "gone": "Gone"}


@dataclass(frozen=True)
class JobName:
    """What ordering and counting need of a job: ten thousand of them are read in one query."""

    pk: int
    controller: str
    full_name: str
    is_off: bool
    is_gone: bool

    @property
    def folder(self) -> str:
        return self.full_name.rpartition("/")[0]

    @property
    def order(self) -> tuple[str, ...]:
        """By controller, folder and name; a job stands before the folders beside it.

        Names that differ only in their case stand side by side, and never mixed.
        """
        parts = self.controller, self.folder, self.full_name
        return tuple(text for part in parts for text in (part.casefold(), part))

    def is_in(self, view: str) -> bool:
        """Whether it belongs to a view of the list: all, those off, those gone."""
        return {"off": self.is_off, "gone": self.is_gone}.get(view, True)


@dataclass(frozen=True)
class Folder:
    """One card: a folder of one controller, and those of its jobs that are on this page."""

    controller: Controller
    name: str
    rows: list[tuple[Job, list[Run], JobSwitch | None]]  # newest run first; who switched it off
    total: int
    off: int
    gone: int


@dataclass(frozen=True)
class JobList:
    """A page of jobs, and the views of the list: (key, word, how many jobs)."""

    page: Page[JobName]
    folders: list[Folder]
    views: list[tuple[str, str, int]]
    controllers: int


def list_jobs(user: User, *, words: str = "", view: str = "", page: str | None = None) -> JobList:
    """Jobs whose name or description has ``words``. Five queries, whatever their number."""
    names = sorted(_names(user, words), key=lambda name: name.order)
    of_view = [name for name in names if name.is_in(view)]
    numbered = Paginator(of_view, JOBS_PER_PAGE).get_page(page)
    jobs = Job.objects.select_related("controller").defer("parameters")
    by_id = jobs.in_bulk([name.pk for name in numbered])
    return JobList(
        page=numbered,
        folders=list(_folders(user, list(numbered), by_id, of_view)),
        views=[(key, word, sum(name.is_in(key) for name in names)) for key, word in VIEWS.items()],
        controllers=len({name.controller for name in names}),
    )


def jobs_near(user: User, text: str, *, limit: int = 8) -> list[Job]:
    """Jobs that Jenkins has with ``text`` in their full name; those called just so first."""
    called_so = Q(full_name__iexact=text) | Q(full_name__iendswith=f"/{text}")
    jobs = Job.objects.visible_to(user).filter(full_name__icontains=text, gone_at=None)
    ordered = jobs.annotate(is_called_so=called_so).order_by("-is_called_so", "full_name")
    return list(ordered.select_related("controller").defer("parameters", "description")[:limit])


def _names(user: User, words: str) -> list[JobName]:
    jobs = Job.objects.visible_to(user)
    if words:
        jobs = jobs.filter(Q(full_name__icontains=words) | Q(description__icontains=words))
    facts = jobs.values_list("pk", "controller__name", "full_name", "is_disabled", "gone_at")
    return [
        JobName(pk, controller, full_name, is_disabled and gone_at is None, gone_at is not None)
        for pk, controller, full_name, is_disabled, gone_at in facts
    ]


def _folders(
    user: User, names: list[JobName], jobs: dict[int, Job], of_view: list[JobName]
) -> Iterator[Folder]:
    runs, off = last_runs(user, jobs.values()), last_switched_off(jobs.values())
    all_of: dict[tuple[str, str], list[JobName]] = {}
    for name in of_view:
        all_of.setdefault((name.controller, name.folder), []).append(name)
    for where, here in groupby(names, key=lambda name: (name.controller, name.folder)):
        rows = [(jobs[name.pk], runs[name.pk], off.get(name.pk)) for name in here]
        yield Folder(
            controller=rows[0][0].controller,
            name=where[1],
            rows=rows,
            total=len(all_of[where]),
            off=sum(name.is_off for name in all_of[where]),
            gone=sum(name.is_gone for name in all_of[where]),
        )
