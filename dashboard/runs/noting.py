"""The one sentence above a run that is not simply waiting, running or done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.text import Truncator

from dashboard.controllers.models import Job, JobSwitch
from dashboard.people.models import User
from dashboard.runs.explaining import MOST_SAID, jenkins_says, why_waiting
from dashboard.runs.models import Run
from dashboard.runs.states import IN_JENKINS, RunState, Verdict
from dashboard.shared.templatetags.runboard import words_for

# In the ledger of a launch that Jenkins made one with somebody else's
NONE_OF_OURS = "An equal launch that is none of ours was already waiting there."


@dataclass(frozen=True)
class Note:
    """``title`` says what is so, ``text`` why, and what is safe or to be tried.

    ``address`` is where that is done, under the name ``act``.
    """

    css: str
    icon: str
    title: str
    text: str
    act: str = ""
    address: str = ""
    since: datetime | None = None  # ends the title


@dataclass(frozen=True)
class Doubt:
    """What a person is asked about an unknown run, and what is known of it."""

    question: str
    text: str


def doubt_of(run: Run) -> Doubt:
    """What is to be decided about ``run``: one that Jenkins took has been lost by a restart, or is
    hidden from our account."""
    controller = run.controller
    if run.build_number is not None:
        text = f"{controller} was restarted, and build {run.build_number} is another one there now."
        return Doubt("What became of it?", text)
    if run.queued_at is not None:
        item = f", as item {run.queue_id}," if run.queue_id is not None else ""
        text = f"{controller} had it in its queue{item} and was restarted since."
        if run.missed_at is not None:
            account = f"{controller.user}, Runboard’s account there"
            text = f"{controller} took it{item or ','} and does not show it to {account}."
        return Doubt("Does it still wait there, or did it build?", text)
    return Doubt(f"Did {controller} take it?", "The launch was sent, and no clear answer came.")


def notes_for(run: Run) -> list[Note]:
    """What a reader of ``run`` must know beside its state; none where that says it all."""
    if run.state == RunState.REFUSED:
        return [Note("rb-failed", "alert-circle", "Not launched.", _last_why(run))]
    if run.state == RunState.CANCELLED:
        return [Note("rb-cancelled", "circle-minus", "Cancelled.", _last_why(run))]
    if run.verdict == Verdict.LOST:
        text = f"{_last_why(run)} Run it again."
        return [Note("rb-lost", "bolt", "Lost by the controller.", text)]
    notes = []
    if not run.is_ended and run.controller.is_away:
        notes.append(_away(run))
    if run.state in IN_JENKINS and run.controller.unfollowed_since:
        notes.append(_unfollowed(run))
    if run.abort_asked_at and not run.is_ended and run.state != RunState.UNKNOWN:
        notes.append(_being_aborted(run))
    elif run.stands_still:
        notes.append(_asking(run))
    if run.abort_refused and not run.is_ended:
        notes.append(Note("rb-failed", "player-stop", "Not aborted.", run.abort_refused))
    if run.state == RunState.RUNNING and run.queue_kind and not run.abort_asked_at:
        notes.append(_step_waits(run))
    if run.joined_to and not notes:
        notes.append(_joined(run))
    return notes


def switched_off_by(job: Job) -> JobSwitch | None:
    """The switch that turned ``job`` off; None where that was done in Jenkins itself."""
    last = job.switches.select_related("who").first()
    return None if last is None or last.is_on else last


def why_not_launchable(job: Job) -> str:
    """Why nobody can launch ``job`` now, and who switched it off; "" where one can.

    One query for a job that is off: lists have `Job.why_not_launchable`.
    """
    off = switched_off_by(job) if job.is_disabled and not job.gone_at else None
    if off is None:
        return job.why_not_launchable
    return f"Switched off by {off.who}, {words_for(timezone.now() - off.at)}: {off.why}"


def why_not_again(run: Run, user: User) -> str:
    """Why this person cannot run it again, in a sentence; "" where they can.

    One query for a job that is off, so for the page of one run.
    """
    if run.state == RunState.UNKNOWN and user.may_launch:
        return "Decide first what became of this one."
    return user.why_not_launch or why_not_launchable(run.job)


def why_not_keep(run: Run, user: User) -> str:
    """Why this person cannot have its build kept or let go; "" where they can."""
    if run.verdict == Verdict.LOST:
        return "Jenkins no longer has this build."
    return user.why_not_launch


def why_not_abort(run: Run, user: User) -> str:
    """Why this person cannot abort it, in a sentence; "" where they can."""
    if run.is_ended:
        return "This run has ended, there is nothing to abort."
    if run.state == RunState.UNKNOWN:
        return "Whether there is a build to abort is not known: that is decided first."
    if run.abort_asked_at:
        return "It is being aborted already."
    if not user.may_launch:
        return "You may not launch this job, so you may not abort it either."
    if run.job.may_cancel is False and run.state != RunState.ACCEPTED:
        lacks = f"{run.controller.user} lacks Job/Cancel on {run.job}"
        return f"{lacks}. Check {run.controller} again once it has it."
    return ""


def is_shared(run: Run) -> bool:
    """Whether Jenkins made it one with a launch of somebody else's: to abort it ends both."""
    return run.source.events.filter(why__endswith=NONE_OF_OURS).exists()


def made_one_with(run: Run) -> str:
    """What the run that ``run`` was joined to tells of it."""
    return f"Jenkins made run {run.pk} of {run.owner} one with it: an equal launch, one build."


def _away(run: Run) -> Note:
    controller = run.controller
    title = f"{controller} {'lets us not in' if controller.refused_since else 'is not reachable'}."
    text = f"{controller.trouble} The run keeps the state we last saw; it is not failed for this."
    return Note("rb-failed rb-tells-away", "plug-connected-x", title, text)


def _asking(run: Run) -> Note:
    title, text = "It waits for an answer in Jenkins.", "Until then it stands still."
    act = ("Answer in Jenkins", run.build_url)
    return Note("rb-unknown", "message-question", title, text, *act)


def _unfollowed(run: Run) -> Note:
    text = f"Nobody asks {run.controller} how it stands: an admin should see that a worker runs."
    since = run.controller.unfollowed_since
    return Note("rb-unknown", "access-point-off", "Not followed since", text, since=since)


def _being_aborted(run: Run) -> Note:
    why = f" because: {run.abort_why}" if run.abort_why else ""
    told = "is told once it answers" if run.controller.is_away else "is told until it shows the end"
    text = f"{run.abort_asked_by} asked for it{why}. Jenkins {told}."
    return Note("rb-queued", "player-stop", "Being aborted.", text)


def _step_waits(run: Run) -> Note:
    said = Truncator(jenkins_says(run)).chars(MOST_SAID)
    return Note("rb-queued", "clock", why_waiting(run), f"Jenkins: {said}" if said else "")


def _joined(run: Run) -> Note:
    text = f"Jenkins made it one with run {run.joined_to_id}, which waited already"
    if run.is_ended:
        text += ": console and tests are those of its build."
    elif run.state == RunState.UNKNOWN:
        text += "."
    else:
        text += ": its console and tests are shown here, and to abort one is to abort all."
    return Note("rb-queued", "git-merge", "Joined.", text)


def _last_why(run: Run) -> str:
    """Why the run came to where it ended."""
    move = run.events.filter(new=run.state).exclude(old=run.state).last()
    return move.why if move else ""
