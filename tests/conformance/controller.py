"""A controller under test, and our own folder on it with all that we make there."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote

import pytest
import requests

PATIENCE_S = 120  # a real controller may be busy with other people's work
FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
XML = {"Content-Type": "application/xml"}
LATER = "1000sec"  # a quiet period that no test waits for

Credentials = tuple[str, str]


def not_supported(what: str) -> NoReturn:
    """Leave out a row that this controller cannot answer; only `make live` may."""
    pytest.skip(f"not supported: {what}")


@dataclass(frozen=True)
class Job:
    """A job of ours: its path below the root, without a closing slash, and its full name."""

    path: str
    full_name: str

    @property
    def name(self) -> str:
        """The last part of the full name."""
        return self.full_name.rpartition("/")[2]


class Controller:
    """A controller and whom we may ask it as; ``folder`` is ours, "" before it is made."""

    def __init__(
        self,
        url: str,
        account: Credentials,
        *,
        by_password: Credentials | None = None,
        reader: Credentials | None = None,
    ) -> None:
        self.url = f"{url.rstrip('/')}/"
        self.account = account  # user and API token
        self._by_password = by_password
        self._reader = reader  # user and token of somebody who may only read
        self.session = requests.Session()
        self.session.auth = account
        self.own_name = f"runboard-conformance-{secrets.token_hex(4)}"
        self.folder = ""
        self._made: list[str] = []

    @property
    def by_password(self) -> Credentials:
        """User and password, to need crumbs; not every controller gives us those."""
        return self._by_password or not_supported("a password (JENKINS_PASSWORD)")

    @property
    def reader(self) -> Credentials:
        """User and token of somebody who may read items and nothing else."""
        return self._reader or not_supported("a reader (JENKINS_READER, JENKINS_READER_TOKEN)")

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """One exchange, redirects not followed; ``auth=None`` signs out."""
        options = {"timeout": PATIENCE_S, "allow_redirects": False, **options}
        if "auth" not in options:
            return self.session.request(method, self.url + path, **options)
        with requests.Session() as other:  # its cookies stay apart
            return other.request(method, self.url + path, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, form: Any = None, **options: Any) -> requests.Response:
        return self.request("POST", path, data=form, **options)

    def json(self, path: str, tree: str = "") -> Any:
        """The object at a path; of all its fields or those of ``tree``."""
        answer = self.get(f"{path}/api/json".lstrip("/"), params={"tree": tree} if tree else {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def make_folder(self) -> None:
        """Make our folder, or, where the plugin is missing, be content with the root."""
        form = {"name": self.own_name, "mode": FOLDER}
        if self.post("createItem", form).status_code == 302:
            self.folder = f"job/{self.own_name}/"
            self._made.append(self.folder)

    def make_job(self, name: str, xml: str) -> Job:
        """A job of ours, removed when all is done."""
        job = self.name_job(name)
        answer = self.create(job.name, xml)
        assert answer.status_code == 200, answer.text
        if not self.folder:
            self._made.append(f"{job.path}/")
        return job

    def name_job(self, name: str) -> Job:
        """The job of ours with this name, whether or not it is there yet."""
        if self.folder:
            return Job(f"{self.folder}job/{quote(name, safe='')}", f"{self.own_name}/{name}")
        full_name = f"{self.own_name}-{name}"
        return Job(f"job/{quote(full_name, safe='')}", full_name)

    def create(self, name: str, xml: str, **options: Any) -> requests.Response:
        """Ask for an item where ours are."""
        options = {"params": {"name": name}, "headers": XML, **options}
        return self.post(f"{self.folder}createItem", xml.encode(), **options)

    def remove_all(self) -> None:
        """Remove all that we made, also what still runs."""
        for path in self._made:
            self.post(f"{path}doDelete")
        self.session.close()

    def launch(self, job: Job, form: dict[str, str] | None = None, delay: str = "0sec") -> int:
        """Queue a build; the queue item's id."""
        action = "build" if form is None else "buildWithParameters"
        answer = self.post(f"{job.path}/{action}", form, params={"delay": delay})
        assert answer.status_code == 201, answer.text
        return item_id(answer)

    def item(self, number: int) -> Any:
        """A queue item."""
        return self.json(f"queue/item/{number}")

    def started(self, job: Job, item: int) -> str:
        """Wait until a queue item has become a build; the build's path."""
        wait_for(lambda: self.item(item).get("executable"))
        return f"{job.path}/{self.item(item)['executable']['number']}"

    def ended(self, build: str) -> Any:
        """Wait until a build has ended; its facts."""
        wait_for(lambda: self.json(build, "building,inProgress") | {"_class": 0} == ENDED)
        return self.json(build)

    def run(self, job: Job, form: dict[str, str] | None = None) -> str:
        """Launch a build and wait for its end; the build's path."""
        build = self.started(job, self.launch(job, form))
        self.ended(build)
        return build


ENDED = {"_class": 0, "building": False, "inProgress": False}


def item_id(answer: requests.Response) -> int:
    """The queue item that a launch became."""
    found = re.search(r"/queue/item/(\d+)/$", answer.headers["Location"])
    assert found, answer.headers["Location"]
    return int(found[1])


def wait_for(condition: Callable[[], Any]) -> None:
    """Wait until the condition holds; fail when it takes too long."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up_at, "waited too long"
        time.sleep(0.1)
