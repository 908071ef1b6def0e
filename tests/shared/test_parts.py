"""Lists in parts: what a page has not seen comes alone."""

from __future__ import annotations

import re

import pytest
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st

from dashboard.shared.parts import Parts

LIST = """{% part "list" %}<ul id="list">
{% for number, text in rows %}
{% part "row" number %}<li id="row-{{ number }}">{{ text }}</li>{% endpart %}
{% endfor %}
</ul>{% endpart %}{% part "foot" %}<p id="foot">{{ foot }}</p>{% endpart %}"""
ROWS = st.dictionaries(st.integers(1, 9), st.sampled_from(["one", "two"]))


def parts_of(*rows: tuple[int, str], foot: str = "end") -> Parts:
    parts = Parts()
    template = engines["django"].from_string(LIST)
    template.render({"parts": parts, "rows": rows, "foot": foot})
    return parts


def changes(old: Parts, new: Parts) -> list[str]:
    return [html.replace("\n", "") for html in new.changed_since(old.looks(), "list", "foot")]


def test_a_part_has_all_that_is_in_it():
    html = parts_of((1, "one"), (2, "two")).html("list").replace("\n", "")
    assert html == '<ul id="list"><li id="row-1">one</li><li id="row-2">two</li></ul>'


def test_a_row_that_changed_comes_alone():
    old, new = parts_of((1, "one"), (2, "two")), parts_of((1, "one"), (2, "three"))
    assert changes(old, new) == ['<li id="row-2" hx-swap-oob="true">three</li>']
    assert changes(new, new) == []


def test_what_came_and_went_comes_alone_removals_first():
    old = parts_of((1, "one"), (2, "two"), (3, "three"))
    new = parts_of((4, "four"), (5, "five"), (2, "2"), (6, "six"), foot="another end")
    assert changes(old, new) == [
        '<div hx-swap-oob="delete" id="row-1"></div>',
        '<div hx-swap-oob="delete" id="row-3"></div>',
        '<div hx-swap-oob="beforebegin:#row-2">'
        '<li id="row-4">four</li><li id="row-5">five</li></div>',
        '<div hx-swap-oob="afterend:#row-2"><li id="row-6">six</li></div>',
        '<li id="row-2" hx-swap-oob="true">2</li>',
        '<p id="foot" hx-swap-oob="true">another end</p>',
    ]


@pytest.mark.parametrize("rows", [(2, 1), (3, 4), ()])
def test_another_order_or_nothing_of_the_old_brings_the_list(rows: tuple[int, ...]) -> None:
    old = parts_of((1, "one"), (2, "two"))
    [whole] = changes(old, parts_of(*((number, "new") for number in rows)))
    assert whole.startswith('<ul id="list" hx-swap-oob="true">')
    assert whole.count("<li") == len(rows)


@given(before=ROWS, after=ROWS)
def test_whatever_came_and_went_the_page_ends_with_the_new_list(
    before: dict[int, str], after: dict[int, str]
) -> None:
    old, new = parts_of(*before.items()), parts_of(*after.items())
    page = rows_of(old.html("list"))
    for change in changes(old, new):
        page = swap(page, change)
    assert page == rows_of(new.html("list"))


def rows_of(html: str) -> list[str]:
    return re.findall("<li.*?</li>", html)


def swap(page: list[str], change: str) -> list[str]:
    """What htmx makes of it, seen in Chromium by tests/browser/test_live.py."""
    rows = rows_of(change.replace(' hx-swap-oob="true"', ""))
    if change.startswith("<ul"):
        return rows
    told = re.search(r'hx-swap-oob="(\w+):#(row-\d+)"', change)
    how, row = told.groups() if told else ("", re.findall(r"row-\d+", change)[0])
    at = [f'id="{row}"' in each for each in page].index(True)
    first, last = {"beforebegin": (at, at), "afterend": (at + 1, at + 1)}.get(how, (at, at + 1))
    return [*page[:first], *rows, *page[last:]]


def test_a_page_of_which_nothing_is_known_gets_everything():
    new = parts_of((1, "one"))
    assert [html[:3] for html in new.changed_since({}, "list", "foot")] == ["<ul", "<p "]


def test_text_that_looks_like_a_part_is_text():
    hostile = "<!--part foot-->"
    html = parts_of((1, hostile)).html("list")
    assert hostile not in html
    assert "&lt;!--part foot--&gt;" in html
