"""Jobs: the catalogue, one of them, its switch, and what we may do with it."""

from __future__ import annotations

from jenkins_api.answers import MOST_PAGE_BYTES
from jenkins_api.calls.base import Calls, check_no_page, check_went_back, reading_back
from jenkins_api.paths import job_path
from jenkins_api.reading.jobs import JOB_TREE, catalogue, catalogue_tree, job
from jenkins_api.records import Job, Permissions

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

    def set_enabled(self, full_name: str, is_enabled: bool) -> Job:
        """Switch a job on or off and read it back: a plain folder stays as it is (contract 10).

        Switching off also cancels its waiting queue item; running builds go on. NotAuthorised
        names the missing permission, hudson.model.Item.Configure.
        """
        self.switch(full_name, is_enabled)
        with reading_back():
            return self.job(full_name)

    def switch(self, full_name: str, is_enabled: bool) -> None:
        """What `set_enabled` sends; after AnswerLost only reading the job tells what is so."""
        path = job_path(full_name)
        action = "enable" if is_enabled else "disable"
        check_went_back(self._transport.post(f"{path}/{action}", expect=(302,)), path)

    def permissions(self, full_name: str) -> Permissions:
        """What we may do with a job, asked by two GETs that change nothing.

        Building is told by a GET of /build on a plain job: 405 asks for a POST (``Allow``), 403
        refuses. A disabled job says neither, one with parameters shows its form to whoever may
        read it (405 too). ``configure`` True says less than its name: reading the configuration
        takes Item.ExtendedRead alone, and no GET tells who may change it (contract 10). There is
        no such question for cancelling.
        """
        path = job_path(full_name)
        build = self._transport.get(f"{path}/build", expect=(403, 405, 409), most_bytes=0)
        configure = self._transport.get(
            f"{path}/config.xml", expect=(200, 403), most_bytes=MOST_PAGE_BYTES
        )
        if configure.status == 200:
            check_no_page(configure)
        told = {(405, "POST"): True, (403, ""): False}
        return Permissions(
            build=told.get((build.status, build.headers.get("Allow", ""))),
            configure=configure.status == 200,
        )
