"""Keep forever: asked of Jenkins, read back, and written into the Timeline."""

from __future__ import annotations

import pytest
from django.test import Client

from dashboard.people.models import Role
from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from tests.demo import job_of, wait_until
from tests.factories import make_run, make_user, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(demo, connected) -> Run:
    """A run whose build is in Jenkins."""
    answer = demo.post("job/qa/job/nightly/build?delay=0sec")
    item = f"{answer.headers['Location'].removeprefix(demo.url)}api/json"
    wait_until(lambda: demo.get(item).json().get("executable"))
    number = demo.get(item).json()["executable"]["number"]
    job = job_of(connected, "qa/nightly")
    return make_run(job, state=RunState.FINISHED, build_number=number, build_result="SUCCESS")


def keep(run: Run, answer: str, client: Client | None = None):
    asked = {"keep": answer, "tab": "timeline"}
    return (client or signed_in()).post(f"/runs/{run.pk}/keep/", asked)


def is_kept_in_jenkins(demo, run: Run) -> bool:
    return demo.get(f"job/qa/job/nightly/{run.build_number}/api/json").json()["keepLog"]


def test_a_build_is_kept_and_let_go(demo, run):
    client = signed_in(user=make_user(username="ana"))
    assert keep(run, "yes", client)["Location"] == f"/runs/{run.pk}/timeline/"
    assert is_kept_in_jenkins(demo, run)
    page = client.get(f"/runs/{run.pk}/timeline/").content.decode()
    assert f"Build {run.build_number} is kept for ever: ana asked for it." in page
    assert page.count("Let it be deleted") == 2
    keep(run, "yes", client)  # a second click, not a toggle
    assert is_kept_in_jenkins(demo, run)
    keep(run, "no", client)
    assert not is_kept_in_jenkins(demo, run)
    run.refresh_from_db()
    assert not run.is_kept
    assert "may be deleted again: ana" in run.events.last().why


def test_whoever_keeps_a_build_stays_on_their_tab(run):
    client = signed_in()
    for tab, path in {"tests": "tests/", "console": "?console", "elsewhere": "?console"}.items():
        answer = client.post(f"/runs/{run.pk}/keep/", {"keep": "yes", "tab": tab}, follow=True)
        assert answer.redirect_chain == [(f"/runs/{run.pk}/{path}", 302)]
        assert f"Build {run.build_number} is kept for ever." in answer.content.decode()


def test_where_the_answer_is_lost_it_is_told_once_and_read_back(demo, run):
    demo.fault("close-after-accept", path="toggleLogKeep")
    client = signed_in()
    keep(run, "yes", client)
    page = client.get(f"/runs/{run.pk}/timeline/").content.decode()
    assert f"Build {run.build_number} is kept for ever: " in page
    assert is_kept_in_jenkins(demo, run)
    keep(run, "no")


def test_where_it_cannot_be_read_back_it_is_not_known_and_pressing_again_settles_it(demo, run):
    page_of_build = f"{run.build_number}/api/json"
    demo.fault("slow-body", path=page_of_build)  # the first reading is answered well
    demo.fault("close-after-accept", path="toggleLogKeep")
    demo.fault("close-before", path=page_of_build, count=2)
    client = signed_in()
    keep(run, "yes", client)
    page = client.get(f"/runs/{run.pk}/timeline/").content.decode()
    assert "Not known yet. Jenkins may have been told" in page
    assert "Not changed" not in page
    assert not run.events.exists()
    assert is_kept_in_jenkins(demo, run)
    keep(run, "yes", client)
    assert is_kept_in_jenkins(demo, run)
    assert "is kept for ever" in run.events.last().why
    keep(run, "no")


def test_a_build_that_jenkins_has_deleted_meanwhile_is_said(connected):
    job = job_of(connected, "qa/nightly")
    run, client = make_run(job, state=RunState.FINISHED, build_number=9999), signed_in()
    keep(run, "yes", client)
    page = client.get(f"/runs/{run.pk}/timeline/").content.decode()
    assert "Not changed: Jenkins no longer has build 9999." in page


def test_runs_that_jenkins_made_one_build_are_kept_together(run):
    joined = make_run(
        run.job, state=RunState.FINISHED, joined_to=run, build_number=run.build_number
    )
    keep(joined, "yes")
    for each in (run, joined):
        each.refresh_from_db()
        assert each.is_kept
    keep(run, "no")


def test_a_missing_permission_is_named(demo, run):
    read = ["hudson.model.Hudson.Read", "hudson.model.Item.Read"]
    made = demo.post("demo/user", data={"id": "looker", "permission": read}).json()
    run.controller.user, run.controller.token = "looker", made["token"]
    run.controller.save()
    client = signed_in()
    keep(run, "yes", client)
    page = client.get(f"/runs/{run.pk}/timeline/").content.decode()
    assert "Not changed:" in page
    assert "Run/Update" in page
    assert not run.events.exists()


def test_a_controller_that_does_not_answer_changes_nothing():
    run, client = make_run(), signed_in()
    keep(run, "yes", client)
    assert "Not changed:" in client.get(f"/runs/{run.pk}/timeline/").content.decode()
    run.refresh_from_db()
    assert not run.is_kept


def test_a_build_that_jenkins_no_longer_has_cannot_be_kept():
    lost = make_run(state=RunState.FINISHED, verdict="lost", build_number=7)
    client = signed_in()
    page = client.get(f"/runs/{lost.pk}/timeline/").content.decode()
    assert 'aria-disabled="true" title="Jenkins no longer has this build."' in page
    assert "In Jenkins</a>" not in page
    said = client.post(f"/runs/{lost.pk}/keep/", follow=True).content.decode()
    assert "There is no build to keep." in said


def test_a_run_without_a_build_has_nothing_to_keep():
    run, client = make_run(state=RunState.QUEUED), signed_in()
    keep(run, "yes", client)
    assert "no build to keep" in client.get(f"/runs/{run.pk}/timeline/").content.decode()


def test_a_viewer_and_nobody_may_not():
    run = make_run()
    assert keep(run, "yes", signed_in(Role.VIEWER)).status_code == 403
    assert keep(run, "yes", Client())["Location"].startswith("/sign-in/")
