"""Orders: totals, taxes, delivery."""

import time
from decimal import Decimal

import pytest

RATES = {"DE": Decimal("0.19"), "FR": Decimal("0.20"), "CH": Decimal("0.081")}


@pytest.fixture(scope="module")
def shop() -> dict[str, Decimal]:
    """An opened shop with its price list."""
    time.sleep(0.5)
    return {"tea": Decimal("4.20"), "coffee": Decimal("6.90"), "cup": Decimal("12.00")}


@pytest.mark.parametrize("country", sorted(RATES))
@pytest.mark.parametrize("article", ["tea", "coffee", "cup"])
def test_tax(shop: dict[str, Decimal], article: str, country: str) -> None:
    time.sleep(0.25)
    tax = shop[article] * RATES[country]
    print(f"{article} in {country}: {tax:.2f}")  # noqa: T201 shows up in the report
    assert 0 < tax < shop[article]


class TestDelivery:
    """How parcels are priced."""

    @pytest.mark.parametrize("weight_kg", [1, 2, 5, 10, 20])
    def test_price_grows_with_weight(self, weight_kg: int) -> None:
        time.sleep(0.3)
        assert 3 + weight_kg * 0.5 < 3 + (weight_kg + 1) * 0.5

    def test_free_from_fifty(self, shop: dict[str, Decimal]) -> None:
        time.sleep(0.3)
        assert shop["cup"] * 5 > 50
