"""Divisors, operands and numbers of a user's code, checked: an exception has the user's line and comes in every mode.

A generated module writes ``a / divisor(b, line)`` for ``a / b``, where ``line`` is that of the generated module.
``index_checks`` has what is written for ``x[i]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import config, types
from numba.core import cgutils
from numba.core.imputils import impl_ret_borrowed
from numba.core.ir import Loc
from numba.extending import intrinsic, overload

#: Stands for the file of a generated module in the traceback of an exception.
GENERATED = "<strategy>"
NOT_FINITE = " is not a finite number"
WEIGHT_NAME = "a weight of a symbol that is ready"
WEIGHT = WEIGHT_NAME + NOT_FINITE
ZERO = "division by zero"
SHAPES = "operands could not be broadcast together"


class Check:
    """Writes checks that raise with a line of the generated module."""

    def __init__(self, context, builder, line):
        self.context = context
        self.builder = builder
        self.line = line

    def shape(self, array, kind):
        """The length of each axis of an array."""
        return cgutils.unpack_tuple(
            self.builder, self.context.make_array(kind)(self.context, self.builder, array).shape
        )

    def raise_unless(self, fits, message, kind):
        """Raise an exception of this kind where a condition is false."""
        with self.builder.if_then(self.builder.not_(fits), likely=False):
            self.context.call_conv.return_user_exc(
                self.builder, kind, (message,), loc=Loc(GENERATED, self.line), func_name="on_bar"
            )


def divide_plainly(value: Any, line: int) -> Any:
    """``value``, unless it is a number that nothing can be divided by: raises ZeroDivisionError."""
    if isinstance(value, int | float | np.number) and value == 0:
        raise ZeroDivisionError(ZERO)
    return value


@intrinsic(prefer_literal=True)
def _divisor(typing_context, value, line):
    if not isinstance(line, types.Literal):
        return None
    line_number = line.literal_value
    kind = types.unliteral(value)
    if not isinstance(kind, types.Integer | types.Float | types.Boolean):
        return kind(kind, line), lambda context, builder, signature, arguments: impl_ret_borrowed(
            context, builder, kind, arguments[0]
        )

    def generate(context, builder, signature, arguments):
        check = Check(context, builder, line_number)
        zero = context.get_constant(kind, 0)
        differs = builder.fcmp_unordered if isinstance(kind, types.Float) else builder.icmp_signed
        check.raise_unless(differs("!=", arguments[0], zero), ZERO, ZeroDivisionError)
        return arguments[0]

    return kind(kind, line), generate


def divisor_by_call(value: Any, line: int) -> Any:
    """As ``divisor``, where the user's own ``try`` is to catch it."""
    return divide_plainly(value, line)


@overload(divisor_by_call, prefer_literal=True)
def _divisor_by_call(value, line):
    if not isinstance(line, types.Literal):
        return None
    line_number = line.literal_value
    return lambda value, line: _divisor(value, line_number)


def fit_plainly(target: Any, value: Any, line: int) -> Any:
    """``value``, which an array that is changed in place takes: raises ValueError where shapes do not fit."""
    if isinstance(target, np.ndarray) and isinstance(value, np.ndarray):
        shape = target.shape[::-1]
        wanted = value.shape[::-1]
        if len(wanted) > len(shape) or any(w not in (1, s) for s, w in zip(shape, wanted, strict=False)):
            raise ValueError(SHAPES)
    return value


@intrinsic(prefer_literal=True)
def _fitting(typing_context, target, value, line):
    if not isinstance(line, types.Literal):
        return None
    line_number = line.literal_value
    target, kind = types.unliteral(target), types.unliteral(value)

    def generate(context, builder, signature, arguments):
        if isinstance(target, types.Array) and isinstance(kind, types.Array):
            check = Check(context, builder, line_number)
            shape = check.shape(arguments[0], target)[::-1]
            wanted = check.shape(arguments[1], kind)[::-1]
            if len(wanted) > len(shape):
                check.raise_unless(context.get_constant(types.boolean, False), SHAPES, ValueError)
            for length, other in zip(shape, wanted, strict=False):
                fits = builder.or_(
                    builder.icmp_signed("==", other, length), builder.icmp_signed("==", other, other.type(1))
                )
                check.raise_unless(fits, SHAPES, ValueError)
        return impl_ret_borrowed(context, builder, kind, arguments[1])

    return kind(target, kind, line), generate


def fitting_by_call(target: Any, value: Any, line: int) -> Any:
    """As ``fitting``, where the user's own ``try`` is to catch it."""
    return fit_plainly(target, value, line)


@overload(fitting_by_call, prefer_literal=True)
def _fitting_by_call(target, value, line):
    if not isinstance(line, types.Literal):
        return None
    line_number = line.literal_value
    return lambda target, value, line: _fitting(target, value, line_number)


def _is_finite(value: Any, *, undefined: bool) -> bool:
    """Whether a number, or each of an array, is finite; NaN passes where it may be ``undefined``."""
    values = np.asarray(value)
    if values.dtype.kind != "f":
        return True
    return bool((np.isfinite(values) | (undefined & np.isnan(values))).all())


def finite_plainly(value: Any, what: str, undefined: bool, line: int) -> Any:
    """``value``, unless it is a number that is not finite: raises ValueError, which says ``what`` it is.

    NaN passes where it may be ``undefined``.
    """
    if isinstance(value, float | np.floating) and not _is_finite(value, undefined=undefined):
        raise ValueError(what + NOT_FINITE)
    return value


@intrinsic(prefer_literal=True)
def _finite(typing_context, value, what, undefined, line):
    if not isinstance(line, types.Literal):
        return None
    said, may_be_undefined, line_number = what.literal_value, undefined.literal_value, line.literal_value
    kind = types.unliteral(value)

    def generate(context, builder, signature, arguments):
        given = arguments[0]
        if isinstance(kind, types.Float):
            # Nothing taken from itself but a finite number is zero; of infinity and NaN the difference is NaN.
            check = Check(context, builder, line_number)
            fits = builder.fcmp_ordered("==", builder.fsub(given, given), given.type(0.0))
            if may_be_undefined:
                fits = builder.or_(fits, builder.fcmp_unordered("uno", given, given))
            check.raise_unless(fits, said + NOT_FINITE, ValueError)
        return impl_ret_borrowed(context, builder, kind, given)

    return kind(kind, what, undefined, line), generate


def finite_by_call(value: Any, what: str, undefined: bool, line: int) -> Any:
    """As ``finite``, where the user's own ``try`` is to catch it."""
    return finite_plainly(value, what, undefined, line)


@overload(finite_by_call, prefer_literal=True)
def _finite_by_call(value, what, undefined, line):
    if not isinstance(line, types.Literal):
        return None
    said, may_be_undefined, line_number = what.literal_value, undefined.literal_value, line.literal_value
    return lambda value, what, undefined, line: _finite(value, said, may_be_undefined, line_number)


def check_weights(weights: Any, market: Any, undefined: bool, line: int) -> None:
    """Refuse a weight that is not finite, of a symbol that has a bar and is warm, by ValueError.

    NaN passes where it may be ``undefined``.
    """
    traded = np.asarray(market.has_bar) & np.asarray(market.ready)
    if not _is_finite(np.asarray(weights)[traded], undefined=undefined):
        raise ValueError(WEIGHT)


@overload(check_weights, prefer_literal=True)
def _check_weights(weights, market, undefined, line):
    if not isinstance(line, types.Literal):
        return None
    may_be_undefined, line_number = undefined.literal_value, line.literal_value

    def check(weights, market, undefined, line):
        for slot in range(weights.shape[0]):
            if market.has_bar[slot] and market.ready[slot]:
                _finite(weights[slot], WEIGHT_NAME, may_be_undefined, line_number)

    return check


finite = finite_plainly if config.DISABLE_JIT else _finite
fitting = fit_plainly if config.DISABLE_JIT else _fitting
divisor = divide_plainly if config.DISABLE_JIT else _divisor
