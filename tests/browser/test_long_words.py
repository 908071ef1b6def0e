"""What people and Jenkins write wraps in its place; short words beside it stay whole."""

from __future__ import annotations

from pathlib import Path

from tests.browser.conftest import DESKTOP, HEIGHT, PHONE, Browse, sign_in
from tests.browser.test_looks import LINES, TOO_WIDE

# Words of up to 12 characters that go on in a second line; a hyphen is a place to break
BROKEN = """() => {
    const found = [], range = document.createRange();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) for (const word of texts.currentNode.data.matchAll(/[^\\s-]+/g)) {
        range.setStart(texts.currentNode, word.index);
        range.setEnd(texts.currentNode, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].map(({top}) => Math.round(top)));
        if (word[0].length <= 12 && lines.size > 1) found.push(word[0]);
    }
    return found;
}"""

# Tables that are scrolled sideways, so that their last columns are out of sight
CUT = """[...document.querySelectorAll(".table-responsive")].some(
    (table) => table.scrollWidth > table.clientWidth)"""


def test_no_page_gets_wider_by_them(
    browse: Browse, long_words: tuple[str, dict[str, str]], pictures: Path
) -> None:
    url, paths = long_words
    tab = browse("/sign-in/", who="", url=url)
    sign_in(tab, "admin", "long words")
    wrong = []
    for name, path in paths.items():
        tab.goto(path)
        for width in (DESKTOP, PHONE):
            tab.set_viewport_size({"width": width, "height": HEIGHT[width]})
            tab.screenshot(path=pictures / f"long-words-{name.replace(' ', '-')}-{width}-light.png")
            if tab.evaluate("document.scrollingElement.scrollWidth") > width:
                wrong.append(f"{name} at {width} is too wide: {tab.evaluate(TOO_WIDE)[-1:]}")
            if tab.evaluate(CUT):
                wrong.append(f"{name} at {width} has a table wider than its card")
            if broken := tab.evaluate(BROKEN):
                wrong.append(f"{name} at {width} breaks {broken}")
    assert not wrong, "\n".join(wrong)


def test_on_a_phone_a_job_that_is_gone_says_so_in_one_line(
    browse: Browse, long_words: tuple[str, dict[str, str]]
) -> None:
    url, _ = long_words
    tab = browse("/sign-in/", who="", url=url, width=PHONE)
    sign_in(tab, "admin", "long words")
    tab.goto("/jobs/")
    assert round(tab.get_by_text("Gone from Jenkins").evaluate(LINES)) == 1
