#!/usr/bin/env python
"""Django's command line for Runboard."""

import os
import sys
import traceback

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except Exception:  # Python's own exit code is 1: to a pipeline "tests failed" (see launch)
        traceback.print_exc()
        sys.exit(os.EX_SOFTWARE)
