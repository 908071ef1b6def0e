"""Recommendations: nice to have, so their failures do not break the build."""

import time

import pytest

GUESSES = {"tea": "teapot", "coffee": "cup", "cup": "saucer", "sugar": None}


@pytest.mark.parametrize("article", sorted(GUESSES))
def test_something_is_recommended(article: str) -> None:
    time.sleep(0.5)
    assert GUESSES[article], f"nothing goes with {article}"


def test_order_of_recommendations() -> None:
    time.sleep(0.5)
    assert sorted(GUESSES) == ["coffee", "sugar", "tea", "cup"]
