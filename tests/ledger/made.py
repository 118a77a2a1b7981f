"""Trials and entries that the tests of the ledger make up."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.ledger import Entry, trials_of

DATA = "ab" * 32
OTHER_DATA = "cd" * 32


def trials(numbers: Any, *, stream: int = 0, sharpe: float = 0.01) -> NDArray[np.void]:
    """Containers of some numbers, all of one stream and one Sharpe ratio per bar."""
    ids = np.array(list(numbers), np.uint64)
    return trials_of(ids, np.full(len(ids), stream, np.uint64), np.full(len(ids), sharpe))


def entry(numbers: Any, data: str = DATA, **facts: Any) -> Entry:
    """An entry of containers of some numbers."""
    return Entry(data, {"name": "made", **facts}, trials(numbers))
