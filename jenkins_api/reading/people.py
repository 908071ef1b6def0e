"""Who Jenkins takes us for, user records and API tokens."""

from __future__ import annotations

from typing import Any

from jenkins_api.reading.fields import (
    WrongShape,
    as_fields,
    flag,
    needed_text,
    text,
    texts,
)
from jenkins_api.records import ApiToken, Identity, User

IDENTITY_TREE = "name,anonymous,authorities"


def identity(answer: Any) -> Identity:
    """``/whoAmI``. Its ``authenticated`` is true for anonymous too, so it is not read."""
    fields = as_fields(answer)
    return Identity(
        name=needed_text(fields, "name"),
        is_anonymous=flag(fields, "anonymous"),
        authorities=texts(fields.get("authorities")),
    )


USER_TREE = "id,fullName,description"


def user(answer: Any) -> User:
    """``/me``, asked with USER_TREE."""
    fields = as_fields(answer)
    return User(
        user_id=needed_text(fields, "id"),
        full_name=text(fields, "fullName"),
        description=text(fields, "description"),
    )


def api_token(answer: Any) -> ApiToken:
    """The answer to ``generateNewToken``, which tells its errors with a status of 200."""
    fields = as_fields(answer)
    if text(fields, "status") != "ok":
        raise WrongShape(text(fields, "message") or "no token was made")
    data = as_fields(fields.get("data"))
    return ApiToken(
        name=needed_text(data, "tokenName"),
        uuid=needed_text(data, "tokenUuid"),
        value=needed_text(data, "tokenValue"),
        expires=text(data, "expirationDate"),
    )
