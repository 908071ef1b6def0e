"""Keyset pages by id alone: ids are given when a run is accepted, so id order is time order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class KeysetPage(Generic[M]):
    """Rows newest first; ``older`` is the id to ask from for the next page, None at the end."""

    rows: list[M]
    older: int | None
    is_first: bool


def keyset_page(rows: QuerySet[M], *, before: int | None, size: int = 50) -> KeysetPage[M]:
    """The ``size`` newest rows whose id is below ``before``, in one query."""
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: size + 1])
    older = found[size - 1].pk if len(found) > size else None
    return KeysetPage(found[:size], older, is_first=before is None)
