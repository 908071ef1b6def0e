"""Jenkins's no to a launch, in words a tester understands; nothing secret is in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from dashboard.controllers.connecting import explain
from dashboard.controllers.wording import wants_crumb
from dashboard.runs.models import Run, SentHow
from dashboard.runs.noting import switched_off_by
from jenkins_api import Declined, NotAuthorised, UnexpectedAnswer

HIDDEN = "•••"


def hide(secrets: Iterable[str], error: UnexpectedAnswer) -> None:
    """Take ``secrets`` out of a page that repeats what was sent, also as it went over the wire."""
    for written in (form for secret in filter(None, secrets) for form in _forms(secret)):
        error.reason = _without(error.reason, written)
        error.args = (_without(str(error), written),)


def _forms(secret: str) -> list[str]:
    """A secret as it was typed, as a page shows its white space, in JSON, and percent-encoded as
    we, Java and others do it; the longest first."""
    quoted = [quote(secret, safe=""), quote_plus(secret)]
    quoted += [form.replace("~", "%7E") for form in quoted]
    quoted += [re.sub("%..", lambda escape: escape[0].lower(), form) for form in quoted]
    typed = [secret, " ".join(secret.split()), json.dumps(secret, ensure_ascii=False)[1:-1]]
    return sorted({*quoted, *typed} - {""}, key=len, reverse=True)


def _without(text: str, secret: str) -> str:
    """``text`` was cut to some length: it may end in the midst of a secret."""
    text = text.replace(secret, HIDDEN)
    begun = range(min(len(secret) - 1, len(text)), 2, -1)
    at_end = next((length for length in begun if text.endswith(secret[:length])), 0)
    return text[: len(text) - at_end] + HIDDEN if at_end else text


def refusal(run: Run, error: UnexpectedAnswer) -> str:
    """Jenkins's no."""
    if run.sent_how == SentHow.TRIGGER:
        return _refusal_by_trigger(run, error)
    if error.status == 404:
        return f"Jenkins has no job {run.job} (any more), or does not show it to {run.sent_as}."
    if error.status == 409 and run.job.is_disabled:
        off = switched_off_by(run.job)
        by = f", by {off.who}: {off.why}" if off else "."
        return f"The job {run.job} is switched off in Jenkins{by}"
    if error.status == 409 and not run.job.is_buildable:
        return (
            f"Jenkins says that the job {run.job} cannot be built, though it is not switched off: "
            "its folder may be, or it is a copy that was never saved."
        )
    if isinstance(error, Declined):
        return (
            "Jenkins refused the launch: a plugin that decides what may wait in its queue did not "
            "let it in. It gives no reason."
        )
    return _in_words(run, error)


def _refusal_by_trigger(run: Run, error: UnexpectedAnswer) -> str:
    """The plugin's no: it tells little, so that nobody can try names of jobs."""
    if error.status == 404:
        return (
            f"Jenkins takes no launch of {run.job} by a trigger token: it has no such job, the job "
            "has no trigger token, or the plugin Build Authorization Token Root is missing."
        )
    if error.status == 403:
        return f"Jenkins does not accept the trigger token that Runboard has for {run.job}."
    return _in_words(run, error)


def _in_words(run: Run, error: UnexpectedAnswer) -> str:
    if is_about_the_secret(error) and run.sent_how == SentHow.OWN:
        return (
            f"Jenkins does not accept the API token of {run.sent_as} that {run.owner} gave for "
            f"{run.controller}. It is changed in the profile, under My Jenkins access."
        )
    # A refusal that names no permission may be a proxy's, in words of its own
    is_named = not isinstance(error, NotAuthorised) or error.permission or wants_crumb(error)
    said = f" ({error.reason})" if error.reason and not is_named else ""
    return f"Jenkins refused the launch: {explain(error, run.sent_as)}{said}"


def is_about_the_secret(error: UnexpectedAnswer) -> bool:
    """Whether Jenkins does not take the token; of a password kept as one it wants a crumb."""
    return error.status == 401 or wants_crumb(error)
