"""A soak test of more than a minute that reports every step."""

import time

import pytest


@pytest.mark.parametrize("step", range(1, 81))
def test_step(step: int, capfd: pytest.CaptureFixture[str]) -> None:
    time.sleep(0.8)
    with capfd.disabled():
        print(f"\nstep {step} of 80: {step * 12} orders so far", end=" ", flush=True)  # noqa: T201 the console is the point
    assert step
