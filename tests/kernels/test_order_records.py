"""A place in the book that is used again knows nothing of the order that was there before."""

import numpy as np
import pytest

from admf_kernels.order_engine.book import clear
from admf_kernels.order_engine.state import ORDER_DTYPE


@pytest.mark.parametrize("name", ORDER_DTYPE.names or ())
def test_every_field_of_an_order_is_cleared(name: str) -> None:
    used, new = (np.zeros(1, ORDER_DTYPE) for _ in range(2))
    for field in ORDER_DTYPE.names or ():
        used[0][field] = 77
    for records in (used, new):
        clear(records[0])
    assert used[0][name] == new[0][name]
