"""Aborts teach whether our account may cancel: Jenkins tells it in no other way."""

from __future__ import annotations

import re
import uuid
from html import unescape

import pytest

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.checking import check_now
from dashboard.controllers.connecting import client_for
from dashboard.controllers.models import Controller
from dashboard.launching.launching import launch_run
from dashboard.runs.aborting import abort_at_once, ask_abort, others_of
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from tests.controllers.people import READS, add_person
from tests.demo import conclude, follow, job_of, submit, wait_until
from tests.factories import make_run, make_user, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def weak(demo, connected) -> Controller:
    """The controller, with an account that may only read."""
    user, token = add_person(demo, *READS)
    weak = Controller.objects.get(pk=connected.pk)
    weak.user, weak.token = user, token
    return weak


def waiting(controller: Controller) -> Run:
    """A run that waits in Jenkins's queue for an agent that it does not have."""
    job = job_of(controller, "qa/gpu")
    parameters = {one["name"]: "render" for one in job.parameters} or None
    run = launch_run(job=job, owner=make_user(), key=uuid.uuid4(), parameters=parameters)
    return submit(run)


def running(demo, controller: Controller) -> Run:
    """A run whose build goes on until it is stopped."""
    name = f"goes-on-{uuid.uuid4().hex[:8]}"
    demo.make_job(name, "sleep 600")
    sync_catalogue(controller)
    job = job_of(controller, name)
    run = launch_run(job=job, owner=make_user(), key=uuid.uuid4(), parameters=None)
    return follow(submit(run), RunState.RUNNING)


def may_cancel_after_abort(run: Run) -> bool | None:
    ask_abort(run, who=run.owner)
    abort_at_once(run.pk)
    return Controller.objects.get(pk=run.controller_id).may_cancel


def test_a_queue_item_that_was_cancelled_tells_it(connected):
    assert may_cancel_after_abort(waiting(connected)) is True


def test_a_build_that_was_stopped_tells_it(demo, connected):
    assert may_cancel_after_abort(running(demo, connected)) is True


def test_a_refused_cancel_tells_it(connected, weak):
    run = waiting(connected)
    weak.save()
    assert may_cancel_after_abort(run) is False
    assert "Job/Cancel is missing" in run.events.last().why
    with client_for(connected) as jenkins:
        assert jenkins.cancel_queue_item(run.queue_id)


def test_a_refused_stop_tells_it(demo, connected, weak):
    run = running(demo, connected)
    weak.save()
    assert may_cancel_after_abort(run) is False
    assert "Job/Cancel is missing" in run.events.last().why
    with client_for(connected) as jenkins:
        jenkins.stop_build(run.job.full_name, run.build_number)


def abort_button(run: Run) -> str:
    """The tag of Abort in the header of the run's page."""
    page = signed_in().get(run.get_absolute_url()).content.decode()
    return re.search(r"<(?:a|button)[^>]*>(?:<svg.*?</svg>)?Abort</", page, re.DOTALL)[0]


def test_a_refusal_is_told_in_the_header_and_turns_the_abort_of_its_job_off(demo, connected, weak):
    run = running(demo, connected)
    of_other_job = make_run(job_of(connected, "qa/nightly"))
    weak.save()
    may_cancel_after_abort(run)
    run.refresh_from_db()
    page = signed_in().get(run.get_absolute_url()).content.decode()
    assert f"Jenkins does not allow this to {weak.user}: Job/Cancel is missing." in unescape(page)
    lacks = f"{weak.user} lacks Job/Cancel on {run.job}. Check {connected} again"
    assert lacks in abort_button(run)
    assert "aria-disabled" in abort_button(make_run(run.job))
    assert "aria-disabled" not in abort_button(of_other_job)

    connected.save()
    assert check_now(connected)  # its account may: the next abort tells
    assert "aria-disabled" not in abort_button(run)
    assert may_cancel_after_abort(run) is True
    run.refresh_from_db()
    assert run.abort_refused == ""


def made_one(demo, controller: Controller, shell: str, delay_s: int) -> list[Run]:
    """Three launches by three people that Jenkins made one."""
    name = f"folds-{uuid.uuid4().hex[:8]}"
    demo.make_job(name, shell)
    sync_catalogue(controller)
    controller.launch_delay_s = delay_s
    controller.save()
    job = job_of(controller, name)
    launches = [
        launch_run(job=job, owner=make_user(), key=uuid.uuid4(), parameters=None) for _ in range(3)
    ]
    runs = [submit(run) for run in launches]
    assert [run.joined_to for run in runs] == [None, runs[0], runs[0]]
    return runs


def whys(run: Run) -> list[str]:
    return [event.why for event in run.events.all()]


def test_the_run_that_others_were_joined_to_tells_of_them(demo, connected):
    first, second, third = made_one(demo, connected, "true", delay_s=600)
    for other in (second, third):
        said = f"Jenkins made run {other.pk} of {other.owner} one with it"
        assert any(why.startswith(said) for why in whys(first))
    assert [list(others_of(run)) for run in (first, second)] == [[second, third], [first, third]]
    ask_abort(first, who=first.owner)
    abort_at_once(first.pk)
    follow(third, RunState.CANCELLED)


@pytest.mark.parametrize("number", [0, 1])
def test_all_that_jenkins_made_one_read_who_aborted_them_and_why(demo, connected, number):
    runs = made_one(demo, connected, "true", delay_s=600)
    asked, person = runs[number], make_user()
    ask_abort(asked, who=person, why="wrong branch")
    abort_at_once(asked.pk)
    for run in runs:
        follow(run, RunState.CANCELLED)
        said = f"Cancelled in Jenkins's queue, as {person} asked because: wrong branch."
        assert whys(run)[-1] == said
        same = f"{person} aborted run {asked.pk}, which is the same build in Jenkins: wrong branch."
        assert (same in whys(run)) is (run != asked)


def test_those_whose_build_runs_read_it_too(demo, connected):
    runs = made_one(demo, connected, "sleep 600", delay_s=600)
    path = f"job/{runs[0].job.full_name}"
    demo.post(f"{path}/build?delay=0sec")  # what waits starts at once
    try:
        for run in runs:
            follow(run, RunState.RUNNING)
        person = make_user()
        ask_abort(runs[2], who=person)
        abort_at_once(runs[2].pk)
        for run in runs:
            assert conclude(run).verdict == "aborted"
            assert run.abort_asked_by == person
        same = f"{person} aborted run {runs[2].pk}, which is the same build in Jenkins."
        assert same in whys(runs[0])
    finally:
        demo.post(f"{path}/doDelete")  # with its build: other tests need the executors


def test_one_that_joins_a_run_being_aborted_reads_who_asked(demo, connected):
    first, *_ = made_one(demo, connected, "true", delay_s=600)
    person = make_user()
    ask_abort(first, who=person)
    late = submit(launch_run(job=first.job, owner=make_user(), key=uuid.uuid4(), parameters=None))
    assert late.joined_to == first
    assert late.abort_asked_by == person
    told = f"{person} aborted run {first.pk}, which is the same build in Jenkins."
    assert told in whys(late)
    assert not any(why.startswith(told) for why in whys(first))
    abort_at_once(first.pk)
    follow(late, RunState.CANCELLED)
    assert whys(late)[-1] == f"Cancelled in Jenkins's queue, as {person} asked."


def test_who_aborts_one_of_them_later_is_told_but_takes_no_first_one_s_place():
    ana, ben = make_user(), make_user()
    first = make_run(state=RunState.QUEUED)
    ask_abort(first, who=ana, why="wrong branch")
    late = make_run(first.job, state=RunState.QUEUED, joined_to=first)
    ask_abort(late, who=ben, why="no longer needed")
    first.refresh_from_db()
    assert (first.abort_asked_by, first.abort_why) == (ana, "wrong branch")
    assert (late.abort_asked_by, late.abort_why) == (ben, "no longer needed")
    assert whys(first)[-1].startswith(f"{ben} aborted run {late.pk}, which is the same build")


def test_an_abort_asked_before_its_build_was_known_is_told_to_the_run_that_has_that(
    demo, connected
):
    first = running(demo, connected)
    same = {"queue_id": first.queue_id, "queue_session": first.queue_session}
    late = make_run(first.job, state=RunState.QUEUED, **same)
    ask_abort(late, who=late.owner, why="wrong branch")
    assert conclude(late).joined_to == first
    said = f"{late.owner} aborted run {late.pk}, which is the same build in Jenkins: wrong branch."
    assert said in whys(first)
    assert conclude(first).abort_asked_by == late.owner


def test_one_whose_build_is_known_to_be_a_run_being_aborted_reads_who_asked(demo, connected):
    first, person = running(demo, connected), make_user()
    ask_abort(first, who=person, why="wrong branch")
    same = {"queue_id": first.queue_id, "queue_session": first.queue_session}
    late = follow(make_run(first.job, state=RunState.QUEUED, **same), RunState.RUNNING)
    assert (late.joined_to, late.abort_asked_by, late.abort_why) == (first, person, "wrong branch")
    assert conclude(first).verdict == "aborted"


def test_an_abort_that_the_build_did_not_heed_is_told(demo, connected, tmp_path):
    name, gate = f"ends-{uuid.uuid4().hex[:8]}", tmp_path / "gate"
    demo.make_job(name, f"until [ -e {gate} ]; do sleep 0.1; done")
    sync_catalogue(connected)
    job = job_of(connected, name)
    run = launch_run(job=job, owner=make_user(), key=uuid.uuid4(), parameters=None)
    run = follow(submit(run), RunState.RUNNING)
    ask_abort(run, who=run.owner)
    gate.touch()
    wait_until(lambda: demo.get(f"job/{name}/1/api/json").json()["result"])
    assert conclude(run).verdict == "passed"
    said = f"{run.owner} had asked to abort it; Jenkins ended the build as SUCCESS."
    assert said in whys(run)
