"""Console lines as HTML: what colours them, what marks them, and that nothing else gets in."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.runs.console import LINE_SHOWN_BYTES
from dashboard.runs.rendering import CUT, SHOWN_CODES, WINDOW_SHOWN_BYTES, render_lines

CLASSES = {f"ansi{code}" for code in SHOWN_CODES}


def render(*lines: bytes) -> list[str]:
    return [line.html for line in render_lines(list(enumerate(lines, 1)))]


class Page(HTMLParser):
    """Reads HTML as a browser does, and stops at anything but our spans and breaks."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.open_spans = 0
        self.feed(html)
        self.close()
        assert self.open_spans == 0

    def handle_starttag(self, tag, attrs):
        if tag == "wbr":
            assert attrs == []
            return
        assert tag == "span"
        ((name, value),) = attrs
        assert name == "class"
        assert set(value.split()) <= CLASSES
        self.open_spans += 1

    def handle_endtag(self, tag):
        assert tag == "span"
        self.open_spans -= 1

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        pytest.fail(f"a comment: {data!r}")

    def handle_decl(self, decl):
        pytest.fail(f"a declaration: {decl!r}")

    def handle_pi(self, data):
        pytest.fail(f"a processing instruction: {data!r}")

    def unknown_decl(self, data):
        pytest.fail(f"a declaration: {data!r}")


def is_part_of(short: str, long: str) -> bool:
    """Whether ``long`` with some characters left out is ``short``."""
    rest = iter(long)
    return all(character in rest for character in short)


PIECES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([b"\x1b[", b"\x1b[31m", b"\x1b[0m", b"\x1b[38;5;", b"\x1b[38;2;1;2;3m", b"m"]),
    st.sampled_from([b"\x1b]8;;javascript:alert(1)\x07", b"\x1b]8;;\x07", b"\x1b(0", b"\x1b[A"]),
    st.sampled_from([b"<script>", b"</span>", b'<span class="x" onclick="y">', b"<!--", b"&lt;"]),
    st.sampled_from([b"\r", b"\x1b[8mha:", b"/", b"::", b";", b"9" * 20]),
)
LINE = st.lists(PIECES, max_size=12).map(lambda pieces: b"".join(pieces).replace(b"\n", b""))


@given(st.lists(LINE, max_size=5))
@example([b"\x1b[31m<b>", b'"onmouseover=1', b"</span><script>alert(1)</script>"])
def test_whatever_a_log_holds_only_spans_and_breaks_come_out(lines):
    rendered = render(*lines)

    assert len(rendered) == len(lines)
    for html, line in zip(rendered, lines, strict=True):
        text = Page(html).text
        assert "\x1b" not in text
        assert is_part_of(text, line.decode(errors="replace"))


PLAIN = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=60)


@given(st.lists(PLAIN, min_size=1, max_size=5))
def test_plain_text_comes_out_as_it_is(texts):
    assert [Page(html).text for html in render(*(text.encode() for text in texts))] == texts


@given(st.lists(st.tuples(PLAIN, st.sampled_from(sorted(SHOWN_CODES))), min_size=1, max_size=8))
def test_colours_leave_the_text_alone(stretches):
    line = "".join(f"{text}\x1b[{code}m" for text, code in stretches)

    assert Page(render(line.encode())[0]).text == "".join(text for text, _ in stretches)


@given(st.binary(max_size=60).filter(lambda line: b"\x1b" not in line and b"\n" not in line))
def test_bytes_that_are_no_utf8_are_replaced(line):
    text = Page(render(line + b"\xff")[0]).text

    assert text.endswith("\ufffd")


def test_a_colour_goes_on_over_line_ends_until_it_is_reset():
    assert render(b"\x1b[31mone", b"two", b"three\x1b[0m", b"four") == [
        '<span class="ansi31">one</span>',
        '<span class="ansi31">two</span>',
        '<span class="ansi31">three</span>',
        "four",
    ]


@pytest.mark.parametrize(
    ("parameters", "classes"),
    [
        ("1;31", "ansi1 ansi31"),
        (";32", "ansi32"),
        ("91", "ansi91"),
        ("38;5;1", "ansi31"),
        ("38;5;9", "ansi91"),
        ("38;5;46", "ansi92"),  # of the cube
        ("38;5;255", "ansi37"),  # of the greys
        ("38;5;999", "ansi97"),
        ("38;2;250;5;5", "ansi91"),
        ("38:2::250:5:5", "ansi91"),
        ("38;2;0;200;0;1", "ansi1 ansi32"),
        ("41;33", "ansi33"),  # a background is left out
        ("48;5;1;33", "ansi33"),
        ("48;2;1;1;1;33", "ansi33"),
    ],
)
def test_every_colour_becomes_one_of_sixteen(parameters, classes):
    assert render(f"\x1b[{parameters}mx".encode()) == [f'<span class="{classes}">x</span>']


@pytest.mark.parametrize("parameters", ["38", "38;5", "38;9;1", "7", "8", "5", "123456789012", ":"])
def test_what_is_no_colour_of_ours_colours_nothing(parameters):
    assert Page(render(f"\x1b[{parameters}mx".encode())[0]).text == "x"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"10 %\r50 %\r100 %", "100 %"),
        (b"done\r", "done"),
        (b"50 %\r100 %\r\x1b[0m", "100 %"),
        (b"\r", ""),
        (b"100 %\r\x1b[8mha:////4Djh1=\x1b[0m\xc2\x85", "100 %"),
        (b"\r".join(b"%d %%" % n for n in range(100_000)), "99999 %"),
        (b"\x1b[32m50 %\x1b[0m\r" * 5_000 + b"done", "done"),
        (b"x" * LINE_SHOWN_BYTES + b"y\rz", "z"),
    ],
)
def test_a_progress_bar_shows_its_end(line, text):
    assert Page(render(line)[0]).text == text


def test_a_colour_from_before_a_carriage_return_stays():
    assert render(b"\x1b[32m50 %\r100 %") == ['<span class="ansi32">100 %</span>']


def test_hidden_notes_and_other_escape_sequences_are_taken_out():
    assert render(
        b"Started by \x1b[8mha:////4Djh1=\x1b[0madmin \x1b[2K\x1b]0;title\x07\x1b(Bnow\x08"
    ) == ["Started by admin now"]


def test_long_names_may_wrap_after_slashes_and_colons():
    assert render(b"tests/pay/test_cards.py::test_cvc") == [
        "tests/<wbr>pay/<wbr>test_cards.py::<wbr>test_cvc"
    ]


def test_a_long_line_is_cut_and_says_so():
    just_fits, too_long = render(b"x" * LINE_SHOWN_BYTES, b"x" * (LINE_SHOWN_BYTES + 1))

    assert just_fits == "x" * LINE_SHOWN_BYTES
    assert too_long == "x" * LINE_SHOWN_BYTES + CUT


def test_a_window_of_long_lines_stays_small():
    rendered = render(*[b"x" * LINE_SHOWN_BYTES] * 500)

    assert all(html.endswith(CUT) for html in rendered)
    assert sum(map(len, rendered)) < WINDOW_SHOWN_BYTES


def test_lines_keep_their_numbers():
    lines = render_lines([(41, b"one"), (42, b"two")])

    assert [(line.number, line.html) for line in lines] == [(41, "one"), (42, "two")]


@pytest.mark.parametrize(
    "line",
    [
        b"[gw1] [ 40%] \x1b[31mFAILED\x1b[0m tests/test_cards.py::test_cvc",
        b"FAILED tests/test_cards.py::test_cvc - AssertionError: 1 != 2",
        b"\x1b[1m\x1b[31mE       assert 1 == 2\x1b[0m",
        b"ERROR: no such option",
        b"Traceback (most recent call last):",
        b"AssertionError: 1 != 2",
        b"/bin/sh: 1: pytestt: not found",
        b"bash: pytestt: command not found",
        b"cat: plan.txt: No such file or directory",
        b"Build step 'Execute shell' marked build as failure",
        b"Finished: FAILURE",
    ],
)
def test_what_went_wrong_is_marked(line):
    (rendered,) = render_lines([(1, line)])

    assert rendered.is_error


@pytest.mark.parametrize(
    "line",
    [
        b"PASSED tests/test_errors.py::test_error_page",
        b"==== 3 passed in 0.02s ====",
        b"Everything else",
        b"Finished: SUCCESS",
        b"",
    ],
)
def test_what_went_well_is_not_marked(line):
    (rendered,) = render_lines([(1, line)])

    assert not rendered.is_error
