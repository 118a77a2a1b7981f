"""Asking for memory ahead of its use, where a processor does not see by itself what comes next.

What is read bar by bar comes in time, since processors notice the pattern. An open is read only at a fill, a few in a
hundred bars: where the columns are larger than the caches near a core, each of these reads waits for memory.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

#: Bars ahead: about a microsecond of the bar loop, several times what memory takes to answer.
AHEAD = 128


def prefetch(column, index):
    """Have ``column[index]`` brought near; nothing else happens, and the index may lie beyond the end."""


@intrinsic
def _prefetched(typing_context, column, index):
    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.bitcast(builder.gep(array.data, [arguments[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        # To be read, near in every cache, data.
        builder.call(function, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.none(column, types.int64), generate


@overload(prefetch, inline="always")
def _prefetch(column, index):
    return lambda column, index: _prefetched(column, index)
