"""People of the demo controller, beside the account that Runboard uses."""

from __future__ import annotations

from itertools import count

from tests.demo import Remote

READS = ("hudson.model.Hudson.Read", "hudson.model.Item.Read")
BUILDS = (*READS, "hudson.model.Item.Build", "hudson.model.Item.Cancel")
_numbers = count(1)


def add_person(
    demo: Remote, *permissions: str, password: str = "", name: str = ""
) -> tuple[str, str]:
    """Somebody new in Jenkins, or ``name`` anew, with these permissions: name and API token."""
    name = name or f"person{next(_numbers)}"
    form = {"id": name, "permission": permissions, "password": password}
    return name, demo.post("demo/user", data=form).json()["token"]
