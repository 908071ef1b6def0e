"""What polls ask the database, kept as SQL: to compile it takes ten times as long as the read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import Http404

from dashboard.people.models import User

KEY = -1  # stands where the primary key of the wanted row will


class PolledQuery:
    """A query of tuples, compiled once for each role.

    ``ask`` makes it for somebody; what they may see may depend on their role, not on who they are.
    """

    def __init__(self, ask: Callable[[User], Any]) -> None:  # gives a QuerySet of tuples
        self._ask = ask
        self._kept: dict[int, tuple[str, Any, Any]] = {}  # by role

    def rows(self, user: User, *keys: int) -> list[list[Any]]:
        """The rows' values as Django gives them; ``keys`` take the places of `KEY`."""
        sql, compiler, converters = self._kept.get(user.role) or self._compile(user)
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(sql, keys)
            found = cursor.fetchall()
        return list(compiler.apply_converters(found, converters))

    def row_or_404(self, user: User, pk: int) -> list[Any]:
        """The one row with this key; raises Http404 where ``user`` may see none."""
        for row in self.rows(user, pk):
            return row
        raise Http404

    def _compile(self, user: User) -> tuple[str, Any, Any]:
        compiler = self._ask(user).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        if set(parameters) - {KEY}:
            raise ImproperlyConfigured(f"Depends on more than key and role: {sql}")
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        self._kept[user.role] = sql, compiler, converters
        return self._kept[user.role]
