"""Search: finds articles whatever the case, ignores noise."""

import time

import pytest

ARTICLES = ["green tea", "black tea", "coffee", "cup", "teapot", "sugar"]


@pytest.mark.parametrize("words", ["tea", "TEA", "Tea", "green", "pot", "sug", "cof"])
def test_finds(words: str) -> None:
    time.sleep(0.25)
    assert [article for article in ARTICLES if words.lower() in article]


@pytest.mark.parametrize("noise", ["", " ", "?", "%", "'", "<b>", "\u00fc"])
def test_noise_finds_nothing_by_accident(noise: str) -> None:
    time.sleep(0.15)
    assert not [article for article in ARTICLES if noise.strip() and noise in article]
