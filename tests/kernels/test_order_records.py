"""A place in the book that is used again knows nothing of the order that was there before."""

import numpy as np

from admf_kernels.compilation import kernel
from admf_kernels.order_engine.book import clear
from admf_kernels.order_engine.state import ORDER_DTYPE
from tests.kernels.plain import callable_from_python


@kernel
def _clear_first(records):  # type: ignore[no-untyped-def]
    clear(records[0])


def test_every_field_of_an_order_is_cleared() -> None:
    used, new = np.full(1, 77, ORDER_DTYPE), np.zeros(1, ORDER_DTYPE)
    cleared = callable_from_python(_clear_first)
    for records in (used, new):
        cleared(records)
    for name in ORDER_DTYPE.names or ():
        assert used[0][name] == new[0][name], name
