"""Times and numbers as pages write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.shared.templatetags.runboard import (
    ago,
    breakable,
    clock,
    icon,
    thousands,
    took,
    words_for,
)

MOMENT = datetime(2026, 11, 25, 14, 20, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-3), "0 s ago"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=3, hours=5), "3 d ago"),
    ],
)
def test_how_long_ago(span, words):
    assert words_for(span) == words


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (None, ""),
        (timedelta(milliseconds=900), "0:00"),
        (timedelta(minutes=18, seconds=4), "18:04"),
        (timedelta(hours=1, minutes=34, seconds=10), "1:34:10"),
    ],
)
def test_how_long_it_took(span, text):
    assert took(span) == text


@pytest.mark.parametrize(
    ("precision", "text"),
    [("minutes", "14:20"), ("seconds", "14:20:18"), ("moment", "25 Nov 2026, 14:20:18")],
)
def test_a_moment_is_there_for_the_browser_to_put_into_the_viewers_zone(precision, text):
    html = clock(MOMENT, precision)
    assert 'datetime="2026-11-25T14:20:18+00:00"' in html
    assert f">{text}<" in html


def test_nothing_is_written_of_a_moment_that_was_not():
    assert ago(None) == ""
    assert clock(None) == ""


def test_a_controllers_age_is_kept_right_by_polls():
    assert 'data-heard="3"' in ago(MOMENT, 3)


def test_large_numbers_can_be_read():
    assert thousands(1076004) == "1,076,004"


def test_an_icon_says_nothing_to_screen_readers():
    assert 'aria-hidden="true"' in icon("clock")


@pytest.mark.parametrize(
    ("name", "html"),
    [
        ("pay", "pay"),
        ("test_pay[EUR-3]", "test_<wbr>pay[<wbr>EUR-3]"),
        ("tests/pay.py::Test", "tests/<wbr>pay.<wbr>py::<wbr>Test"),
        ("a_<b>", "a_<wbr>&lt;b&gt;"),
    ],
)
def test_a_name_out_of_code_wraps_between_its_words(name, html):
    assert breakable(name) == html
