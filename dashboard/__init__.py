"""The rooms of Runboard; each may import those below it (pyproject.toml holds the order)."""
