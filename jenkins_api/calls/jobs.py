"""Jobs: the catalogue and one of them."""

from __future__ import annotations

from jenkins_api.calls.base import Calls
from jenkins_api.paths import job_path
from jenkins_api.reading.jobs import JOB_TREE, catalogue, catalogue_tree, job
from jenkins_api.records import Job

_CATALOGUE_LEVELS = 4  # of folders in one answer


class JobCalls(Calls):
    """Calls about jobs."""

    def jobs(self) -> tuple[Job, ...]:
        """Every job that we may read, folders walked: one request for four levels of them.

        A folder at the fourth level costs a request of its own; one that vanishes meanwhile
        is left out.
        """
        found: list[Job] = []
        asked: set[str] = set()
        waiting = [""]
        query = {"tree": catalogue_tree(_CATALOGUE_LEVELS)}
        while waiting:
            folder = waiting.pop()
            asked.add(folder)
            path = job_path(folder) if folder else ""
            answer = self._transport.get(
                f"{path}/api/json", query, expect=(200, 404) if folder else (200,)
            )
            if answer.status == 404:
                continue
            jobs, deeper = answer.read_json(lambda tree: catalogue(tree, _CATALOGUE_LEVELS))
            found += jobs
            waiting += [name for name in deeper if name not in asked]
        return tuple(found)

    def job(self, full_name: str) -> Job:
        """One job with its parameters; UnexpectedAnswer (404) where there is none."""
        path = f"{job_path(full_name)}/api/json"
        return self._transport.get(path, {"tree": JOB_TREE}).read_json(job)
