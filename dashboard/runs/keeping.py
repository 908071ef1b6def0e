"""Keep for ever: Jenkins then never removes a run's build."""

from __future__ import annotations

from dashboard.controllers.connecting import explain
from dashboard.controllers.waiting import ask_now
from dashboard.people.models import User
from dashboard.runs.models import Run
from jenkins_api import Build, Jenkins, JenkinsError, NotSent, UnexpectedAnswer


class KeepRefused(Exception):
    """The build is as it was; the text says why, for the person who asked."""


class KeepUnclear(Exception):
    """Jenkins may have done it; the text says so, for the person who asked."""


def keep_build(run: Run, number: int, is_kept: bool, *, who: User) -> str:
    """Have Jenkins keep build ``number`` of ``run``, or no longer, and note who asked for it.

    What is so now, in a sentence.

    Waits for the controller. Raises KeepRefused, which names a missing permission (Run.Update to
    keep, Run.Delete to let go), and KeepUnclear.
    """
    try:
        with ask_now(run.controller) as jenkins:
            build = _set_kept(run, number, is_kept, jenkins)
    except JenkinsError as error:
        raise KeepRefused(_refusal(number, error, run.controller.user)) from error
    said = f"Build {number} {'is kept for ever' if build.is_kept else 'may be deleted again'}"
    for each in (run.source, *run.source.joined_runs.all()):  # one build, as Jenkins sees it
        if each.build_number == number:
            each.note(f"{said}: {who} asked for it.", who=who, is_kept=build.is_kept)
    return f"{said}."


def _set_kept(run: Run, number: int, is_kept: bool, jenkins: Jenkins) -> Build:
    """The build after Jenkins was told; an unclear answer is settled by reading it.

    Never by telling again: Jenkins only has a toggle.
    """
    try:
        return jenkins.set_kept(run.job.full_name, number, is_kept)
    except NotSent:
        raise
    except JenkinsError as error:
        if error.is_final:
            raise
        try:
            build = jenkins.build(run.job.full_name, number)
        except JenkinsError as why:
            raise KeepUnclear(
                "Jenkins may have been told, and then it could not be read whether build "
                f"{number} is kept: {explain(why)} Press it again once Jenkins answers: it is "
                "read first then."
            ) from why
        if build is None or build.is_kept != is_kept:
            raise
        return build


def _refusal(number: int, error: JenkinsError, account: str) -> str:
    if isinstance(error, UnexpectedAnswer) and error.status == 404:
        return f"Jenkins no longer has build {number}."
    return explain(error, account)
