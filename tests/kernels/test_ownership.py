"""What is written through a borrowed array, or one made from an address, is written: Numba drops it otherwise."""

from typing import Any

import numpy as np

from admf_kernels.addresses import address_of, numbers_at
from admf_kernels.compilation import kernel
from admf_kernels.ownership import borrow
from tests.kernels.plain import callable_from_python


@kernel
def _write_last(numbers: Any, others: Any, place: Any) -> Any:
    numbers, others = borrow(numbers), borrow(others)
    first = numbers[place]
    numbers[place + 1] = first + 1.0
    if first > 5.0:
        others[place] = first
        return True
    numbers_at(address_of(others), 2)[place + 1] = first
    return False


write_last = callable_from_python(_write_last)


def test_what_is_written_last_is_written() -> None:
    for start, expected in ((1.0, [0.0, 1.0]), (9.0, [9.0, 0.0])):
        numbers, others = np.array([start, 0.0]), np.zeros(2)
        write_last(numbers, others, 0)
        assert list(numbers) == [start, start + 1.0]
        assert list(others) == expected
