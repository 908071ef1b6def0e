"""What a running Jenkins 2.579 answered, read by the client as the contract says."""

from __future__ import annotations

import pytest

from jenkins_api import (
    Identity,
    NotAuthorised,
    QueueItemRef,
    UnexpectedAnswer,
    User,
)

REGRESSION = "qa/regression"
VALUES = {"TestPlanName": "checkout smoke ü/&+", "NoOfReruns": "2", "Secret": "s3cret"}


def test_is_up_tells_version_and_session(replay):
    status = replay.play("Is it up, signed out").is_up()
    assert (status.version, status.session) == ("2.579", "80788287")
    assert status.answered_in_s > 0
    assert abs(status.clock_offset_s) < 5  # the replay's clock is ours


def test_whoami(replay):
    assert replay.play("Who am I").whoami() == Identity("admin", False, ("authenticated",))
    anonymous = replay.play("Who am I, signed out", credentials={}).whoami()
    assert anonymous == Identity("anonymous", True, ("anonymous",))


def test_jobs_are_found_in_folders_and_folders_are_no_jobs(replay):
    jobs = replay.play("Jobs with folders, two levels").jobs()
    assert [job.full_name for job in jobs] == [
        "busy",
        "fold/inner",
        "job1",
        "job2",
        "nightly",
        "nolabel",
        "qa/failing",
        "qa/long",
        "qa/nowhere",
        "qa/regression",
    ]
    assert {job.kind for job in jobs} == {"hudson.model.FreeStyleProject"}
    assert all(job.is_buildable and not job.is_disabled for job in jobs)
    assert jobs[0].color == "blue"


def test_a_job_tells_its_parameters(replay):
    job = replay.play("A parameterized job that never ran").job(REGRESSION)
    assert (job.full_name, job.display_name) == (REGRESSION, "regression")
    assert job.description == "A job of the recording"
    told = {each.name: (each.kind, each.default, each.choices) for each in job.parameters}
    assert told == {
        "TestPlanName": ("StringParameterDefinition", "smoke", ()),
        "NoOfReruns": ("StringParameterDefinition", "0", ()),
        "Environment": ("ChoiceParameterDefinition", "staging", ("staging", "production")),
        "Verbose": ("BooleanParameterDefinition", True, ()),
        "Notes": ("TextParameterDefinition", "first line\nsecond line", ()),
        "Secret": ("PasswordParameterDefinition", None, ()),
        "data.csv": ("FileParameterDefinition", None, ()),
        "Upstream": ("RunParameterDefinition", None, ()),
    }
    assert job.parameters[0].description == "Which plan to run"


def test_a_plain_job_has_no_parameters(replay):
    job = replay.play("A plain job that never ran").job("nightly")
    assert job.parameters == ()
    assert job.color == "notbuilt"


def test_a_disabled_job(replay):
    recorded = replay.recorded["The disabled job"]
    recorded["body"]["fullName"] = "nightly"  # not asked for when it was recorded
    job = replay.play("The disabled job").job("nightly")
    assert job.is_disabled
    assert not job.is_buildable


def test_an_unknown_job_is_404_with_jenkinss_words(replay):
    with pytest.raises(UnexpectedAnswer) as caught:
        replay.play("Unknown job").job("none")
    assert caught.value.status == 404
    assert "This page may not exist" in caught.value.reason


def test_a_launch_gives_its_queue_item(replay):
    client = replay.play("Launch with parameters")
    ref = client.start_build(REGRESSION, {**VALUES, "Undefined": "ignored"})
    assert ref == QueueItemRef(34, created=True, status=201)


def test_an_equal_launch_is_folded_into_the_waiting_one(replay):
    client = replay.play("The same again while it waits: folded")
    ref = client.start_build(REGRESSION, VALUES)
    assert ref == QueueItemRef(34, created=False, status=303)


def test_a_plain_job_is_launched_without_parameters(replay):
    client = replay.play("Launch while the controller is quieting down")
    assert client.start_build("nightly") == QueueItemRef(42, created=True, status=201)


@pytest.mark.parametrize(
    ("note", "job", "parameters", "status", "words"),
    [
        ("Launch an unknown job", "none", None, 404, "Not Found"),
        ("Launch it", "nightly", None, 409, "nightly is not buildable"),
        (
            "Parameterized job without parameters by /build",
            REGRESSION,
            None,
            400,
            "Nothing is submitted",
        ),
        (
            "Plain job by buildWithParameters",
            "nightly",
            {"a": "b"},
            400,
            "nightly is not parameterized",
        ),
        (
            "Value that is not among the choices",
            REGRESSION,
            {"Environment": "moon"},
            500,
            "A problem occurred",
        ),
    ],
)
def test_a_refused_launch_says_why(replay, note, job, parameters, status, words):
    with pytest.raises(UnexpectedAnswer) as caught:
        replay.play(note).start_build(job, parameters)
    assert caught.value.status == status
    assert words in caught.value.reason
    assert len(caught.value.reason) <= 300


def test_a_launch_by_password_without_crumb_is_not_authorised(replay):
    with pytest.raises(NotAuthorised, match="No valid crumb"):
        replay.play("Password instead of token, no crumb").start_build("nightly")


def test_the_whole_queue(replay):
    queue = replay.play("The whole queue").queue()
    assert (queue.session, queue.version) == ("80788287", "2.579")
    waiting, other, stuck = queue.items
    assert (waiting.queue_id, waiting.kind, waiting.job) == (34, "WaitingItem", REGRESSION)
    assert waiting.why == "In the quiet period. Expires in 7.9 sec"
    assert waiting.waits_until_ms - waiting.in_queue_since_ms == 8000
    assert waiting.parameters == {
        "TestPlanName": "checkout smoke ü/&+",
        "NoOfReruns": "2",
        "Environment": "staging",
        "Verbose": "true",
        "Notes": "first line\nsecond line",
    }
    assert other.queue_id == 35
    assert (stuck.kind, stuck.job, stuck.is_stuck) == ("BuildableItem", "nolabel", True)
    assert stuck.buildable_since_ms == 1795544962078
    assert not stuck.is_pending


def test_a_queue_item_in_the_quiet_period(replay):
    item = replay.play("Its queue item in the quiet period").queue_item(34)
    assert (item.kind, item.has_left, item.build_number) == ("WaitingItem", False, None)


def test_a_queue_item_that_became_a_build(replay):
    item = replay.play("The item once it has left for an executor").queue_item(34)
    assert item.has_left
    assert not item.is_cancelled
    assert item.build_number == 1
    assert item.why is None


def test_a_cancelled_queue_item(replay):
    item = replay.play("The cancelled item").queue_item(35)
    assert item.has_left
    assert item.is_cancelled
    assert item.build_number is None


def test_a_forgotten_queue_item_is_none(replay):
    assert replay.play("Queue item that never was").queue_item(99999999) is None


def test_cancelling(replay):
    assert replay.play("Cancel a waiting item").cancel_queue_item(35) is True
    assert replay.play("Cancel it again").cancel_queue_item(35) is False
    assert replay.play("Cancel what never was").cancel_queue_item(99999999) is False


def test_every_running_build_in_one_answer(replay):
    executors = replay.play("Every running build of the controller in one answer").executors()
    assert (executors.busy, executors.total, executors.session) == (1, 2, "80788287")
    (node,) = executors.nodes
    assert (node.name, node.labels, node.executors) == ("Built-In Node", {"built-in"}, 2)
    assert (node.busy, node.is_offline) == (1, False)
    (build,) = executors.builds
    assert (build.job, build.number, build.queue_id) == (REGRESSION, 1, 34)
    assert (build.is_building, build.result, build.estimated_ms) == (True, None, None)
    assert build.started_ms == 1795545233540


def test_a_running_build(replay):
    build = replay.play("The build while it runs").build(REGRESSION, 1)
    assert (build.number, build.build_id, build.queue_id) == (1, "1", 34)
    assert (build.is_building, build.result, build.has_ended) == (True, None, False)
    assert (build.duration_ms, build.estimated_ms) == (0, None)
    assert "Secret" not in build.parameters
    assert build.parameters["Verbose"] == "true"
    assert build.causes == ("Started by user admin", "Started by user admin")


def test_an_ended_build(replay):
    build = replay.play("The build once it has ended").build(REGRESSION, 1)
    assert (build.is_building, build.result, build.has_ended) == (False, "SUCCESS", True)
    assert (build.duration_ms, build.display_name) == (5022, "#1")


def test_no_such_build_is_none(replay):
    assert replay.play("No such build").build(REGRESSION, 999) is None


def test_recent_builds(replay):
    (build,) = replay.play("Builds with parameters and causes, newest 3").recent_builds(REGRESSION)
    assert (build.number, build.queue_id, build.result) == (1, 34, "SUCCESS")
    assert build.parameters["TestPlanName"] == "checkout smoke ü/&+"


def test_no_report_is_none(replay):
    assert replay.play("No test report").test_report(REGRESSION, 1) is None


def test_the_console_is_read_on_from_where_it_stood(replay):
    client = replay.play("Console while it runs, from 0", "Console from where it stood")
    first = client.console(REGRESSION, 1)
    second = client.console(REGRESSION, 1, first.next_start)
    whole = replay.play("Console once ended, from 0").console(REGRESSION, 1)
    assert (first.next_start, first.has_more) == (982, True)
    assert (second.start, second.next_start, second.has_more) == (982, 1222, True)
    assert len(second.text) == second.next_start - second.start
    assert whole.text.startswith(first.text + second.text)
    assert (whole.next_start, whole.has_more) == (1360, False)
    assert b"\r" not in whole.text
    assert whole.text.endswith(b"Finished: SUCCESS\n")


def test_the_console_at_and_beyond_its_end(replay):
    at_end = replay.play("Console from its end").console(REGRESSION, 1, 1360)
    assert (at_end.text, at_end.next_start, at_end.has_more) == (b"", 1360, False)
    beyond = replay.play("Console from beyond its end").console(REGRESSION, 1, 999999)
    assert beyond.next_start == 1360
    assert beyond.text.startswith(b"Started by user")


def test_stopping(replay):
    replay.play("Stop a running build").stop_build("qa/long", 1)
    replay.play("Stop a build that has ended").stop_build(REGRESSION, 1)


def test_a_wrong_token_is_not_authorised(replay):
    wrong = dict(
        replay.recorded["Wrong token"], request={"method": "GET", "path": "/queue/api/json"}
    )
    replay.recorded["Wrong token"] = wrong
    with pytest.raises(NotAuthorised) as caught:
        replay.play("Wrong token").queue()
    assert caught.value.status == 401
    assert "Unauthorized" in caught.value.reason


def test_how_the_controller_is_set_up(replay):
    facts = replay.play("Controller").server_facts()
    assert (facts.mode, facts.version, facts.session) == ("NORMAL", "2.579", "80788287")
    assert (facts.is_quieting_down, facts.quiet_down_reason) == (False, "")
    assert (facts.uses_crumbs, facts.uses_security) == (True, True)
    assert facts.configured_url == "http://jenkins.example:8080/"


def test_reading_what_is_not_ours_names_the_permission(replay):
    client = replay.play("Signed out where reading is not allowed", credentials={})
    with pytest.raises(NotAuthorised) as caught:
        client.server_facts()
    assert caught.value.permission == "hudson.model.Hudson.Read"


def test_our_user_record(replay):
    assert replay.play("My user record").my_user() == User("admin", "admin")


def test_an_api_token_is_made_and_revoked(replay):
    token = replay.play("Make an API token").make_api_token("recording")
    assert (token.name, token.expires) == ("recording", "never")
    assert token.value == "(34 hexadecimal digits)"
    assert token.value not in repr(token)
    replay.play("Revoke it").revoke_api_token(token.uuid)


def test_a_password_goes_with_the_crumb_of_its_session(replay):
    client = replay.play(
        "Crumb",
        "Password with the crumb of the same web session (cookie kept)",
        credentials={"user": "admin", "password": "pw"},
    )
    ref = client.start_build("nightly")
    assert (ref.queue_id, ref.crumb) == (42, "sent")


def test_all_permalinks_in_one_answer(replay):
    builds = replay.recorded["The permalinks of a job in one answer"]["body"]
    for name, value in builds.items():
        if name.endswith("Build") and value:
            value["timestamp"] = 1795545233540  # not asked for when it was recorded
    last = replay.play("The permalinks of a job in one answer").last_builds(REGRESSION)
    assert last.next_number == 2
    for build in (last.last, last.completed, last.stable, last.successful):
        assert build.number == 1
    assert (last.failed, last.unstable, last.unsuccessful) == (None, None, None)


def test_a_build_is_kept(replay):
    path = "/job/qa/job/long/1/api/json"
    for note, is_kept in (("before", False), ("after", True)):
        replay.recorded[note] = {
            "request": {"method": "GET", "path": path},
            "status": 200,
            "headers": {},
            "body": {"number": 1, "timestamp": 1, "keepLog": is_kept},
        }
    assert replay.play("after").set_kept("qa/long", 1, True).is_kept  # and no toggle was sent
    assert not replay.play("before").set_kept("qa/long", 1, False).is_kept
    with pytest.raises(UnexpectedAnswer, match="501"):
        replay.play("before").set_kept("qa/long", 1, True)  # asks for the toggle
    still = replay.play("before", "Keep its log").set_kept("qa/long", 1, True)
    assert not still.is_kept  # the truth is read back


def test_a_build_is_described(replay):
    replay.play("Describe it").describe_build("qa/long", 1, "tried")


@pytest.mark.parametrize(("note", "is_enabled"), [("Disable", False), ("Enable", True)])
def test_a_job_is_switched_and_read_back(replay, note, is_enabled):
    replay.recorded["The disabled job"]["body"]["fullName"] = "nightly"
    job = replay.play(note, "The disabled job").set_enabled("nightly", is_enabled)
    assert job.is_disabled  # as the recording says, whatever was asked


def test_a_plain_folder_cannot_be_switched(replay):
    replay.recorded["The folder"]["body"]["fullName"] = "qa"
    assert not replay.play("Disable a folder", "The folder").set_enabled("qa", False).is_disabled


def test_the_trigger_token_of_a_job_with_a_cause(replay):
    client = replay.play("Remote trigger token of the job, with a cause")
    trigger = {"trigger_token": "remote-secret", "cause": "from a pipeline"}
    ref = client.start_build(REGRESSION, {"TestPlanName": "triggered"}, **trigger)
    assert ref.queue_id == 39


def test_a_build_by_token_alone(replay):
    client = replay.play("Build Authorization Token Root plugin, signed out")
    ref = client.start_build_by_token(REGRESSION, "remote-secret", {"TestPlanName": "bytoken"})
    assert ref == QueueItemRef(40, created=True, status=201)


def test_a_wrong_token_alone(replay):
    with pytest.raises(NotAuthorised):
        replay.play("The same with a wrong token").start_build_by_token(REGRESSION, "nope")


@pytest.mark.parametrize(
    ("note", "job"),
    [
        ("The same for a job without a token", "nightly"),
        ("The same, job unknown", "none"),
    ],
)
def test_a_token_for_a_job_that_has_none(replay, note, job):
    with pytest.raises(UnexpectedAnswer) as caught:
        replay.play(note).start_build_by_token(job, "x")
    assert caught.value.status == 404


def test_polling_by_token(replay):
    with pytest.raises(UnexpectedAnswer) as caught:
        replay.play("Polling by token").poll_scm_by_token("nightly", "x")
    assert caught.value.status == 404
