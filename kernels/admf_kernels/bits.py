"""Words of bits: the places in a run of codes that hold one value, and the lowest bit that is set."""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

#: Codes of one word.
WORD = 64


def equal_bits(codes, first, value):
    """A uint64 with a bit for each of the ``WORD`` codes, int8, from place ``first`` on: set where one is ``value``."""
    bits = 0
    for place in range(WORD):
        bits |= int(codes[first + place] == value) << place
    return np.uint64(bits)


@intrinsic
def _compared(typing_context, codes, first, value):
    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        vector = ir.VectorType(ir.IntType(8), WORD)
        place = builder.bitcast(builder.gep(array.data, [arguments[1]]), vector.as_pointer())
        found = builder.load(place, align=1)
        one = builder.insert_element(ir.Constant(vector, ir.Undefined), arguments[2], ir.Constant(ir.IntType(32), 0))
        spread = ir.Constant(ir.VectorType(ir.IntType(32), WORD), [0] * WORD)
        wanted = builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), spread)
        return builder.bitcast(builder.icmp_signed("==", found, wanted), ir.IntType(WORD))

    return types.uint64(codes, types.int64, types.int8), generate


@overload(equal_bits, inline="always")
def _equal_bits(codes, first, value):
    return lambda codes, first, value: _compared(codes, first, value)


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
