"""The console: progressive reading, its ends, and the whole text."""

from __future__ import annotations

import re

import pytest

from tests.conformance.configuration import freestyle
from tests.conformance.controller import Controller, wait_for

PIECES_AT_LEAST = 3  # of a console that is followed
NOTES = re.compile(rb"\x1b\[8mha:.*?\x1b\[0m")  # Jenkins's own marks, which no text is


@pytest.fixture(scope="module")
def run(jenkins: Controller) -> str:
    """A run that has ended, with colours, a carriage return and letters of two bytes."""
    command = "set +x; printf 'ümlaut\\ntwo\\r\\n\\033[32mgreen\\033[0m\\n'; seq 2000"
    return jenkins.run(jenkins.make_job("console", freestyle(command)))


def test_the_whole_text(jenkins: Controller, run: str) -> None:
    answer = jenkins.get(f"{run}/consoleText")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].lower() == "text/plain;charset=utf-8"
    text = answer.content.decode()
    assert "\nümlaut\ntwo\r\n\x1b[32mgreen\x1b[0m\n1\n2\n" in text
    assert text.endswith("\n1999\n2000\nFinished: SUCCESS\n")
    assert "\x1b[8mha:" not in text


def test_progressive_from_the_start(jenkins: Controller, run: str) -> None:
    answer = jenkins.get(f"{run}/logText/progressiveText?start=0")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].lower() == "text/plain;charset=utf-8"
    assert "X-More-Data" not in answer.headers
    assert answer.content.count(b"\n") == answer.content.count(b"\r\n")
    whole = jenkins.get(f"{run}/consoleText").content
    text = NOTES.sub(b"", answer.content)
    assert text.replace(b"\r\n", b"\n") == whole.replace(b"\r\n", b"\n")
    assert int(answer.headers["X-Text-Size"]) >= len(whole)  # it counts the notes, too


def test_without_a_start_it_is_0(jenkins: Controller, run: str) -> None:
    none, zero = (jenkins.get(f"{run}/logText/progressiveText{q}") for q in ("", "?start=0"))
    assert none.content == zero.content
    assert none.headers["X-Text-Size"] == zero.headers["X-Text-Size"]


def test_from_its_end_there_is_nothing(jenkins: Controller, run: str) -> None:
    size = jenkins.get(f"{run}/logText/progressiveText").headers["X-Text-Size"]
    answer = jenkins.get(f"{run}/logText/progressiveText?start={size}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["X-Text-Size"] == size
    assert "X-More-Data" not in answer.headers


def test_from_beyond_its_end_it_starts_over(jenkins: Controller, run: str) -> None:
    whole = jenkins.get(f"{run}/logText/progressiveText")
    beyond = jenkins.get(f"{run}/logText/progressiveText?start=99999999")
    assert beyond.content == whole.content
    assert beyond.headers["X-Text-Size"] == whole.headers["X-Text-Size"]


def test_an_offset_counts_bytes_of_the_log_as_stored(jenkins: Controller, run: str) -> None:
    whole = jenkins.get(f"{run}/consoleText").content
    after = whole.partition(b"\xc3\xbcmlaut\n")[2]
    size = int(jenkins.get(f"{run}/logText/progressiveText").headers["X-Text-Size"])
    answer = jenkins.get(f"{run}/logText/progressiveText?start={size - len(after)}")
    assert answer.content.replace(b"\r\n", b"\n") == after.replace(b"\r\n", b"\n")


@pytest.mark.parametrize("start", ["", "x", "-1", "1.5"])
def test_what_is_no_offset_500(jenkins: Controller, run: str, start: str) -> None:
    answer = jenkins.get(f"{run}/logText/progressiveText?start={start}")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("page", ["logText/progressiveText", "consoleText"])
def test_of_no_run_404(jenkins: Controller, run: str, page: str) -> None:
    assert jenkins.get(f"{run}99/{page}").status_code == 404


def test_following_a_run_to_its_end(jenkins: Controller) -> None:
    command = "set +x; while true; do echo on; sleep 1; done"  # until it is stopped
    job = jenkins.make_job("followed", freestyle(command))
    run = jenkins.started(job, jenkins.launch(job))
    pieces, start = [], "0"

    def is_complete() -> bool:
        nonlocal start
        answer = jenkins.get(f"{run}/logText/progressiveText?start={start}")
        assert int(answer.headers["X-Text-Size"]) >= int(start)
        start = answer.headers["X-Text-Size"]
        if len(pieces) < PIECES_AT_LEAST:
            assert answer.headers["X-More-Data"] == "true"
        if answer.content:
            pieces.append(answer.content)
            if len(pieces) == PIECES_AT_LEAST:
                jenkins.post(f"{run}/stop")
        return "X-More-Data" not in answer.headers

    wait_for(is_complete)
    text = NOTES.sub(b"", b"".join(pieces)).replace(b"\r\n", b"\n")
    assert text == jenkins.get(f"{run}/consoleText").content
