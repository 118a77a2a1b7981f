"""Kernels as Python can call them: with compilation on they have no wrapper, so each gets one here."""

from collections.abc import Callable
from typing import Any

from numba import njit


def callable_from_python(kernel: Any) -> Callable[..., Any]:
    """Return a function that calls ``kernel`` compiled (or plain, where compilation is off)."""

    @njit(error_model="numpy")
    def call(*arguments):  # type: ignore[no-untyped-def]
        return kernel(*arguments)

    return call
