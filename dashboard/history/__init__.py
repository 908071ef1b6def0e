"""The list of all runs, and its filters."""
