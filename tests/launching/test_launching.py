"""From a form to a committed run: once, whole, and nothing secret in clear."""

import json
import uuid

import pytest
from django.core.exceptions import PermissionDenied

from dashboard.launching.launching import KeyUsed, launch_run
from dashboard.runs.models import Run, RunSecrets
from dashboard.runs.states import RunState
from dashboard.shared import secrets
from tests.factories import make_job, make_user

pytestmark = pytest.mark.django_db


def definition(name, kind="StringParameterDefinition"):
    return {"name": name, "kind": kind, "description": "", "default": "", "choices": []}


def launch(job=None, owner=None, **fields):
    fields = {
        "key": uuid.uuid4(),
        "parameters": {"TestPlanName": "smoke", "NoOfReruns": "2"},
    } | fields
    return launch_run(job=job or make_job(), owner=owner or make_user(), **fields)


def test_a_launch_is_committed_as_accepted_with_its_first_event():
    owner = make_user(username="ana")
    run = launch(owner=owner)
    assert (run.state, run.plan, run.reruns) == (RunState.ACCEPTED, "smoke", 2)
    assert [event.why for event in run.events.all()] == ["ana launched it."]


def test_the_same_form_twice_is_one_run():
    job, owner, key = make_job(), make_user(), uuid.uuid4()
    first = launch(job, owner, key=key)
    assert launch(job, owner, key=key) == first
    assert Run.objects.get().plan == "smoke"


def test_a_used_key_with_other_values_launches_nothing_and_says_so():
    job, owner, key = make_job(), make_user(), uuid.uuid4()
    first = launch(job, owner, key=key)
    with pytest.raises(KeyUsed) as used:
        launch(job, owner, key=key, parameters={"TestPlanName": "other"})
    assert used.value.run == first
    assert Run.objects.get().plan == "smoke"


def test_nobody_gets_at_a_run_by_its_key():
    key = uuid.uuid4()
    launch(key=key)
    with pytest.raises(PermissionDenied):
        launch(owner=make_user(), key=key)


def test_the_marker_and_the_person_are_filled_in_where_the_job_asks_for_them():
    job = make_job(
        parameters=[definition(name) for name in ("TestPlanName", "RUNBOARD_ID", "RUNBOARD_USER")]
    )
    run = launch(job, make_user(username="ana"), parameters={"TestPlanName": "smoke"})
    assert run.parameters == {
        "TestPlanName": "smoke",
        "RUNBOARD_ID": str(run.uuid),
        "RUNBOARD_USER": "ana",
    }


def test_a_plain_job_has_no_parameters_at_all():
    run = launch(make_job(parameters=[]), parameters=None)
    assert run.parameters is None
    assert (run.plan, run.reruns) == ("", None)


def test_passwords_lie_encrypted_beside_the_run_and_nowhere_in_it():
    run = launch(secret_values={"ApiKey": "hunter2"})
    kept = RunSecrets.objects.get(run=run).values_encrypted
    assert json.loads(secrets.decrypt(kept)) == {"ApiKey": "hunter2"}
    assert run.secret_names == ["ApiKey"]
    row = Run.objects.filter(pk=run.pk).values().get()
    assert "hunter2" not in f"{row}{kept}"


@pytest.mark.parametrize("text", ["", "two", "-1", "²", "1e3", "9999999"])
def test_a_rerun_parameter_that_is_no_sensible_number_is_kept_as_text_only(text):
    run = launch(parameters={"TestPlanName": "smoke", "NoOfReruns": text})
    assert run.reruns is None
    assert run.parameters["NoOfReruns"] == text


def test_running_again_names_the_old_run():
    old = launch()
    again = launch(old.job, old.owner, again_of=old)
    assert again.again_of == old
    assert f"run {old.pk}" in again.events.get().why
