"""What templates ask about controllers."""

from __future__ import annotations

from django import template

from dashboard.controllers.models import Access, Controller
from dashboard.people.models import User

register = template.Library()


@register.filter
def access_of(controller: Controller, person: User) -> Access | None:
    """What ``person`` gave for a controller: their launches there go out with it."""
    return Access.objects.filter(controller=controller, person=person).first()
