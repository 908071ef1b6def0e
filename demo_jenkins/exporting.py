"""Turn objects into what ``api/json`` shows: ``tree=`` selection, ranges and ``depth``.

Written after the behaviour of Stapler's export module (TreePruner, NamedPathPruner, Range).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

ANYWHERE = 999  # a visibility that shows at every depth
_TOKEN = re.compile(r"\s*([\[\],{}]|[^\[\],{}\s]+)")


class MalformedTree(ValueError):
    """The ``tree`` parameter could not be read."""


@dataclass(frozen=True)
class Bean:
    """An exportable object: its Java class (None: not shown) and its fields in order.

    A field is a plain value, a Bean, a list of these, or a function that gives one when needed.
    It shows on levels up to its visibility; the object asked for is level 1, its children level 2.
    Children of an ``inline`` field stay on their parent's level.
    """

    class_name: str | None
    fields: Mapping[str, object]
    visibility: Mapping[str, int] = field(default_factory=dict)
    default_visibility: int = 1
    inline: frozenset[str] = frozenset()

    def visible(self, name: str, level: int) -> bool:
        """Whether the field shows at this level."""
        return self.visibility.get(name, self.default_visibility) >= level


@dataclass
class Tree:
    """One node of a ``tree=`` selection: what is wanted below it and which elements."""

    children: dict[str, "Tree"] = field(default_factory=dict)
    elements: slice | None = None

    def wanted(self, name: str) -> "Tree | None":
        """The selection below a field, or None where the field was not asked for."""
        return self.children.get(name) or self.children.get("*")


def parse_tree(text: str) -> Tree:
    """Read ``a,b[c,d]{0,5}``; raise MalformedTree for anything else."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise MalformedTree(text)
    tokens.reverse()  # so that pop() takes the next one
    tree = _parse_list(tokens, text)
    if tokens:
        raise MalformedTree(text)
    return tree


def _parse_list(tokens: list[str], text: str) -> Tree:
    tree = Tree()
    while True:
        name = _take(tokens, text)
        if name in "[],{}":
            raise MalformedTree(text)
        child = Tree()
        if tokens and tokens[-1] == "[":
            tokens.pop()
            child = _parse_list(tokens, text)
            if _take(tokens, text) != "]":
                raise MalformedTree(text)
        if tokens and tokens[-1] == "{":
            tokens.pop()
            child.elements = _parse_range(tokens, text)
        tree.children[name] = child
        if not tokens or tokens[-1] != ",":
            return tree
        tokens.pop()


def _parse_range(tokens: list[str], text: str) -> slice:
    inside = ""
    while (token := _take(tokens, text)) != "}":
        inside += token
    match = re.fullmatch(r"(\d*)(,?)(\d*)", inside)
    if not match or inside in ("", ","):
        raise MalformedTree(text)
    first, comma, end = match.groups()
    if not comma:
        return slice(int(first), int(first) + 1)
    return slice(int(first or 0), int(end) if end else None)


def _take(tokens: list[str], text: str) -> str:
    if not tokens:
        raise MalformedTree(text)
    return tokens.pop()


def export(bean: Bean, *, tree: Tree | None = None, depth: int = 0) -> dict[str, object]:
    """The bean as plain dicts and lists; a tree wins over depth."""
    return _with_tree(bean, tree) if tree else _with_depth(bean, 1 - depth)


def _with_tree(bean: Bean, tree: Tree) -> dict[str, object]:
    shown = _start(bean)
    for name, value in bean.fields.items():
        below = tree.wanted(name)
        if below is not None:
            shown[name] = _tree_value(_get(value), below)
    return shown


def _tree_value(value: object, tree: Tree) -> object:
    if isinstance(value, Bean):
        return _with_tree(value, tree)
    if isinstance(value, list):
        chosen = value if tree.elements is None else value[tree.elements]
        return [_tree_value(element, Tree(tree.children)) for element in chosen]
    return value


def _with_depth(bean: Bean, level: int) -> dict[str, object]:
    shown = _start(bean)
    for name, value in bean.fields.items():
        if bean.visible(name, level):
            child_level = level if name in bean.inline else level + 1
            shown[name] = _depth_value(_get(value), child_level)
    return shown


def _depth_value(value: object, level: int) -> object:
    if isinstance(value, Bean):
        return _with_depth(value, level)
    if isinstance(value, list):
        return [_depth_value(element, level) for element in value]
    return value


def _start(bean: Bean) -> dict[str, object]:
    return {"_class": bean.class_name} if bean.class_name else {}


def _get(value: object) -> object:
    return value() if callable(value) else value
