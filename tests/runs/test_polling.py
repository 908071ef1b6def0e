"""The one row that polls read: kept SQL gives what Django would, to those who may see it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404
from django.utils import timezone

from dashboard.controllers.models import Controller
from dashboard.people.models import Role
from dashboard.runs.board import TOLD
from dashboard.runs.models import Run
from dashboard.runs.polling import KEY, PolledQuery
from dashboard.runs.windows import END
from tests.factories import make_run, make_user

pytestmark = pytest.mark.django_db
COLUMNS = ("version", "due_at", "controller__unreachable_since", "job__may_cancel", "parameters")


def test_each_time_it_gives_what_django_gives():
    polled = PolledQuery(
        lambda user: Run.objects.visible_to(user).filter(pk=KEY).values_list(*COLUMNS)
    )
    person, runs = make_user(), [make_run(), make_run(parameters={"TestPlanName": "smoke"})]
    run = runs[1]
    run.controller.unreachable_since = timezone.now()
    run.controller.save()
    for run in [*runs, *runs]:
        row = Run.objects.values_list(*COLUMNS).get(pk=run.pk)
        assert polled.row_or_404(person, run.pk) == list(row)


def test_a_run_that_nobody_may_see_is_not_found():
    polled = PolledQuery(
        lambda user: Run.objects.visible_to(user).filter(pk=KEY).values_list("version")
    )
    run = make_run()
    person = make_user()
    polled.row_or_404(person, run.pk)
    run.controller.is_enabled = False
    run.controller.save()
    with pytest.raises(Http404):
        polled.row_or_404(person, run.pk)


def test_a_number_that_no_database_knows_is_not_found():
    polled = PolledQuery(lambda user: Run.objects.filter(pk=KEY).values_list("version"))
    with pytest.raises(Http404):
        polled.row_or_404(make_user(), 10**20)


@pytest.mark.parametrize(("model", "columns"), [(Controller, TOLD), (Run, END)])
def test_columns_that_instances_are_made_of_stand_in_the_order_of_fields(model, columns):
    fields = [field.attname for field in model._meta.concrete_fields]
    assert list(columns) == [name for name in fields if name in columns]


def test_what_one_role_may_see_is_not_kept_for_another():
    found = Run.objects.filter(pk=KEY)
    ended = found.filter(finished_at__isnull=False)
    polled = PolledQuery(lambda user: (found if user.is_admin else ended).values_list("id"))
    run = make_run()
    admin, viewer = make_user(Role.ADMIN), make_user(Role.VIEWER)
    assert polled.row_or_404(admin, run.pk) == [run.pk]
    with pytest.raises(Http404):
        polled.row_or_404(viewer, run.pk)


def test_what_depends_on_one_person_is_refused_before_it_could_be_kept():
    polled = PolledQuery(lambda user: Run.objects.filter(pk=KEY, owner=user).values_list("version"))
    run = make_run()
    with pytest.raises(ImproperlyConfigured):
        polled.row_or_404(run.owner, run.pk)
