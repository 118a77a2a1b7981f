"""Indexes and divisors of a user's code, checked, so that an exception has the user's line and comes in every mode.

Compiled code reads whatever lies beyond an array. A generated module therefore writes ``x[checked(x, i, axis, line)]``
for the user's ``x[i]``, and ``a / divisor(b, line)`` for ``a / b``. ``line`` is that of the generated module, ``axis``
that of an array, counted from the end where it is negative.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import config, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.core.imputils import impl_ret_borrowed
from numba.core.ir import Loc
from numba.extending import intrinsic, overload

#: Stands for the file of a generated module in the traceback of an exception.
GENERATED = "<strategy>"
OUTSIDE = "index is out of bounds"
MASK = "a mask must be as long as what it selects from"
NOT_FINITE = " is not a finite number"
WEIGHT_NAME = "a weight of a symbol that is ready"
WEIGHT = WEIGHT_NAME + NOT_FINITE
ZERO = "division by zero"
NOT_WHOLE = "an index must be a whole number: use int(...)"
SHAPES = "operands could not be broadcast together"
_SEQUENCES = (
    types.NumpyFlatType,
    types.BaseTuple,
    types.List,
    types.ListType,
    types.UnicodeType,
    types.Bytes,
    types.RangeType,
)
_PLAIN_SEQUENCES = (np.flatiter, tuple, list, str, bytes, range)


def check_plainly(sequence: Any, index: Any, axis: int, line: int) -> Any:
    """``index``, if it lies within ``axis`` of an array, or within another sequence; a slice or a key as it is.

    Raises IndexError where it lies outside, and TypeError where it is a number that is not whole.
    """
    if isinstance(sequence, np.ndarray):
        _check_array(sequence, index, axis)
    elif isinstance(sequence, _PLAIN_SEQUENCES):
        _check_one(index, len(sequence))
    return index


def _check_array(array: Any, index: Any, axis: int) -> None:
    if isinstance(index, tuple):
        for place, one in enumerate(index):
            _check_array(array, one, place)
    elif isinstance(index, np.ndarray) and index.dtype.kind == "b":
        if len(index) != array.shape[axis]:
            raise IndexError(MASK)
    elif isinstance(index, np.ndarray):
        for one in index.ravel():
            _check_one(one, array.shape[axis])
    else:
        _check_one(index, array.shape[axis])


def _check_one(index: Any, length: int) -> None:
    if isinstance(index, float | np.floating):
        raise TypeError(NOT_WHOLE)
    if isinstance(index, int | np.integer) and not -length <= index < length:
        raise IndexError(OUTSIDE)


def _all_within(indexes, length):
    """Whether each of an array of indexes lies within so many elements."""
    for index in indexes.flat:
        if index < -length or index >= length:
            return False
    return True


def _length(sequence):
    return len(sequence)


@intrinsic(prefer_literal=True)
def _checked(typing_context, sequence, index, axis, line):
    if not isinstance(axis, types.Literal):
        return None  # Numba tries again without literals what was refused with them
    axis_number, line_number = axis.literal_value, line.literal_value
    sequence, kind = types.unliteral(sequence), types.unliteral(index)
    is_array = isinstance(sequence, types.Array)
    if not is_array and not isinstance(sequence, _SEQUENCES):
        return kind(sequence, kind, axis, line), _as_it_is
    if isinstance(getattr(kind, "dtype", kind), types.Float):
        raise TypingError(NOT_WHOLE)
    # Counted from the beginning, an index spares Numba the question whether it is negative.
    counted = isinstance(sequence, types.Array | types.NumpyFlatType) and isinstance(kind, types.Integer)

    def generate(context, builder, signature, arguments):
        check = _Check(context, builder, line_number)
        given, index = arguments[:2]
        if is_array and not counted:
            check.parts(index, kind, check.shape(given, sequence), axis_number)
        elif isinstance(kind, types.Integer):
            if is_array:
                length = check.shape(given, sequence)[axis_number]
            else:
                length = context.compile_internal(builder, _length, types.intp(sequence), (given,))
            place = check.one(index, kind, length)
            if counted:
                return place
        return impl_ret_borrowed(context, builder, kind, index)

    return (types.uintp if counted else kind)(sequence, kind, axis, line), generate


def _as_it_is(context, builder, signature, arguments):
    return impl_ret_borrowed(context, builder, signature.return_type, arguments[1])


class _Check:
    """Writes the checks of one index."""

    def __init__(self, context, builder, line):
        self.context = context
        self.builder = builder
        self.line = line

    def shape(self, array, kind):
        return cgutils.unpack_tuple(
            self.builder, self.context.make_array(kind)(self.context, self.builder, array).shape
        )

    def raise_unless(self, fits, message, kind=IndexError):
        with self.builder.if_then(self.builder.not_(fits), likely=False):
            self.context.call_conv.return_user_exc(
                self.builder, kind, (message,), loc=Loc(GENERATED, self.line), func_name="on_bar"
            )

    def one(self, index, kind, length):
        """Check a whole number, and return it counted from the beginning."""
        builder = self.builder
        if index.type.width < length.type.width:
            index = (builder.sext if kind.signed else builder.zext)(index, length.type)
        if kind.signed:
            negative = builder.icmp_signed("<", index, index.type(0))
            index = builder.select(negative, builder.add(index, length), index)
        self.raise_unless(builder.icmp_unsigned("<", index, length), OUTSIDE)
        return index

    def parts(self, index, kind, shape, axis):
        """Check an array of indexes, a mask, or what of a tuple are indexes."""
        if isinstance(kind, types.BaseTuple):
            for place, part in enumerate(kind.types):
                value = self.builder.extract_value(index, place)
                if isinstance(part, types.Integer):
                    self.one(value, part, shape[place])
                else:
                    self.parts(value, part, shape, place)
        elif isinstance(kind, types.Array) and isinstance(kind.dtype, types.Boolean):
            lengths = self.shape(index, kind)
            self.raise_unless(self.builder.icmp_signed("==", lengths[0], shape[axis]), MASK)
        elif isinstance(kind, types.Array):
            fits = self.context.compile_internal(
                self.builder, _all_within, types.boolean(kind, types.intp), (index, shape[axis])
            )
            self.raise_unless(fits, OUTSIDE)


def checked_by_call(sequence: Any, index: Any, axis: int, line: int) -> Any:
    """As ``checked``, where the user's own ``try`` is to catch it: Numba catches there what a call raises."""
    return check_plainly(sequence, index, axis, line)


@overload(checked_by_call, prefer_literal=True)
def _checked_by_call(sequence, index, axis, line):
    if not isinstance(line, types.Literal):
        return None
    axis_number, line_number = axis.literal_value, line.literal_value
    return lambda sequence, index, axis, line: _checked(sequence, index, axis_number, line_number)


def checked_item(sequence: Any, index: Any, line: int) -> Any:
    """``sequence[index]`` with its check, where the sequence is computed in place."""
    return sequence[check_plainly(sequence, index, 0, line)]


@overload(checked_item, prefer_literal=True)
def _checked_item(sequence, index, line):
    if not isinstance(line, types.Literal):
        return None
    line_number = line.literal_value
    if not isinstance(index, types.Literal):
        return lambda sequence, index, line: sequence[_checked(sequence, index, 0, line_number)]
    place = index.literal_value
    return lambda sequence, index, line: (_checked(sequence, place, 0, line_number), sequence[place])[1]


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
        check = _Check(context, builder, line_number)
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
            check = _Check(context, builder, line_number)
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
            check = _Check(context, builder, line_number)
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
checked = check_plainly if config.DISABLE_JIT else _checked
divisor = divide_plainly if config.DISABLE_JIT else _divisor
