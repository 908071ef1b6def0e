"""The board and its polled list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.controllers.checking import check_now
from dashboard.controllers.connecting import note_cancel, note_trouble
from dashboard.controllers.models import SWEEP_TAKEN, Controller, Job
from dashboard.people.models import Role
from dashboard.runs.board import CARD_RUNS, STUCK_AFTER, UNDECIDED_SHOWN
from dashboard.runs.explaining import WORKER_TAKES
from dashboard.runs.models import Run
from dashboard.runs.showing import RENDERED_EVERY_S
from dashboard.runs.states import RunState
from jenkins_api import NotSent
from tests.demo import job_of
from tests.factories import (
    forget_rendered,
    make_controller,
    make_job,
    make_run,
    make_user,
    signed_in,
)

pytestmark = pytest.mark.django_db
BOARD, LIST = "/", "/board/"
HTMX = {"HX-Request": "true"}


def make_ended(verdict: str = "passed", **fields) -> Run:
    now = timezone.now()
    fields = {"build_result": "SUCCESS", "finished_at": now, "concluded_at": now} | fields
    return make_run(state=RunState.FINISHED, verdict=verdict, **fields)


def text_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def poll_of(answer) -> str:
    """What the page that ``answer`` makes asks for next."""
    return unescape(re.search(r'id="board-poll" data-poll hx-get="([^"]*)"', text_of(answer))[1])


def end(run: Run) -> None:
    run.move_to(RunState.FINISHED, why="Jenkins finished it.", finished_at=timezone.now())


def swapped(answer) -> list[str]:
    """The ids of what ``answer`` puts in place."""
    return re.findall(r'id="([^"]*)" hx-swap-oob="true"', text_of(answer))


def test_it_shows_what_runs_and_waits_on_each_controller():
    running = make_run(plan="checkout")
    busy = make_controller(name="busy-jenkins", executors_total=2, executors_busy=2)
    waiting = make_run(
        make_job(busy), plan="payments", state=RunState.QUEUED, queue_kind="BuildableItem"
    )
    page = text_of(signed_in().get(BOARD))
    assert f'id="run-{running.pk}"' in page
    assert f'id="run-{waiting.pk}"' in page
    assert "All 2 executors of busy-jenkins are busy." in page


def test_before_a_controller_is_connected_it_says_what_to_do():
    page = text_of(signed_in(Role.ADMIN).get(BOARD))
    assert "Nothing runs here yet" in page
    assert reverse("controllers:connect") in page


def test_a_controller_without_runs_says_so():
    make_controller()
    hint = "Nothing runs or waits here. Type a plan or a job above to launch it."
    assert hint in text_of(signed_in().get(BOARD))
    assert hint not in text_of(signed_in(Role.VIEWER).get(BOARD))


def test_a_controller_that_is_away_says_since_when_and_why():
    make_controller(unreachable_since=timezone.now(), trouble="Connection refused.")
    page = text_of(signed_in().get(BOARD))
    assert "Not reachable since" in page
    assert "Connection refused." in page


def test_signed_out_a_page_leads_to_sign_in():
    answer = Client().get(BOARD)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("people:sign_in"))


def test_signed_out_a_poll_reloads_its_page():
    answer = Client().get(LIST, headers=HTMX)
    assert answer.status_code == 403
    assert answer["HX-Refresh"] == "true"


def test_a_poll_that_has_seen_everything_gets_204_after_one_read(django_assert_num_queries):
    run = make_run()
    run.change(node="linux-1")
    controller = Controller.objects.get()
    client = signed_in()
    client.get(LIST)  # a session read is cached from here on
    with django_assert_num_queries(3):  # session, user, and the one that counts
        answer = client.get(LIST, {"seen": f"{controller.news}.1.0"}, headers=HTMX)
    assert answer.status_code == 204
    assert answer.content == b""


def test_a_poll_gets_the_list_once_something_changed():
    run = make_run()
    client = signed_in()
    seen = f"{Controller.objects.get().news}.1.0"
    assert client.get(LIST, {"seen": seen}).status_code == 204
    run.change(waits_for_input=True)
    assert "Waits for input" in text_of(client.get(LIST, {"seen": seen}))


def test_a_poll_without_news_tells_when_controllers_answered():
    controller = make_controller(answered_at=timezone.now())
    answer = signed_in().get(LIST, {"seen": "0.1.0"})
    assert answer.status_code == 204
    assert f'"{controller.pk}"' in answer["HX-Trigger"]


def test_a_poll_tells_when_nobody_follows_a_controller_any_more():
    controller = make_run(make_job(make_controller(answered_at=timezone.now()))).controller
    client, seen = signed_in(), f"{controller.news}.1.0"
    assert client.get(LIST, {"seen": seen}).status_code == 204
    with time_machine.travel(timezone.now() + SWEEP_TAKEN + timedelta(seconds=1)):
        assert "Not followed since" in text_of(client.get(LIST, {"seen": seen}))


def test_it_polls_each_second_only_while_something_is_going_on():
    ended = make_ended()
    client = signed_in()
    assert 'hx-trigger="every 5s"' in text_of(client.get(BOARD))
    make_run(ended.job, state=RunState.FINISHED).controller_news()  # its tests are being read
    assert 'hx-trigger="every 1s"' in text_of(client.get(BOARD))
    Run.objects.filter(verdict="").delete()
    make_run()
    assert 'hx-trigger="every 1s"' in text_of(client.get(BOARD))


def test_mine_shows_only_what_i_launched():
    me = make_user()
    mine, other = make_run(owner=me), make_run()
    unknown, theirs = make_run(owner=me, state=RunState.UNKNOWN), make_run(state=RunState.UNKNOWN)
    page = text_of(signed_in(user=me).get(BOARD, {"show": "mine"}))
    assert f'id="run-{mine.pk}"' in page
    assert f'id="run-{other.pk}"' not in page
    assert f'id="run-{unknown.pk}-decide"' in page
    assert f'id="run-{theirs.pk}-decide"' not in page


def test_failing_shows_plans_whose_last_verdict_is_red():
    make_ended("passed", plan="checkout")
    red = make_ended("tests_failed", plan="checkout", build_result="FAILURE", tests_failed=3)
    make_ended("tests_failed", plan="payments", build_result="FAILURE", tests_failed=1)
    green = make_ended("passed", plan="payments")
    page = text_of(signed_in().get(BOARD, {"show": "failing"}))
    assert f'id="run-{red.pk}"' in page
    assert "Tests failed (3)" in page
    assert f'id="run-{green.pk}"' not in page


@pytest.mark.parametrize(
    "fields",
    [
        {"state": RunState.RUNNING, "waits_for_input": True},
        {"state": RunState.QUEUED, "queue_is_stuck": True},
        {"state": RunState.UNKNOWN},
    ],
)
def test_stuck_counts_what_somebody_should_look_at(fields):
    make_run(**fields)
    make_run()  # one that just runs
    page = text_of(signed_in().get(BOARD, {"show": "stuck"}))
    assert 'Stuck<span class="rb-count">1</span>' in page


def test_a_run_that_waits_for_long_is_stuck():
    run = make_run(state=RunState.ACCEPTED)
    Run.objects.update(accepted_at=timezone.now() - timedelta(minutes=6))
    assert f'id="run-{run.pk}"' in text_of(signed_in().get(BOARD, {"show": "stuck"}))


def test_a_filter_that_nothing_passes_says_so():
    make_run()
    assert "Nothing is failing" in text_of(signed_in().get(BOARD, {"show": "failing"}))


def test_a_filter_that_only_undecided_runs_pass_leads_to_the_decision():
    me = make_user()
    client, run = signed_in(user=me), make_run(owner=me, state=RunState.UNKNOWN)
    for show, else_ in (("stuck", "is stuck"), ("mine", "of yours is here")):
        page = text_of(client.get(BOARD, {"show": show}))
        assert f'{show.title()}<span class="rb-count">1</span>' in page
        assert "1 run needs a decision" in page
        assert f"Nothing else {else_}." in page
        assert "Nothing is stuck" not in page
        assert "goes on" not in page
    make_run(run.job, state=RunState.UNKNOWN).controller_news()
    page = text_of(client.get(BOARD, {"show": "stuck"}))
    assert "2 runs need a decision" in page
    assert 'They stand under <a class="text-link" id="to-decide" href="#undecided">' in page
    assert 'id="undecided"' in page


def test_an_unknown_filter_shows_everything():
    run = make_run()
    assert f'id="run-{run.pk}"' in text_of(signed_in().get(BOARD, {"show": "everything"}))


def test_of_many_unknown_runs_the_first_are_shown_and_all_counted():
    job = make_job()
    runs = [make_run(job, state=RunState.UNKNOWN) for _ in range(UNDECIDED_SHOWN + 2)]
    page = text_of(signed_in().get(BOARD))
    assert page.count('class="rb-doubt') == UNDECIDED_SHOWN
    assert page.count("What to do<") == 3  # then rows, so that what else is there is not far below
    assert f"The first {UNDECIDED_SHOWN} of {len(runs)}" in page
    assert f'run-{runs[0].pk}-decide"' in page
    assert f'run-{runs[9].pk}-name"' in page
    assert f'run-{runs[10].pk}-name"' not in page


def test_what_a_row_has_no_room_for_stands_in_its_title():
    run = make_run(make_job(full_name="qa/" + "long" * 40), make_user(first_name="Ana"))
    page = text_of(signed_in().get(BOARD))
    assert f'title="{run.pk} · {run.job} · Ana"' in page


def test_an_unknown_run_needs_a_decision():
    run = make_run(state=RunState.UNKNOWN)
    page = text_of(signed_in().get(BOARD))
    assert "Needs a decision" in page
    assert f'id="run-{run.pk}-decide"' in page


def test_last_verdicts_stand_oldest_first_with_a_word_in_each_cell():
    make_ended("passed", plan="checkout")
    make_ended("broke", plan="checkout", build_result="FAILURE")
    page = text_of(signed_in().get(BOARD))
    strip = page.partition('aria-label="Last runs of checkout, oldest first"')[2]
    assert strip.index("Passed, run") < strip.index("Broke, run")


def test_a_joined_run_counts_in_no_strip():
    first = make_ended(plan="checkout")
    joined = make_ended(plan="checkout", job=first.job, joined_to=first)
    page = text_of(signed_in().get(BOARD))
    assert f"Passed, run {first.pk}<" in page
    assert f"Passed, run {joined.pk}<" not in page


def test_what_ended_last_says_how():
    make_ended("passed_on_rerun", reruns_used=1, reruns=2, duration_ms=61_000)
    page = text_of(signed_in().get(BOARD))
    assert "Passed on rerun 1 of 2" in page
    assert ">took </span>1:01<" in page


def test_text_from_people_and_jenkins_is_escaped():
    hostile = "<script>alert(1)</script>"
    make_run(make_job(full_name=hostile), plan=hostile)
    make_controller(unreachable_since=timezone.now(), trouble=hostile)
    page = text_of(signed_in().get(BOARD))
    assert hostile not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_number_of_queries_does_not_grow_with_runs(django_assert_num_queries):
    job, client = make_job(), signed_in()
    make_run(job)
    make_ended(job=job)
    client.get(BOARD)
    forget_rendered()
    with django_assert_num_queries(9) as few:
        client.get(BOARD)
    for _ in range(10):
        make_run(job)
        make_run(state=RunState.QUEUED, plan=f"plan-{_}")
        make_ended(job=job)
    with django_assert_num_queries(len(few)):
        client.get(BOARD)
    with django_assert_num_queries(4):  # session, user, news, lamps: the rest was just rendered
        client.get(BOARD)


def test_a_viewer_sees_why_buttons_cannot_be_used():
    make_run()
    page = text_of(signed_in(Role.VIEWER).get(BOARD))
    assert 'aria-disabled="true" title="You may look, but not launch' in page


def test_from_five_controllers_on_one_lamp_stands_for_all():
    for _ in range(4):
        make_controller()
    make_controller(unreachable_since=timezone.now())
    assert "1 of 5" in text_of(signed_in().get(BOARD))


def test_a_run_that_becomes_stuck_by_time_is_shown_by_the_next_poll():
    run, client = make_run(state=RunState.QUEUED, queue_kind="BuildableItem"), signed_in()
    page = text_of(client.get(BOARD))
    assert 'Stuck<span class="rb-count">0</span>' in page
    poll = poll_of(client.get(BOARD))
    assert client.get(poll).status_code == 204
    until_ms = poll.partition("&until=")[2]
    assert int(until_ms) == round((run.accepted_at + STUCK_AFTER).timestamp() * 1000)
    with time_machine.travel(run.accepted_at + STUCK_AFTER):
        news = client.get(poll)
    assert 'Stuck<span class="rb-count">1</span>' in text_of(news)
    assert "until=" not in poll_of(news)


def test_a_launch_that_no_worker_takes_is_shown_by_the_next_poll():
    due_at = timezone.now() + timedelta(minutes=1)  # Jenkins said no, and it is sent again
    run, client = make_run(state=RunState.ACCEPTED, due_at=due_at), signed_in()
    poll = poll_of(client.get(BOARD))
    assert client.get(poll).status_code == 204
    until_ms = poll.partition("&until=")[2]
    assert int(until_ms) == round((run.due_at + WORKER_TAKES).timestamp() * 1000)
    with time_machine.travel(run.due_at + WORKER_TAKES + timedelta(seconds=1)):
        assert "No worker has taken it" in text_of(client.get(poll))


def test_rows_kept_for_others_say_you_to_their_owner_only():
    ana = make_user(username="ana", first_name="Ana")
    make_run(owner=ana)
    for client, has_you, is_told in (
        (signed_in(), False, False),
        (signed_in(user=ana), True, False),
        (signed_in(Role.VIEWER), False, True),
        (signed_in(), False, False),
    ):
        page = text_of(client.get(BOARD))
        assert ("<span>you</span>" in page) == has_you
        assert (">Ana</span>" in page) == (not has_you)
        assert ("You may look, but not launch" in page) == is_told


def test_a_row_that_was_kept_is_rendered_anew_once_its_run_or_controller_changed():
    run, client = make_run(state=RunState.QUEUED, queue_kind="BuildableItem"), signed_in()
    assert "has no executor online" in text_of(client.get(BOARD))
    Controller.objects.update(executors_total=2, executors_busy=2)
    Controller.objects.all().bump_news()
    assert "All 2 executors" in text_of(client.get(BOARD))
    run.refresh_from_db()
    run.move_to(RunState.RUNNING, why="It left the queue.", build_number=1)
    assert "All 2 executors" not in text_of(client.get(BOARD))


def test_a_row_says_when_its_job_was_switched_off():
    run, client = make_run(), signed_in()
    poll = poll_of(client.get(BOARD))
    Job.objects.update(is_disabled=True)
    Controller.objects.all().bump_news()
    run.job.refresh_from_db()
    assert run.job.why_not_launchable in text_of(client.get(poll))


def test_a_row_offers_its_abort_again_once_its_controller_was_checked(connected):
    run, client = make_run(job_of(connected, "qa/nightly")), signed_in()
    note_cancel(run.job, may=False)
    page = client.get(BOARD)
    assert "lacks Job/Cancel" in text_of(page)
    assert check_now(connected)
    assert f'id="run-{run.pk}"' in text_of(client.get(poll_of(page)))
    assert "lacks Job/Cancel" not in text_of(client.get(BOARD))


def test_boards_that_nobody_asks_for_any_more_are_dropped():
    most = settings.CACHES["boards"]["OPTIONS"]["MAX_ENTRIES"]
    job, client = make_job(), signed_in()
    for _ in range(2 * most):
        make_run(job).controller_news()
        client.get(BOARD)
    assert len(caches["boards"]._cache) <= most  # Django has no other way to count them


def test_a_card_shows_a_hundred_runs_and_counts_the_others():
    job = make_job()
    for _ in range(CARD_RUNS + 3):
        make_run(job)
    page = text_of(signed_in().get(BOARD))
    assert page.count('class="rb-run"') == CARD_RUNS
    assert "And 3 more" in page
    assert f'All<span class="rb-count">{CARD_RUNS + 3}</span>' in page


def test_a_poll_gets_only_the_row_that_changed(shared_cache):
    job, client = make_job(), signed_in()
    runs = [make_run(job) for _ in range(3)]
    poll = poll_of(client.get(BOARD))
    runs[1].change(reruns=7)
    forget_rendered()  # as for a process that did not render what the page shows
    news = client.get(poll)
    assert swapped(news) == [f"run-{runs[1].pk}"]
    assert "7 reruns" in text_of(news)
    assert client.get(poll_of(news)).status_code == 204
    runs[2].change(waits_for_input=True)
    assert swapped(client.get(poll_of(news))) == ["board-tabs", f"run-{runs[2].pk}", "plan-1"]


def test_a_run_that_moved_comes_with_what_counts_it(shared_cache):
    beside, client = make_run(), signed_in()
    run, ended = make_run(beside.job), make_ended(job=beside.job)
    poll = poll_of(client.get(BOARD))
    end(run)
    news = client.get(poll)
    assert swapped(news) == ["board-tabs", "plan-1"]
    text = text_of(news)
    gone = text.index(f'<div hx-swap-oob="delete" id="run-{run.pk}"></div>')
    came = text.index(f'<div hx-swap-oob="beforebegin:#run-{ended.pk}">')
    assert gone < came < text.index(f'<div class="rb-run is-ended" id="run-{run.pk}">')
    assert f'id="run-{beside.pk}"' not in text

    end(beside)
    news = client.get(poll_of(news))  # its card has no run any more, and says so
    assert swapped(news) == ["board-tabs", f"card-{beside.controller_id}", "plan-1"]


@contextmanager
def just_before(read: str, happen: Callable[[], object]) -> Iterator[None]:
    """Let something happen just before the first query with ``read`` in it, as others may."""
    yet_to_happen = [happen]

    def ask(execute, sql, *more):
        if yet_to_happen and read in sql:
            yet_to_happen.pop()()
        return execute(sql, *more)

    with connection.execute_wrapper(ask):
        yield
    assert not yet_to_happen


READS_ACTIVE, READS_LATEST, READS_ROWS = '"runs_run"."state" IN', "LIMIT 300", '"queue_why"'


def test_a_run_that_ends_while_the_board_is_read_stands_on_it_once(shared_cache):
    beside, client = make_run(), signed_in()
    run, _ = make_run(beside.job), make_ended(job=beside.job)
    with just_before(READS_LATEST, lambda: end(run)):
        board = client.get(BOARD)
    assert text_of(board).count(f'id="run-{run.pk}"') == 1
    assert f'id="run-{run.pk}"></div>' not in text_of(client.get(poll_of(board)))


def test_a_page_is_known_from_what_others_got_for_the_same_news(shared_cache):
    beside, client = make_run(), signed_in()
    run, _ = make_run(beside.job), make_ended(job=beside.job)
    board = client.get(BOARD)  # with the run in its card
    forget_rendered()
    with just_before(READS_ACTIVE, lambda: end(run)):  # after what is new of its controller
        signed_in().get(BOARD)
    assert f'<div hx-swap-oob="delete" id="run-{run.pk}">' in text_of(client.get(poll_of(board)))


def test_a_page_that_asks_is_known_however_long_nothing_happens(shared_cache):
    make_run()
    client = signed_in()
    board = client.get(BOARD)
    [key] = shared_cache.keys("board.*")
    shared_cache.expire(key, 5)
    assert client.get(poll_of(board)).status_code == 204
    assert shared_cache.ttl(key) > 5


def test_a_run_that_becomes_stuck_while_rows_are_read_is_told_at_the_next_poll(shared_cache):
    later = timezone.now() + timedelta(hours=1)
    job, client = make_job(make_controller()), signed_in()
    Controller.objects.update(sweep_due_at=later)  # so that nothing else is news
    run = make_run(job, state=RunState.QUEUED)
    stuck_at = run.accepted_at + STUCK_AFTER
    with time_machine.travel(stuck_at - timedelta(milliseconds=50), tick=False) as clock:
        with just_before(READS_ROWS, lambda: clock.shift(0.1)):
            board = client.get(BOARD)
        assert client.get(poll_of(board)).status_code == 200


def test_a_busy_board_is_rendered_for_many_changes_at_once(shared_cache):
    job, client = make_job(), signed_in()
    runs = [make_run(job) for _ in range(2)]
    page = poll_of(client.get(BOARD))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        runs[0].change(reruns=7)
        assert "7 reruns" in text_of(client.get(page))  # rendered for it
        runs[1].change(reruns=8)
        assert "8 reruns" not in text_of(client.get(page))
        clock.shift(RENDERED_EVERY_S + 0.01)
        assert "8 reruns" in text_of(client.get(page))
        runs[0].change(reruns=9)
        assert "9 reruns" in text_of(client.get(BOARD))


def test_a_page_that_slept_for_long_gets_the_whole_list(shared_cache):
    run, client = make_run(), signed_in()
    poll = poll_of(client.get(BOARD))
    shared_cache.clear()  # after a minute
    run.change(waits_for_input=True)
    assert swapped(client.get(poll)) == ["board-list", "lamps", "away"]


def test_a_controller_that_goes_away_changes_the_header_too(shared_cache):
    run, client = make_run(), signed_in(Role.ADMIN)
    poll = poll_of(client.get(BOARD))
    note_trouble(run.controller, NotSent("connection refused", url=run.controller.url))
    news = client.get(poll)
    assert swapped(news)[-2:] == ["lamps", "away"]
    assert "csrfmiddlewaretoken" not in text_of(news)  # it is rendered for many


def test_each_role_and_filter_is_rendered_by_itself(shared_cache):
    me = make_user()
    mine, other = make_run(owner=me), make_run()
    someone = make_user(Role.TESTER)
    for user, expected in ((me, mine), (someone, None), (other.owner, other)):
        page = text_of(signed_in(user=user).get(BOARD, {"show": "mine"}))
        shown = [run for run in (mine, other) if f'id="run-{run.pk}"' in page]
        assert shown == ([expected] if expected else [])
