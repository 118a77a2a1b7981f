"""Words for numbers."""

import pytest

from admf_jit.wording import counted


@pytest.mark.parametrize(("count", "said"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (12_345, "12,345 rows")])
def test_one_thing_is_no_plural(count: int, said: str) -> None:
    assert counted(count, "row") == said


def test_a_plural_of_its_own() -> None:
    assert [counted(count, "breach", "breaches") for count in (1, 2)] == ["1 breach", "2 breaches"]
