"""Console lines as HTML for the visible window: colours, line breaks, error marks.

Text from Jenkins is hostile. It is escaped first; what is added to it afterwards is spans
with the classes of `SHOWN_CODES`, and ``<wbr>``; never a ``style=``, which our pages forbid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from ansi2html import Ansi2HTMLConverter
from django.utils.html import escape
from django.utils.safestring import SafeString

from dashboard.runs.console import LINE_SHOWN_BYTES, NOTE, left_of

WINDOW_SHOWN_BYTES = 1_000_000  # a window with more has its long lines cut shorter
SHORT_LINE_BYTES = 1_000
CUT = " … this line is longer; the download has all of it."

# An error line: one that says so in words that test runners, shells and Jenkins use.
ERROR = re.compile(
    r"\b(?:FAILED|ERROR|FATAL|AssertionError)\b"
    r"|^E   "  # pytest's lines of what was expected
    r"|^Traceback \(most recent call last\)"
    r"|: (?:command not found|not found|No such file or directory|Permission denied)$"
    r"|marked build as failure$"
    r"|^Finished: FAILURE$"
)

# An SGR sequence (its parameters in group 1), any other escape sequence, or a control character
CONTROL = re.compile(
    r"\x1b\[([0-9;:]*)m"
    r"|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
SHOWN_SGR = re.compile(r"\x1b\[[0-9;]+m")  # the only sequence left then

# Reset, bold, dim, italic, underlined, the sixteen colours, and what ends each: the stylesheet
# has a class for them. Backgrounds are dropped: they were chosen for another ground than ours.
SHOWN_CODES = frozenset({0, 1, 2, 3, 4, 22, 23, 24, *range(30, 38), 39, *range(90, 98)})
FOREGROUND, BACKGROUND = 38, 48  # followed by 5;n (of 256 colours) or 2;red;green;blue
# Codes 30 to 37 and 90 to 97 as xterm shows them, to find the nearest to any other colour
SIXTEEN = (
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0),
    (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
    (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0),
    (92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255),
)  # fmt: skip
CUBE = (0, 95, 135, 175, 215, 255)  # levels of each part of the colours 16 to 231 of 256

SPAN = re.compile(r'<span class="[^"]*">|</span>')
TAG_OR_BREAK = re.compile(r"<[^>]*>|/+|::")


class Line(NamedTuple):
    """A line as a page shows it."""

    number: int
    html: SafeString
    is_error: bool


def render_lines(lines: list[tuple[int, bytes]]) -> list[Line]:
    """Lines as HTML; a colour that a line leaves on goes on in the next, within the window."""
    if not lines:
        return []
    is_big = sum(len(line) for _, line in lines) > WINDOW_SHOWN_BYTES
    most_bytes = SHORT_LINE_BYTES if is_big else LINE_SHOWN_BYTES
    texts = [_visible(line, most_bytes) for _, line in lines]
    converter = Ansi2HTMLConverter(escaped=False)  # escaped here, where it can be seen
    html = converter.convert(escape("\n".join(texts)), full=False)
    return [
        Line(number, SafeString(part), bool(ERROR.search(SHOWN_SGR.sub("", text))))
        for (number, _), text, part in zip(lines, texts, _lines_of(html), strict=True)
    ]


def terminal_text(line: bytes, *, colours: bool) -> str:
    """A line for a terminal: no control sequence but the colours that we show, or none."""
    text = _visible(line, LINE_SHOWN_BYTES)
    return f"{text}\x1b[0m" if colours else SHOWN_SGR.sub("", text)


def _visible(line: bytes, most_bytes: int) -> str:
    """The text of a line as a terminal shows it, with the colour codes that we show."""
    left = left_of(line)
    text = NOTE.sub(b"", left)[:most_bytes].decode(errors="replace")
    text = CONTROL.sub(_shown, text).replace("\r", "")
    return text if len(left) <= most_bytes else f"{text}\x1b[0m{CUT}"


def _shown(control: re.Match[str]) -> str:
    return "" if control[1] is None else _shown_codes(control[1])


@lru_cache(maxsize=1000)
def _shown_codes(parameters: str) -> str:
    """An SGR sequence with those of ``parameters`` that we show; "" where none is."""
    numbers = re.split("[;:]", parameters.replace("::", ":"))
    codes = iter([int(number[:4] or 0) for number in numbers])
    shown = []
    for code in codes:
        if code in (FOREGROUND, BACKGROUND):
            nearest = _nearest_of_sixteen(codes)
            if code == FOREGROUND and nearest:
                shown.append(nearest)
        elif code in SHOWN_CODES:
            shown.append(code)
    return f"\x1b[{';'.join(map(str, shown))}m" if shown else ""


def _nearest_of_sixteen(codes: Iterator[int]) -> int | None:
    """The code nearest to the colour that ``codes`` go on with, taken from them; None: no colour.

    The stylesheet has sixteen colours that can be read on its ground, and no others.
    """
    match next(codes, None):
        case 5:
            colour = _of_256(next(codes, 0))
        case 2:
            colour = (next(codes, 0), next(codes, 0), next(codes, 0))
        case _:
            return None
    distances = [sum((a - b) ** 2 for a, b in zip(colour, other, strict=True)) for other in SIXTEEN]
    index = distances.index(min(distances))
    return 30 + index if index < 8 else 90 + index - 8


def _of_256(number: int) -> tuple[int, int, int]:
    """Red, green and blue of one of the 256 colours: sixteen, a cube of 6 x 6 x 6, greys."""
    if number < 16:
        return SIXTEEN[number]
    if number < 232:
        number -= 16
        return CUBE[number // 36], CUBE[number // 6 % 6], CUBE[number % 6]
    grey = 8 + 10 * (number - 232)
    return grey, grey, grey


def _lines_of(html: str) -> Iterator[str]:
    """The converter's HTML line by line: a span left open is closed, and opened in the next."""
    span = ""
    for line in html.split("\n"):
        tags = SPAN.findall(span + line)
        end = "</span>" if tags and tags[-1] != "</span>" else ""
        yield TAG_OR_BREAK.sub(_with_break, span + line + end)
        span = tags[-1] if end else ""


def _with_break(found: re.Match[str]) -> str:
    """A tag as it is; a slash or ``::``, where long names may wrap, with a break after it."""
    return found[0] if found[0].startswith("<") else f"{found[0]}<wbr>"
