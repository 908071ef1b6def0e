"""Builds that are no runs: who reads them waits like everybody else, and not for ever."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from dashboard.controllers.waiting import MOST_THREADS
from dashboard.launching.builds import console_pieces, read_build
from dashboard.people.models import Role
from jenkins_api import AnswerLost
from tests.factories import make_controller, make_job, signed_in
from tests.jenkins_api.raw_server import drip, reply

pytestmark = pytest.mark.django_db
DRIPPING = drip(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nfirst line\n")
LOG = reply(200, b"log\n", kind="text/plain")
BUILD = {"number": 7, "timestamp": 1, "result": "SUCCESS", "duration": 5}


@pytest.fixture
def job_on(raw) -> Callable:
    """Makes a job of a controller with these answers."""
    return lambda *answers: make_job(make_controller(url=raw(*answers).url))


def answer_with(build):
    return reply(200, json.dumps(build).encode())


def test_a_download_takes_one_of_the_places_of_those_who_wait(job_on):
    job = job_on(LOG)

    def download():
        return signed_in(Role.VIEWER).get(f"/jobs/{job.pk}/builds/7/console.txt")

    running = [console_pieces(job, 7) for _ in range(MOST_THREADS)]
    assert [next(pieces) for pieces in running] == [b""] * MOST_THREADS
    one_more = download()
    assert one_more.status_code == 502
    assert "Others wait for a controller just now" in one_more.content.decode()
    running[0].close()  # as when its browser goes away
    assert b"".join(running[1]) == b"log\n"
    again = [download() for _ in range(MOST_THREADS)]
    assert [b"".join(answer.streaming_content) for answer in again] == [b"log\n"] * MOST_THREADS


def test_a_download_that_drips_ends(job_on):
    pieces = console_pieces(job_on(DRIPPING), 7, within_s=0.3)
    assert next(pieces) == b""
    with pytest.raises(AnswerLost, match="longer than"):
        list(pieces)


def test_a_console_that_drips_keeps_no_page_waiting(job_on):
    job = job_on(answer_with(BUILD), reply(404), DRIPPING)
    page = read_build(job, 7, console_within_s=0.3)
    assert page.shown.build.result == "SUCCESS"
    assert page.console.is_too_long  # read to its end, it would be shown
    assert page.console.total_lines == 1


def test_a_build_whose_times_cannot_be_has_a_page(job_on):
    odd = BUILD | {"timestamp": 2**62, "duration": 2**62, "estimatedDuration": 2**62}
    job = job_on(answer_with(odd), reply(404), LOG)
    page = signed_in().get(f"/jobs/{job.pk}/builds/7/").content.decode()
    assert '<dt>Timestamp</dt><dd class="mono">–' in page
