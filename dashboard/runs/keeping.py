"""Keep for ever: Jenkins then never removes a run's build."""

from __future__ import annotations

from dashboard.controllers.waiting import ask_now
from dashboard.people.models import User
from dashboard.runs.models import Run


def keep_build(run: Run, number: int, is_kept: bool, *, who: User) -> bool:
    """Have Jenkins keep build ``number`` of ``run``, or no longer; whether it now does.

    Waits for the controller. Raises JenkinsError; NotAuthorised names the missing permission,
    Run.Update to keep and Run.Delete to let go.
    """
    with ask_now(run.controller) as jenkins:
        build = jenkins.set_kept(run.job.full_name, number, is_kept)
    said = "is kept for ever" if build.is_kept else "may be deleted again"
    for each in (run.source, *run.source.joined_runs.all()):  # one build, as Jenkins sees it
        if each.build_number == number:
            each.note(f"Build {number} {said}: {who} asked for it.", who=who, is_kept=build.is_kept)
    return build.is_kept
