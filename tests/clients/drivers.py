"""The same deeds by each client, in the way its documentation shows."""

from __future__ import annotations

import time
from typing import Any, Protocol

import api4jenkins  # type: ignore[import-untyped] # ships no types
import jenkins  # type: ignore[import-untyped] # of python-jenkins, which ships no types
from jenkinsapi.jenkins import Jenkins  # type: ignore[import-untyped] # ships no types

PATIENCE_S = 60


class Driver(Protocol):
    """What a client can do. Jobs are named by full name.

    What ``launch`` gives, ``wait`` and ``cancel`` take; what ``wait`` gives is the build.
    """

    def launch(self, job: str, parameters: dict[str, str]) -> Any:
        """Ask for a build."""

    def wait(self, launched: Any, every_s: float) -> Any:
        """Wait until the build has ended, asking that often."""

    def result(self, build: Any) -> str | None:
        """The build's result."""

    def console(self, build: Any) -> str:
        """The build's whole log."""

    def tests(self, build: Any) -> dict[str, str]:
        """The status of each test case."""

    def switch(self, job: str, *, is_on: bool) -> None:
        """Enable or disable a job."""

    def is_on(self, job: str) -> bool:
        """Whether a job is enabled."""

    def cancel(self, launched: Any) -> None:
        """Take a request out of the queue."""

    def jobs(self) -> set[str]:
        """Full names of all jobs, those in folders, too."""

    def create(self, job: str, xml: str) -> None:
        """Make a job."""

    def delete(self, job: str) -> None:
        """Remove a job."""

    def close(self) -> None:
        """Close connections."""


class PythonJenkins:
    """python-jenkins: a request for each call, answers as Jenkins gives them."""

    def __init__(self, url: str, user: str, token: str) -> None:
        self.server = jenkins.Jenkins(url, user, token, timeout=PATIENCE_S)

    def launch(self, job: str, parameters: dict[str, str]) -> Any:
        return job, self.server.build_job(job, parameters)

    def wait(self, launched: Any, every_s: float) -> Any:
        job, item = launched
        while not (started := self.server.get_queue_item(item).get("executable")):
            time.sleep(every_s)
        while (facts := self.server.get_build_info(job, started["number"]))["building"]:
            time.sleep(every_s)
        return job, facts

    def result(self, build: Any) -> str | None:
        result: str | None = build[1]["result"]
        return result

    def console(self, build: Any) -> str:
        return str(self.server.get_build_console_output(build[0], build[1]["number"]))

    def tests(self, build: Any) -> dict[str, str]:
        report = self.server.get_build_test_report(build[0], build[1]["number"])
        cases = [case for suite in report["suites"] for case in suite["cases"]]
        return {f"{case['className']}.{case['name']}": case["status"] for case in cases}

    def switch(self, job: str, *, is_on: bool) -> None:
        self.server.enable_job(job) if is_on else self.server.disable_job(job)

    def is_on(self, job: str) -> bool:
        return bool(self.server.get_job_info(job)["buildable"])

    def cancel(self, launched: Any) -> None:
        self.server.cancel_queue(launched[1])

    def jobs(self) -> set[str]:
        return {job["fullname"] for job in self.server.get_all_jobs() if "color" in job}

    def create(self, job: str, xml: str) -> None:
        self.server.create_job(job, xml)

    def delete(self, job: str) -> None:
        self.server.delete_job(job)

    def close(self) -> None:
        self.server._session.close()  # it offers no other way


class Api4Jenkins:
    """api4jenkins: objects whose attributes are requests."""

    def __init__(self, url: str, user: str, token: str) -> None:
        self.server = api4jenkins.Jenkins(url, auth=(user, token), timeout=PATIENCE_S)

    def launch(self, job: str, parameters: dict[str, str]) -> Any:
        return self.server.build_job(job, **parameters)

    def wait(self, launched: Any, every_s: float) -> Any:
        while not (build := build_of(launched)):
            time.sleep(every_s)
        while build.building:
            time.sleep(every_s)
        return build

    def result(self, build: Any) -> str | None:
        result: str | None = build.result
        return result

    def console(self, build: Any) -> str:
        return "\n".join(build.console_text())

    def tests(self, build: Any) -> dict[str, str]:
        cases = [case for suite in build.get_test_report() for case in suite]
        return {f"{case.class_name}.{case.name}": case.status for case in cases}

    def switch(self, job: str, *, is_on: bool) -> None:
        found = self.server.get_job(job)
        found.enable() if is_on else found.disable()

    def is_on(self, job: str) -> bool:
        return bool(self.server.get_job(job).buildable)

    def cancel(self, launched: Any) -> None:
        launched.cancel()

    def jobs(self) -> set[str]:
        return {job.full_name for job in self.server.iter(depth=5) if hasattr(job, "build")}

    def create(self, job: str, xml: str) -> None:
        self.server.create_job(job, xml)

    def delete(self, job: str) -> None:
        self.server.delete_job(job)

    def close(self) -> None:
        self.server.http_client.close()


def build_of(item: Any) -> Any:
    """The build of api4jenkins's queue item, or None yet.

    It has a bug there, which test_bugs.py shows: for the moment in which the item has left the
    queue and its build is not known yet, it raises TypeError (joelee2012/api4jenkins#107, #16).
    """
    try:
        return item.get_build()
    except TypeError:
        return None


class JenkinsApi:
    """jenkinsapi: objects that read all about themselves when they are made."""

    def __init__(self, url: str, user: str, token: str) -> None:
        self.server = Jenkins(url, user, token, timeout=PATIENCE_S)

    def launch(self, job: str, parameters: dict[str, str]) -> Any:
        return self.server.get_job(job).invoke(build_params=parameters)

    def wait(self, launched: Any, every_s: float) -> Any:
        build = launched.block_until_building(delay=every_s)
        build.block_until_complete(delay=every_s)
        build.poll()  # it knows what was so when it was made
        return build

    def result(self, build: Any) -> str | None:
        result: str | None = build.get_status()
        return result

    def console(self, build: Any) -> str:
        return str(build.get_console())

    def tests(self, build: Any) -> dict[str, str]:
        return {name: result.status for name, result in build.get_resultset().items()}

    def switch(self, job: str, *, is_on: bool) -> None:
        found = self.server.get_job(job)
        found.enable() if is_on else found.disable()

    def is_on(self, job: str) -> bool:
        return bool(self.server.get_job(job).is_enabled())

    def cancel(self, launched: Any) -> None:
        self.server.get_queue().delete_item(launched)

    def jobs(self) -> set[str]:
        # It keeps the first list that it reads, so a new one is asked by a new object
        return set(self.server.get_jenkins_obj_from_url(self.server.baseurl).get_jobs_list())

    def create(self, job: str, xml: str) -> None:
        self.server.create_job(job, xml)

    def delete(self, job: str) -> None:
        self.server.delete_job(job)

    def close(self) -> None:
        self.server.requester.session.close()


DRIVERS: dict[str, type[PythonJenkins] | type[Api4Jenkins] | type[JenkinsApi]] = {
    "python-jenkins": PythonJenkins,
    "api4jenkins": Api4Jenkins,
    "jenkinsapi": JenkinsApi,
}
