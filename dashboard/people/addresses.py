"""Which address somebody signs in from: wrong passwords are counted by name and address."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address in front of our own proxies, as the outermost of them wrote it down.

    What stands before it in X-Forwarded-For anybody can claim.
    """
    written = request.headers.get("X-Forwarded-For", "").split(",")
    count = settings.TRUSTED_PROXIES
    if 0 < count <= len(written) and (address := written[-count].strip()):
        return address
    return str(request.META.get("REMOTE_ADDR", ""))
