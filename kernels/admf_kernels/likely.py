"""A word to the compiler about which way a branch goes."""

from llvmlite import ir
from numba import types

from .intrinsics import compiled_as


def likely(condition):
    """The condition itself; the compiler keeps what lies behind it out of the way of what does not."""
    return condition


@compiled_as(likely)
def _expected(typing_context, condition):
    def generate(context, builder, signature, arguments):
        bit = ir.IntType(1)
        expect = builder.module.declare_intrinsic("llvm.expect", [bit], ir.FunctionType(bit, [bit, bit]))
        return builder.call(expect, [arguments[0], ir.Constant(bit, 1)])

    return types.boolean(types.boolean), generate
