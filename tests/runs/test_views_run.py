"""The run page: its tabs, its header and what each role may do there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.controllers.connecting import (
    REFUSALS_BEFORE_STOP,
    forget_cancel,
    note_cancel,
    note_trouble,
)
from dashboard.controllers.models import SWEEP_TAKEN, Controller
from dashboard.people.models import Role
from dashboard.results.models import TestCase
from dashboard.runs.comparing import differences
from dashboard.runs.concluding import conclude
from dashboard.runs.deciding import Counts
from dashboard.runs.explaining import WORKER_TAKES
from dashboard.runs.models import Run
from dashboard.runs.noting import why_not_launchable
from dashboard.runs.standing import standing_of
from dashboard.runs.states import RunState
from jenkins_api import NotAuthorised, NotSent
from tests.factories import (
    make_controller,
    make_job,
    make_run,
    make_unfollowed_run,
    make_user,
    signed_in,
)

pytestmark = pytest.mark.django_db
TABS = ("run", "tests", "parameters", "timeline")
HTMX = {"HX-Request": "true"}
HOSTILE = "<script>alert(1)</script>"


def at(name: str, run: Run) -> str:
    return reverse(f"runs:{name}", args=[run.pk])


def text_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode().replace("<wbr>", "")  # where a long name may wrap


def make_failed(**fields) -> Run:
    run = make_run(state=RunState.FINISHED, build_result="FAILURE", **fields)
    conclude(run, Counts(2, 1, 0, 0, 2, True))
    TestCase.objects.create(
        run=run,
        rank=1,
        outcome="failed",
        name="test_pay",
        class_name="tests.pay",
        attempts=3,
        message="expected 402",
        trace="pay.py:88: AssertionError",
    )
    TestCase.objects.create(run=run, rank=2, outcome="passed", name="test_refund")
    return run


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_opens(tab):
    run = make_run(plan="checkout")
    page = text_of(signed_in(Role.VIEWER).get(at(tab, run)))
    assert '<h1 title="checkout">checkout</h1>' in page
    assert 'aria-current="page"' in page.partition('aria-label="About this run"')[2]


@pytest.mark.parametrize("name", [*TABS, "header", "console", "console_window", "console_text"])
def test_signed_out(name):
    url = at(name, make_run())
    assert Client().get(url)["Location"].startswith(reverse("people:sign_in"))
    answer = Client().get(url, headers=HTMX)
    assert answer.status_code == 403
    assert answer["HX-Refresh"] == "true"


@pytest.mark.parametrize("name", [*TABS, "header", "console", "console_window", "console_text"])
def test_missing(name):
    answer = signed_in().get(reverse(f"runs:{name}", args=[404]), headers=HTMX)
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["header", "console", "console_window"])
def test_a_part_of_the_page_that_is_opened_alone_leads_to_the_page(name):
    run = make_run()
    assert signed_in().get(at(name, run))["Location"] == run.get_absolute_url()
    assert signed_in().get(at(name, run), headers=HTMX).status_code == 200


@pytest.mark.parametrize("name", TABS)
def test_a_run_of_a_controller_one_may_not_see_is_missing(name):
    run = make_run(make_job(make_controller(is_enabled=False)))
    assert signed_in(Role.ADMIN).get(at(name, run)).status_code == 404


def test_it_opens_on_the_failed_tests_with_message_and_trace():
    run = make_failed()
    answer = signed_in().get(at("run", run), follow=True)
    assert answer.redirect_chain == [(at("tests", run), 302)]
    page = text_of(answer)
    assert "expected 402" in page
    assert "pay.py:88: AssertionError" in page
    assert "failed in all of 3 attempts" in page
    assert "test_refund" not in page


def test_of_a_matrix_job_the_part_stands_beside_the_class():
    run = make_failed()
    TestCase.objects.filter(rank=1).update(part="OS=linux")
    TestCase.objects.filter(rank=2).update(part="OS=mac")
    page = text_of(signed_in().get(at("tests", run), {"show": "all"}))
    assert "<span>tests.pay</span><span>OS=linux</span>" in page
    assert "<span>OS=mac</span>" in page


def test_of_several_that_failed_names_and_messages_come_before_any_trace():
    run = make_failed()
    page = text_of(signed_in().get(at("tests", run)))
    assert "<details open>" in page
    TestCase.objects.filter(rank=2).update(outcome="failed", message="expected 200")
    Run.objects.update(tests_failed=2)
    page = text_of(signed_in().get(at("tests", run)))
    assert "<details open>" not in page
    summaries = " ".join(re.findall("<summary>.*?</summary>", page, re.DOTALL))
    for said in ("test_pay", "expected 402", "test_refund", "expected 200"):
        assert said in summaries
    assert "AssertionError" not in summaries


def test_the_console_of_a_failed_run_stays_one_link_away():
    run = make_failed()
    assert f'href="{at("run", run)}?console"' in text_of(signed_in().get(at("tests", run)))
    assert 'id="console"' in text_of(signed_in().get(at("run", run) + "?console"))


@pytest.mark.parametrize(
    ("show", "is_there"), [("all", True), ("passed", True), ("skipped", False)]
)
def test_the_tests_shown_can_be_chosen(show, is_there):
    page = text_of(signed_in().get(at("tests", make_failed()), {"show": show}))
    assert ("test_refund" in page) == is_there


def test_many_tests_come_in_pages():
    run = make_failed()
    TestCase.objects.bulk_create(
        TestCase(run=run, rank=rank, outcome="passed", name=f"test_{rank}")
        for rank in range(3, 260)
    )
    client = signed_in()
    page = text_of(client.get(at("tests", run), {"show": "all"}))
    assert "after=200" in page
    rest = text_of(client.get(at("tests", run), {"show": "all", "after": "200"}))
    assert "test_201" in rest
    assert "test_200<" not in rest


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"state": RunState.RUNNING}, "No tests yet"),
        ({"state": RunState.FINISHED}, "Reading the report"),
        (
            {"state": RunState.FINISHED, "verdict": "broke", "has_report": False},
            "The build published none.",
        ),
        (
            {"state": RunState.FINISHED, "verdict": "broke", "report_trouble": "It is not JSON."},
            "It is not JSON.",
        ),
        ({"state": RunState.CANCELLED}, "This run never became a build."),
    ],
)
def test_without_a_report_the_tests_tab_says_why(fields, sentence):
    concluded_at = timezone.now() if "verdict" in fields else None
    run = make_run(concluded_at=concluded_at, **fields)
    assert sentence in text_of(signed_in().get(at("tests", run)))


def test_text_from_a_report_is_escaped():
    run = make_failed()
    TestCase.objects.update(
        name=HOSTILE, message=HOSTILE, trace=HOSTILE, class_name=HOSTILE, part=HOSTILE
    )
    page = text_of(signed_in().get(at("tests", run), {"show": "all"}))
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;") >= 4


@pytest.mark.parametrize("tab", TABS)
def test_text_from_a_launch_is_escaped(tab):
    run = make_run(
        make_job(full_name=HOSTILE),
        plan=HOSTILE,
        parameters={HOSTILE: HOSTILE},
        build_causes=[HOSTILE],
        node=HOSTILE,
    )
    run.note(HOSTILE)
    assert HOSTILE not in text_of(signed_in().get(at(tab, run)))


def test_parameters_stand_beside_those_of_the_run_it_repeats():
    old = make_run(
        parameters={"TestPlanName": "smoke", "Environment": "preprod"}, secret_names=["ApiKey"]
    )
    run = make_run(
        old.job,
        again_of=old,
        parameters={"TestPlanName": "smoke", "Environment": "staging"},
        secret_names=["ApiKey"],
    )
    page = text_of(signed_in().get(at("parameters", run)))
    assert "1 differs from run" in page
    assert "<b>staging</b>" in page
    assert "kept encrypted only until Jenkins has it" in page


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (["Pw"], [], ["1 differs from", "differs</span>", "not sent</td>", "sent</td>"]),
        (["Pw"], ["Pw"], ["passwords are not compared", "kept encrypted", "sent, not compared"]),
    ],
)
def test_a_password_stands_beside_that_of_the_run_it_repeats(old, new, said):
    first = make_run(secret_names=old)
    run = make_run(first.job, again_of=first, secret_names=new)
    page = text_of(signed_in().get(at("parameters", run)))
    assert [words for words in said if words not in page] == []


def test_parameters_stand_in_the_order_of_the_form():
    """As PostgreSQL gives them back: by length."""
    old = make_run(parameters={"Gone": "1", "NoOfReruns": "2", "TestPlanName": "smoke"})
    run = make_run(old.job, again_of=old, parameters={"NoOfReruns": "1", "TestPlanName": "all"})
    page = text_of(signed_in().get(at("parameters", run)))
    table = page.partition("<tbody>")[2]
    assert table.index("TestPlanName") < table.index("NoOfReruns") < table.index("Gone")
    assert [each.name for each in differences(run)] == ["TestPlanName", "NoOfReruns", "Gone"]


def test_the_quiet_period_ends_on_our_clock():
    ahead = make_controller(clock_offset_s=3600.0)
    now = timezone.now()
    run = make_run(
        make_job(ahead),
        state=RunState.QUEUED,
        queue_kind="WaitingItem",
        queue_until=now + timedelta(seconds=3605),
    )
    for address in ("/", at("run", run)):
        page = text_of(signed_in().get(address))
        assert f'datetime="{(now + timedelta(seconds=5)).isoformat()}" data-until' in page


def test_a_plain_run_has_no_parameters():
    page = text_of(signed_in().get(at("parameters", make_run(parameters=None, plan=""))))
    assert "has no parameters to fill in" in page


def test_the_timeline_tells_who_did_what_and_names_the_build():
    run = make_run(build_id="1893", queue_id=11376969, node="linux-07")
    run.note("Ana asked to abort.")
    page = text_of(signed_in().get(at("timeline", run)))
    for fact in ("Ana asked to abort.", "1893", "11376969", "linux-07"):
        assert fact in page


def test_an_unknown_run_asks_what_to_do():
    run = make_run(state=RunState.UNKNOWN)
    page = text_of(signed_in().get(at("run", run)))
    for name in ("settle_adopt", "settle_send", "settle_give_up"):
        assert reverse(f"launching:{name}", args=[run.pk]) in page


def test_what_was_sent_as_nothing_is_called_empty():
    run = make_run(state=RunState.UNKNOWN, parameters={"Filter": ""})
    page = text_of(signed_in().get(at("run", run)))
    assert re.search(r"<dt>Filter</dt><dd[^>]*><span[^>]*>empty</span></dd>", page)


def test_a_viewer_may_not_decide():
    run = make_run(state=RunState.UNKNOWN)
    page = text_of(signed_in(Role.VIEWER).get(at("run", run)))
    assert reverse("launching:settle_send", args=[run.pk]) not in page
    assert "You may look." in page


def test_a_viewer_sees_buttons_that_say_why_they_cannot_be_used():
    page = text_of(signed_in(Role.VIEWER).get(at("timeline", make_run())))
    assert page.count('aria-disabled="true"') == 5  # again, abort, check, keep twice
    assert "ask an admin for the role tester" in page


@pytest.mark.parametrize(
    ("state", "title", "why"),
    [
        (RunState.REFUSED, "Not launched.", "Jenkins said no (409)."),
        (RunState.CANCELLED, "Cancelled.", "Too late."),
        (RunState.FINISHED, "Lost by the controller.", "Jenkins no longer has it."),
    ],
)
def test_how_it_ended_is_a_sentence(state, title, why):
    run = make_run(state=state, verdict="lost" if state == RunState.FINISHED else "")
    run.events.create(old=RunState.QUEUED, new=state, why=why)
    page = text_of(signed_in().get(at("timeline", run)))
    assert f"<b>{title}</b> {why}" in page


def test_a_controller_that_is_away_is_no_failure_of_the_run():
    away = make_controller(unreachable_since=timezone.now(), trouble="Connection refused.")
    page = text_of(signed_in().get(at("timeline", make_run(make_job(away)))))
    assert "Connection refused. The run keeps the state we last saw" in page


def test_a_joined_run_says_so_and_shows_the_other_ones_tests():
    first = make_failed()
    joined = make_run(first.job, state=RunState.FINISHED, joined_to=first, verdict="tests_failed")
    page = text_of(signed_in().get(at("tests", joined)))
    assert f"Jenkins made it one with run {first.pk}" in page
    assert "expected 402" in page


def test_a_run_that_waits_for_an_answer_says_so_and_where_to_give_it():
    run = make_run(waits_for_input=True, estimated_ms=60_000)
    for role in (Role.TESTER, Role.VIEWER):
        page = text_of(signed_in(role).get(at("run", run)))
        assert "It waits for an answer in Jenkins." in page
        assert f'href="{run.build_url}"' in page.partition('id="note-act"')[2][:200]
        # On a phone, who may launch has it at the foot
        assert ('ms-auto d-none d-md-inline-flex" id="note-act"' in page) == ("acts-answer" in page)
    assert "stands still" in page
    asked = make_run(waits_for_input=True, abort_asked_at=timezone.now())
    assert "note-act" not in text_of(signed_in().get(at("run", asked)))


def test_an_abort_that_is_on_its_way_names_who_and_why():
    ana = make_user(first_name="Ana")
    run = make_run(abort_asked_at=timezone.now(), abort_asked_by=ana, abort_why="wrong branch")
    page = text_of(signed_in().get(at("timeline", run)))
    assert "Ana asked for it because: wrong branch." in page
    assert "It is being aborted already." in page


def test_the_header_is_not_sent_again_while_nothing_changed(django_assert_num_queries):
    run, client = make_run(), signed_in()
    client.get(at("header", run), headers=HTMX)
    with django_assert_num_queries(3):  # session, user, and the one that counts
        answer = client.get(at("header", run), {"seen": standing_of(run).seen}, headers=HTMX)
    assert answer.status_code == 204


def test_the_header_comes_with_title_and_icon_once_the_run_changed():
    run, client = make_run(plan="checkout"), signed_in()
    seen = standing_of(run).seen
    run.change(node="linux-1")
    answer = client.get(at("header", run), {"seen": seen, "phase": "running"}, headers=HTMX)
    page = text_of(answer)
    assert f"<title>Running · checkout {run.pk} · Runboard</title>" in page
    assert 'id="favicon"' in page
    assert "HX-Trigger-After-Settle" not in answer


def test_the_header_tells_the_tab_when_the_run_moved():
    run, client = make_run(), signed_in()
    run.move_to(RunState.FINISHED, why="ended", build_result="SUCCESS")
    answer = client.get(at("header", run), {"seen": "1.1.0", "phase": "running"}, headers=HTMX)
    assert answer["HX-Trigger-After-Settle"] == "run-moved"


def test_the_header_tells_when_the_controller_goes_away():
    run, client = make_run(), signed_in()
    seen = standing_of(run).seen
    run.controller.unreachable_since = timezone.now()
    run.controller.save()
    assert "is not reachable." in text_of(
        client.get(at("header", run), {"seen": seen}, headers=HTMX)
    )


def test_the_header_tells_why_the_controller_is_away_now():
    run, client = make_run(), signed_in()
    note_trouble(run.controller, NotSent("Connection refused", url=run.controller.url))
    seen = standing_of(Run.objects.get(pk=run.pk)).seen
    assert client.get(at("header", run), {"seen": seen}, headers=HTMX).status_code == 204
    refused = NotAuthorised("401", url=run.controller.url, status=401)
    for _ in range(REFUSALS_BEFORE_STOP):
        note_trouble(run.controller, refused)
    assert "lets us not in" in text_of(client.get(at("header", run), {"seen": seen}, headers=HTMX))


def test_the_header_tells_when_nobody_follows_the_run_any_more():
    run = make_run(make_job(make_controller(answered_at=timezone.now())))
    client, seen = signed_in(), standing_of(run).seen
    assert client.get(at("header", run), {"seen": seen}, headers=HTMX).status_code == 204
    with time_machine.travel(timezone.now() + SWEEP_TAKEN + timedelta(seconds=1)):
        header = text_of(client.get(at("header", run), {"seen": seen}, headers=HTMX))
    assert "Not followed since" in header
    assert "data-since" not in header  # its clock stands still


def test_a_run_is_followed_while_a_long_sweep_goes_on():
    run = make_unfollowed_run()
    Controller.objects.update(lease_until=timezone.now())
    assert "Not followed" not in text_of(signed_in().get(at("run", run)))


def test_the_header_tells_when_no_worker_takes_the_launch():
    run, client = make_run(state=RunState.ACCEPTED), signed_in()
    seen = standing_of(run).seen
    assert client.get(at("header", run), {"seen": seen}, headers=HTMX).status_code == 204
    with time_machine.travel(run.accepted_at + WORKER_TAKES + timedelta(seconds=1)):
        news = client.get(at("header", run), {"seen": seen}, headers=HTMX)
    assert "No worker has taken it" in text_of(news)


def test_the_header_tells_what_is_known_of_cancelling_the_job():
    run, client = make_run(), signed_in()
    seen = standing_of(run).seen
    note_cancel(run.job, may=False)
    news = client.get(at("header", run), {"seen": seen}, headers=HTMX)
    assert "lacks Job/Cancel" in text_of(news)
    seen = standing_of(Run.objects.get(pk=run.pk)).seen
    assert client.get(at("header", run), {"seen": seen}, headers=HTMX).status_code == 204
    forget_cancel(run.controller)
    news = client.get(at("header", run), {"seen": seen}, headers=HTMX)
    assert "lacks Job/Cancel" not in text_of(news)


def test_the_header_stops_polling_once_the_run_is_concluded():
    run, client = make_run(state=RunState.FINISHED, build_result="SUCCESS"), signed_in()
    assert "hx-trigger" in text_of(client.get(at("header", run), headers=HTMX))
    conclude(run, None)
    header = text_of(client.get(at("header", run), headers=HTMX))
    assert "Passed" in header
    assert "hx-trigger" not in header


def part_at_the_foot(run: Run) -> str:
    page = text_of(signed_in().get(at("timeline", run)))
    return page.partition('id="run-acts"')[2]


def test_at_the_foot_of_a_phone_buttons_keep_their_place_and_say_why_they_cannot_be_used():
    off = make_job(is_disabled=True)
    off.switches.create(is_on=False, who=make_user(), why="the sandbox moves")
    cases = [
        (make_run(), "", "", False),
        (make_run(abort_asked_at=timezone.now()), "", "It is being aborted already.", True),
        (make_failed(), "", "there is nothing to abort", False),
        (make_run(off), "the sandbox moves", "", True),
        (make_failed(job=off), "the sandbox moves", "there is nothing to abort", True),
    ]
    for run, no_again, no_abort, is_told in cases:
        foot = part_at_the_foot(run)
        for name, why in (("again", no_again), ("abort", no_abort)):
            button = re.search(rf'<[^>]* id="acts-{name}"[^>]*>', foot)[0]
            assert ("aria-disabled" in button) == bool(why)
            assert not why or f'aria-describedby="acts-no-{name}"' in button
            assert why in foot
        assert ('class="why"' in foot) == is_told
        assert ("acts-changes" in foot) == (run.is_ended and not no_again)


def test_at_the_foot_of_a_phone_the_answer_comes_first():
    run = make_run(waits_for_input=True)
    foot = part_at_the_foot(run)
    assert foot.index(run.build_url) < foot.index("acts-again") < foot.index("acts-abort")


def test_an_ended_run_offers_to_run_again_and_nothing_to_abort():
    run = make_failed()
    page = text_of(signed_in().get(at("timeline", run)))
    assert f'action="{reverse("launching:again", args=[run.pk])}"' in page
    assert "This run has ended, there is nothing to abort." in page
    assert 'id="abort"' not in page


@pytest.mark.parametrize("state", [RunState.UNKNOWN, RunState.CANCELLED, RunState.REFUSED])
def test_a_page_with_a_console_opens_anew_once_there_will_be_none(state):
    run, client = make_run(state=state, build_number=None), signed_in()
    answer = client.get(at("header", run), {"seen": "0", "phase": "queued"}, headers=HTMX)
    assert answer["HX-Refresh"] == "true"
    answer = client.get(at("header", run), {"seen": "0", "phase": state}, headers=HTMX)
    assert "HX-Refresh" not in answer


def test_run_again_of_a_job_that_is_off_says_who_switched_it_off_and_why():
    run, ana = make_run(make_job(is_disabled=True)), make_user(first_name="Ana")
    said = 'title="This job is switched off in Jenkins."'
    assert said in text_of(signed_in().get(at("timeline", run)))
    run.job.switches.create(is_on=False, why="moving house", who=ana)
    page = text_of(signed_in().get(at("timeline", run)))
    assert re.search(r'title="Switched off by Ana, \d+ s ago: moving house"', page)
    assert said not in page
    run.job.gone_at = timezone.now()
    assert why_not_launchable(run.job) == "Jenkins no longer has this job."


def test_a_header_follows_the_switch_of_its_job():
    run, client = make_run(), signed_in()
    news = client.get(at("header", run), {"seen": "0"}, headers=HTMX)
    seen = re.search(r"seen=([^&]*)", news.content.decode())[1]
    assert client.get(at("header", run), {"seen": seen}, headers=HTMX).status_code == 204
    run.job.is_disabled = True
    run.job.save()
    news = text_of(client.get(at("header", run), {"seen": seen}, headers=HTMX))
    assert 'title="This job is switched off in Jenkins."' in news


def test_an_abort_asked_while_the_controller_is_away_is_shown_beside_that():
    away = make_controller(unreachable_since=timezone.now())
    ana, run = make_user(first_name="Ana"), make_run(make_job(away))
    run.change(abort_asked_at=timezone.now(), abort_asked_by=ana, abort_why="wrong branch")
    header = text_of(signed_in().get(at("header", run), headers=HTMX))
    assert "is not reachable." in header
    assert "Ana asked for it because: wrong branch. Jenkins is told once it answers." in header


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.UNKNOWN])
def test_a_joined_run_speaks_of_an_abort_only_where_there_is_something_to_abort(state):
    first = make_run(state=state)
    joined = make_run(first.job, state=state, joined_to=first)
    header = text_of(signed_in().get(at("header", joined), headers=HTMX))
    assert f"Jenkins made it one with run {first.pk}, which waited already" in header
    assert ("to abort one is to abort all" in header) is (state == RunState.QUEUED)
