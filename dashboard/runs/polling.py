"""One row by its key, for polls: compiled once, since that takes ten times as long as the read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import Http404

from dashboard.people.models import User

ANY_KEY = 1


class PolledRow:
    """A query of tuples for the row with a primary key, kept as SQL for each role.

    ``ask`` makes it for somebody; what they may see may depend on their role, not on who they are.
    """

    def __init__(self, ask: Callable[[User], Any]) -> None:  # gives a QuerySet of tuples
        self._ask = ask
        self._kept: dict[int, tuple[str, Any, Any]] = {}  # by role

    def get_or_404(self, user: User, pk: int) -> list[Any]:
        """The row's values as Django gives them; Http404 where ``user`` may see no such row."""
        sql, compiler, converters = self._kept.get(user.role) or self._compile(user)
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(sql, (pk,))
            found = cursor.fetchone()
        if found is None:
            raise Http404
        row: list[Any]
        (row,) = compiler.apply_converters([found], converters)
        return row

    def _compile(self, user: User) -> tuple[str, Any, Any]:
        query = self._ask(user).filter(pk=ANY_KEY).query
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        if tuple(parameters) != (ANY_KEY,):
            raise ImproperlyConfigured(f"Depends on more than key and role: {sql}")
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        self._kept[user.role] = sql, compiler, converters
        return self._kept[user.role]
