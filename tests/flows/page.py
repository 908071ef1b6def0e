"""An answer of the web server as its reader sees it: elements, words and forms."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, TreeBuilder

import requests

WITHOUT_END = {"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}


class Page:
    """A page or a fragment. Elements are found by the paths of ElementTree."""

    def __init__(self, answer: requests.Response) -> None:
        self.status = answer.status_code
        self.headers = answer.headers
        self.path = urlsplit(answer.url).path
        self.html = answer.text
        self.root = parse(answer.text)

    @property
    def words(self) -> str:
        """All text of the page."""
        return words_of(self.root)

    def find(self, path: str) -> Element:
        """The one element at ``path``."""
        found = self.root.findall(path)
        assert len(found) == 1, f"{len(found)} elements at {path} of {self.path}: {self.words}"
        return found[0]

    def part(self, element_id: str) -> Element:
        """The element with this id."""
        return self.find(f".//*[@id='{element_id}']")

    def has(self, element_id: str) -> bool:
        """Whether there is an element with this id."""
        return self.root.find(f".//*[@id='{element_id}']") is not None

    def form(self, action: str = "") -> Form:
        """The first form that posts to ``action``; without one, to the page itself."""
        for element in self.root.iter("form"):
            is_post = element.get("method", "").lower() == "post"
            if is_post and element.get("action", "") == action:
                return Form(element, action or self.path)
        for button in self.root.iter("button"):  # it may send a form that stands elsewhere
            if action and button.get("formaction") == action:
                return Form(self.part(button.get("form", "")), action)
        raise AssertionError(f"no form to {action or 'itself'} on {self.path}: {self.words}")


class Form:
    """A form with what a browser would send of it; fields may be filled in."""

    def __init__(self, element: Element, action: str) -> None:
        self.action = action
        self.fields: dict[str, str] = {}
        self.offered: dict[str, list[str]] = {}  # values of radio buttons and selects
        for control in element.iter():
            name = control.get("name", "")
            if name and control.get("disabled") is None:
                self._read(control, name)

    def fill(self, values: dict[str, str]) -> Form:
        """Type ``values`` into fields that are there."""
        assert not (missing := values.keys() - self.fields.keys()), f"no field {missing}"
        self.fields |= values
        return self

    def _read(self, control: Element, name: str) -> None:
        kind = control.get("type", "text")
        value = control.get("value", "")
        if control.tag == "select":
            options = [(option, option.get("value", "")) for option in control.iter("option")]
            self.offered[name] = [value for _, value in options]
            chosen = [value for option, value in options if option.get("selected") is not None]
            self.fields[name] = (chosen or self.offered[name])[0]
        elif kind == "radio":
            self.offered.setdefault(name, []).append(value)
            if control.get("checked") is not None:
                self.fields[name] = value
        elif kind == "checkbox":
            if control.get("checked") is not None:
                self.fields[name] = value or "on"
        elif control.tag == "textarea":
            self.fields[name] = (control.text or "").removeprefix("\n")
        elif control.tag == "input":
            self.fields[name] = value


def words_of(element: Element) -> str:
    """The text in an element, each gap one space."""
    return " ".join(" ".join(element.itertext()).split())


def parse(html: str) -> Element:
    """A tree of ``html``; fails where a tag is closed that was not opened last."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    assert not parser.open, f"never closed: {parser.open}"
    parser.tree.end("answer")
    return parser.tree.close()


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tree = TreeBuilder()
        self.tree.start("answer", {})
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tree.start(tag, {name: value or "" for name, value in attrs})
        self.open.append(tag)
        if tag in WITHOUT_END:
            self._end(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in WITHOUT_END:
            self._end(tag)

    def handle_data(self, data: str) -> None:
        self.tree.data(data)

    def _end(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()} does not close what is open"
        self.tree.end(tag)
