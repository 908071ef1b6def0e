"""Times, numbers and words that cannot be: they say nothing, and the rest is read."""

from __future__ import annotations

import json

import pytest

from jenkins_api import Jenkins, UnexpectedAnswer
from tests.jenkins_api.raw_server import SIGNED_IN, reply

ODD_TIMES = [-1, 221_845_392_000_000, 2**62, 10**30]  # before 1970, and from the year 9000 on
ODD_DURATIONS = [-1, 11 * 366 * 24 * 60 * 60 * 1000, 2**63 - 1, 10**30]


@pytest.fixture
def asked(raw):
    """A client of a Jenkins that answers this JSON, with these headers."""

    def make(value, *headers):
        server = raw(reply(200, json.dumps(value).encode(), *headers))
        return Jenkins(server.url, **SIGNED_IN)

    return make


def fields(**odd):
    return {"number": 7, "timestamp": 1, "result": "SUCCESS", **odd}


def odd_build(asked, **odd):
    """The odd one of two; the other is read as ever."""
    found, other = asked({"builds": [fields(**odd), fields(number=6)]}).recent_builds("qa/smoke")
    assert (other.number, other.started_ms, other.result) == (6, 1, "SUCCESS")
    return found


@pytest.mark.parametrize("time_ms", ODD_TIMES)
def test_a_time_that_cannot_be_is_not_known(asked, time_ms):
    assert odd_build(asked, timestamp=time_ms).started_ms is None
    waiting = {"id": 3, "inQueueSince": time_ms, "timestamp": time_ms}
    (item,) = asked({"items": [waiting]}).queue().items
    assert (item.in_queue_since_ms, item.waits_until_ms) == (None, None)


@pytest.mark.parametrize("lasted_ms", ODD_DURATIONS)
def test_a_duration_that_cannot_be_is_not_known(asked, lasted_ms):
    build = odd_build(asked, duration=lasted_ms, estimatedDuration=lasted_ms)
    assert (build.duration_ms, build.estimated_ms) == (0, None)


def test_an_odd_build_on_an_executor_leaves_the_others(asked):
    busy = [
        {"currentExecutable": {"url": f"https://ci.example/job/x/{number}/", **odd}}
        for number, odd in ((7, {"timestamp": 2**62, "estimatedDuration": 2**62}), (8, {}))
    ]
    node = {"displayName": "agent", "numExecutors": 2, "executors": busy}
    client = asked({"busyExecutors": 2, "totalExecutors": 2, "computer": [node]})
    odd, other = client.executors().builds
    assert (odd.number, odd.started_ms, odd.estimated_ms) == (7, None, None)
    assert other.number == 8


def test_a_number_in_an_address_that_no_build_has_is_none(asked):
    busy = [{"currentExecutable": {"url": f"https://ci.example/job/x/{2**31}/"}}]
    node = {"displayName": "agent", "numExecutors": 2, "executors": busy}
    client = asked({"busyExecutors": 1, "totalExecutors": 2, "computer": [node]})
    assert client.executors().builds == ()


@pytest.mark.parametrize("seconds", [-0.5, 1e308, 10**400])
def test_a_test_that_cannot_take_so_long_took_none(asked, seconds):
    case = {"name": "a", "status": "PASSED", "duration": seconds}
    suite = {"name": "s", "cases": [case]}
    counts = {"passCount": 1, "failCount": 0, "skipCount": 0}
    report = asked({**counts, "duration": seconds, "suites": [suite]}).test_report("x", 1)
    assert (report.duration_s, report.attempts[0].duration_s) == (0.0, 0.0)


def test_a_result_is_cut_where_jenkins_has_none_so_long(asked):
    assert odd_build(asked, result="A_RESULT_OF_A_PLUGIN_LONGER_THAN_20").result == (
        "A_RESULT_OF_A_PLUGIN"
    )


@pytest.mark.parametrize("number", [-1, 2**31, 7.0])
def test_a_build_whose_number_cannot_be_is_unexpected(asked, number):
    with pytest.raises(UnexpectedAnswer):
        asked(fields(number=number)).build("x", 1)


def test_headers_longer_than_jenkinss_are_cut(asked):
    queue = asked({"items": []}, "X-Jenkins: " + "2" * 200, "X-Jenkins-Session: " + "a" * 200)
    queue = queue.queue()
    assert (len(queue.version), len(queue.session)) == (50, 100)


@pytest.mark.parametrize("year", ["1800", "9999"])
def test_a_date_that_cannot_be_tells_no_clock(asked, year):
    queue = asked({"items": []}, f"Date: Mon, 01 Jan {year} 00:00:00 GMT").queue()
    assert queue.clock_offset_s is None
