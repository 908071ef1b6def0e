"""Runboard's settings with one view more: the floor that polls are held to."""

from config.settings import *  # noqa: F403  the same server in all else

ROOT_URLCONF = "benchmarks.poll_urls"
