"""What templates ask about controllers."""

from __future__ import annotations

from django import template

from dashboard.controllers.models import Access, Controller
from dashboard.controllers.wording import clock_words, in_seconds
from dashboard.people.models import User

register = template.Library()
register.filter("in_seconds", in_seconds)
register.filter("clock_words", clock_words)


@register.filter
def access_of(controller: Controller, person: User) -> Access | None:
    """What ``person`` gave for a controller: their launches there go out with it."""
    return Access.objects.filter(controller=controller, person=person).first()
