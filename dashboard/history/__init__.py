"""Lists of runs that ended, and their filters."""
