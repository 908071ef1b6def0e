"""The filters of the history; all of them live in the query string."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import django_filters  # type: ignore[import-untyped]  # it ships no types
from django import forms

from dashboard.controllers.models import Job
from dashboard.runs.models import Run
from dashboard.runs.querying import RunQuerySet
from dashboard.runs.states import Verdict
from dashboard.shared.htmx import HtmxHttpRequest


@dataclass(frozen=True)
class Chip:
    """A filter in use, as it reads, and the address without it."""

    label: str
    value: str
    without: str


def visible_jobs(request: HtmxHttpRequest) -> object:
    """The jobs one may filter by."""
    return Job.objects.visible_to(request.user)


class RunFilter(django_filters.FilterSet):  # type: ignore[misc]  # it ships no types
    """Runs of one plan, with one verdict, of one job, or mine."""

    plan = django_filters.CharFilter()
    verdict = django_filters.ChoiceFilter(choices=Verdict.choices, empty_label="any verdict")
    job = django_filters.ModelChoiceFilter(queryset=visible_jobs)
    mine = django_filters.BooleanFilter(method="only_mine", widget=forms.CheckboxInput)

    class Meta:
        model = Run
        fields = ("plan", "verdict", "job", "mine")

    def only_mine(self, runs: RunQuerySet, name: str, value: bool | None) -> RunQuerySet:
        """Runs that this person launched."""
        return runs.filter(owner=self.request.user) if value else runs

    def chips(self) -> Iterator[Chip]:
        """The filters in use, in the order of the form; wrong ones are none."""
        chosen = self.form.cleaned_data
        if chosen.get("plan"):
            yield Chip("plan", chosen["plan"], self._without("plan"))
        if chosen.get("verdict"):
            yield Chip("verdict", Verdict(chosen["verdict"]).label, self._without("verdict"))
        if chosen.get("job"):
            yield Chip("job", str(chosen["job"]), self._without("job"))
        if chosen.get("mine"):
            yield Chip("launched by", "me", self._without("mine"))

    def _without(self, name: str) -> str:
        query = self.data.copy()
        for gone in (name, "before"):
            query.pop(gone, None)
        return f"?{query.urlencode()}"
