"""Sweeps against a demo controller: what its queue and executors say of our runs."""

import os
import signal
import uuid
from contextlib import closing
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.models import Controller
from dashboard.launching.launching import launch_run
from dashboard.launching.settling import SettlingRefused, adopt_build, give_up, send_again
from dashboard.runs import console, reading, seeing, sweeping
from dashboard.runs.aborting import abort_at_once, ask_abort
from dashboard.runs.explaining import why_waiting
from dashboard.runs.last_builds import watch_job
from dashboard.runs.models import Run
from dashboard.runs.noting import NONE_OF_OURS, is_shared
from dashboard.runs.states import RunState
from tests.demo import Demo, conclude, connect, follow, job_of, submit, sweep_once, wait_until
from tests.factories import make_controller, make_job, make_run, make_user, signed_in
from tests.jenkins_api.raw_server import RawServer, reply

pytestmark = pytest.mark.django_db

SAYS_ITS_PID_AND_SLEEPS = "echo pid=$$; echo more; sleep 600"


def launch(job, plan="smoke", reruns="0"):
    parameters = {"TestPlanName": plan, "NoOfReruns": reruns} if job.parameters else None
    return submit(launch_run(job=job, owner=make_user(), key=uuid.uuid4(), parameters=parameters))


def whys(run):
    return [event.why for event in run.events.all()]


def text_of(run):
    return b"".join(console.stream(run)).decode()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def sleeper(demo, controller, name):
    """A run whose build has started, and the id of its process."""
    demo.make_job(name, SAYS_ITS_PID_AND_SLEEPS)
    sync_catalogue(controller)
    run = follow(launch(job_of(controller, name)), RunState.RUNNING)
    pids = []

    def says_its_pid():
        watch(run)
        sweep_once(controller)
        lines = [line for line in text_of(run).splitlines() if line.startswith("pid=")]
        pids[:] = [int(line.removeprefix("pid=")) for line in lines]
        return pids

    wait_until(says_its_pid)
    return run, pids[0]


def watch(run):
    soon = timezone.now() + timedelta(seconds=15)
    Run.objects.filter(pk=run.pk).update(console_watched_until=soon)


@pytest.mark.parametrize(
    ("plan", "reruns", "result", "verdict"),
    [
        ("smoke", "0", "SUCCESS", "passed"),
        ("flaky", "0", "FAILURE", "tests_failed"),
        ("flaky", "2", "SUCCESS", "passed_on_rerun"),
        ("flaky-bare", "0", "FAILURE", "tests_failed"),
        ("flaky-bare", "2", "SUCCESS", "passed_on_rerun"),
        ("failing", "0", "FAILURE", "tests_failed"),
        ("unstable", "0", "UNSTABLE", "tests_failed"),
        ("broken", "0", "FAILURE", "broke"),
    ],
)
def test_a_plan_is_followed_to_its_verdict(connected, plan, reruns, result, verdict):
    run = conclude(launch(job_of(connected, "qa/regression"), plan, reruns))
    assert (run.build_result, run.verdict) == (result, verdict)
    assert run.console_is_complete
    assert text_of(run).splitlines()[-1] == f"Finished: {result}"
    assert run.has_report == (plan != "broken")


def test_a_chatty_plan_s_console_is_stored_whole(demo, connected):
    run = conclude(launch(job_of(connected, "qa/regression"), "chatty"))
    assert run.console_lines > 20_000
    whole = demo.get(f"job/qa/job/regression/{run.build_number}/consoleText").content
    assert text_of(run) == whole.decode()
    assert run.console_note == ""


def test_a_watched_console_grows_while_the_build_runs(demo, connected):
    run, _ = sleeper(demo, connected, "sleeps-watched")
    run.refresh_from_db()
    assert run.state == RunState.RUNNING
    assert run.console_bytes > 0
    ask_abort(run, who=run.owner)
    follow(run, RunState.FINISHED)


def test_an_unwatched_console_is_not_asked_for(demo, connected):
    demo.make_job("unwatched", "sleep 3")
    sync_catalogue(connected)
    run = follow(launch(job_of(connected, "unwatched")), RunState.RUNNING)
    demo.post("demo/requests/reset")
    sweep_once(connected)
    kinds = demo.get("demo/requests").json()["kinds"]
    assert not [kind for kind in kinds if "progressiveText" in kind]
    conclude(run)


def test_aborting_ends_the_process_on_the_controller(demo, connected):
    run, pid = sleeper(demo, connected, "sleeps")
    assert is_alive(pid)
    assert ask_abort(run, who=run.owner, why="wrong branch")
    assert not ask_abort(run, who=run.owner)  # the second click finds it asked
    abort_at_once(run.pk)
    wait_until(lambda: not is_alive(pid))
    run = conclude(run)
    assert (run.build_result, run.verdict) == ("ABORTED", "aborted")
    assert f"{run.owner} asked to abort because: wrong branch." in whys(run)


def test_aborting_a_waiting_run_cancels_its_queue_item(demo, connected):
    run = launch(job_of(connected, "qa/gpu"), "to-cancel")
    ask_abort(run, who=run.owner)
    abort_at_once(run.pk)
    follow(run, RunState.CANCELLED)
    assert demo.get(f"queue/item/{run.queue_id}/api/json").json()["cancelled"] is True


def test_a_plain_launch_that_jenkins_folded_into_another_s_is_told_apart(demo, connected):
    demo.make_job("folded", "true")
    sync_catalogue(connected)
    connected.launch_delay_s = 600  # a shorter one would have the item that waits start at once
    connected.save()
    taken = demo.post("job/folded/build?delay=600sec").headers["Location"]
    run = launch(job_of(connected, "folded"))
    assert run.queue_id == int(taken.rstrip("/").rpartition("/")[2])
    assert not is_shared(run)  # Jenkins answers 201, as to a launch of its own
    later = timezone.now() + timedelta(minutes=1)  # than the one that waits
    Run.objects.filter(pk=run.pk).update(sent_at=later)
    for _ in range(2):
        sweep_once(connected)
    assert whys(run).count(NONE_OF_OURS) == 1
    demo.post(f"queue/cancelItem?id={run.queue_id}")


@pytest.mark.parametrize("status", [502, 504])
def test_a_proxy_that_lost_jenkins_for_a_moment_forgets_no_abort(status):
    with closing(RawServer(reply(status, b"<p>Bad Gateway</p>", kind="text/html"))) as server:
        run = make_run(make_job(make_controller(url=server.url)))
        ask_abort(run, who=run.owner)
        abort_at_once(run.pk)
    run.refresh_from_db()
    assert run.abort_asked_at


def test_after_a_hard_restart_an_abort_cancels_nobody_elses_queue_item(own_demo):
    controller = connect(own_demo)
    sweep_once(controller)
    run = launch(job_of(controller, "qa/gpu"), "mine")
    assert run.state == RunState.QUEUED
    own_demo.stop(signal.SIGKILL)
    own_demo.start()
    waiting: dict[int, str] = {}
    while run.queue_id not in waiting:  # its id is given out again
        plan = {"TestPlanName": f"theirs-{len(waiting)}"}
        own_demo.post("job/qa/job/gpu/buildWithParameters?delay=0sec", data=plan)
        found = own_demo.get("queue/api/json").json()["items"]
        waiting = {item["id"]: item["params"] for item in found}
    ask_abort(run, who=run.owner)
    abort_at_once(run.pk)
    still = {item["id"] for item in own_demo.get("queue/api/json").json()["items"]}
    assert run.queue_id in still
    assert follow(run, RunState.UNKNOWN)


def test_aborting_a_run_that_was_not_sent_needs_no_jenkins():
    run = make_run(state=RunState.ACCEPTED)
    ask_abort(run, who=run.owner)
    assert run.state == RunState.CANCELLED


def test_the_gpu_job_says_in_a_sentence_why_it_waits_whatever_jenkins_speaks(tmp_path, db):
    german = Demo(tmp_path / "german", "--language", "de")
    german.start()
    try:
        controller = connect(german)
        run = launch(job_of(controller, "qa/gpu"), "why")
        wait_until(lambda: sweep_once(controller) or _kind(run) == "BuildableItem")
        run = Run.objects.get(pk=run.pk)
        assert why_waiting(run) == f"No agent of {controller} has the label gpu at the moment."
        assert "hat das Label" in run.queue_why
    finally:
        german.stop()


def _kind(run):
    return Run.objects.values_list("queue_kind", flat=True).get(pk=run.pk)


def test_a_controller_that_is_away_keeps_its_runs_and_is_asked_ever_later(own_demo):
    controller = connect(own_demo)
    run = launch(job_of(controller, "qa/gpu"), "stays")
    sweep_once(controller)
    own_demo.stop()
    for wait in [timedelta(seconds=seconds) for seconds in (1, 2, 5, 10, 20, 20)]:
        before = timezone.now()
        sweep_once(controller)
        controller.refresh_from_db()
        assert before + wait <= controller.sweep_due_at <= timezone.now() + wait
    assert controller.unreachable_since
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert "is away" in why_waiting(Run.objects.get(pk=run.pk))


def test_a_restart_makes_a_queued_run_unknown_and_ends_a_running_one_as_jenkins_says(own_demo):
    controller = connect(own_demo)
    queued = launch(job_of(controller, "qa/gpu"), "waits")
    running, _ = sleeper(own_demo, controller, "sleeps")
    own_demo.stop(signal.SIGTERM)
    own_demo.start()
    follow(queued, RunState.UNKNOWN)
    assert conclude(running).verdict == "aborted"
    assert any("same as before" in why for why in whys(running))


def test_a_build_that_was_deleted_is_lost_by_the_controller(demo, connected):
    run, _ = sleeper(demo, connected, "deleted")
    demo.post("job/deleted/doDelete")
    sweep_once(connected)
    run.refresh_from_db()
    assert run.state == RunState.RUNNING  # for a moment, or for an account that sees less
    long_ago = timezone.now() - seeing.GRACE * 2
    Run.objects.filter(pk=run.pk).update(missed_at=long_ago)
    run.refresh_from_db()
    run = conclude(run)
    assert (run.build_result, run.verdict) == ("", "lost")


def made_again(demo, name, shell):
    """The job of that name deleted and made anew: its builds are counted from 1 again."""
    demo.post(f"job/{name}/doDelete")
    demo.make_job(name, shell)


def test_a_job_made_again_counts_from_1_and_its_builds_are_no_older_runs(demo, connected):
    demo.make_job("again", "echo old; exit 1")
    sync_catalogue(connected)
    job = job_of(connected, "again")
    old = conclude(launch(job))
    made_again(demo, "again", "echo new")
    new = conclude(launch(job))
    assert (old.build_number, new.build_number) == (1, 1)
    assert (old.verdict, new.verdict, new.joined_to) == ("broke", "passed", None)
    assert "new" in text_of(new)
    unknown = make_run(job, state=RunState.UNKNOWN)
    adopt_build(unknown, 1, who=unknown.owner)
    follow(unknown, RunState.UNKNOWN)
    assert whys(unknown)[-1] == f"Build 1 belongs to run {new.pk}."


def test_a_run_whose_job_was_made_again_does_not_follow_its_builds(demo, connected):
    old, _ = sleeper(demo, connected, "sleeping")
    made_again(demo, "sleeping", "sleep 600")
    new = launch(old.job)
    new = follow(new, RunState.RUNNING)
    assert conclude(old).verdict == "lost"
    assert whys(old)[-2].endswith("its build 1 is another one now.")
    assert (old.build_number, new.build_number) == (1, 1)
    ask_abort(new, who=new.owner)
    assert conclude(new).verdict == "aborted"


def builds_with_mark(demo, run):
    """Numbers of the builds of qa/regression that carry the run's marker."""
    tree = "builds[number,actions[parameters[*]]]"
    builds = demo.get(f"job/qa/job/regression/api/json?tree={tree}").json()["builds"]
    return [build["number"] for build in builds if str(run.uuid) in str(build)]


def lost_launch(demo, controller):
    """A run whose answer was lost, and the number of the one build that came of it."""
    demo.fault("close-after-accept")
    run = launch(job_of(controller, "qa/regression"), "smoke")
    assert run.state == RunState.UNKNOWN
    wait_until(lambda: builds_with_mark(demo, run))
    return run, builds_with_mark(demo, run)


def test_an_unknown_run_is_adopted_by_its_number_and_ends_with_that_verdict(demo, connected):
    run, numbers = lost_launch(demo, connected)
    assert len(numbers) == 1
    adopt_build(run, numbers[0], who=run.owner)
    assert conclude(run).verdict == "passed"
    assert run.build_number == numbers[0]
    assert builds_with_mark(demo, run) == numbers


def test_a_build_with_another_run_s_mark_cannot_be_adopted_by_mistake(demo, connected):
    run, numbers = lost_launch(demo, connected)
    other = make_run(run.job, state=RunState.UNKNOWN)
    adopt_build(other, numbers[0], who=other.owner)
    follow(other, RunState.UNKNOWN)
    assert whys(other)[-1].endswith("it carries another run's mark.")
    adopt_build(run, numbers[0], who=run.owner)
    assert conclude(run).verdict == "passed"


def test_adopting_a_build_that_does_not_exist_leaves_the_run_unknown(connected):
    run = make_run(job_of(connected, "qa/nightly"), state=RunState.UNKNOWN)
    adopt_build(run, 4711, who=run.owner)
    follow(run, RunState.UNKNOWN)
    assert whys(run)[-1].startswith("Jenkins has no build 4711 of qa/nightly, or ")


def test_a_build_that_another_run_has_cannot_be_adopted():
    other = make_run(state=RunState.RUNNING)
    run = make_run(other.job, state=RunState.UNKNOWN)
    with pytest.raises(SettlingRefused, match=f"belongs to run {other.pk}"):
        adopt_build(run, other.build_number, who=run.owner)
    run.refresh_from_db()
    assert run.state == RunState.UNKNOWN


def test_sending_again_asks_for_passwords_that_are_no_longer_kept():
    run = make_run(state=RunState.UNKNOWN, secret_names=["ApiKey"])
    with pytest.raises(SettlingRefused, match="no longer kept"):
        send_again(run, who=run.owner)
    plain = make_run(state=RunState.UNKNOWN)
    send_again(plain, who=plain.owner)
    assert plain.state == RunState.ACCEPTED


def test_giving_up_ends_the_run_and_nobody_settles_it_twice():
    run = make_run(state=RunState.UNKNOWN)
    same = Run.objects.get(pk=run.pk)
    give_up(run, who=run.owner)
    assert run.state == RunState.CANCELLED
    with pytest.raises(SettlingRefused, match="Somebody else"):
        send_again(same, who=run.owner)


def test_a_sweep_costs_two_requests_whatever_the_number_of_runs(demo, connected):
    job = job_of(connected, "qa/gpu")
    for number in range(12):
        launch(job, f"plan-{number}")
    sweep_once(connected)
    demo.post("demo/requests/reset")
    sweep_once(connected)
    counted = demo.get("demo/requests").json()
    assert sorted(counted["kinds"].values()) == [1, 1], counted
    for run in Run.objects.in_jenkins():
        demo.post(f"queue/cancelItem?id={run.queue_id}")


def test_a_console_that_breaks_off_does_not_hold_up_the_other_runs(own_demo):
    controller = connect(own_demo)
    watched, _ = sleeper(own_demo, controller, "watched")
    own_demo.fault("close-before", path="progressiveText", for_s=60)
    watch(watched)
    other = follow(launch(job_of(controller, "qa/regression")), RunState.FINISHED)
    controller.refresh_from_db()
    assert not controller.is_away
    reading.read_rest_of_console(other.pk)  # unreadable too, for now
    controller.refresh_from_db()
    assert not controller.is_away
    assert Run.objects.get(pk=other.pk).console_due_at > timezone.now()


def test_an_abort_that_jenkins_refuses_is_told_and_may_be_asked_again(demo, connected):
    run, _ = sleeper(demo, connected, "not-ours-to-stop")
    reader = demo.post(
        "demo/user",
        data={"id": "reader", "permission": ["hudson.model.Hudson.Read", "hudson.model.Item.Read"]},
    ).json()
    weak = Controller.objects.get(pk=connected.pk)
    weak.user, weak.token = reader["id"], reader["token"]
    weak.save()
    ask_abort(run, who=run.owner)
    abort_at_once(run.pk)
    run.refresh_from_db()
    assert run.abort_asked_at is None
    assert whys(run)[-1].startswith("Jenkins refuses to end it:")
    demo.post(f"job/not-ours-to-stop/{run.build_number}/stop")


def test_a_stop_that_is_repeated_is_told_once(demo, connected):
    run, _ = sleeper(demo, connected, "stopped-twice")
    ask_abort(run, who=run.owner)
    abort_at_once(run.pk)
    Run.objects.filter(pk=run.pk).update(abort_sent_at=timezone.now() - timedelta(minutes=1))
    abort_at_once(run.pk)
    assert [why for why in whys(run) if why.startswith("Sent stop")] == [
        f"Sent stop for build {run.build_number}."
    ]
    follow(run, RunState.FINISHED)


def test_a_launch_after_a_restart_in_a_quiet_hour_is_no_victim_of_it(own_demo):
    controller = connect(own_demo)
    sweep_once(controller)
    own_demo.stop(signal.SIGTERM)
    own_demo.start()
    long_ago = timezone.now() - timedelta(seconds=15)
    Controller.objects.filter(pk=controller.pk).update(answered_at=long_ago)
    controller.refresh_from_db()
    run = launch(job_of(controller, "qa/nightly"))
    assert conclude(run).verdict == "passed"


def test_those_that_did_not_answer_last_hold_few_threads():
    now = timezone.now() + timedelta(seconds=1)
    silent = [make_controller(failures=1) for _ in range(3)] + [make_controller() for _ in range(3)]
    well = [make_controller(answered_at=now) for _ in range(5)]
    chosen = sweeping.due_controllers(now)
    assert {controller.pk for controller in well} < set(chosen)
    assert len(chosen) == len(well) + sweeping.SILENT_AT_ONCE
    for controller in silent[: sweeping.SILENT_AT_ONCE]:
        controller.lease_until = now + timedelta(seconds=10)  # a worker asks it just now
        controller.save()
    assert set(sweeping.due_controllers(now)) == {controller.pk for controller in well}


def test_a_watched_job_that_is_not_told_of_makes_no_controller_away(demo, connected):
    job = job_of(connected, "qa/nightly")
    watch_job(job)
    demo.fault("close-before", path="/job/nightly/api/json")
    sweep_once(connected)
    connected.refresh_from_db()
    job.refresh_from_db()
    assert (connected.is_away, job.builds_read_at) == (False, None)


def test_one_that_a_quieting_controller_does_not_start_says_what_jenkins_says(
    own_demo, monkeypatch
):
    monkeypatch.setattr(seeing, "SOON", -timedelta(seconds=10))  # whatever the clocks say
    controller = connect(own_demo)  # all its executors are free
    own_demo.post("quietDown")
    run = launch(job_of(controller, "qa/nightly"))
    wait_until(lambda: sweep_once(controller) or _kind(run) == "BuildableItem")
    run = Run.objects.get(pk=run.pk)
    assert why_waiting(run) == "An executor is free, and Jenkins has not started it."
    page = signed_in().get(run.get_absolute_url()).content.decode()
    assert "Jenkins: <bdi>Jenkins is about to shut down</bdi>" in page
