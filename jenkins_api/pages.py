"""What a page says to a person: the text of HTML, for the reason of an error."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from jenkins_api.reading.fields import storable

_JETTY_PAGE = re.compile(r"Error [0-9]{3} (.+?) HTTP ERROR [0-9]{3} ")


def page_text(body: bytes, content_type: str) -> str:
    """The readable text of an HTML or plain page, white space made single blanks.

    Jetty's error pages say their message three times among other things: once is enough.
    """
    kind = content_type.lower()
    text = body.decode("latin-1" if "iso-8859-1" in kind else "utf-8", errors="replace")
    if "html" in kind:
        parser = _PageText()
        parser.feed(text)
        text = " ".join(parser.pieces)
    text = storable(" ".join(text.split()))
    jetty = _JETTY_PAGE.match(text)
    return jetty[1] if jetty else text


class _PageText(HTMLParser):
    """Collects text outside scripts; Jenkins's menus above its main panel are dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden_in = ""

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """``<![word[`` is no HTML and a comment to browsers; the base class would assert."""
        return self.parse_bogus_comment(i, report)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._hidden_in = tag
        if ("id", "main-panel") in attrs:
            self.pieces.clear()

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden_in:
            self._hidden_in = ""

    def handle_data(self, data: str) -> None:
        if not self._hidden_in:
            self.pieces.append(data)
