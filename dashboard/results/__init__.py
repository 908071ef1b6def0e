"""Test reports: what failed, and what failed first."""
