"""Somebody at a browser: cookies, forms with their hidden fields, and htmx's polls."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import requests

from tests.demo import wait_until
from tests.flows.page import Form, Page, words_of

POLL_EVERY_S = 0.2  # quicker than a browser's second: tests are in a hurry
ANSWERS_WITHIN_S = 60
HAPPENS_WITHIN_S = 300
HTMX = {"HX-Request": "true"}


class Person:
    """Opens pages of one Runboard, fills in forms and follows what polls itself."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def __enter__(self) -> Person:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.session.get(urljoin(self.url, path), headers=headers, timeout=ANSWERS_WITHIN_S)

    def open(self, path: str, status: int = 200) -> Page:
        """A page, after redirects."""
        answer = self.get(path)
        return self._page(answer, status)

    def post(self, form: Form) -> requests.Response:
        """Send a form; the answer as it comes, redirects not followed."""
        return self.session.post(
            urljoin(self.url, form.action),
            data=form.fields,
            timeout=ANSWERS_WITHIN_S,
            allow_redirects=False,
        )

    def send(self, form: Form, status: int = 200) -> Page:
        """Send a form and go where it leads."""
        answer = self.post(form)
        if answer.is_redirect:
            return self.open(answer.headers["Location"], status)
        return self._page(answer, status)

    def sign_in(self, name: str, password: str) -> Page:
        """Sign in; the page that this leads to."""
        form = self.open("/sign-in/").form()
        return self.send(form.fill({"username": name, "password": password}))

    def form_of(self, job: str, controller: str = "demo") -> Page:
        """The launch form of a job, reached by the list of jobs."""
        return self.open(f"{self.path_of(job, controller)}launch/")

    def path_of(self, job: str, controller: str = "demo") -> str:
        """Where a job's page is, by the list of jobs."""
        jobs = self.open(f"/jobs/?q={job}")
        folder = job.rpartition("/")[0] or controller
        section = jobs.find(f".//section[@aria-label='{folder} on {controller}']")
        links = section.findall(f".//a[@title='{job}']")
        assert len(links) == 1, words_of(section)
        return links[0].get("href", "")

    def launch(self, job: str, controller: str = "demo", **parameters: str) -> Page:
        """Fill in the form of a job and launch it; the page of its run."""
        form = self.form_of(job, controller).form()
        return self.send(form.fill({f"p-{name}": text for name, text in parameters.items()}))

    def poll(self, element: Element, **parameters: int) -> Page | None:
        """What htmx would fetch for an element now; None where there is no news."""
        address = urljoin(self.url, element.get("hx-get"))
        answer = self.session.get(
            address, params=parameters, headers=HTMX, timeout=ANSWERS_WITHIN_S
        )
        assert answer.status_code in (200, 204), f"{answer.status_code}: {answer.text}"
        return Page(answer) if answer.status_code == 200 else None

    def wait_until_web_answers(self) -> None:
        """Wait while the web server is being started again."""

        def answers() -> bool:
            try:
                return self.get("/").ok
            except requests.ConnectionError:
                return False

        wait_until(answers)

    def headers_of(self, run: Page) -> Iterator[Element]:
        """The header of a run each time that it changes, until the run is settled."""
        header = run.part("run-header")
        yield header
        give_up_at = time.monotonic() + HAPPENS_WITHIN_S
        while header.get("hx-get"):
            assert time.monotonic() < give_up_at, f"still: {words_of(header)}"
            time.sleep(POLL_EVERY_S)
            if news := self.poll(header):
                header = news.part("run-header")
                yield header

    def wait_for(self, run: Page, said: str) -> Element:
        """Follow a run's header until it says something."""
        for header in self.headers_of(run):
            if said in words_of(header):
                return header
        raise AssertionError(f"settled without {said!r}: {words_of(header)}")

    def settled(self, run: Page) -> Page:
        """The page of a run once it has its verdict, opened anew."""
        for header in self.headers_of(run):
            last = header
        assert not last.get("hx-get")
        return self.open(run_path(run))

    def console_of(self, run: Page) -> Iterator[list[str]]:
        """The lines of a run's console each time that some came, until it is complete."""
        lines = console_lines(run)
        yield list(lines.values())
        tail = run.part("tail")
        give_up_at = time.monotonic() + HAPPENS_WITHIN_S
        while tail.get("data-poll") is not None:
            assert time.monotonic() < give_up_at, f"not complete after {len(lines)} lines"
            time.sleep(POLL_EVERY_S)
            if news := self.poll(tail, **json.loads(tail.get("hx-vals", "{}"))):
                if news.headers["HX-Reswap"] == "innerHTML":
                    lines.clear()
                lines |= console_lines(news)
                tail = news.part("tail")
                yield list(lines.values())

    def _page(self, answer: requests.Response, status: int) -> Page:
        page = Page(answer)
        assert page.status == status, f"{page.status} at {page.path}: {page.words}"
        return page


def whole_console(person: Person, run: Page) -> list[str]:
    """The lines of a run's console once it is complete."""
    for lines in person.console_of(person.open(f"{run_path(run)}?console")):
        whole = lines
    return whole


def console_lines(page: Page) -> dict[str, str]:
    """The console lines on a page, by the id of their element."""
    return {
        line.get("id", ""): "".join(line.find("span").itertext())
        for line in page.root.iter("div")
        if "rb-line" in line.get("class", "").split()
    }


def run_path(run: Page) -> str:
    """The path of a run's page, whichever of its tabs is open."""
    return "/".join(run.path.split("/")[:3]) + "/"


def run_number(run: Page) -> int:
    return int(run.path.split("/")[2])
