"""Asking for memory ahead: the processor is asked, and nothing else happens, wherever the index lies."""

from typing import Any

import numpy as np
from numba import njit

from admf_kernels.prefetch import AHEAD, prefetch


@njit
def _last_but_asking(column: Any) -> float:
    value = 0.0
    for t in range(column.shape[0]):
        prefetch(column, t + AHEAD)
        prefetch(column, t + 2**40)
        prefetch(column, t - 2**40)
        value = column[t]
    return float(value)


def test_asking_changes_nothing_and_may_go_beyond_both_ends() -> None:
    column = np.arange(1000.0)
    assert _last_but_asking(column) == _last_but_asking.py_func(column) == 999.0
    assert np.array_equal(column, np.arange(1000.0))
    assert _last_but_asking(np.empty(0)) == 0.0


def test_the_processor_is_asked() -> None:
    _last_but_asking(np.arange(3.0))
    (code,) = _last_but_asking.inspect_llvm().values()
    assert "call void @llvm.prefetch" in code
