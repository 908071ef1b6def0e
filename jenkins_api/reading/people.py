"""Who Jenkins takes us for."""

from __future__ import annotations

from typing import Any

from jenkins_api.reading.fields import (
    as_fields,
    flag,
    needed_text,
    texts,
)
from jenkins_api.records import Identity

IDENTITY_TREE = "name,anonymous,authorities"


def identity(answer: Any) -> Identity:
    """``/whoAmI``. Its ``authenticated`` is true for anonymous too, so it is not read."""
    fields = as_fields(answer)
    return Identity(
        name=needed_text(fields, "name"),
        is_anonymous=flag(fields, "anonymous"),
        authorities=texts(fields.get("authorities")),
    )
