"""The rest of what a running Jenkins answered, and a guard that none is forgotten."""

from __future__ import annotations

import ast
import io
from pathlib import Path

import pytest

from jenkins_api import NotAuthorised, Permissions
from tests.jenkins_api import test_recordings
from tests.jenkins_api.replaying import NOT_PLAYED, PERMALINKS

REGRESSION = "qa/regression"


def test_other_parameters_are_an_item_of_their_own(replay):
    client = replay.play("Other parameters: an item of its own")
    ref = client.start_build(REGRESSION, {"TestPlanName": "other", "NoOfReruns": "0"})
    assert (ref.queue_id, ref.created) == (35, True)


def test_an_item_that_no_agent_will_take_is_stuck(replay):
    _, stuck, *_ = replay.play("Queue: no agent has the label").queue().items
    assert (stuck.kind, stuck.job, stuck.is_stuck) == ("BuildableItem", "qa/nowhere", True)
    assert "doesn’t have label" in stuck.why


def test_an_item_while_the_controller_is_quieting_down(replay):
    replay.recorded["Its queue item"]["body"]["inQueueSince"] = 1  # not asked for then
    item = replay.play("Its queue item").queue_item(42)
    assert (item.is_buildable, item.has_left) == (True, False)
    assert item.why == "Jenkins is about to shut down"


def test_an_aborted_build(replay):
    replay.recorded["The aborted build"]["body"] |= {"number": 1, "timestamp": 1}  # not asked for
    build = replay.play("The aborted build").build("qa/long", 1)
    assert (build.result, build.has_ended, build.duration_ms) == ("ABORTED", True, 3024)


def test_a_crumb_whose_session_has_gone_is_renewed_and_refused_again(replay):
    client = replay.play(
        "Crumb",
        "Password with that crumb but without its cookie",
        credentials={"user": "admin", "password": "pw"},
    )
    with pytest.raises(NotAuthorised, match="No valid crumb"):
        client.start_build("nightly")


def test_the_permalinks_of_a_job_that_has_only_failed(replay):
    """Asked for one by one when they were recorded; a missing one is null among them."""
    body = {"nextBuildNumber": 2}
    for name in PERMALINKS:
        recorded = replay.recorded[f"{name} of a job that has only failed"]
        body[name] = recorded["body"] if recorded["status"] == 200 else None
    request = {"method": "GET", "path": "/job/qa/job/failing/api/json"}
    replay.recorded["all"] = {"request": request, "status": 200, "headers": {}, "body": body}
    builds = replay.play("all").last_builds("qa/failing")
    for build in (builds.last, builds.completed, builds.failed, builds.unsuccessful):
        assert (build.number, build.result, build.queue_id) == (1, "FAILURE", 37)
    assert (builds.stable, builds.successful, builds.unstable) == (None, None, None)


def test_the_whole_console_is_saved_without_notes(replay):
    saved = io.BytesIO()
    size = replay.play("Console text").save_console(REGRESSION, 1, saved)
    assert size == len(saved.getvalue()) > 700
    assert saved.getvalue().startswith(b"Started by user admin\n")
    assert saved.getvalue().endswith(b"Finished: SUCCESS\n")


def test_a_get_tells_that_we_may_build(replay):
    config = {"request": {"method": "GET", "path": "/job/nightly/config.xml"}, "headers": {}}
    replay.recorded["may configure"] = {**config, "status": 200, "body": "<project/>"}
    replay.recorded["may not configure"] = {**config, "status": 403, "body": ""}
    first = replay.play("Launch by GET", "may configure").permissions("nightly")
    second = replay.play("Launch by GET", "may not configure").permissions("nightly")
    assert first == Permissions(build=True, configure=True)
    assert second == Permissions(build=True, configure=False)


def test_every_recording_is_played_or_says_why_not(replay):
    played = {f"{name} of a job that has only failed" for name in PERMALINKS}
    for module in (test_recordings.__file__, __file__):
        tree = ast.parse(Path(module).read_text())
        played |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert replay.recorded.keys() - played == NOT_PLAYED.keys()
