"""Lists in parts: what a page has not seen comes alone."""

from __future__ import annotations

from django.template import engines

from dashboard.shared.parts import Parts

LIST = """{% part "list" %}<ul id="list">
{% for number, text in rows %}
{% part "row" number %}<li id="row-{{ number }}">{{ text }}</li>{% endpart %}
{% endfor %}
</ul>{% endpart %}{% part "foot" %}<p id="foot">{{ foot }}</p>{% endpart %}"""


def parts_of(*rows: tuple[int, str], foot: str = "end") -> Parts:
    parts = Parts()
    template = engines["django"].from_string(LIST)
    template.render({"parts": parts, "rows": rows, "foot": foot})
    return parts


def changes(old: Parts, new: Parts) -> list[str]:
    return [html.replace("\n", "") for html in new.changed_since(old.digests(), "list", "foot")]


def test_a_part_has_all_that_is_in_it():
    html = parts_of((1, "one"), (2, "two")).html("list").replace("\n", "")
    assert html == '<ul id="list"><li id="row-1">one</li><li id="row-2">two</li></ul>'


def test_a_row_that_changed_comes_alone():
    old, new = parts_of((1, "one"), (2, "two")), parts_of((1, "one"), (2, "three"))
    assert changes(old, new) == ['<li id="row-2" hx-swap-oob="true">three</li>']
    assert changes(new, new) == []


def test_a_row_more_or_another_order_brings_the_list():
    old = parts_of((1, "one"), (2, "two"))
    for rows in [((1, "one"),), ((2, "two"), (1, "one")), ((1, "one"), (2, "two"), (3, "three"))]:
        new = parts_of(*rows, foot="another end")
        [whole, foot] = changes(old, new)
        assert whole.startswith('<ul id="list" hx-swap-oob="true"><li id="row-')
        assert whole.count("<li") == len(rows)
        assert foot == '<p id="foot" hx-swap-oob="true">another end</p>'


def test_a_page_of_which_nothing_is_known_gets_everything():
    new = parts_of((1, "one"))
    assert [html[:3] for html in new.changed_since({}, "list", "foot")] == ["<ul", "<p "]


def test_text_that_looks_like_a_part_is_text():
    hostile = "<!--part foot-->"
    html = parts_of((1, hostile)).html("list")
    assert hostile not in html
    assert "&lt;!--part foot--&gt;" in html
