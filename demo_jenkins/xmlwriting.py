"""What ``api/xml`` shows: exported data as elements, and the parts of it that an XPath selects.

Written after Stapler's XMLDataWriter and hudson.model.Api.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PRIMITIVE = re.compile(r"^[\w-]+\(|/(text\(\)|@[\w-]+)$")  # gives a text, not elements

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_BEYOND = re.compile(r"[<>|]")  # what ElementTree takes for a part of a name


class PrimitiveResult(Exception):
    """The XPath selects texts or numbers, which only a SecureRequester allows (403)."""


class BadXPath(ValueError):
    """The XPath cannot be read; here only steps and simple predicates can (500)."""


def element_of(data: dict[str, object]) -> Element:
    """The exported object as an element named after its class."""
    simple_name = re.split(r"[.$]", str(data["_class"]))[-1]
    return _element(simple_name[0].lower() + simple_name[1:], data)


def select(document: Element, xpath: str) -> list[Element]:
    """The elements that an XPath selects."""
    if _PRIMITIVE.search(xpath):
        raise PrimitiveResult
    if _BEYOND.search(_QUOTED.sub("", xpath)):
        raise BadXPath(xpath)
    try:
        return _above(document).findall(f".{xpath}" if xpath.startswith("/") else xpath)
    except SyntaxError as error:
        raise BadXPath(xpath) from error


def exclude(document: Element, xpath: str) -> None:
    """Remove what an XPath selects, but not the whole document."""
    unwanted = select(document, xpath)
    for parent in list(document.iter()):
        for child in [child for child in parent if child in unwanted]:
            parent.remove(child)


def to_text(element: Element) -> str:
    """The element as Jenkins sends it, which is without a declaration."""
    return ElementTree.tostring(element, encoding="unicode")


def _above(document: Element) -> Element:
    """Where an XPath starts: what holds the document's root."""
    above = Element("document")
    above.append(document)
    return above


def _element(tag: str, value: object) -> Element:
    element = Element(tag)
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "_class":
                element.set(name, str(inner))
            else:
                element.extend(_elements(name, inner))
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        element.text = _NOT_IN_XML.sub("", text)
    return element


def _elements(name: str, value: object) -> Iterator[Element]:
    """One element for each of a list, none for null."""
    if isinstance(value, list):
        for inner in value:
            yield from _elements(_singular(name), inner)
    elif value is not None:
        yield _element(name, value)


def _singular(name: str) -> str:
    """``job`` for ``jobs``, ``property`` for ``properties``."""
    return f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")
