"""Builds: facts, test reports, and stopping."""

from __future__ import annotations

from jenkins_api.calls.base import Calls, check_went_back
from jenkins_api.paths import build_path, job_path
from jenkins_api.reading.builds import BUILD_TREE, build, builds
from jenkins_api.reading.reports import REPORT_TREE, report
from jenkins_api.records import Build, Report


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

    def test_report(self, job: str, number: int) -> Report | None:
        """The build's test report; None where it recorded none."""
        answer = self._transport.get(
            f"{build_path(job, number)}/testReport/api/json",
            {"tree": REPORT_TREE},
            expect=(200, 404),
        )
        return None if answer.status == 404 else answer.read_json(report)

    def stop_build(self, job: str, number: int) -> None:
        """Ask a build to stop; it ends a little later. No effect on one that has ended."""
        path = build_path(job, number)
        answer = self._transport.post(f"{path}/stop", expect=(302,))
        check_went_back(answer, path)
