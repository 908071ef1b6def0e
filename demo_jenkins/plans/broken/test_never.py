"""Never reached: the set-up fails."""


def test_never_runs() -> None:
    raise AssertionError("the set-up should have failed")
