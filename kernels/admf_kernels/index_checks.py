"""Indexes of a user's code, checked at their lines: compiled code reads whatever lies beyond an array.

A generated module writes ``x[checked(x, i, axis, line)]`` for the user's ``x[i]``. ``line`` is that of the generated
module, ``axis`` that of an array, counted from the end where it is negative. ``known_ranges`` has what is written
instead for ``x[i]`` in a loop over a range, where that is enough.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import config, types
from numba.core.errors import TypingError
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic, overload

from .checks import Check

OUTSIDE = "index is out of bounds"
MASK = "a mask must be as long as what it selects from"
NOT_WHOLE = "an index must be a whole number: use int(...)"
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
        check = _IndexCheck(context, builder, line_number)
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


class _IndexCheck(Check):
    """Writes the checks of one index."""

    def one(self, index, kind, length):
        """Check a whole number, and return it counted from the beginning."""
        if index.type.width < length.type.width:
            index = (self.builder.sext if kind.signed else self.builder.zext)(index, length.type)
        # One comparison on the way that nearly every index takes; whether it is negative is asked of the others alone.
        before = self.builder.block
        with self.builder.if_then(self.builder.icmp_unsigned(">=", index, length), likely=False):
            found = self._from_the_end(index, kind, length)
            behind = self.builder.block
        place = self.builder.phi(index.type)
        place.add_incoming(index, before)
        place.add_incoming(found, behind)
        return place

    def _from_the_end(self, index, kind, length):
        place = self.builder.add(index, length) if kind.signed else index
        self.raise_unless(self.builder.icmp_unsigned("<", place, length), OUTSIDE, IndexError)
        return place

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
            self.raise_unless(self.builder.icmp_signed("==", lengths[0], shape[axis]), MASK, IndexError)
        elif isinstance(kind, types.Array):
            fits = self.context.compile_internal(
                self.builder, _all_within, types.boolean(kind, types.intp), (index, shape[axis])
            )
            self.raise_unless(fits, OUTSIDE, IndexError)


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


checked = check_plainly if config.DISABLE_JIT else _checked
