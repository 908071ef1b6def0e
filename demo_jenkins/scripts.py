"""Pipeline scripts: a small part of Jenkins's scripted language, read into steps.

``node('label') { ... }``, ``stage('name') { ... }``, ``sh``, ``echo``, ``input`` and so on, with
positional or named arguments, and assignments to ``currentBuild``. What it does not know is a
MalformedScript, never a guess.
"""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""\s+|//[^\n]*|/\*.*?\*/
    |(?P<text>'''(?:\\.|.)*?'''|\"\"\"(?:\\.|.)*?\"\"\"|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")
    |(?P<name>[A-Za-z_][\w.]*)|(?P<number>\d+)|(?P<mark>[{}()\[\],:=;])""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}


class MalformedScript(ValueError):
    """The script is not in the part of the language that is known here."""


@dataclass(frozen=True)
class Text:
    """A string; one in double quotes has ``${...}`` filled in when it is used."""

    value: str
    has_variables: bool = False


@dataclass
class Step:
    """One step with its arguments (``""``: the positional one) and the steps in its block."""

    name: str
    arguments: dict[str, Text] = field(default_factory=dict)
    body: list["Step"] | None = None


def parse_script(script: str) -> list[Step]:
    """The steps of a script; raise MalformedScript where it cannot be read."""
    return _Parser(_tokens(script)).steps(is_outermost=True)


def _tokens(script: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    while position < len(script):
        match = _TOKEN.match(script, position)
        if match is None:
            raise MalformedScript(f"unexpected {script[position : position + 20]!r}")
        if match.lastgroup:
            tokens.append((match.lastgroup, match[0]))
        position = match.end()
    return tokens


class _Parser:
    """Takes tokens from the front."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens[::-1]

    def steps(self, *, is_outermost: bool = False) -> list[Step]:
        steps = []
        while self._next() != "}" and self._tokens:
            if self._next() == ";":
                self._take()
            else:
                steps.append(self._step())
        if not is_outermost:
            self._take("}")
        elif self._tokens:
            raise MalformedScript("one } too many")
        return steps

    def _step(self) -> Step:
        kind, name = self._take()
        if kind != "name":
            raise MalformedScript(f"unexpected {name}")
        step = Step(name)
        if self._next() == "=":
            self._take()
            step.arguments[""] = self._value()
        elif self._next() == "(":
            self._take()
            if self._next() != ")":
                step.arguments = self._arguments()
            self._take(")")
        elif self._starts_argument():
            step.arguments = self._arguments()
        if self._next() == "{":
            self._take()
            step.body = self.steps()
        return step

    def _starts_argument(self) -> bool:
        if not self._tokens:
            return False
        is_named = len(self._tokens) > 1 and self._tokens[-2][1] == ":"
        return self._tokens[-1][0] in ("text", "number") or is_named

    def _arguments(self) -> dict[str, Text]:
        arguments = {}
        while True:
            name = ""
            if len(self._tokens) > 1 and self._tokens[-2][1] == ":":
                name = self._take()[1]
                self._take(":")
            arguments[name] = self._value()
            if self._next() != ",":
                return arguments
            self._take()

    def _value(self) -> Text:
        kind, token = self._take()
        if kind == "text":
            return _unquoted(token)
        if kind in ("name", "number"):
            return Text(token)
        raise MalformedScript(f"unexpected {token}")

    def _next(self) -> str:
        return self._tokens[-1][1] if self._tokens else ""

    def _take(self, expected: str | None = None) -> tuple[str, str]:
        if not self._tokens:
            raise MalformedScript(f"{expected or 'something'} is missing at the end")
        token = self._tokens.pop()
        if expected and token[1] != expected:
            raise MalformedScript(f"{expected} is missing before {token[1]}")
        return token


def _unquoted(token: str) -> Text:
    quotes = 3 if token[:3] in ("'''", '"""') else 1
    inside = token[quotes:-quotes]
    value = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), inside, flags=re.DOTALL)
    return Text(value, has_variables=token[0] == '"')
