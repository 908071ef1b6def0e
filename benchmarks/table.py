"""One table of the lines that benchmarks print: `python -m benchmarks.table < LINES`."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table


def main() -> None:
    """Read lines of JSON and print them as a table."""
    table = Table("Benchmark", "Figures", "Must hold", "Holds", show_lines=True)
    for line in sys.stdin:
        told = json.loads(line)
        figures = "\n".join(
            f"{_words(name)}: {_shown(told['figures'][name])}" for name in told["figures"]
        )
        holds = "[green]yes[/]" if told["holds"] else "[bold red]no[/]"
        table.add_row(told["name"], figures, told["bound"], holds)
    Console().print(table)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _shown(figure: Any) -> str:
    if isinstance(figure, dict):
        return ", ".join(f"{name} {_shown(value)}" for name, value in figure.items())
    if isinstance(figure, list):
        return ", ".join(map(_shown, figure))
    return f"{figure:,}" if isinstance(figure, int | float) else str(figure)


if __name__ == "__main__":
    main()
