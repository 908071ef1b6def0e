"""What the header of every page shows of the controllers."""

from __future__ import annotations

from django.utils.functional import SimpleLazyObject

from dashboard.controllers.models import Controller
from dashboard.shared.htmx import HtmxHttpRequest


class Lamps(list[Controller]):
    """The controllers in the header; from five on it shows the worst of them only."""

    @property
    def those_away(self) -> list[Controller]:
        """Those that do not answer, or do not let us in."""
        return [controller for controller in self if controller.is_away]

    @property
    def away(self) -> int:
        return len(self.those_away)

    @property
    def worst(self) -> Controller:
        return max(self, key=lambda controller: (controller.is_away, controller.answered_in_s or 0))


def lamps(request: HtmxHttpRequest) -> dict[str, object]:
    """``lamps``: the controllers this person may see, read only when a template asks."""
    return {"lamps": SimpleLazyObject(lambda: Lamps(Controller.objects.visible_to(request.user)))}
