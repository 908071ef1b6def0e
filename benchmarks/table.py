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
        figures = "\n".join(_shown(name, figure) for name, figure in told["figures"].items())
        holds = "[green]yes[/]" if told["holds"] else "[bold red]no[/]"
        table.add_row(told["name"], figures, told["bound"], holds)
    Console().print(table)


def _shown(name: str, figure: Any) -> str:
    """A figure with its name; the figures of a group below the name of the group."""
    words = name.replace("_", " ")
    if isinstance(figure, dict):
        return "\n".join([words, *(f"  {_shown(part, value)}" for part, value in figure.items())])
    if isinstance(figure, list):
        return f"{words}: {', '.join(map(str, figure))}"
    return f"{words}: {figure:,}" if isinstance(figure, int | float) else f"{words}: {figure}"


if __name__ == "__main__":
    main()
