"""A run: our record of one launch, its ledger of events, its secrets and its console."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from dashboard.controllers.models import Controller, Job
from dashboard.runs.querying import RunQuerySet
from dashboard.runs.states import ENDED, NEEDS_SECRETS, RunState, Verdict, check_move

if TYPE_CHECKING:
    from dashboard.people.models import User


# What the history filters by: each, and each two of them, have an index
FILTERED_BY = ("plan", "verdict", "owner", "job")


class SentHow(models.TextChoices):
    """On whose behalf Jenkins was asked for a build."""

    ACCOUNT = "account", "with the controller’s account"
    OWN = "own", "with the person’s own token"
    TRIGGER = "trigger", "with the job’s trigger token, without a user"


class Run(models.Model):
    """One launch. ``state`` is ours; ``build_result`` is Jenkins's word, verbatim."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4)  # of the form; also the marker
    # Without an index of their own where one in Meta begins with them
    controller = models.ForeignKey(
        Controller, on_delete=models.PROTECT, related_name="runs", db_index=False
    )
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="runs", db_index=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="runs", db_index=False
    )
    again_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    # An equal launch that Jenkins folded ours into: we show its build as ours
    joined_to = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="joined_runs", db_index=False
    )

    plan = models.CharField(max_length=500, blank=True)  # value of the plan parameter
    reruns = models.PositiveIntegerField(null=True)  # value of the rerun parameter
    parameters = models.JSONField(null=True)  # as sent, passwords left out; null: a plain job
    secret_names = models.JSONField(default=list)  # password parameters that were sent

    state = models.CharField(max_length=12, choices=RunState, default=RunState.ACCEPTED)
    version = models.PositiveBigIntegerField(default=1)  # grows with every change a page shows
    accepted_at = models.DateTimeField(auto_now_add=True)
    not_after = models.DateTimeField()  # too late to send it
    due_at = models.DateTimeField(default=timezone.now)  # the next step: send, or read its report
    lease_until = models.DateTimeField(null=True)  # of the worker that POSTs, or reads its report
    sent_at = models.DateTimeField(null=True)
    sent_as = models.CharField(max_length=200, blank=True)  # the Jenkins account used
    sent_how = models.CharField(max_length=8, choices=SentHow, blank=True)

    # A queue id means something only together with the session before its POST
    queue_id = models.BigIntegerField(null=True)
    queue_session = models.CharField(max_length=100, blank=True)
    queued_at = models.DateTimeField(null=True)
    # WaitingItem, BuildableItem, ...; of a running Pipeline that of a step that waits, else ""
    queue_kind = models.CharField(max_length=50, blank=True)
    queue_why = models.CharField(max_length=1000, blank=True)  # Jenkins's own words
    queue_is_stuck = models.BooleanField(default=False)
    queue_is_fresh = models.BooleanField(default=False)  # an idle executor may just take it
    queue_until = models.DateTimeField(null=True)  # end of the quiet period
    missed_at = models.DateTimeField(null=True)  # since when sweeps have not seen it in Jenkins

    build_number = models.PositiveIntegerField(null=True)
    build_before = models.PositiveIntegerField(null=True)  # its number until a person named another
    build_id = models.CharField(max_length=100, blank=True)
    build_kind = models.CharField(max_length=200, blank=True)  # Jenkins's _class
    build_result = models.CharField(max_length=20, blank=True)
    build_causes = models.JSONField(default=list)
    node = models.CharField(max_length=200, blank=True)
    is_kept = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True)  # Jenkins's timestamp, on its clock
    estimated_ms = models.PositiveBigIntegerField(null=True)
    duration_ms = models.PositiveBigIntegerField(null=True)
    waits_for_input = models.BooleanField(default=False)
    finished_at = models.DateTimeField(null=True)

    abort_asked_at = models.DateTimeField(null=True)
    abort_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    abort_why = models.CharField(max_length=500, blank=True)
    abort_sent_at = models.DateTimeField(null=True)
    abort_refused = models.CharField(max_length=500, blank=True)  # why Jenkins would not

    # Written by runs.concluding.conclude only
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    concluded_at = models.DateTimeField(null=True)
    has_report = models.BooleanField(null=True)
    report_failed_at = models.DateTimeField(null=True)  # when it first could not be read
    report_trouble = models.CharField(max_length=500, blank=True)
    tests_total = models.PositiveIntegerField(null=True)
    tests_failed = models.PositiveIntegerField(null=True)
    tests_skipped = models.PositiveIntegerField(null=True)
    tests_failed_first = models.PositiveIntegerField(null=True)  # passed on a rerun
    reruns_used = models.PositiveIntegerField(null=True)  # k: most attempts of a case - 1
    failed_every_time = models.BooleanField(default=False)

    # The console as far as it is stored: Jenkins's offset, and our own bytes and lines
    console_offset = models.PositiveBigIntegerField(default=0)
    console_ahead_bytes = models.PositiveBigIntegerField(default=0)  # of an answer without its end
    console_bytes = models.PositiveBigIntegerField(default=0)
    console_lines = models.PositiveBigIntegerField(default=0)
    console_is_complete = models.BooleanField(default=False)
    console_note = models.CharField(max_length=500, blank=True)  # skipped, rotated or cut
    console_watched_until = models.DateTimeField(null=True)
    console_lease_until = models.DateTimeField(null=True)  # of the worker that reads the rest
    console_due_at = models.DateTimeField(default=timezone.now)  # when to read on once it ended
    console_failures = models.PositiveIntegerField(default=0)  # answers in a row that were no log

    objects = RunQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=("state", "id"), name="run_state"),
            *(
                models.Index(fields=(*names, "id"), name="_".join(("run", *names)))
                for count in (1, 2)
                for names in combinations(FILTERED_BY, count)
            ),
            models.Index(fields=("controller", "state"), name="run_controller_state"),
            models.Index(fields=("controller", "queue_id"), name="run_queue_item"),
            models.Index(fields=("job", "build_number"), name="run_build"),
            # Joined runs alone: else SQLite looks here for those that are not, which are nearly all
            models.Index(
                fields=("joined_to",), name="run_joined", condition=Q(joined_to__isnull=False)
            ),
            # What is still to be read or concluded: a handful among a million. The state leads:
            # SQLite does not see that a parameter of a query implies a condition.
            models.Index(
                fields=("state", "console_due_at"),
                name="run_console_to_read",
                condition=Q(console_is_complete=False, joined_to=None),
            ),
            models.Index(
                fields=("state", "due_at"),
                name="run_to_conclude",
                condition=Q(concluded_at=None),
            ),
        )
        constraints = (
            # A running build is one run's; those that Jenkins folded into it name it by joined_to.
            # Of those that ended: a job made again in Jenkins gives its numbers out again.
            models.UniqueConstraint(
                fields=("job", "build_number"),
                name="one_run_per_running_build",
                condition=Q(joined_to=None, build_number__isnull=False, state=RunState.RUNNING),
            ),
        )

    def __str__(self) -> str:
        return f"run {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("runs:run", args=[self.pk])

    def move_to(self, new: RunState, *, why: str, who: User | None = None, **fields: Any) -> bool:
        """Change state if nobody else has since we read it; say whether we did.

        The only writer of ``state``. Leaves a `RunEvent`, tells open pages, and forgets the
        passwords of a launch that needs them no more. The lease is a part of what must be as
        we read it: a worker that outlived its own moves nothing.
        """
        check_move(self.state, new)
        with transaction.atomic():
            same = Run.objects.filter(pk=self.pk, state=self.state, lease_until=self.lease_until)
            if not same.update(state=new, version=F("version") + 1, **fields):
                return False  # somebody else moved this run first
            if new not in NEEDS_SECRETS:
                RunSecrets.objects.filter(run=self).delete()
            self.events.create(old=self.state, new=new, why=why[:1000], who=who)
            self.controller_news()
        self.refresh_from_db()
        return True

    def note(self, why: str, *, who: User | None = None, **fields: Any) -> None:
        """Record a fact without a move, change ``fields``, and tell open pages."""
        with transaction.atomic():
            self.events.create(old=self.state, new=self.state, why=why[:1000], who=who)
            self.change(**fields)

    def change(self, **fields: Any) -> None:
        """Write facts that a page shows (not ``state``), and tell open pages."""
        with transaction.atomic():
            Run.objects.filter(pk=self.pk).update(version=F("version") + 1, **fields)
            self.controller_news()
        self.refresh_from_db()

    def controller_news(self) -> None:
        """Tell the lists that show this run's controller."""
        Controller.objects.filter(pk=self.controller_id).bump_news()

    move_to.alters_data = True  # type: ignore[attr-defined]  # Django's mark: no template may call it
    note.alters_data = True  # type: ignore[attr-defined]  # the same mark
    change.alters_data = True  # type: ignore[attr-defined]  # the same mark

    @property
    def source(self) -> Run:
        """The run whose console and tests are shown: the one that Jenkins folded this into."""
        return self.joined_to or self

    @property
    def title(self) -> str:
        """What a person calls it: its plan, else its job's name."""
        return self.plan or self.job.name

    @property
    def is_ended(self) -> bool:
        """Whether nothing will happen to it any more, except its verdict."""
        return self.state in ENDED

    @property
    def stands_still(self) -> bool:
        """Whether its build waits for somebody's answer in Jenkins."""
        return self.state == RunState.RUNNING and self.waits_for_input

    @property
    def is_settled(self) -> bool:
        """Whether a page about it may stop asking: ended, and concluded where it has a verdict."""
        return self.is_ended and (self.state != RunState.FINISHED or self.concluded_at is not None)

    def is_watched(self, now: datetime) -> bool:
        """Whether somebody has its console open: a poll renews this for 15 s."""
        return self.console_watched_until is not None and self.console_watched_until > now

    @property
    def is_adopted_unseen(self) -> bool:
        """Whether a person named its build, and no sweep has seen that build yet."""
        return self.build_number is not None and self.queue_id is None and self.started_at is None

    @property
    def tests_passed(self) -> int | None:
        """Cases that passed in the end, those that failed first included."""
        if self.tests_total is None:
            return None
        return self.tests_total - (self.tests_failed or 0) - (self.tests_skipped or 0)

    @property
    def elapsed(self) -> timedelta | None:
        """How long the build took, or has taken so far on our clock; None before it, and where
        it vanished."""
        if self.duration_ms is not None:
            return timedelta(milliseconds=self.duration_ms)
        if self.started_at is None or self.is_ended:
            return None
        offset = timedelta(seconds=self.controller.clock_offset_s)
        return max(timedelta(0), timezone.now() + offset - self.started_at)

    @property
    def build_url(self) -> str:
        """The build in Jenkins, on the address we were given; "" where it has none (any more)."""
        if self.build_number is None or self.verdict == Verdict.LOST:
            return ""
        return self.controller.build_address(self.job.full_name, self.build_number)


class RunEvent(models.Model):
    """The ledger: every move of a run, and facts worth knowing later (old == new)."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(auto_now_add=True)
    old = models.CharField(max_length=12, choices=RunState, blank=True)
    new = models.CharField(max_length=12, choices=RunState)
    why = models.CharField(max_length=1000)
    who = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.run_id}: {self.old} -> {self.new}"

    @property
    def is_move(self) -> bool:
        """Whether the run changed state here, or only a fact was recorded."""
        return self.old != self.new


class RunSecrets(models.Model):
    """Password parameters of a launch, encrypted, until Jenkins took or refused them."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="secrets")
    values_encrypted = models.TextField()  # JSON {name: value}
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"secrets of run {self.run_id}"


class ConsoleChunk(models.Model):
    """A stretch of a run's console: at most 256 KiB of bytes with LF ends, zstd level 3."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="console_chunks")
    sequence = models.PositiveIntegerField()
    first_byte = models.PositiveBigIntegerField()
    first_line = models.PositiveBigIntegerField()  # line ends before its first byte
    size_bytes = models.PositiveIntegerField()  # uncompressed
    data = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("run", "sequence"), name="one_chunk_per_sequence"),
        )

    def __str__(self) -> str:
        return f"run {self.run_id}, chunk {self.sequence}"


def as_datetime(epoch_ms: int | None) -> datetime | None:
    """Jenkins's milliseconds as a time in UTC."""
    return None if epoch_ms is None else datetime.fromtimestamp(epoch_ms / 1000, tz=UTC)
