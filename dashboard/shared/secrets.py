"""Secrets at rest: encrypted by the first key of RUNBOARD_KEYS, readable by any of them."""

from __future__ import annotations

from functools import cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@cache
def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.RUNBOARD_KEYS])


def encrypt(text: str) -> str:
    """Encrypt ``text`` for the database."""
    return _box().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Read what `encrypt` wrote; raises ``InvalidToken`` where no key of ours fits."""
    return _box().decrypt(token.encode()).decode()
