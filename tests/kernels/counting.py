"""Jitclasses, and a kernel for views of them, for the tests of views. As a program: `counting.py [FOLDER]`."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numba import float64, int64, njit
from numba.experimental import jitclass

from admf_kernels.compilation import keep_shared_kernels, shared_kernel
from admf_kernels.views import view, view_type


@jitclass
class Count:
    """Numbers, and a method that changes one."""

    total: int64
    share: float64

    def __init__(self) -> None:
        self.total = 0
        self.share = 0.0

    def add(self, more: Any) -> Any:
        """The total with ``more``."""
        self.total += more
        return self.total


@jitclass([("count", view_type(Count)), ("numbers", float64[::1])])
class Box:
    """A view and an array."""

    count: Any
    numbers: Any

    def __init__(self, count: Any, numbers: Any) -> None:
        self.count = count
        self.numbers = numbers


@shared_kernel
def fill(box: Any, more: Any) -> Any:
    """Change a field, a field of a field and an element of ``box``; what its part's method answers."""
    total = box.count.add(more)
    box.count.share = total / 4.0
    box.numbers[total % box.numbers.shape[0]] += more
    return total


@njit
def run(out: Any) -> None:
    """Leave what is known of a box after five calls in ``out``, float64 (8,)."""
    count = Count()
    box = Box(view(count), out)
    total = 0
    for i in range(5):
        total = fill(view(view(box)), i)
    out[0] += 100.0 * total
    out[1] += 100.0 * count.total
    out[2] += 100.0 * count.share
    out[3] += 100.0 * box.numbers.shape[0]


def numbers() -> list[float]:
    """Everything that ``run`` leaves."""
    out = np.zeros(8)
    run(out)
    return [float(number) for number in out]


if __name__ == "__main__":
    if sys.argv[1:]:
        keep_shared_kernels(Path(sys.argv[1]))
    found = numbers()
    stats = getattr(fill, "stats", None)
    hits = sum(stats.cache_hits.values()) if stats else None
    print(json.dumps({"numbers": found, "hits": hits}))
