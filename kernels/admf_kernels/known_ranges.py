"""Indexes that are a sum of the numbers of loops over ranges, checked once before the outermost of these loops.

For the user's ``for k in range(a, b): ... x[c - k] ...`` a generated module writes

    offset = within(x, 0, counter(c) - b + 1, counter(c) - a, (b - 1 - a,), ())
    if offset >= 0:
        for k in range(a, b):
            ... x[counted(x, c - k, offset)] ...
    else:
        for k in range(a, b):
            ... x[checked(x, c - k, 0, line)] ...

An index may be right where its bounds are not: counted from the end for some numbers, behind a condition or ``break``.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic

#: Said of indexes that have to be checked one by one.
NOT_KNOWN = -1
_WORD = ir.IntType(64)
#: What the numbers of a loop may vary by, so that no sum of a few of them comes round in 64 bits.
_WIDEST = 1 << 60


def counter_plainly(value: Any) -> Any:
    """A whole number of at most 64 bits with a sign; 0.0 for anything else, which makes of a sum no index."""
    return value if type(value) is int else 0.0


def within_plainly(array: Any, axis: int, low: Any, high: Any, widths: Any, rising: Any) -> int:
    """What indexes from ``low`` to ``high`` have to be raised by to be counted from the beginning, or ``NOT_KNOWN``.

    That is 0 or, where they are negative, the length of the axis. ``widths`` are those by which numbers of loops vary,
    whose sum ``high`` is above ``low``; ``rising`` are pairs that these were computed from, of which the first may not
    be greater. All may have come round in 64 bits: then, and of what is no array or no whole number, nothing is known.
    Plain Python checks each index.
    """
    return NOT_KNOWN


def counted_plainly(array: Any, index: Any, offset: int) -> Any:
    """An index that ``within`` knows to lie within, from the beginning."""
    return index + offset


@intrinsic
def _counter(typing_context, value):
    if _is_whole(value):
        return types.unliteral(value)(value), lambda context, builder, signature, arguments: arguments[0]
    return types.float64(value), lambda context, builder, signature, arguments: context.get_constant(types.float64, 0.0)


def _is_whole(kind):
    return isinstance(types.unliteral(kind), types.Integer) and types.unliteral(kind).signed


@intrinsic(prefer_literal=True)
def _within(typing_context, array, axis, low, high, widths, rising):
    if not isinstance(axis, types.Literal):
        return None
    axis_number = axis.literal_value
    kinds = [types.unliteral(kind) for kind in (low, high)]
    signature = types.int64(array, axis, *kinds, widths, rising)
    if not isinstance(array, types.Array) or not all(map(_is_whole, [*kinds, *widths.types, *rising.types])):
        return signature, lambda context, builder, signature, arguments: _WORD(NOT_KNOWN)

    def generate(context, builder, signature, arguments):
        def words(place):
            count = len(signature.args[place].types)
            return [_extended(builder, builder.extract_value(arguments[place], k)) for k in range(count)]

        length = cgutils.unpack_tuple(builder, context.make_array(array)(context, builder, arguments[0]).shape)[
            axis_number
        ]
        low, high = (_extended(builder, value) for value in arguments[2:4])
        is_known = cgutils.true_bit
        for width in words(4):
            is_known = builder.and_(is_known, builder.icmp_unsigned("<", width, _WORD(_WIDEST)))
        pairs = words(5)
        for least, greatest in zip(pairs[::2], pairs[1::2], strict=True):
            is_known = builder.and_(is_known, builder.icmp_signed("<=", least, greatest))

        def lies_within(low, high):
            # Had it come round on its way up from the least one, the greatest would be below it.
            is_straight = builder.icmp_unsigned("<=", low, high)
            return builder.and_(is_straight, builder.icmp_unsigned("<", high, length))

        before = builder.block
        from_beginning = builder.and_(is_known, lies_within(low, high))
        with builder.if_then(builder.not_(from_beginning), likely=False):
            is_negative = lies_within(builder.add(low, length), builder.add(high, length))
            otherwise = builder.select(builder.and_(is_known, is_negative), length, _WORD(NOT_KNOWN))
            behind = builder.block
        offset = builder.phi(_WORD)
        offset.add_incoming(_WORD(0), before)
        offset.add_incoming(otherwise, behind)
        return offset

    return signature, generate


def _extended(builder, value):
    return builder.sext(value, _WORD) if value.type.width < _WORD.width else value


@intrinsic
def _counted(typing_context, array, index, offset):
    if not isinstance(array, types.Array) or not _is_whole(index):
        # Compiled all the same, and never run.
        return index(array, index, offset), lambda context, builder, signature, arguments: impl_ret_borrowed(
            context, builder, index, arguments[1]
        )

    def generate(context, builder, signature, arguments):
        return builder.add(_extended(builder, arguments[1]), arguments[2])

    return types.uintp(array, index, offset), generate


counter = counter_plainly if config.DISABLE_JIT else _counter
within = within_plainly if config.DISABLE_JIT else _within
counted = counted_plainly if config.DISABLE_JIT else _counted
