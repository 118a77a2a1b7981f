"""Arrays without counters: what is written to them stays written."""

from typing import Any, NamedTuple

import numpy as np

from admf_kernels.compilation import kernel
from admf_kernels.minimal.accounts import with_attributes
from admf_kernels.ownership import borrow
from tests.kernels.plain import callable_from_python


class _Given(NamedTuple):
    a: Any
    b: Any
    c: Any
    out: Any


@kernel
def _write(given, k):  # type: ignore[no-untyped-def]
    # Four make a tuple, which is taken apart again; an overload that is inlined makes Numba look for dead writes.
    a, b, c, out = borrow(given.a), borrow(given.b), borrow(given.c), borrow(given.out)
    out[k] = with_attributes(a)[0] + b[0] + c[0]


def test_writes_to_an_array_out_of_a_tuple_stay() -> None:
    one = np.ones(2) if hasattr(_write, "py_func") else np.ones(2).view(np.recarray)
    out = np.zeros(2)
    callable_from_python(_write)(_Given(one, one, one, out), 1)
    assert out.tolist() == [0.0, 3.0]
