"""A controller (a Jenkins server) and the jobs it can build."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from dashboard.shared import secrets
from jenkins_api.paths import job_path

if TYPE_CHECKING:
    from dashboard.people.models import User


SWEEP_TAKEN = timedelta(seconds=20)  # usually within a second


class ControllerQuerySet(models.QuerySet["Controller"]):
    def visible_to(self, user: User) -> Self:
        """Controllers this person may see: everybody sees all until scopes exist."""
        return self.filter(is_enabled=True)

    def due(self, now: datetime) -> Self:
        """Controllers whose next sweep is due and that nobody sweeps at the moment."""
        return self.filter(
            Q(lease_until=None) | Q(lease_until__lt=now),
            is_enabled=True,
            sweep_due_at__lte=now,
            refused_since=None,
        )

    def catalogue_due(self, now: datetime) -> Self:
        """Controllers that answer and whose catalogue is old."""
        return self.filter(
            is_enabled=True, catalogue_due_at__lte=now, unreachable_since=None, refused_since=None
        )

    def bump_news(self) -> int:
        """Tell every list that shows these controllers that something changed."""
        return self.update(news=F("news") + 1)

    def sweep_by(self, now: datetime) -> int:
        """Have their sweep due by ``now``; one that is late already stays so, for pages to tell."""
        return self.filter(sweep_due_at__gt=now).update(sweep_due_at=now)


class Controller(models.Model):
    """A Jenkins server, how we sign in there, and what the last sweep saw of it."""

    name = models.CharField(max_length=100, unique=True)
    url = models.CharField("address", max_length=500)  # http://jenkins:8080/ is one too
    user = models.CharField("Jenkins user", max_length=200)
    token_encrypted = models.TextField()
    by_password = models.BooleanField(default=False)  # the token is a password: crumbs are needed
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    # What its parameters are called here
    plan_parameter = models.CharField(max_length=200, default="TestPlanName")
    reruns_parameter = models.CharField(max_length=200, default="NoOfReruns")
    marker_parameter = models.CharField(max_length=200, default="RUNBOARD_ID")
    person_parameter = models.CharField(max_length=200, default="RUNBOARD_USER")
    # Seconds to wait before a build, as `delay=`; null keeps each job's own quiet period.
    launch_delay_s = models.PositiveIntegerField(null=True, default=0)
    requests_per_minute = models.PositiveIntegerField(default=600)

    # Grows with every change that a page shows; a polled list names what it last saw.
    news = models.PositiveBigIntegerField(default=0)

    # What the last answer told
    version = models.CharField(max_length=50, blank=True)
    session = models.CharField(max_length=100, blank=True)  # X-Jenkins-Session: its epoch
    answered_in_s = models.FloatField(null=True)
    clock_offset_s = models.FloatField(default=0)  # its clock minus ours
    answered_at = models.DateTimeField(null=True)
    executors_total = models.PositiveIntegerField(default=0)
    executors_busy = models.PositiveIntegerField(default=0)
    queue_length = models.PositiveIntegerField(default=0)
    nodes = models.JSONField(default=list)  # [{name, labels, is_offline, is_busy, offline_reason}]

    # What the last connection check found; null: it could not be asked
    checked_at = models.DateTimeField(null=True)
    may_build = models.BooleanField(null=True)
    may_configure = models.BooleanField(null=True)
    may_cancel = models.BooleanField(null=True)  # what Jenkins said to the last abort
    uses_crumbs = models.BooleanField(null=True)
    mode = models.CharField(max_length=20, blank=True)  # NORMAL or EXCLUSIVE
    is_quieting_down = models.BooleanField(default=False)
    check_steps = models.JSONField(default=list)  # as examining.Step, in their order

    # The sweep: when it is due, who has it (lease and fence), and what went wrong
    sweep_due_at = models.DateTimeField(auto_now_add=True, db_index=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)  # unanswered in a row
    refusals = models.PositiveIntegerField(default=0)  # of our account, in a row
    unreachable_since = models.DateTimeField(null=True)
    refused_since = models.DateTimeField(null=True)  # 401 or 403: asked again only by a person
    trouble = models.CharField(max_length=500, blank=True)  # why, in words

    # The catalogue
    catalogue_due_at = models.DateTimeField(auto_now_add=True)
    catalogue_synced_at = models.DateTimeField(null=True)

    objects = ControllerQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def token(self) -> str:
        """The API token of our account there, in clear; never shown, never logged."""
        return secrets.decrypt(self.token_encrypted)

    @token.setter
    def token(self, value: str) -> None:
        self.token_encrypted = secrets.encrypt(value)

    def job_address(self, job: str) -> str:
        """A job's page in Jenkins, on the address we were given."""
        return f"{self.url.rstrip('/')}{job_path(job)}/"

    def build_address(self, job: str, number: int) -> str:
        """A build's page in Jenkins, on the address we were given."""
        return f"{self.job_address(job)}{number}/"

    @property
    def rights(self) -> tuple[tuple[str, bool | None], ...]:
        """What our account may do there, as far as Jenkins told; None where nothing could tell."""
        may = self.may_build, self.may_cancel, self.may_configure
        return tuple(zip(("build", "cancel", "configure"), may, strict=True))

    @property
    def nodes_away(self) -> list[dict[str, Any]]:
        """Its agents that are offline."""
        return [node for node in self.nodes if node["is_offline"]]

    @property
    def why_not_configure(self) -> str:
        """Why its jobs cannot be switched from here; "" where nothing is known against it."""
        return f"{self.user} lacks Job/Configure on {self}." if self.may_configure is False else ""

    @property
    def why_not_build(self) -> str:
        """Why its account starts no build; "" where nothing is known against it."""
        return f"{self.user} lacks Job/Build on {self}." if self.may_build is False else ""

    @property
    def why_not_cancel(self) -> str:
        """Why its account ends no build; "" where nothing is known against it."""
        return f"{self.user} lacks Job/Cancel on {self}." if self.may_cancel is False else ""

    @property
    def has_answered_since_check(self) -> bool:
        """Whether the last check failed, and all is well by now."""
        has_failed = any(step["outcome"] == "failed" for step in self.check_steps)
        return has_failed and not self.is_away

    @property
    def is_away(self) -> bool:
        """Whether it does not answer, or does not let us in (then ``refused_since`` is set too)."""
        return self.unreachable_since is not None

    @property
    def unfollowed_since(self) -> datetime | None:
        """When it last answered a worker, where none asks it any more; None where it is followed.

        What it answered after its sweep was due, it answered to a person's check.
        """
        due_at = self.sweep_due_at
        is_late = is_sweep_late(due_at, self.lease_until, timezone.now())
        is_asked = self.is_enabled and not self.is_away
        return min(self.answered_at or due_at, due_at) if is_late and is_asked else None

    @property
    def data_from(self) -> datetime | None:
        """When what is shown of it was so: a check reads none of that."""
        return self.unfollowed_since or self.answered_at

    @property
    def is_stale(self) -> bool:
        """Whether what we know of it is old, and may be so no longer."""
        return self.is_away or self.unfollowed_since is not None


def is_sweep_late(due_at: datetime, lease_until: datetime | None, now: datetime) -> bool:
    """Whether a sweep that was due at ``due_at`` waits longer than a worker takes to begin it."""
    return now - max(due_at, lease_until or due_at) > SWEEP_TAKEN


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: User) -> Self:
        """Jobs this person may see, those that vanished from Jenkins included."""
        return self.filter(controller__is_enabled=True)


class Access(models.Model):
    """A person's own account on a controller: their launches go out as that one."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="accesses"
    )
    controller = models.ForeignKey(Controller, on_delete=models.CASCADE, related_name="accesses")
    user = models.CharField("Jenkins user", max_length=200)
    token_encrypted = models.TextField()
    token_uuid = models.CharField(max_length=100, blank=True)  # one that Runboard had made
    proved_at = models.DateTimeField(null=True)  # when whoAmI last named this user
    trouble = models.CharField(max_length=500, blank=True)  # why the last try failed
    # Its person had it revoked, and Jenkins did not do so: why. It is kept for another try.
    not_revoked = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("person", "controller"), name="one_access_per_person_and_controller"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} on {self.controller}"

    def row(self) -> models.QuerySet[Access]:
        """Its row while it holds this token: another tab may have given another meanwhile."""
        return Access.objects.filter(pk=self.pk, token_encrypted=self.token_encrypted)

    def note_refusal(self, why: str) -> None:
        """Keep why Jenkins refused this token, for its owner's profile."""
        self.row().update(trouble=why[:500])

    @property
    def token(self) -> str:
        """The person's API token, in clear; never shown, never logged."""
        return secrets.decrypt(self.token_encrypted)

    @token.setter
    def token(self, value: str) -> None:
        self.token_encrypted = secrets.encrypt(value)


class Job(models.Model):
    """Something that a controller can build; its row stays when Jenkins deletes it."""

    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="jobs")
    full_name = models.CharField(max_length=500)  # folders split by "/"
    kind = models.CharField(max_length=200)  # Jenkins's _class, verbatim
    description = models.TextField(blank=True)
    is_buildable = models.BooleanField(default=True)
    is_disabled = models.BooleanField(default=False)
    label = models.CharField(max_length=500, blank=True)  # which agents it wants
    # What Jenkins said to the last abort; null again after each check, since rights change
    may_cancel = models.BooleanField(null=True)
    # [{name, kind, description, default, choices}] as jenkins_api.ParameterDefinition; [] is plain
    parameters = models.JSONField(default=list)
    gone_at = models.DateTimeField(null=True)  # when the catalogue no longer had it
    synced_at = models.DateTimeField(null=True)

    # The job's own trigger token; with one, launches go out without a user (buildByToken)
    trigger_token_encrypted = models.TextField(blank=True)
    # The latest build and the six last ones that Jenkins names, as read while a page is open
    builds = models.JSONField(null=True)
    builds_read_at = models.DateTimeField(null=True)
    builds_trouble = models.CharField(max_length=500, blank=True)
    watched_until = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ("full_name",)
        constraints = (
            models.UniqueConstraint(fields=("controller", "full_name"), name="one_row_per_job"),
        )

    def __str__(self) -> str:
        return self.full_name

    @property
    def folder(self) -> str:
        """The folders above it, "" at the root."""
        return self.full_name.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The last part of its full name."""
        return self.full_name.rpartition("/")[2]

    @property
    def why_not_launchable(self) -> str:
        """Why it cannot be launched now, in a sentence; "" where it can."""
        if self.gone_at:
            return "Jenkins no longer has this job."
        if self.is_disabled:
            return "This job is switched off in Jenkins."
        if not self.is_buildable:
            return "Jenkins says that this job cannot be built."
        return ""

    @property
    def trigger_token(self) -> str:
        """The job's trigger token, in clear; "" where there is none."""
        return secrets.decrypt(self.trigger_token_encrypted) if self.trigger_token_encrypted else ""

    @trigger_token.setter
    def trigger_token(self, value: str) -> None:
        self.trigger_token_encrypted = secrets.encrypt(value) if value else ""


class JobSwitch(models.Model):
    """The ledger of a job's switch: who turned it, when and why. Jenkins holds the truth."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="switches")
    is_on = models.BooleanField()
    why = models.CharField(max_length=500)
    who = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.job} {'on' if self.is_on else 'off'}"
