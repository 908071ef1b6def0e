"""What Jenkins, or something in its place, answered instead of a success: in plain words."""

from __future__ import annotations

from jenkins_api import NotAuthorised, Unavailable, UnexpectedAnswer

# Jenkins's names for permissions begin with the class they are of; people know the matrix's
PERMISSION_GROUPS = {
    "hudson.model.Hudson": "Overall",
    "hudson.model.Item": "Job",
    "hudson.model.Run": "Run",
}


def wants_crumb(error: Exception) -> bool:
    """Whether Jenkins asked for a crumb: so it does where an API token is really a password."""
    return isinstance(error, NotAuthorised) and "No valid crumb" in error.reason


def permission_name(permission: str) -> str:
    """hudson.model.Item.Build as Jenkins's own pages call it: Job/Build."""
    group, _, name = permission.rpartition(".")
    return f"{PERMISSION_GROUPS[group]}/{name}" if group in PERMISSION_GROUPS else permission


def missing_permission(error: NotAuthorised) -> str:
    """The permission that a refusal names, else ""."""
    if error.status == 422:  # Queue.doCancelItem names none
        return "Job/Cancel"
    return permission_name(error.permission)


def refusal_words(error: NotAuthorised, account: str) -> str:
    """Why Jenkins let ``account`` not do something, in a sentence."""
    if error.status == 401:
        return (
            "Jenkins does not accept the user and API token (or password) that Runboard signs in "
            "with."
        )
    if error.status == 200:  # Jenkins answered, as it does to nobody
        return f"{error.reason}."
    if wants_crumb(error):
        return (
            f"Jenkins asks {account} for a crumb, as it does where a password was given as an "
            "API token."
        )
    if 300 <= error.status < 400:
        return "Something in front of Jenkins asks people to sign in, and does not let us pass."
    missing = missing_permission(error)
    return (
        f"Jenkins does not allow this to {account}{f': {missing} is missing' if missing else ''}."
    )


def unexpected_words(error: UnexpectedAnswer, account: str) -> str:
    """What an answer other than a refusal means, in a sentence."""
    if isinstance(error, Unavailable):
        return unavailable_words(error)
    if error.status < 400:
        return "This is no answer of Jenkins's: did a proxy or a sign-in page answer in its place?"
    if error.status == 404:
        return f"Jenkins has nothing at this address (any more), or does not show it to {account}."
    said = f": {error.reason.rstrip('.')}" if error.reason else ""
    return f"Jenkins, or a proxy in front of it, answers {error.status}{said}."


def unavailable_words(error: Unavailable) -> str:
    """Who says 503, and what it means."""
    if error.is_from_jenkins:
        return "Jenkins is starting up or restarting."
    if not error.reason:
        return "503: Jenkins is starting up, or a proxy in front of it does not reach it."
    return "A proxy in front of Jenkins answers 503: it does not reach it."


def in_seconds(span_s: float) -> str:
    """A short span as a person reads it: 0.25 s, < 0.01 s."""
    if span_s < 0.01:
        return "< 0.01 s"
    return f"{span_s:.2f} s" if span_s < 1 else f"{span_s:.1f} s"


def clock_words(offset_s: float) -> str:
    """Jenkins's clock beside ours. It is known by whole seconds, so less is no difference."""
    if abs(offset_s) < 1:
        return "as ours, to the second"
    return f"{abs(offset_s):.0f} s {'behind' if offset_s < 0 else 'ahead of'} ours"
