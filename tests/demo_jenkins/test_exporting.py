"""``tree=``, ranges and ``depth`` over a small object graph."""

from __future__ import annotations

import pytest

from demo_jenkins.exporting import Bean, MalformedTree, export, parse_tree


def graph() -> Bean:
    builds = [Bean("Build", {"number": n, "log": "..."}, {"number": 2}) for n in range(5)]
    owner = Bean(None, {"name": "ada"}, default_visibility=2)
    fields: dict[str, object] = {
        "name": "job",
        "builds": lambda: builds,
        "owner": owner,
        "hidden": "x",
        "notes": [owner],
    }
    return Bean("Job", fields, {"hidden": -2}, inline=frozenset({"notes"}))


@pytest.mark.parametrize(
    ("tree", "numbers"),
    [
        ("builds[number]", [0, 1, 2, 3, 4]),
        ("builds[number]{0,2}", [0, 1]),
        ("builds[number]{,2}", [0, 1]),
        ("builds[number]{3,}", [3, 4]),
        ("builds[number]{2}", [2]),
        ("builds[number]{9}", []),
        (" name , builds [ number ] {1,2}", [1]),
        ("*[number]", [0, 1, 2, 3, 4]),
    ],
)
def test_ranges(tree: str, numbers: list[int]) -> None:
    builds = export(graph(), tree=parse_tree(tree))["builds"]
    assert builds == [{"_class": "Build", "number": number} for number in numbers]


def test_tree_keeps_classes_and_ignores_unknown_names() -> None:
    shown = export(graph(), tree=parse_tree("nothing,owner[name],builds{1},hidden"))
    assert shown == {
        "_class": "Job",
        "builds": [{"_class": "Build"}],
        "owner": {"name": "ada"},
        "hidden": "x",
    }


def test_tree_wins_over_depth() -> None:
    assert export(graph(), tree=parse_tree("name"), depth=5) == {"_class": "Job", "name": "job"}


def test_depth_shows_what_is_visible_on_each_level() -> None:
    top = export(graph())
    deeper = export(graph(), depth=1)
    assert "hidden" not in top
    assert top["builds"] == [{"_class": "Build", "number": n} for n in range(5)]
    assert deeper["builds"] == [{"_class": "Build", "number": n, "log": "..."} for n in range(5)]
    assert export(graph(), depth=3)["hidden"] == "x"


@pytest.mark.parametrize(
    "text", ["", ",", "a,", "a[", "a[]", "a]", "a[b", "a{", "a{}", "a{,}", "a{x}", "a{1,2", "[a]"]
)
def test_malformed(text: str) -> None:
    with pytest.raises(MalformedTree):
        parse_tree(text)
