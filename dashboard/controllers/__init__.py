"""A Jenkins server and its jobs: connect, test, sync the catalogue."""
