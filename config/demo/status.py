"""`python -m config.demo.status`: what runs under a demo's supervisor, for people or as JSON."""

from __future__ import annotations

import argparse
import json
import sys

from django.conf import settings

from config.demo import processes, state


def main() -> int:
    """Print who started it, then name, pid, state and uptime of each process; 1 where none runs."""
    parser = argparse.ArgumentParser(prog="python -m config.demo.status", description=__doc__)
    parser.add_argument("--json", action="store_true", help="a list of objects, for a program")
    as_json = parser.parse_args().json
    shown = ("name", "pid", "statename", "description")
    try:
        rows = [{key: process[key] for key in shown} for process in processes.running()]
    except processes.CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    if not rows:
        print(f"No demo runs on {settings.STATE}.", file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps(rows))
    else:
        print(f"On {settings.STATE}: {state.lock_file(settings.STATE).read_text()}")
        for row in rows:
            print("{name:10} {pid:>8}  {statename:10} {description}".format(**row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
