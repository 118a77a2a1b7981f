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

from .addresses import make_array
from .constants import EVENT_DTYPE
from .ownership import borrow

#: Events that the ring on the stack holds, a power of two: more than ever wait where there are market orders only, and
#: few enough to have room in a page with the variables of the bar loop.
STACK_RING = 16
_EVENT = from_dtype(EVENT_DTYPE)


def short_ring():
    """A ring of ``STACK_RING`` events, with anything in them, on the caller's stack."""
    return np.zeros(STACK_RING, EVENT_DTYPE)


def ring_of(given):
    """The ring that was given, or, where that has no length, a short one on the caller's stack."""
    return given if len(given) else short_ring()


@intrinsic
def _ring_on_stack(typing_context):
    def generate(context, builder, signature, arguments):
        place = cgutils.alloca_once(builder, ir.ArrayType(ir.IntType(8), STACK_RING * EVENT_DTYPE.itemsize))
        place.align = EVENT_DTYPE.itemsize
        return make_array(context, builder, _EVENT, place, context.get_constant(types.intp, STACK_RING))

    return types.Array(_EVENT, 1, "C")(), generate


@overload(short_ring, inline="always")
def _short_ring():
    return lambda: _ring_on_stack()


@overload(ring_of, inline="always")
def _ring_of(given):
    return lambda given: borrow(given) if given.shape[0] > 0 else _ring_on_stack()
