"""The connection check, step by step, against a demo controller and servers that misbehave."""

from __future__ import annotations

from contextlib import closing
from uuid import uuid4

import pytest

from dashboard.controllers.checking import check_now, learn_rights
from dashboard.controllers.connecting import client_for, note_cancel
from dashboard.controllers.examining import QUESTIONS, Outcome, examine
from dashboard.launching.launching import launch_run
from jenkins_api import NotAuthorised, NotSent, Unavailable
from tests.controllers.people import BUILDS, READS, add_person
from tests.demo import Demo, connect, submit
from tests.factories import make_controller, make_job, make_user
from tests.jenkins_api.raw_server import RawServer, reply

pytestmark = pytest.mark.django_db
STEPS = [title for title, _ in QUESTIONS]


def check(controller):
    with client_for(controller) as jenkins:
        return examine(controller, jenkins)


def of_person(demo, user, secret, **fields):
    """A controller signed in as somebody, with a job to ask about."""
    controller = make_controller(url=demo.url, user=user, token=secret, **fields)
    make_job(controller, full_name="qa/nightly", parameters=[])
    return controller


def test_all_is_well(demo, connected):
    found = check(connected)
    assert [step.outcome for step in found.steps] == [Outcome.PASSED] * len(STEPS)
    said = [step.said for step in found.steps]
    assert said[0] == f"{demo.url} is reachable"
    assert said[2] == f"Jenkins takes us for {demo.user}"
    assert said[4] == f"{demo.user} may build and configure"
    assert said[5] == "CSRF protection is on; a token is used, so no crumb is needed"
    assert found.error is None
    assert found.facts["version"] in said[1]
    assert found.facts | {"may_build": True, "may_configure": True, "uses_crumbs": True} == (
        found.facts
    )


def test_a_password_needs_a_crumb_which_is_fetched(demo):
    user, _ = add_person(demo, *BUILDS, password="hunter2")  # noqa: S106  made up for this test
    controller = of_person(demo, user, "hunter2", by_password=True)
    last = check(controller).steps[-1]
    assert last.said == "CSRF protection is on; crumb fetched, one goes with each launch"
    assert last.took_s


def test_without_csrf_protection_a_password_serves_as_well_as_a_token(tmp_path):
    demo = Demo(tmp_path / "home", "--no-crumbs")
    demo.start()
    user, _ = add_person(demo, *BUILDS, password="hunter2")  # noqa: S106  made up for this test
    found = check(of_person(demo, user, "hunter2"))
    demo.stop()
    assert found.error is None


def test_a_check_forgets_nothing_of_cancelling(connected):
    note_cancel(make_job(connected), may=False)
    assert check_now(connected)
    assert dict(connected.rights)["cancel"] is False
    assert connected.why_not_cancel == f"{connected.user} lacks Job/Cancel on {connected}."


def test_without_csrf_protection_no_crumb_is_needed(tmp_path):
    demo = Demo(tmp_path / "home", "--no-crumbs")
    demo.start()
    found = check(connect(demo))
    demo.stop()
    assert found.steps[-1].said == "CSRF protection is off, so no crumb is needed"
    assert found.facts["uses_crumbs"] is False


@pytest.mark.parametrize(
    ("permissions", "may_build", "may_configure", "said"),
    [
        (BUILDS, True, False, "may build, but not configure"),
        (READS, False, False, "may not build"),
    ],
)
def test_a_missing_right_is_said_and_keeps_nobody_out(
    demo, permissions, may_build, may_configure, said
):
    controller = of_person(demo, *add_person(demo, *permissions))
    assert check_now(controller)
    assert (controller.may_build, controller.may_configure) == (may_build, may_configure)
    step = controller.check_steps[4]
    assert (step["outcome"], step["said"]) == ("noted", f"{controller.user} {said}")
    assert "Job/" in step["advice"]
    assert controller.why_not_configure == f"{controller.user} lacks Job/Configure on {controller}."


def test_what_no_job_can_tell_is_not_known_and_asked_once_there_are_jobs(demo):
    controller = make_controller(url=demo.url, user=demo.user, token=demo.token)
    assert check_now(controller)
    assert controller.may_build is controller.may_configure is None
    assert dict(controller.rights) == {"build": None, "cancel": None, "configure": None}
    make_job(controller, full_name="went/away")
    learn_rights(controller)
    controller.refresh_from_db()
    assert controller.may_build is None
    controller.jobs.update(full_name="qa/regression")
    learn_rights(controller)
    controller.refresh_from_db()
    assert (controller.may_build, controller.may_configure) == (None, True)
    make_job(controller, full_name="qa/nightly", parameters=[])
    assert check_now(controller)
    assert (controller.may_build, controller.may_configure) == (True, True)


def test_one_job_that_may_be_built_is_enough_and_a_right_given_later_is_found(demo):
    made = add_person(demo, *READS)
    controller = of_person(demo, *made)
    make_job(controller, full_name="a-folder/went-away", parameters=[])
    assert check_now(controller)
    assert controller.may_build is False
    controller.token = add_person(demo, *BUILDS, name=controller.user)[1]
    learn_rights(controller)  # a worker does so with each reading of the jobs
    controller.refresh_from_db()
    assert controller.may_build is True


@pytest.fixture
def reader_of(demo):
    """A controller that knows a plain job in each of some folders, by a reader with some rights."""
    mode = "com.cloudbees.hudson.plugins.folder.Folder"
    xml = {"data": "<project/>", "headers": {"Content-Type": "application/xml"}}
    demo.post("createItem", data={"name": "teams", "mode": mode})

    def make(folders, *granted):
        rights = [f"hudson.model.Item.{right}" for right in granted]
        person, token = add_person(demo, *READS, *rights)
        controller = make_controller(url=demo.url, user=person, token=token)
        for name in folders:
            demo.post("job/teams/createItem", data={"name": name, "mode": mode})
            demo.post(f"job/teams/job/{name}/createItem?name=plain", **xml)
            make_job(controller, full_name=f"teams/{name}/plain", parameters=[])
        return controller

    yield make
    demo.post("job/teams/doDelete")


@pytest.mark.parametrize(
    ("folders", "granted", "may_build", "may_configure"),
    [
        ("abcde", [], False, False),
        ("abcdef", [], None, None),
        ("abcdef", ["Build@teams/f"], None, None),
        ("abcdef", ["Build@teams/b"], True, None),
        ("abcdef", ["Configure@teams/b"], None, True),
        ("abcdef", ["Build@teams/e", "Configure@teams/e"], True, True),
    ],
)
def test_no_is_what_every_folder_said(reader_of, folders, granted, may_build, may_configure):
    controller = reader_of(folders, *granted)
    assert check_now(controller)
    assert (controller.may_build, controller.may_configure) == (may_build, may_configure)
    said = controller.check_steps[4]["said"]
    assert ("not known" in said) is (None in (may_build, may_configure)), said


def test_a_folder_that_cannot_tell_leaves_it_open(reader_of):
    controller = reader_of("a")
    make_job(controller, full_name="qa/regression")  # it has parameters
    assert check_now(controller)
    assert (controller.may_build, controller.may_configure) == (None, False)


@pytest.fixture
def open_demo(tmp_path, request):
    """A demo controller without security, started with the options that a test names."""
    demo = Demo(tmp_path / "home", "--no-security", *getattr(request, "param", []))
    demo.start()
    yield demo
    demo.stop()


@pytest.mark.parametrize(
    ("open_demo", "by_password"), [(["--no-crumbs"], False), ([], True)], indirect=["open_demo"]
)
def test_without_security_everybody_is_nobody_and_all_works(open_demo, by_password):
    controller = of_person(open_demo, "anybody", "made-up", by_password=by_password)
    found = check(controller)
    assert found.error is None
    step = found.steps[2]
    assert step.said == "Security is switched off in Jenkins: it takes everybody for nobody"
    assert step.outcome == Outcome.NOTED
    assert found.facts["may_build"]
    run = launch_run(job=controller.jobs.get(), owner=make_user(), key=uuid4(), parameters=None)
    assert submit(run).state == "queued"


def test_without_security_a_crumb_is_wanted_even_beside_a_token(open_demo):
    step = check(of_person(open_demo, "anybody", "made-up")).steps[-1]
    assert step.outcome == Outcome.FAILED
    assert "even beside a token" in step.said
    assert step.advice.startswith("Choose Password")


@pytest.mark.parametrize("root", [reply(403), reply(200, b'{"useSecurity": true}')])
def test_a_proxy_that_drops_user_and_token_is_not_called_a_wrong_token(root):
    nobody = reply(200, b'{"name": "anonymous", "anonymous": true}')
    with closing(RawServer(reply(200, b"", "X-Jenkins: 2.579"), nobody, root)) as server:
        controller = make_controller(url=server.url)
        assert not check_now(controller)
    why = "Jenkins takes us for nobody: something in front of it drops user and secret"
    assert controller.check_steps[2]["said"] == why
    assert "Authorization" in controller.check_steps[2]["advice"]
    assert controller.trouble == f"{why}."


def test_quieting_down_is_said(demo, connected):
    demo.post("quietDown?message=plugin%20updates")
    try:
        assert check_now(connected)
    finally:
        demo.post("cancelQuietDown")
    step = connected.check_steps[3]
    assert step["said"].endswith("Jenkins is quieting down (plugin updates)")
    assert connected.is_quieting_down
    assert check_now(connected)
    assert not connected.is_quieting_down


def test_the_check_ends_at_the_first_step_that_fails(demo):
    found = check(of_person(demo, demo.user, "made-up"))
    outcomes = [step.outcome for step in found.steps]
    assert outcomes[:3] == [Outcome.PASSED, Outcome.PASSED, Outcome.FAILED]
    assert set(outcomes[3:]) == {Outcome.NOT_TRIED}
    assert [step.said for step in found.steps[3:]] == STEPS[3:]
    assert found.steps[2].said == f"401: the API token of {demo.user} was not accepted"
    assert "Security, API Token" in found.steps[2].advice
    assert isinstance(found.error, NotAuthorised)


def test_starting_up_is_no_wrong_address(demo, connected):
    for method in ("HEAD", "GET"):
        demo.fault("unavailable", method=method)
    found = check(connected)
    assert found.steps[0].outcome == Outcome.PASSED
    assert found.steps[1].said == "Jenkins is starting up or restarting."
    assert isinstance(found.error, Unavailable)


def test_nobody_listens():
    found = check(make_controller())
    assert "Connection refused" in found.steps[0].said
    assert "Is the address right" in found.steps[0].advice
    assert isinstance(found.error, NotSent)


def test_a_sign_in_page_in_front_is_named(demo, connected):
    demo.fault("login-redirect", path="whoAmI")
    step = check(connected).steps[2]
    assert step.outcome == Outcome.FAILED
    assert "in front of Jenkins asks people to sign in" in step.advice


def test_something_else_answers(demo, connected):
    demo.fault("html", path="whoAmI")
    step = check(connected).steps[2]
    assert step.outcome == Outcome.FAILED
    assert step.said.startswith("This is no answer of Jenkins's")
    assert "In full: 200 from" in step.advice


def test_a_failed_check_keeps_its_steps_and_what_was_known_of_rights(demo, connected):
    assert check_now(connected)
    connected.token = f"made-up-{connected.pk}"
    connected.save()
    assert not check_now(connected)
    assert connected.check_steps[2]["outcome"] == "failed"
    assert connected.may_build is True
    assert connected.is_away
