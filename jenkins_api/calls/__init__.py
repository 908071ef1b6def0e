"""The calls by subject. Each is one exchange, or the few it says: no loop over time, no retry."""
