"""The board, the run page with its tabs and fragments, and the search in the header."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.people.models import Role
from dashboard.people.rights import role_required
from dashboard.runs import console as stored
from dashboard.runs.aborting import ask_abort
from dashboard.runs.board import news_for
from dashboard.runs.comparing import asked_parameters, differences, passwords_of
from dashboard.runs.keeping import KeepRefused, KeepUnclear, keep_build
from dashboard.runs.models import Run
from dashboard.runs.noting import notes_for, why_not_abort, why_not_again, why_not_keep
from dashboard.runs.searching import find
from dashboard.runs.showing import BoardPage, said_to, show_board, show_news, stay_known
from dashboard.runs.standing import Standing, read_standing, standing_of
from dashboard.runs.states import RunState
from dashboard.runs.windows import (
    WINDOW_LINES,
    Window,
    is_open,
    read_end,
    watch,
    window_around,
    window_at_end,
    window_from,
)
from dashboard.shared.asking import asked_number, asked_text
from dashboard.shared.fragments import rendered_once
from dashboard.shared.htmx import HtmxHttpRequest, nothing_new, part_of

CASES_SHOWN = 200
HEADER_KEPT_S = 60
WITHOUT_CONSOLE = frozenset({RunState.UNKNOWN, RunState.CANCELLED, RunState.REFUSED})
TABS = frozenset({"console", "tests", "parameters", "timeline", "decide"})
OUTCOMES = ("failed", "rerun", "skipped", "passed")


@require_safe
def board(request: HtmxHttpRequest) -> HttpResponse:
    """What runs and waits on every controller; the way in on the first day."""
    news = news_for(request.user)
    if not news.controllers:
        return render(request, "runs/first_day.html")
    shown = show_board(request.user, request.GET.get("show", ""), news)
    whole = said_to(request.user, shown.parts.html("board-list"))
    return render(request, "runs/board.html", {"shown": shown, "list": whole})


@require_safe
def board_list(request: HtmxHttpRequest) -> HttpResponse:
    """What a page has not seen of the board; 204 where it has seen everything."""
    asked = request.GET
    show, seen, looks = (asked.get(name, "") for name in ("show", "seen", "looks"))
    page = BoardPage(show, seen, asked_number(asked, "until"), looks)
    news = news_for(request.user)
    if page.has_all(news):
        stay_known(request.user, page, news)
        answer, when = nothing_new(), "HX-Trigger"
    else:
        answer, when = HttpResponse(show_news(request.user, page, news)), "HX-Trigger-After-Swap"
    answer[when] = json.dumps({"heard": {"at": news.heard}})
    return answer


@require_safe
def run(request: HtmxHttpRequest, run_id: int) -> HttpResponseBase:
    """The console, or what to do about an unknown run; failed tests come first."""
    run = _visible_run(request, run_id)
    if run.state == RunState.UNKNOWN:
        return _decide(request, run)
    line = asked_number(request.GET, "line")
    if line is None and "console" not in request.GET and run.source.tests_failed:
        return redirect("runs:tests", run.pk)
    watch(run.source)
    return _tab(request, run, "console", **_lines(window_around(run.source, line)), line=line)


def _decide(request: HtmxHttpRequest, run: Run) -> HttpResponse:
    job_url = run.controller.job_address(run.job.full_name)
    sent = asked_parameters(run)
    return _tab(request, run, "decide", sent=sent, events=run.events.all(), job_url=job_url)


@require_safe
@part_of("runs:run")
def console(request: HtmxHttpRequest, run_id: int) -> HttpResponse:
    """Lines that came since ``after``, for a page that follows; with ``hold`` only their number.

    Where too many came to append them, they take the place of those on the page.
    """
    after, hold = asked_number(request.GET, "after") or 0, "hold" in request.GET
    end = read_end(request.user, run_id)
    watch(end)
    has_all = hold or after >= end.console_lines
    if has_all and is_open(end) and asked_number(request.GET, "bytes") == end.console_bytes:
        return nothing_new()
    run = _visible_run(request, run_id)
    source = run.source
    if hold:
        window, swap = Window(source, []), "none"
    elif source.console_lines - after > WINDOW_LINES:
        window, swap = window_at_end(source), "innerHTML"
    else:
        window, swap = window_from(source, after + 1), "beforeend"
    context = {"run": run, "after": after, **_lines(window)}
    answer = render(request, "runs/console_news.html", context)
    answer["HX-Reswap"] = swap
    return answer


@require_safe
@part_of("runs:run")
def console_window(request: HtmxHttpRequest, run_id: int) -> HttpResponse:
    """The thousand lines before line ``before``, or after line ``after``."""
    run = _visible_run(request, run_id)
    before, after = asked_number(request.GET, "before"), asked_number(request.GET, "after")
    if before:
        first = max(1, before - WINDOW_LINES)
        window = Window(run.source, stored.read_lines(run.source, first, before - first))
    else:
        window = window_from(run.source, (after or 0) + 1)
    return render(request, "runs/console_lines.html", _lines(window))


@require_safe
def console_text(request: HtmxHttpRequest, run_id: int) -> StreamingHttpResponse:
    """The whole console as it is stored, to keep."""
    run = _visible_run(request, run_id)
    return StreamingHttpResponse(
        stored.stream(run.source),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="run-{run.pk}.txt"'},
    )


@require_safe
def tests(request: HtmxHttpRequest, run_id: int) -> HttpResponse:
    """Cases of the report, those that failed first with message and trace."""
    run = _visible_run(request, run_id)
    show = request.GET.get("show", "failed" if run.source.tests_failed else "all")
    cases = run.source.cases.all()
    if show in OUTCOMES:
        cases = cases.filter(outcome=show)
    if (after := asked_number(request.GET, "after")) is not None:
        cases = cases.filter(rank__gt=after)
    found = list(cases[: CASES_SHOWN + 1])
    shown, has_more = found[:CASES_SHOWN], len(found) > CASES_SHOWN
    return _tab(request, run, "tests", show=show, cases=shown, has_more=has_more)


@require_safe
def parameters(request: HtmxHttpRequest, run_id: int) -> HttpResponse:
    """What was sent, beside the run that this one repeats."""
    run = _visible_run(request, run_id)
    new = asked_parameters(run)
    old = asked_parameters(run.again_of) if run.again_of else new
    rows = [
        {"name": name, "new": new.get(name), "old": old.get(name), "differs": change}
        for name in dict.fromkeys([*new, *old])
        for change in [new.get(name) != old.get(name)]
    ]
    return _tab(request, run, "parameters", rows=rows, passwords=passwords_of(run))


@require_safe
def timeline(request: HtmxHttpRequest, run_id: int) -> HttpResponse:
    """What happened, in order, and the build in Jenkins's own words."""
    run = _visible_run(request, run_id)
    return _tab(request, run, "timeline", events=run.events.all())


@require_safe
@part_of("runs:run")
def header(request: HtmxHttpRequest, run_id: int) -> HttpResponse:
    """The run's header for a page that has seen ``seen``; it tells the tab when the run moved."""
    standing = read_standing(request.user, run_id)
    if request.GET.get("seen") == standing.seen:
        return nothing_new()
    answer = HttpResponse(_header_news(request, run_id, standing))
    seen_phase = request.GET.get("phase")
    if seen_phase != standing.phase and {seen_phase, standing.phase} & WITHOUT_CONSOLE:
        answer["HX-Refresh"] = "true"  # its page opens on something else now
    elif seen_phase != standing.phase:
        answer["HX-Trigger-After-Settle"] = "run-moved"
    return answer


def _header_news(request: HtmxHttpRequest, run_id: int, standing: Standing) -> str:
    """The header as it stands, rendered once for all who watch the run in the same role."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else ""

    def render() -> tuple[str, float]:
        frame = _frame(request, _visible_run(request, run_id), tab)
        return render_to_string("runs/header_news.html", frame, request), HEADER_KEPT_S

    return rendered_once(f"header.{run_id}.{standing.seen}.{tab}.{request.user.role}", render)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.TESTER)
def abort(request: HtmxHttpRequest, run_id: int) -> HttpResponseBase:
    """Ask once, naming the run; then ask Jenkins to end it."""
    run = _visible_run(request, run_id)
    if request.method != "POST":
        return render(request, "runs/abort.html", {"run": run})
    why = asked_text(request.POST, "why")
    if not ask_abort(run, who=request.user, why=why):
        run.refresh_from_db()
        # Jenkins may have refused the first abort just now
        messages.warning(request, why_not_abort(run, request.user) or "Press Abort again.")
    return redirect(run)


@require_POST
@role_required(Role.TESTER)
def keep(request: HtmxHttpRequest, run_id: int) -> HttpResponseBase:
    """Keep the run's build for ever, or (with ``keep=no``) no longer; waits for the controller.

    Leads back to the ``tab`` where it was asked.
    """
    run = _visible_run(request, run_id)
    tab = request.POST.get("tab")
    address = f"{run.get_absolute_url()}?console"
    if tab in ("tests", "parameters", "timeline"):
        address = reverse(f"runs:{tab}", args=[run.pk])
    if run.build_number is None or why_not_keep(run, request.user):
        messages.warning(request, "There is no build to keep.")
        return redirect(address)
    try:
        said = keep_build(run, run.build_number, request.POST.get("keep") != "no", who=request.user)
    except KeepRefused as refusal:
        messages.error(request, f"Not changed: {refusal}")
    except KeepUnclear as unclear:
        messages.warning(request, f"Not known yet. {unclear}")
    else:
        messages.success(request, said)
    return redirect(address)


@require_safe
def search(request: HtmxHttpRequest) -> HttpResponseBase:
    """To what the text names: a run, a plan, a job or a build; else what comes near."""
    text = asked_text(request.GET, "q")
    found = find(request.user, text, on=asked_number(request.GET, "on"))
    if found.address:
        return redirect(found.address)
    return render(request, "runs/search.html", {"text": text, "found": found})


def _visible_run(request: HtmxHttpRequest, run_id: int) -> Run:
    """A run with all that its header shows, in one read."""
    runs = Run.objects.visible_to(request.user).select_related(
        "job",
        "controller",
        "owner",
        "again_of__controller",
        "again_of__job",
        "joined_to",
        "abort_asked_by",
    )
    return get_object_or_404(runs, pk=run_id)


def _tab(request: HtmxHttpRequest, run: Run, tab: str, **context: Any) -> HttpResponse:
    return render(request, f"runs/{tab}.html", _frame(request, run, tab) | context)


def _frame(request: HtmxHttpRequest, run: Run, tab: str) -> dict[str, Any]:
    """What the header and the frame around each tab show."""
    return {
        "run": run,
        "source": run.source,
        "tab": tab,
        "standing": standing_of(run),
        "notes": notes_for(run),
        "no_again": why_not_again(run, request.user),
        "differences": differences(run),
        "event_count": run.events.count(),
        "key": uuid.uuid4(),
    }


def _lines(window: Window) -> dict[str, Any]:
    return {"source": window.run, "window": window, "is_open": is_open(window.run)}
