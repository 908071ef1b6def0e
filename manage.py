#!/usr/bin/env python
"""Django's command line for Runboard."""

import os
import signal
import sys
import traceback

from django.core.management import execute_from_command_line

from config.demo import state

# They make the state, or need none; all else would find empty tables in a folder made by mistake
WITHOUT_STATE = {"migrate", "collectstatic", "check", "makemigrations", "help", "version"}
OPTIONS_WITHOUT_STATE = {"--help", "-h", "--version"}


def why_not(arguments: list[str]) -> str:
    """Why there is nothing to work on, before settings make a folder with keys; "" if there is."""
    folder = state.folder()
    is_kept = os.environ.get("DATABASE_URL") or (folder / "runboard.sqlite3").exists()
    command = arguments[0] if arguments else "help"
    if is_kept or command in WITHOUT_STATE or OPTIONS_WITHOUT_STATE & set(arguments):
        return ""
    return f"There is no Runboard state in {folder}: is RUNBOARD_STATE right?"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if why := why_not(sys.argv[1:]):
        sys.stderr.write(f"{why}\n")
        sys.exit(2 if sys.argv[1] == "launch" else 1)
    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)  # as shells do
    except BrokenPipeError:  # who read us has enough, as in `| head`
        # Python flushes both once more at exit (its "Note on SIGPIPE")
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except Exception:  # Python's own exit code is 1: to a pipeline "tests failed" (see launch)
        traceback.print_exc()
        sys.exit(os.EX_SOFTWARE)
