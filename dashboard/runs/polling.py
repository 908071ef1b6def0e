"""What polls ask the database, kept as SQL: to compile it takes ten times as long as the read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BigIntegerField
from django.http import Http404

from dashboard.people.models import User

KEY = -1  # stands where the primary key of the wanted row will


class Compiled(NamedTuple):
    """A query as SQL, and how Django makes of its rows what it gives."""

    sql: str
    compiler: Any
    converters: Any


class PolledQuery:
    """A query of tuples, compiled once for each role.

    ``ask`` makes it for somebody; what they may see may depend on their role, not on who they are.
    """

    def __init__(self, ask: Callable[[User], Any]) -> None:  # gives a QuerySet of tuples
        self._ask = ask
        self._kept: dict[int, Compiled] = {}  # by role

    def rows(self, user: User, *keys: int) -> list[list[Any]]:
        """The rows' values as Django gives them; ``keys`` take the places of `KEY`."""
        kept = self._kept.get(user.role)
        if kept is None:
            kept = self._kept[user.role] = _compile(self._ask(user))
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(kept.sql, keys)
            found = cursor.fetchall()
        return list(kept.compiler.apply_converters(found, kept.converters))

    def row_or_404(self, user: User, pk: int) -> list[Any]:
        """The one row with this key; raises Http404 where ``user`` may see none."""
        rows = self.rows(user, pk) if pk <= BigIntegerField.MAX_BIGINT else []
        if not rows:
            raise Http404
        return rows[0]


def _compile(asked: Any) -> Compiled:
    compiler = asked.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, parameters = compiler.as_sql()
    if set(parameters) - {KEY}:
        raise ImproperlyConfigured(f"Depends on more than key and role: {sql}")
    return Compiled(
        sql, compiler, compiler.get_converters([column for column, *_ in compiler.select])
    )
