"""People and their roles."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.IntegerChoices):
    """Each role may do what the one before it may; compare them by their order."""

    VIEWER = 10, "Viewer"  # reads history, results, consoles
    TESTER = 20, "Tester"  # launches, runs again, aborts runs of jobs they may launch
    LEAD = 30, "Lead"  # aborts anything, triage
    ADMIN = 40, "Admin"  # controllers, switches and trigger tokens of jobs


class User(AbstractUser):
    """Somebody who signs in. Roles replace Django's permissions."""

    role = models.PositiveSmallIntegerField(choices=Role, default=Role.VIEWER)

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def may_launch(self) -> bool:
        """Launch, run again, abort, settle an unknown run."""
        return self.role >= Role.TESTER

    @property
    def why_not_launch(self) -> str:
        """Why this person's role launches nothing, in a sentence; "" where it does."""
        if self.may_launch:
            return ""
        return "You may look, but not launch: ask an admin for the role tester."

    @property
    def why_not_check(self) -> str:
        """Why this person's role has no controller asked now, in a sentence; "" where it does."""
        if self.may_launch:
            return ""
        return "You may look, but not ask: ask an admin for the role tester."

    @property
    def is_admin(self) -> bool:
        """Connect controllers, switch jobs, set their trigger tokens."""
        return self.role >= Role.ADMIN

    @property
    def initials(self) -> str:
        """One or two letters for the round mark beside a name."""
        words = str(self).split()
        return "".join(word[0] for word in words[:2]).upper()
