"""What `make test-long` has beyond `make test`: more cases of what holds for any case."""

import os

import pytest
from numba import config

LONG = os.environ.get("ADMF_JIT_TESTS") == "long"

#: Marks what has more to do in `make test-long`, which runs nothing else.
long = pytest.mark.long
#: Marks what only `make test-long` runs.
only_long = [long, pytest.mark.skipif(not LONG, reason="make test-long runs it")]

#: Marks what `make test` plays in plain Python alone, because it takes long to compile.
plain_unless_long = pytest.mark.skipif(
    not LONG and not config.DISABLE_JIT, reason="make test-long compiles it, and make test plays it in plain Python"
)


def how_many(few: int, many: int) -> int:
    """So many cases in `make test`, and so many in `make test-long`."""
    return many if LONG else few
