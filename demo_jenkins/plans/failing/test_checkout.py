"""A broken checkout: several failures, some of them deep in the code."""

import json
import time
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Order:
    """What a customer bought."""

    articles: tuple[str, ...]
    coupon: str = ""


def read_prices() -> dict[str, float]:
    """The price list, in which the cup is missing."""
    return {"tea": 4.20, "coffee": 6.90}


def price_of(article: str) -> float:
    """The price of one article."""
    return read_prices()[article]


def total(order: Order) -> float:
    """The sum of an order, less its coupon."""
    return sum(price_of(article) for article in order.articles) - discount(order)


def discount(order: Order) -> float:
    """What a coupon takes off."""
    return float(json.loads(order.coupon)["amount"]) if order.coupon else 0.0


def depth(levels: int) -> float:
    """A long way down to the price list."""
    return depth(levels - 1) if levels else price_of("saucer")


def test_tea_has_a_price() -> None:
    time.sleep(0.3)
    assert total(Order(("tea",))) == pytest.approx(4.20)


def test_cup_has_a_price() -> None:
    time.sleep(0.3)
    assert total(Order(("tea", "cup"))) == pytest.approx(16.20)


def test_coupon_is_taken_off() -> None:
    time.sleep(0.3)
    assert total(Order(("tea",), coupon="{amount: 1}")) == pytest.approx(3.20)


def test_rounding() -> None:
    time.sleep(0.3)
    receipt = {"articles": ["tea"] * 3, "total": round(3 * 4.20, 1), "currency": "EUR"}
    assert receipt == {"articles": ["tea"] * 3, "total": 12.61, "currency": "EUR"}


def test_deep_down() -> None:
    time.sleep(0.3)
    assert depth(20) > 0


@pytest.fixture
def warehouse() -> str:
    """A warehouse that cannot be reached."""
    raise ConnectionError("no route to warehouse.staging.example")


def test_stock(warehouse: str) -> None:
    assert warehouse
