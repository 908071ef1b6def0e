"""One POST for each run, and what each answer makes of it. Against a demo controller."""

import json
import re
import socket
import uuid
from contextlib import closing
from datetime import timedelta
from urllib.parse import quote, quote_plus

import pytest
from django.utils import timezone

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.launching import submitting
from dashboard.launching.launching import launch_run
from dashboard.launching.timing import due_runs, settle_what_time_decides
from dashboard.runs.aborting import ask_abort
from dashboard.runs.models import Run, RunSecrets
from dashboard.runs.states import RunState
from jenkins_api import QueueItemRef
from tests.demo import conclude, follow, job_of, submit, sweep_once
from tests.factories import make_controller, make_job, make_run, make_user
from tests.jenkins_api.raw_server import STARTING, RawServer, reply

pytestmark = pytest.mark.django_db


def launch(job, parameters="smoke", **fields):
    if parameters == "smoke":
        parameters = {"TestPlanName": "smoke", "NoOfReruns": "0"}
    return launch_run(job=job, owner=make_user(), key=uuid.uuid4(), parameters=parameters, **fields)


def whys(run):
    return [event.why for event in run.events.all()]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def builds_of(demo, path):
    return demo.get(f"{path}/api/json?tree=builds[number]").json()["builds"]


def test_a_launch_becomes_a_queue_item_with_our_marker(demo, connected):
    run = submit(launch(job_of(connected, "qa/gpu"), {"TestPlanName": "smoke"}))
    assert run.state == RunState.QUEUED
    assert whys(run)[-1] == f"Jenkins took it: 201, queue item {run.queue_id}."
    item = demo.get(f"queue/item/{run.queue_id}/api/json").json()
    assert f"RUNBOARD_ID={run.uuid}" in item["params"]
    demo.post(f"queue/cancelItem?id={run.queue_id}")
    assert follow(run, RunState.CANCELLED)


def test_a_second_delivery_sends_nothing(demo, connected):
    run = submit(launch(job_of(connected, "qa/gpu"), {"TestPlanName": "x"}))
    first = run.queue_id
    assert submit(run).queue_id == first
    assert len(demo.get("queue/api/json").json()["items"]) == 1
    demo.post(f"queue/cancelItem?id={first}")


def test_an_equal_launch_that_waits_already_is_joined(demo, connected):
    demo.make_job("folds", "true", parameters=("TestPlanName",))
    sync_catalogue(connected)
    connected.launch_delay_s = 3
    connected.save()
    first = submit(launch(job_of(connected, "folds"), {"TestPlanName": "same"}))
    second = submit(launch(job_of(connected, "folds"), {"TestPlanName": "same"}))
    assert second.queue_id == first.queue_id
    assert second.joined_to == first
    assert "303" in whys(second)[-1]
    conclude(first)
    assert conclude(second).verdict == first.verdict == "passed"
    assert second.build_number == first.build_number
    assert len(builds_of(demo, "job/folds")) == 1


def test_a_plain_job_that_folds_by_201_is_joined_too(demo, connected):
    connected.launch_delay_s = 3
    connected.save()
    job = job_of(connected, "qa/nightly")
    first, second = submit(launch(job, None)), submit(launch(job, None))
    assert second.joined_to == first
    assert "201" in whys(second)[-1]
    assert conclude(first).verdict == "passed"


def test_a_plain_job_that_got_parameters_is_refused_in_words(connected):
    run = submit(launch(job_of(connected, "qa/nightly"), {"A": "b"}))
    assert run.state == RunState.REFUSED
    assert "is not parameterized" in whys(run)[-1]


def test_a_job_that_was_deleted_is_refused_in_words(demo, connected):
    demo.make_job("goes", "true")
    sync_catalogue(connected)
    job = job_of(connected, "goes")
    demo.post("job/goes/doDelete")
    run = submit(launch(job, None))
    assert run.state == RunState.REFUSED
    assert whys(run)[-1].startswith("Jenkins has no job goes (any more)")
    sync_catalogue(connected)
    job.refresh_from_db()
    assert job.why_not_launchable == "Jenkins no longer has this job."


def test_a_job_that_is_switched_off_is_refused_in_words(demo, connected):
    demo.make_job("off", "true")
    sync_catalogue(connected)
    demo.post("job/off/disable")
    run = submit(launch(job_of(connected, "off"), None))
    assert (run.state, whys(run)[-1]) == (
        RunState.REFUSED,
        "The job off is switched off in Jenkins.",
    )
    assert job_of(connected, "off").is_disabled  # its page says so now


def test_one_that_was_switched_off_here_is_refused_with_who_and_why(demo, connected):
    demo.make_job("off-here", "true")
    sync_catalogue(connected)
    job = job_of(connected, "off-here")
    job.switches.create(is_on=False, why="moving house", who=make_user(first_name="Ana"))
    demo.post("job/off-here/disable")
    run = submit(launch(job, None))
    assert whys(run)[-1] == "The job off-here is switched off in Jenkins, by Ana: moving house"


def test_one_whose_folder_is_switched_off_is_not_said_to_be_off_itself(demo, connected):
    xml = {"headers": {"Content-Type": "application/xml"}}
    kind = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
    demo.post("createItem?name=branches", data=f"<{kind}/>", **xml)
    pipeline = "<flow-definition><definition><script>echo 1</script></definition></flow-definition>"
    demo.post("job/branches/createItem?name=main", data=pipeline, **xml)
    sync_catalogue(connected)
    demo.post("job/branches/disable")
    run = submit(launch(job_of(connected, "branches/main"), None))
    assert run.state == RunState.REFUSED
    assert "cannot be built, though it is not switched off" in whys(run)[-1]
    job = job_of(connected, "branches/main")
    assert (job.is_disabled, job.is_buildable) == (False, False)


def test_a_409_after_which_the_job_cannot_be_read_leaves_its_row_and_has_jobs_read_soon():
    server = RawServer(reply(409, b"<p>copy is not buildable", kind="text/html"), reply(500))
    now = timezone.now()
    times = {"answered_at": now, "catalogue_due_at": now + timedelta(days=1)}
    with closing(server):
        controller = make_controller(url=server.url, session="s", **times)
        run = submit(launch(make_job(controller)))
    assert run.state == RunState.REFUSED
    assert "answers 409: copy is not buildable." in whys(run)[-1]
    run.job.refresh_from_db()
    assert (run.job.is_disabled, run.job.is_buildable) == (False, True)
    assert type(controller).objects.catalogue_due(timezone.now()).exists()


def test_a_wrong_token_is_refused_at_once_and_after_three_tries_nobody_asks_any_more(demo):
    controller = make_controller(url=demo.url, user=demo.user, token="wrong")  # noqa: S106  made up for this test
    job = make_job(controller, full_name="qa/nightly", parameters=[])
    run = submit(launch(job, None))
    assert run.state == RunState.REFUSED
    assert "does not accept the user and API token" in whys(run)[-1]
    waits = submit(launch(job, None))
    assert waits.state == RunState.ACCEPTED  # it may only be restarting behind a sign-in page
    sweep_once(controller)
    sweep_once(controller)
    controller.refresh_from_db()
    assert controller.refused_since is not None
    assert waits in due_runs()
    assert submit(waits).state == RunState.REFUSED
    later = timezone.now() + timedelta(days=1)
    assert not type(controller).objects.due(later).exists()


def test_a_controller_that_is_down_makes_the_run_wait_and_say_so():
    controller = make_controller(url=f"http://127.0.0.1:{free_port()}/", name="eu")
    run = submit(launch(make_job(controller)))
    assert run.state == RunState.ACCEPTED
    assert run.due_at > timezone.now()
    assert whys(run)[-1].endswith("It goes out once eu answers.")
    assert run not in due_runs()  # its sweep notices when it is back


def test_a_lost_answer_makes_the_run_unknown_and_is_never_sent_again(demo, connected):
    demo.make_job("lost", "true", parameters=("TestPlanName",))
    sync_catalogue(connected)
    demo.fault("close-after-accept")
    run = submit(launch(job_of(connected, "lost"), {"TestPlanName": "smoke"}))
    assert run.state == RunState.UNKNOWN
    assert submit(run).state == RunState.UNKNOWN
    settle_what_time_decides()
    assert run not in due_runs()
    follow(run, RunState.UNKNOWN)
    assert len(builds_of(demo, "job/lost")) <= 1


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (reply(503, b"<h1>Starting Jenkins</h1>", STARTING, kind="text/html"), RunState.ACCEPTED),
        (reply(503, b"", "X-Jenkins: 2.579"), RunState.ACCEPTED),
        (reply(503, b"upstream connect error or disconnect/reset before headers"), "unknown"),
        (reply(503, b"<h1>Jenkins is not available now</h1>", kind="text/html"), RunState.UNKNOWN),
        (reply(502, b"Bad Gateway"), RunState.UNKNOWN),
    ],
)
def test_only_jenkins_itself_says_by_503_that_it_took_nothing(answer, state):
    server = RawServer(answer)
    with closing(server):
        controller = make_controller(url=server.url, session="s1", answered_at=timezone.now())
        run = submit(launch(make_job(controller)))
    assert run.state == state
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("job", "parameters"), [("qa/nightly", None), ("qa/gpu", {"TestPlanName": "declined"})]
)
def test_a_launch_that_a_plugin_keeps_out_of_the_queue_is_refused(demo, connected, job, parameters):
    demo.fault("decline")
    run = submit(launch(job_of(connected, job), parameters))
    assert run.state == RunState.REFUSED
    assert "a plugin that decides what may wait in its queue" in whys(run)[-1]


def test_without_a_session_no_launch_joins_a_run_that_ended_long_ago():
    taken = reply(201, b"", "Location: /queue/item/7/")
    with closing(RawServer(reply(200, b"{}", "X-Jenkins: 2.579"), taken)) as server:
        job = make_job(make_controller(url=server.url))
        an_hour_ago = timezone.now() - timedelta(hours=1)
        make_run(job, state=RunState.FINISHED, queue_id=7, finished_at=an_hour_ago)
        run = submit(launch(job))
    assert (run.state, run.queue_id, run.joined_to) == (RunState.QUEUED, 7, None)


def test_a_proxy_that_hides_the_session_leaves_the_one_that_is_known():
    taken = reply(201, b"", "Location: /queue/item/7/")
    with closing(RawServer(reply(200, b"{}"), taken)) as server:
        controller = make_controller(url=server.url, session="80788287")
        run = submit(launch(make_job(controller)))
    controller.refresh_from_db()
    assert run.queue_session == controller.session == "80788287"
    assert controller.version


@pytest.mark.parametrize("secret", ["hunter2", "hunter/2@home", "grün und  blau", 'pa"ss~w'])
def test_a_page_that_repeats_what_was_sent_tells_no_password(secret):
    in_json = json.dumps(secret, ensure_ascii=False)[1:-1]
    lower = re.sub("%..", lambda escape: escape[0].lower(), quote_plus(secret))
    for written in (secret, quote(secret, safe=""), quote_plus(secret), lower, in_json):
        page = f"<p>Blocked by policy: TestPlanName=smoke&ApiKey={written}</p>".encode()
        why = why_refused(page, secret)
        assert why.endswith("(Blocked by policy: TestPlanName=smoke&ApiKey=•••)")


def test_a_page_that_is_cut_in_a_password_tells_nothing_of_it():
    page = f"<p>{'Blocked by policy. ' * 15}ApiKey=correct-horse-battery-staple</p>".encode()
    assert why_refused(page, "correct-horse-battery-staple").endswith("ApiKey=•••)")


def why_refused(page, secret):
    """What the run says of a launch that this page answers with a 403."""
    with closing(RawServer(reply(403, page, kind="text/html; charset=utf-8"))) as server:
        controller = make_controller(url=server.url, session="s", answered_at=timezone.now())
        run = submit(launch(make_job(controller), secret_values={"ApiKey": secret}))
    assert run.state == RunState.REFUSED
    assert secret not in "".join(whys(run)[:-1])
    return whys(run)[-1]


def test_passwords_arrive_and_are_forgotten(demo, connected):
    job = job_of(connected, "qa/regression")
    run = launch(job, {"TestPlanName": "smoke"}, secret_values={"ApiKey": "hunter2"})
    assert RunSecrets.objects.filter(run=run).exists()
    submit(run)
    assert run.state == RunState.QUEUED
    assert not RunSecrets.objects.filter(run=run).exists()
    assert conclude(run).verdict == "passed"


def test_a_late_launch_is_called_off():
    run = make_run(state=RunState.ACCEPTED, not_after=timezone.now() - timedelta(seconds=1))
    assert submit(run).state == RunState.ACCEPTED
    settle_what_time_decides()
    run.refresh_from_db()
    assert (run.state, whys(run)) == (
        RunState.CANCELLED,
        ["Too late: Jenkins had not taken it in time."],
    )


def test_a_worker_that_died_while_sending_leaves_the_run_unknown():
    run = make_run(state=RunState.SUBMITTING, lease_until=timezone.now() - timedelta(seconds=1))
    alive = make_run(state=RunState.SUBMITTING, lease_until=timezone.now() + timedelta(seconds=9))
    settle_what_time_decides()
    states = dict(Run.objects.values_list("pk", "state"))
    assert states == {run.pk: RunState.UNKNOWN, alive.pk: RunState.SUBMITTING}


def test_old_passwords_are_forgotten_even_when_nobody_settles():
    run = make_run(state=RunState.UNKNOWN)
    kept = RunSecrets.objects.create(run=run, values_encrypted="x")
    settle_what_time_decides()
    assert RunSecrets.objects.exists()
    RunSecrets.objects.filter(pk=kept.pk).update(created_at=timezone.now() - timedelta(hours=25))
    settle_what_time_decides()
    assert not RunSecrets.objects.exists()


def test_an_abort_asked_while_it_was_sent_is_told_to_the_run_that_it_joins():
    first = make_run(state=RunState.QUEUED, queue_id=7, queue_session="s")
    late = make_run(first.job, make_user(), state=RunState.SUBMITTING, queue_session="s")
    ask_abort(late, who=late.owner, why="wrong branch")
    submitting._take(late, QueueItemRef(7, created=False, status=303))
    said = f"{late.owner} aborted run {late.pk}, which is the same build in Jenkins: wrong branch."
    assert whys(first)[-1] == said
    first.refresh_from_db()
    assert first.abort_asked_by == late.owner
