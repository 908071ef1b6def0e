"""The console's tail, its windows and its download."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from dashboard.runs.models import Run
from dashboard.runs.states import RunState
from tests.factories import make_run, signed_in, write_console

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def at(name: str, run: Run) -> str:
    return reverse(f"runs:{name}", args=[run.pk])


def with_lines(count: int, **fields) -> Run:
    run = make_run(**fields)
    write_console(run, b"".join(b"line %d\n" % number for number in range(1, count + 1)))
    return run


def text_of(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def numbers_in(page: str) -> list[int]:
    """Numbers of the lines on a page, in its order."""
    return [int(part.partition('"')[0]) for part in page.split('data-n="')[1:]]


def test_the_page_opens_at_the_end_and_polls_from_there():
    page = text_of(signed_in().get(at("run", with_lines(2500))))
    assert numbers_in(page) == list(range(1501, 2501))
    assert "hx-vals='{\"after\": 2500}'" in page


def test_a_link_to_a_line_opens_around_it_and_marks_it():
    page = text_of(signed_in().get(at("run", with_lines(2500)), {"line": "1200"}))
    numbers = numbers_in(page)
    assert (numbers[0], numbers[-1]) == (900, 1899)
    assert 'class="rb-line here" id="L1200"' in page


def test_a_line_that_is_no_number_opens_the_end():
    assert numbers_in(text_of(signed_in().get(at("run", with_lines(3)), {"line": "x"}))) == [
        1,
        2,
        3,
    ]


def test_new_lines_are_appended_and_the_next_poll_starts_behind_them():
    run, client = with_lines(3), signed_in()
    write_console(run, b"line 4\nline 5\n")
    answer = client.get(at("console", run), {"after": "3", "bytes": "21"}, headers=HTMX)
    page = text_of(answer)
    assert numbers_in(page) == [4, 5]
    assert answer["HX-Reswap"] == "beforeend"
    assert f"bytes={run.console_bytes}" in page


def test_nothing_new_is_204():
    run = with_lines(3)
    seen = {"after": "3", "bytes": str(run.console_bytes)}
    assert signed_in().get(at("console", run), seen, headers=HTMX).status_code == 204


def test_a_line_without_an_end_is_sent_again_once_it_grew():
    run, client = with_lines(2), signed_in()
    write_console(run, b"half")
    page = text_of(client.get(at("run", run)))
    assert 'class="rb-line partial" id="L3"' in page
    assert "hx-vals='{\"after\": 2}'" in page
    write_console(run, b" done\n")
    again = text_of(client.get(at("console", run), {"after": "2", "bytes": "18"}, headers=HTMX))
    assert "half done" in again
    assert "partial" not in again


def test_a_reader_who_scrolled_up_gets_the_count_and_no_lines():
    run, client = with_lines(3), signed_in()
    write_console(run, b"line 4\n")
    answer = client.get(
        at("console", run), {"after": "3", "bytes": "21", "hold": "1"}, headers=HTMX
    )
    page = text_of(answer)
    assert numbers_in(page) == []
    assert answer["HX-Reswap"] == "none"
    assert 'data-total="4"' in page


def test_a_page_far_behind_gets_the_end_in_place_of_what_it_has():
    run = with_lines(2500)
    answer = signed_in().get(at("console", run), {"after": "3", "bytes": "21"}, headers=HTMX)
    assert answer["HX-Reswap"] == "innerHTML"
    assert numbers_in(text_of(answer)) == list(range(1501, 2501))


def test_a_page_that_held_back_gets_its_lines_though_no_byte_is_new():
    run = with_lines(5)
    answer = signed_in().get(
        at("console", run), {"after": "3", "bytes": str(run.console_bytes)}, headers=HTMX
    )
    assert numbers_in(text_of(answer)) == [4, 5]


def test_the_poll_ends_with_the_console():
    run = with_lines(3)
    run.move_to(RunState.FINISHED, why="ended")
    write_console(run, b"last\n", has_more=False)
    assert run.console_is_complete
    page = text_of(signed_in().get(at("console", run), {"after": "3", "bytes": "21"}, headers=HTMX))
    assert numbers_in(page) == [4]
    assert "every 1s" not in page
    assert "data-poll" not in page


@pytest.mark.parametrize("state", [RunState.REFUSED, RunState.CANCELLED])
def test_a_run_that_never_built_does_not_poll(state):
    page = text_of(signed_in().get(at("run", make_run(state=state))))
    assert "There is no console" in page
    assert reverse("runs:console", args=[Run.objects.get().pk]) + "?" not in page


def test_a_joined_run_shows_the_console_of_the_other():
    first = with_lines(3)
    joined = make_run(first.job, joined_to=first, build_number=first.build_number)
    assert numbers_in(text_of(signed_in().get(at("run", joined)))) == [1, 2, 3]


def test_a_poll_has_sweeps_read_the_console_and_is_no_news():
    run, client = make_run(), signed_in()
    version = run.version
    client.get(at("console", run), headers=HTMX)
    run.refresh_from_db()
    assert run.is_watched(timezone.now() + timedelta(seconds=10))
    assert run.version == version


def test_a_poll_without_news_reads_where_the_console_ends_and_no_more(django_assert_num_queries):
    first = with_lines(3, parameters={"Notes": "large"})
    joined = make_run(first.job, joined_to=first, build_number=first.build_number)
    client, seen = signed_in(), {"after": "3", "bytes": str(first.console_bytes)}
    assert (
        client.get(at("console", first), seen, headers=HTMX).status_code == 204
    )  # renews watching
    for run, queries in ((first, 3), (joined, 4)):  # session, user, and where it ends
        with django_assert_num_queries(queries) as asked:
            assert client.get(at("console", run), seen, headers=HTMX).status_code == 204
        assert "parameters" not in asked[-1]["sql"]


def test_an_ended_run_is_watched_by_nobody():
    run = make_run(state=RunState.FINISHED)
    for name in ("run", "console"):
        signed_in().get(at(name, run))
    run.refresh_from_db()
    assert run.console_watched_until is None


def test_watching_is_renewed_only_when_it_runs_out_soon():
    later = timezone.now() + timedelta(seconds=12)
    run = make_run(console_watched_until=later)
    signed_in().get(at("console", run), headers=HTMX)
    run.refresh_from_db()
    assert run.console_watched_until == later


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [({"before": "1501"}, 501, 1500), ({"before": "3"}, 1, 2), ({"after": "1000"}, 1001, 2000)],
)
def test_earlier_and_later_lines_come_on_demand(asked, first, last):
    page = text_of(signed_in().get(at("console_window", with_lines(2500)), asked, headers=HTMX))
    assert numbers_in(page) == list(range(first, last + 1))


def test_markup_in_a_console_is_text():
    run = make_run()
    write_console(run, b"<script>alert(1)</script> \xff\xfe \x1b[31mred\x1b[0m\n")
    page = text_of(signed_in().get(at("run", run)))
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;" in page
    assert "\ufffd" in page
    assert "ansi31" in page


def test_the_download_is_the_whole_console():
    run = with_lines(2500)
    answer = signed_in().get(at("console_text", run))
    text = b"".join(answer.streaming_content)
    assert text.count(b"\n") == 2500
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert f"run-{run.pk}.txt" in answer["Content-Disposition"]
