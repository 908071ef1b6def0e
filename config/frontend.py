"""Fill static/ from the front-end packages: Tabler's files, and a sprite of the icons in use."""

from __future__ import annotations

import os
import re
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
TABLER = ROOT / "node_modules/@tabler/core/dist"
OUTLINES = ROOT / "node_modules/@tabler/icons/icons/outline"
VENDOR = ROOT / "static/vendor"
SPRITE = ROOT / "static/icons.svg"

SERVED = ("css/tabler.min.css", "css/tabler-themes.min.css", "js/tabler.min.js")
# {% icon "clock" %}, icon("clock"), icon = "clock", "icon": "clock"
ICON = re.compile(r"""\bicon["']?\s*[(=:]?\s*["']([a-z][a-z0-9-]*)["']""")
# Code also chooses icons by table, so each quoted word there that names an icon is taken.
WORD = re.compile(r"""["']([a-z][a-z0-9-]*)["']""")
# The maps themselves are not served, and a manifest of static files wants every file named.
SOURCE_MAP = re.compile(r"/[/*][#@] sourceMappingURL=\S+(?: \*/)?")
# Strokes come from .icon in the stylesheet, so that small cells can have thicker ones
SYMBOL = '<symbol id="i-{name}" viewBox="0 0 24 24">{shapes}</symbol>'
SVG = "{http://www.w3.org/2000/svg}"


def icons_named() -> set[str]:
    """Icons that templates and code ask for by name; each must be one of Tabler's."""
    return {name for text in _templates() + _code() for name in ICON.findall(text)}


def icons_used() -> set[str]:
    """What the sprite holds: the icons named, and those that code has in tables."""
    words = {word for text in _code() for word in WORD.findall(text)}
    return icons_named() | {word for word in words if (OUTLINES / f"{word}.svg").exists()}


def build() -> None:
    """Copy what pages load to static/vendor/, and write static/icons.svg."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name in SERVED:
        source = TABLER / name
        _write(VENDOR / source.name, SOURCE_MAP.sub("", source.read_text()))
    symbols = "\n".join(_symbol(name) for name in sorted(icons_used()))
    _write(SPRITE, f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n')


def _write(path: Path, text: str) -> None:
    """Put ``text`` there whole, and only where it changed: other processes read meanwhile."""
    if path.exists() and path.read_text() == text:
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(path)


def _templates() -> list[str]:
    return [path.read_text() for path in (ROOT / "templates").rglob("*.html")]


def _code() -> list[str]:
    files = [*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "static/js").rglob("*.js")]
    return [path.read_text() for path in files]


def _symbol(name: str) -> str:
    outline = ElementTree.parse(OUTLINES / f"{name}.svg").getroot()  # noqa: S314  # a package of ours
    shapes = [shape for shape in outline if shape.get("stroke") != "none"]
    for shape in shapes:
        shape.tag, shape.tail = shape.tag.removeprefix(SVG), None
    drawn = "".join(ElementTree.tostring(shape, encoding="unicode") for shape in shapes)
    return SYMBOL.format(name=name, shapes=drawn)


if __name__ == "__main__":
    build()
