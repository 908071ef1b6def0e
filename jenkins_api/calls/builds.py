"""Builds: facts, test reports, artifacts, and what can be done to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import BinaryIO

from jenkins_api.calls.base import Calls, check_no_page, check_went_back, reading_back
from jenkins_api.errors import AnswerLost
from jenkins_api.failures import unexpected_redirect
from jenkins_api.paths import artifact_path, build_path, job_path
from jenkins_api.reading.builds import (
    ARTIFACTS_TREE,
    BUILD_TREE,
    CHANGES_TREE,
    LAST_BUILDS_TREE,
    artifacts,
    build,
    builds,
    changes,
    last_builds,
)
from jenkins_api.reading.reports import REPORT_TREE, report
from jenkins_api.records import Artifact, Build, Change, LastBuilds, Report


class BuildCalls(Calls):
    """Calls about builds."""

    def build(self, job: str, number: int) -> Build | None:
        """One build; None where the job has none of this number (any more)."""
        answer = self._transport.get(
            f"{build_path(job, number)}/api/json", {"tree": BUILD_TREE}, expect=(200, 404)
        )
        return None if answer.status == 404 else answer.read_json(build)

    def recent_builds(self, job: str, limit: int = 50) -> tuple[Build, ...]:
        """The newest builds, newest first, in one request; Jenkins gives 100 at most."""
        query = {"tree": f"builds[{BUILD_TREE}]{{0,{limit:d}}}"}
        answer = self._transport.get(f"{job_path(job)}/api/json", query)
        return answer.read_json(builds)

    def last_builds(self, job: str) -> LastBuilds:
        """All permalinks of a job in one request: newest, last stable, last failed, ..."""
        answer = self._transport.get(f"{job_path(job)}/api/json", {"tree": LAST_BUILDS_TREE})
        return answer.read_json(last_builds)

    def test_report(self, job: str, number: int) -> Report | None:
        """The build's test report; None where it recorded none."""
        answer = self._transport.get(
            f"{build_path(job, number)}/testReport/api/json",
            {"tree": REPORT_TREE},
            expect=(200, 404),
        )
        return None if answer.status == 404 else answer.read_json(report)

    def changes(self, job: str, number: int) -> tuple[Change, ...]:
        """The commits that came into a build; UnexpectedAnswer (404) where there is no build."""
        path = f"{build_path(job, number)}/api/json"
        return self._transport.get(path, {"tree": CHANGES_TREE}).read_json(changes)

    def artifacts(self, job: str, number: int) -> tuple[Artifact, ...]:
        """The files that a build kept; UnexpectedAnswer (404) where there is no build."""
        path = f"{build_path(job, number)}/api/json"
        return self._transport.get(path, {"tree": ARTIFACTS_TREE}).read_json(artifacts)

    def save_artifact(self, job: str, number: int, path: str, to: BinaryIO, start: int = 0) -> int:
        """Write an artifact's bytes from ``start`` on to ``to``; returns how many there were.

        After AnswerLost, go on with what is there as ``start``. UnexpectedAnswer: 404 no such
        file; 302 it lies on another host, which gets neither a request nor our credentials; 206
        or 416 the file has changed, as it does not reach from ``start`` to its end.
        """
        headers = {"Accept-Encoding": "identity"}  # else a range would count packed bytes
        if start:
            headers["Range"] = f"bytes={start:d}-"
        address = f"{build_path(job, number)}/{artifact_path(path)}"
        with self._transport.stream(address, headers, expect=(200, 206, 302, 416)) as opened:
            if opened.status == 302:
                location = opened.headers.get("Location", "")
                raise unexpected_redirect(302, location, opened.url, may_leave=True)
            given = opened.headers.get("Content-Range", "")
            if not _is_rest(given, opened.status, start):
                raise opened.read(0).unexpected(f"another part than asked for: {given}")
            if opened.status == 416:  # nothing lies behind ``start``
                return 0
            to_skip = start if opened.status == 200 else 0
            return sum(to.write(piece) for piece in skipped(opened.long_pieces(inf), to_skip))

    def stop_build(self, job: str, number: int) -> None:
        """Ask a build to stop; it ends a little later. No effect on one that has ended."""
        self._act_on_build(job, number, "stop")

    def terminate_build(self, job: str, number: int) -> None:
        """Stop a Pipeline harder, some seconds after ``stop_build``; 404 for other kinds."""
        self._act_on_build(job, number, "term")

    def kill_build(self, job: str, number: int) -> None:
        """Stop a Pipeline at all costs, some seconds after ``terminate_build``."""
        self._act_on_build(job, number, "kill")

    def set_kept(self, job: str, number: int, is_kept: bool) -> Build:
        """Keep a build for ever, or no longer, and read it back.

        Jenkins only has a toggle, so the build is read first, and toggled once more where
        somebody else did so at the same moment. Two who go on in step may still undo each other:
        the build that is returned tells. Needs Run.Update to keep and Run.Delete to let go.
        UnexpectedAnswer (404) where there is no build.
        """
        found = self._needed_build(job, number)
        for _ in range(2):
            if found.is_kept == is_kept:
                break
            found = self._toggle_kept(job, number, is_kept)
        return found

    def _toggle_kept(self, job: str, number: int, is_kept: bool) -> Build:
        """What is so afterwards; AnswerLost where that is neither told nor as it was wanted."""
        lost: AnswerLost | None = None
        try:
            self._act_on_build(job, number, "toggleLogKeep")
        except AnswerLost as error:
            lost = error
        with reading_back():
            found = self._needed_build(job, number)
        if lost and found.is_kept != is_kept:
            raise lost
        return found

    def _needed_build(self, job: str, number: int) -> Build:
        path = f"{build_path(job, number)}/api/json"
        return self._transport.get(path, {"tree": BUILD_TREE}).read_json(build)

    def describe_build(self, job: str, number: int, description: str) -> None:
        """Set a build's description; needs Run.Update."""
        self._act_on_build(job, number, "submitDescription", {"description": description})

    def _act_on_build(
        self, job: str, number: int, action: str, form: Mapping[str, str] | None = None
    ) -> None:
        path = build_path(job, number)
        # 200 and nothing: term and kill of workflow-job before it sent us back (void doTerm)
        answer = self._transport.post(f"{path}/{action}", form=form, expect=(200, 302))
        if answer.status == 302:
            check_went_back(answer, path)
        else:
            check_no_page(answer)


def _is_rest(content_range: str, status: int, start: int) -> bool:
    """Whether the answer is the rest of a file from ``start`` on, as far as it says so."""
    if status == 416:
        return content_range in ("", f"bytes */{start:d}")
    given = re.fullmatch(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})", content_range)
    return status == 200 or bool(
        given and int(given[1]) == start and int(given[2]) + 1 == int(given[3])
    )


def skipped(pieces: Iterable[bytes], skip_bytes: int) -> Iterator[bytes]:
    """``pieces`` without their first bytes."""
    for piece in pieces:
        if len(piece) > skip_bytes:
            yield piece[skip_bytes:]
        skip_bytes = max(0, skip_bytes - len(piece))
