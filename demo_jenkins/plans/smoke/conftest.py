"""Smoke: does the shop open at all? Quick and green."""
