"""The lowest set bit of a word."""

from numba import types
from numba.extending import intrinsic, overload


def lowest_bit(word):
    """Number of the lowest set bit of ``word``, a uint64 other than 0."""
    number = int(word)
    return (number & -number).bit_length() - 1


@intrinsic
def _trailing_zeros(typing_context, word):
    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], context.get_constant(types.boolean, True))

    return types.int64(types.uint64), generate


@overload(lowest_bit, inline="always")
def _lowest_bit(word):
    return lambda word: _trailing_zeros(word)
