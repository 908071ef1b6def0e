"""Secrets at rest: encrypted by the first key of RUNBOARD_KEYS, readable by any of them."""

from __future__ import annotations

from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """None of our keys fits what was encrypted; the text says so to a person."""


@cache
def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.RUNBOARD_KEYS])


def encrypt(text: str) -> str:
    """Encrypt ``text`` for the database."""
    return _box().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Read what `encrypt` wrote; raises `Unreadable` where no key of ours fits."""
    try:
        return _box().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise Unreadable(
            "What Runboard keeps encrypted cannot be read with the keys that it has now "
            "(RUNBOARD_KEYS)."
        ) from error
