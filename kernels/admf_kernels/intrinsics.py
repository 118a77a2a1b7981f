"""Functions that are code of the processor when compiled, and plain Python otherwise."""

from collections.abc import Callable
from typing import Any

from numba import types
from numba.core.typing.templates import infer_global, make_intrinsic_template
from numba.extending import intrinsic


def compiled_as(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Any]:
    """Decorate the definition of an intrinsic: compiled code that calls ``function`` has that in its place.

    An overload would do the same, and takes a third of the time that a strategy takes to compile.
    """

    def register(definition: Callable[..., Any]) -> Any:
        made = intrinsic(definition)
        template = make_intrinsic_template(made, definition, definition.__name__, prefer_literal=False, kwargs={})
        infer_global(function, types.Function(template))
        return made

    return register
