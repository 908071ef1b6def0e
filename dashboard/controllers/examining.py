"""The connection check: what Runboard needs of a controller, asked step by step."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus

from django.db.models import Case, When
from django.utils import timezone

from dashboard.controllers.models import Controller
from dashboard.controllers.wording import (
    in_seconds,
    missing_permission,
    unavailable_words,
    unexpected_words,
    wants_crumb,
)
from jenkins_api import (
    Jenkins,
    JenkinsError,
    NotAuthorised,
    NotSent,
    Permissions,
    ServerStatus,
    Unavailable,
    UnexpectedAnswer,
)

NOT_KNOWN = Permissions(build=None, configure=None)
JOBS_ASKED = 5  # for what we may do


class Outcome(StrEnum):
    """How a step of the check went."""

    PASSED = "passed"
    NOTED = "noted"  # it works, and somebody should know something
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Step:
    """One line of the check: ``said`` is what is so, ``advice`` what to do about it."""

    said: str
    outcome: Outcome = Outcome.NOT_TRIED
    advice: str = ""
    took_s: float | None = None  # None where it asked nothing of its own


@dataclass
class Examination:
    """What a check found: its steps, ``facts`` for the controller's row, and what stopped it."""

    steps: list[Step]
    facts: dict[str, object] = field(default_factory=dict)
    error: JenkinsError | None = None

    @property
    def failed_step(self) -> Step:
        """Where it stopped; there is one where there is an ``error``."""
        return next(step for step in self.steps if step.outcome == Outcome.FAILED)

    def note(self, **facts: object) -> None:
        """Keep what a step learned."""
        self.facts |= facts


def examine(controller: Controller, jenkins: Jenkins) -> Examination:
    """Ask everything that Runboard needs, to the first step that fails. Writes nothing."""
    asking = _Asking(controller, jenkins, Examination([Step(title) for title, _ in QUESTIONS]))
    found = asking.found
    for number, (_, question) in enumerate(QUESTIONS):
        asked_at_s = time.monotonic()
        try:
            step = question(asking)
        except JenkinsError as error:
            found.error = error
            said, advice = _what_is_wrong(error, asking)
            step = Step(said, Outcome.FAILED, advice)
        found.steps[number] = replace(step, took_s=round(time.monotonic() - asked_at_s, 3) or None)
        if found.error:
            break
    found.note(checked_at=timezone.now(), check_steps=[asdict(step) for step in found.steps])
    return found


def who_we_are(jenkins: Jenkins, url: str) -> str:
    """Whom Jenkins takes us for; "" where its security is off, and everybody is nobody there.

    NotAuthorised where we are nobody all the same: user and secret were lost on their way.
    """
    identity = jenkins.whoami()
    if not identity.is_anonymous:
        return identity.name
    try:
        if not jenkins.server_facts().uses_security:
            return ""
    except NotAuthorised as error:  # nobody may not read that
        raise _nobody(url) from error
    raise _nobody(url)


def _nobody(url: str) -> NotAuthorised:
    why = "Jenkins takes us for nobody: something in front of it drops user and secret"
    return NotAuthorised(why, url=url, status=200, reason=why)


def _ask_rights(controller: Controller, jenkins: Jenkins) -> Permissions:
    """What our account may do with some job there; not known where no job could tell.

    Permissions may differ from folder to folder: no is what every folder said.
    """
    jobs = _jobs_to_ask(controller)
    told = [NOT_KNOWN] if len(jobs) > JOBS_ASKED else []
    for job in jobs[:JOBS_ASKED]:
        if any(one.build for one in told) and any(one.configure for one in told):
            break
        try:
            told.append(jenkins.permissions(job))
        except Unavailable:
            raise
        except UnexpectedAnswer as error:
            if error.status != HTTPStatus.NOT_FOUND:  # the answer is no plain yes or no
                told.append(NOT_KNOWN)
    return Permissions(
        build=_yes_before_no([one.build for one in told]),
        configure=_yes_before_no([one.configure for one in told]),
    )


def _yes_before_no(told: list[bool | None]) -> bool | None:
    """Yes where one said so, no where all did."""
    if True in told:
        return True
    return None if None in told or not told else False


def _jobs_to_ask(controller: Controller) -> list[str]:
    """Jobs that could be built, one of each folder; none before any is known.

    Plain ones where there are any: those with parameters do not tell whether we may build.
    """
    if controller.pk is None:
        return []
    jobs = controller.jobs.filter(gone_at=None, is_disabled=False, is_buildable=True)
    plain_first = Case(When(parameters=[], then=0), default=1)
    by_folder: dict[str, str] = {}
    for name in jobs.order_by(plain_first, "full_name").values_list("full_name", flat=True):
        by_folder.setdefault(name.rpartition("/")[0], name)
    return list(by_folder.values())


@dataclass
class _Asking:
    """One check under way."""

    controller: Controller
    jenkins: Jenkins
    found: Examination
    status: ServerStatus | None = None
    answer: UnexpectedAnswer | None = None  # instead of a status
    uses_crumbs: bool = False
    is_open: bool = False  # security is off: Jenkins looks at no user, password or token

    def reach(self) -> Step:
        try:
            self.status = self.jenkins.is_up()
        except UnexpectedAnswer as error:  # somebody answered: the next step says what
            self.answer = error
        return Step(f"{self.controller.url} is reachable", Outcome.PASSED)

    def version(self) -> Step:
        if self.status is None:
            assert self.answer is not None  # noqa: S101  one of the two is there
            if isinstance(self.answer, Unavailable):
                self.jenkins.whoami()  # who says so is in the page, which a HEAD does not get
            raise self.answer
        status = self.status
        self.found.note(
            version=status.version, session=status.session, answered_in_s=status.answered_in_s
        )
        if not status.version:
            return Step(
                "It is up, and names no version",
                Outcome.NOTED,
                "A proxy may take the header X-Jenkins away. Without it, it may be no Jenkins.",
            )
        return Step(
            f"Jenkins {status.version} is up, answered in {in_seconds(status.answered_in_s)}",
            Outcome.PASSED,
        )

    def identity(self) -> Step:
        name = who_we_are(self.jenkins, self.controller.url)
        self.is_open = not name
        if self.is_open:
            return Step(
                "Security is switched off in Jenkins: it takes everybody for nobody",
                Outcome.NOTED,
                "Whoever reaches it may read, launch and change all there is.",
            )
        return Step(f"Jenkins takes us for {name}", Outcome.PASSED)

    def reading(self) -> Step:
        facts = self.jenkins.server_facts()
        self.uses_crumbs = facts.uses_crumbs
        self.found.note(
            mode=facts.mode[:20],
            is_quieting_down=facts.is_quieting_down,
            uses_crumbs=facts.uses_crumbs,
        )
        said = f"{self.controller.user} may read how it is set up"
        if facts.is_quieting_down:
            reason = f" ({facts.quiet_down_reason})" if facts.quiet_down_reason else ""
            return Step(
                f"{said}; Jenkins is quieting down{reason}",
                Outcome.NOTED,
                "It takes launches, and starts none until that is called off or it was restarted.",
            )
        return Step(said, Outcome.PASSED)

    def rights(self) -> Step:
        user, may = self.controller.user, _ask_rights(self.controller, self.jenkins)
        self.found.note(may_build=may.build, may_configure=may.configure)
        if may == NOT_KNOWN:
            return Step(
                f"What {user} may do is not known",
                Outcome.NOTED,
                "No job could tell, or not for all folders; it is asked again at each reading of "
                "the jobs. Jenkins itself refuses what it may not.",
            )
        if may.build is False:
            return Step(
                f"{user} may not build",
                Outcome.NOTED,
                f"Jenkins will refuse launches with this account: give {user} Job/Build there.",
            )
        if may.configure is False:
            return Step(
                f"{user} may {'build, but not configure' if may.build else 'not configure'}",
                Outcome.NOTED,
                "Jobs cannot be switched on and off from here, all else works. "
                f"For that, {user} needs Job/Configure.",
            )
        if may.build is None:
            return Step(
                f"{user} may configure; whether it may build is not known",
                Outcome.NOTED,
                "Only a job without parameters tells, and not every folder told of one that is on.",
            )
        if may.configure is None:
            return Step(
                f"{user} may build; whether it may configure is not known",
                Outcome.NOTED,
                "Not every folder could be asked. Jenkins itself refuses a switch that it may not.",
            )
        return Step(f"{user} may build and configure", Outcome.PASSED)

    def crumb(self) -> Step:
        if not self.uses_crumbs:
            return Step("CSRF protection is off, so no crumb is needed", Outcome.PASSED)
        said = "CSRF protection is on"
        if not self.controller.by_password:
            self.jenkins.prove_token()
            return Step(f"{said}; a token is used, so no crumb is needed", Outcome.PASSED)
        self.jenkins.fetch_crumb()
        return Step(f"{said}; crumb fetched, one goes with each launch", Outcome.PASSED)


QUESTIONS = (
    ("The address is reachable", _Asking.reach),
    ("Jenkins is up, and its version", _Asking.version),
    ("Whom Jenkins takes us for", _Asking.identity),
    ("Whether we may read", _Asking.reading),
    ("Whether we may build and configure", _Asking.rights),
    ("Whether CSRF protection asks for a crumb", _Asking.crumb),
)


def _what_is_wrong(error: JenkinsError, asking: _Asking) -> tuple[str, str]:
    """A failed step in words: what is so, and what to do."""
    if isinstance(error, NotSent):
        return str(error), (
            "Is the address right, and does Jenkins run? A firewall looks the same. Where TLS is "
            "named, this machine does not trust its certificate: name the authority's file by "
            "REQUESTS_CA_BUNDLE, and do not switch the check off."
        )
    if isinstance(error, Unavailable):
        return unavailable_words(error), (
            "Wait a minute and check again; runs keep their state."
            if error.is_from_jenkins
            else "Does Jenkins run, and does the proxy know where? Runs keep their state."
        )
    if isinstance(error, NotAuthorised):
        return _who_is_refused(error, asking)
    if isinstance(error, UnexpectedAnswer):
        return unexpected_words(error, asking.controller.user), (
            f"Is the whole address there, with a path such as /jenkins? In full: {error}"
        )
    return str(error), (
        "Jenkins is busy, or something else listens at this address. Check again in a minute."
    )


def _who_is_refused(error: NotAuthorised, asking: _Asking) -> tuple[str, str]:
    controller = asking.controller
    user, secret = controller.user, "password" if controller.by_password else "API token"
    if error.status == 401:
        said = f"401: the {secret} of {user} was not accepted"
        if controller.by_password:
            return said, "It is mistyped, was changed, or belongs to another user. Give it again."
        return said, (
            f"It was revoked, or belongs to another user. In Jenkins open {user}, Security, "
            "API Token, add one named “Runboard”, and give it here."
        )
    if error.status == 200:
        return error.reason, "Let the header Authorization of Runboard's requests reach Jenkins."
    if wants_crumb(error) and asking.is_open:
        return "403: with security switched off, Jenkins asks even beside a token for a crumb", (
            "Choose Password, with which Runboard fetches one. Any will do: Jenkins looks at none."
        )
    if wants_crumb(error) and not controller.by_password:
        return f"403: what was given for {user} is a password, not an API token", (
            f"Choose Password, or make a token in Jenkins: open {user}, Security, API Token, add "
            "one named “Runboard”, and give it here."
        )
    if error.status == 403:
        missing = missing_permission(error) or "a permission"
        return f"403: {missing} is missing for {user}", (
            f"Give {user} Overall/Read and Job/Read in Jenkins."
        )
    return f"{error.status}: {error.reason}", (
        "Something in front of Jenkins asks people to sign in. Let Runboard's requests pass with "
        "their user and API token."
    )
