"""Clients that others wrote, unmodified, against a demo controller."""
