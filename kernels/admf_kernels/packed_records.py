"""Records of 8-byte words, written and copied whole."""

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types

from .intrinsics import compiled_as

_INTEGERS = 4


def store_words(records, slot, i0, i1, i2, i3, numbers):
    """Fill record ``slot`` of a 1-d array of 64-byte records with four int64 and four float64, in this order."""
    records.view(np.int64)[8 * slot : 8 * slot + 4] = (i0, i1, i2, i3)
    records.view(np.float64)[8 * slot + 4 : 8 * slot + 8] = numbers


@compiled_as(store_words)
def _stored(typing_context, records, slot, i0, i1, i2, i3, numbers):
    integers = (types.int64,) * _INTEGERS

    def generate(context, builder, signature, arguments):
        array = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=arguments[0])
        record = builder.gep(array.data, [arguments[1]])
        words = builder.bitcast(record, ir.IntType(64).as_pointer())
        for position, value in enumerate(arguments[2 : 2 + _INTEGERS]):
            builder.store(value, builder.gep(words, [context.get_constant(types.intp, position)]))
        # As one vector: most of the numbers are zero, and zeros come with the first of them for nothing.
        vector = ir.VectorType(ir.DoubleType(), _INTEGERS)
        together = ir.Constant(vector, ir.Undefined)
        given = zip(cgutils.unpack_tuple(builder, arguments[-1]), signature.args[-1].types, strict=True)
        for position, (value, kind) in enumerate(given):
            value = context.cast(builder, value, kind, types.float64)
            together = builder.insert_element(together, value, ir.Constant(ir.IntType(32), position))
        place = builder.gep(words, [context.get_constant(types.intp, _INTEGERS)])
        builder.store(together, builder.bitcast(place, vector.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.none(records, types.uint64, *integers, numbers), generate


def copy_record(records, place, record):
    """Make record ``place`` of a 1-d array a copy of ``record``, at once instead of byte by byte."""
    records[place] = record


@compiled_as(copy_record)
def _copied(typing_context, records, place, record):
    def generate(context, builder, signature, arguments):
        array = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=arguments[0])
        there = builder.gep(array.data, [arguments[1]])
        size = context.get_constant(types.intp, signature.args[0].dtype.size)
        cgutils.raw_memcpy(builder, there, arguments[2], size, 1)
        return context.get_dummy_value()

    return types.none(records, types.intp, record), generate
