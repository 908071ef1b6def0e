"""The catalogue of a demo controller, as rows."""

import json

import pytest
from django.db import connection as database
from django.utils import timezone

from dashboard.controllers.cataloguing import sync_catalogue
from dashboard.controllers.models import Controller, Job
from dashboard.controllers.tasks import read_catalogue
from jenkins_api import NotSent
from tests.demo import job_of
from tests.factories import make_controller, make_job
from tests.jenkins_api.raw_server import reply

pytestmark = pytest.mark.django_db


def test_jobs_are_read_with_what_they_ask_for(connected):
    job = job_of(connected, "qa/regression")
    kinds = {parameter["name"]: parameter["kind"] for parameter in job.parameters}
    assert kinds["Environment"] == "ChoiceParameterDefinition"
    assert kinds["ApiKey"] == "PasswordParameterDefinition"
    assert job_of(connected, "qa/nightly").parameters == []
    assert job_of(connected, "qa/gpu").label == "gpu"


def test_reading_again_changes_nothing_and_is_no_news(connected):
    connected.refresh_from_db()
    news, rows = connected.news, list(connected.jobs.values_list("pk", flat=True))
    sync_catalogue(connected)
    connected.refresh_from_db()
    assert connected.news == news
    assert list(connected.jobs.values_list("pk", flat=True)) == rows


def test_a_job_that_went_keeps_its_row_and_comes_back(demo, connected):
    demo.make_job("comes-and-goes", "true")
    sync_catalogue(connected)
    row = job_of(connected, "comes-and-goes")
    demo.post("job/comes-and-goes/doDelete")
    sync_catalogue(connected)
    row.refresh_from_db()
    assert row.gone_at is not None
    demo.make_job("comes-and-goes", "true")
    sync_catalogue(connected)
    row.refresh_from_db()
    assert row.gone_at is None
    demo.post("job/comes-and-goes/doDelete")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_switched", [True, False])
def test_what_was_read_of_a_switch_meanwhile_is_newer_than_the_catalogue(raw, is_switched):
    told = {"_class": "F", "fullName": "smoke", "description": "new", "buildable": True}
    answer = reply(200, json.dumps({"jobs": [told | {"disabled": False}]}).encode())

    def answer_late(connection):
        Job.objects.update(is_disabled=is_switched)
        database.close()  # this thread's own
        connection.sendall(answer)

    controller = make_controller(url=f"{raw(answer_late).url}/")
    make_job(controller, full_name="smoke")
    sync_catalogue(controller)
    job = Job.objects.get()
    assert (job.description, job.is_disabled) == ("new", is_switched)


def test_a_controller_that_does_not_answer_loses_no_job():
    controller = make_controller()
    make_job(controller)
    with pytest.raises(NotSent):
        sync_catalogue(controller)
    assert Job.objects.get().gone_at is None


def test_two_workers_read_one_catalogue_once(connected):
    Controller.objects.update(catalogue_due_at=timezone.now(), catalogue_synced_at=None)
    read_catalogue(connected.pk)
    read = Controller.objects.get(pk=connected.pk).catalogue_synced_at
    assert read is not None
    read_catalogue(connected.pk)
    assert Controller.objects.get(pk=connected.pk).catalogue_synced_at == read
