"""How a controller is set up."""

from __future__ import annotations

from typing import Any

from jenkins_api.reading.fields import as_fields, flag, text
from jenkins_api.records import ServerFacts

SERVER_TREE = "mode,quietingDown,quietDownReason,useCrumbs,useSecurity,url"


def server_facts(answer: Any, version: str, session: str) -> ServerFacts:
    """The root object, asked with SERVER_TREE; version and session stand in the headers."""
    fields = as_fields(answer)
    return ServerFacts(
        version=version,
        session=session,
        mode=text(fields, "mode"),
        is_quieting_down=flag(fields, "quietingDown"),
        quiet_down_reason=text(fields, "quietDownReason"),
        uses_crumbs=flag(fields, "useCrumbs"),
        uses_security=flag(fields, "useSecurity"),
        configured_url=text(fields, "url"),
    )
