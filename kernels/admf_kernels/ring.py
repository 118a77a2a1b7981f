"""The ring of events of a container whose events nobody reads afterwards: a short one on the stack.

Before a processor loads a variable of the bar loop, it looks for stores under way to the same place, by the last twelve
bits of the address and a few that are made of the others. Events that go to every place of a page of memory are taken
for stores to variables wherever those few bits are the same for that page and the stack's, which is so for one page in
about sixteen: loads then wait for events, and a bar takes half as long again (``benchmarks/NOTES.md``). A short ring
beside the variables shares the last twelve bits with none of them.
"""

import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numba.np.arrayobj import populate_array

from .constants import EVENT_DTYPE
from .ownership import borrow

#: Events that the ring on the stack holds, a power of two: more than ever wait where there are market orders only, and
#: few enough to have room in a page with the variables of the bar loop.
STACK_RING = 16
_TYPE = types.Array(from_dtype(EVENT_DTYPE), 1, "C")


def ring_of(given):
    """The ring that was given, or, where that has no length, one of ``STACK_RING`` events on the caller's stack."""
    return given if len(given) else np.zeros(STACK_RING, EVENT_DTYPE)


@intrinsic
def _ring_on_stack(typing_context):
    def generate(context, builder, signature, arguments):
        size = EVENT_DTYPE.itemsize
        place = cgutils.alloca_once(builder, ir.ArrayType(ir.IntType(8), STACK_RING * size))
        place.align = size
        ring = context.make_array(_TYPE)(context, builder)
        length, stride = (context.get_constant(types.intp, number) for number in (STACK_RING, size))
        data = builder.bitcast(place, ring.data.type)
        populate_array(ring, data=data, shape=[length], strides=[stride], itemsize=stride, meminfo=None)
        return ring._getvalue()

    return _TYPE(), generate


@overload(ring_of, inline="always")
def _ring_of(given):
    return lambda given: borrow(given) if given.shape[0] > 0 else _ring_on_stack()
