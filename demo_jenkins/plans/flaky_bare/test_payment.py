"""A payment service that needs a moment: two tests fail first and pass when tried again."""

import time
from collections import Counter

import pytest

ATTEMPTS: Counter[str] = Counter()


def pay(card: str, *, ready_at_attempt: int) -> str:
    """Pay; the service times out until it has been asked often enough."""
    ATTEMPTS[card] += 1
    print(f"paying by {card}, attempt {ATTEMPTS[card]}")  # noqa: T201 shows up in the report
    if ATTEMPTS[card] < ready_at_attempt:
        raise TimeoutError(f"payment by {card} timed out after 3.0 s")
    return "paid"


@pytest.mark.parametrize("card", ["visa", "maestro"])
def test_pays_at_once(card: str) -> None:
    time.sleep(0.3)
    assert pay(card, ready_at_attempt=1) == "paid"


def test_pays_at_the_second_attempt() -> None:
    time.sleep(0.3)
    assert pay("giro", ready_at_attempt=2) == "paid"


def test_pays_at_the_third_attempt() -> None:
    time.sleep(0.3)
    assert pay("gift card", ready_at_attempt=3) == "paid"
