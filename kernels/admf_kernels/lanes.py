"""Eight numbers side by side, worked on at once: what a bar loop is made of where bars do not depend on each other.

Numba hopes that LLVM finds such loops; here they are written as such, so that the order of every addition is known and
the same on every machine, whatever the width of its vectors. Compiled, lanes are eight float64 in registers and a mask
is eight bits. In plain Python both are arrays of NumPy, and every function here comes to the same bits.
"""

import operator

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.datamodel import register_default
from numba.core.datamodel.models import PrimitiveModel
from numba.extending import intrinsic, lower_builtin, overload, type_callable

#: How many numbers stand side by side; a power of two.
LANES = 8

_NUMBERS = ir.VectorType(ir.DoubleType(), LANES)
_WORDS = ir.VectorType(ir.IntType(64), LANES)
_BITS = ir.VectorType(ir.IntType(1), LANES)
_FIRST = ir.Constant(_WORDS, list(range(LANES)))
_PLACES = np.arange(LANES)


class _Numbers(types.Type):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(name="Lanes")


class _Mask(types.Type):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(name="Mask")


_numbers = _Numbers()
_mask = _Mask()


@register_default(_Numbers)
class _NumbersModel(PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager, kind):
        super().__init__(manager, kind, _NUMBERS)


@register_default(_Mask)
class _MaskModel(PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager, kind):
        super().__init__(manager, kind, _BITS)


def _is(kind, *given):
    return all(isinstance(each, kind) for each in given)


def _spread(builder, value, vector):
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), everywhere)


for _operation, _build in (
    (operator.add, ir.IRBuilder.fadd),
    (operator.sub, ir.IRBuilder.fsub),
    (operator.mul, ir.IRBuilder.fmul),
):

    @type_callable(_operation)
    def _type(context):
        return lambda a, b: _numbers if _is(_Numbers, a, b) else None

    @lower_builtin(_operation, _Numbers, _Numbers)
    def _lower(context, builder, signature, arguments, _build=_build):
        return _build(builder, *arguments)


def _plain(name):
    return lambda context, builder, signature, arguments: getattr(builder, name)(*arguments)


def quotient(numerators, denominators):
    """``numerators / denominators``; a division by zero is no error."""
    with np.errstate(all="ignore"):
        return numerators / denominators


@intrinsic
def _quotient(typing_context, numerators, denominators):
    return _numbers(_numbers, _numbers), _plain("fdiv")


@overload(quotient, inline="always")
def _overload_quotient(numerators, denominators):
    return lambda numerators, denominators: _quotient(numerators, denominators)


def spread(value):
    """``value`` in every lane."""
    return np.full(LANES, value, np.float64)


@intrinsic
def _spread_number(typing_context, value):
    def generate(context, builder, signature, arguments):
        return _spread(builder, arguments[0], _NUMBERS)

    return _numbers(types.float64), generate


@overload(spread, inline="always")
def _overload_spread(value):
    return lambda value: _spread_number(value)


def lanes_between(place, first, end):
    """The mask of the lanes whose number, counted from ``place`` on, is at least ``first`` and below ``end``."""
    numbers = place + _PLACES
    return (numbers >= first) & (numbers < end)


@intrinsic
def _lanes_between(typing_context, place, first, end):
    def generate(context, builder, signature, arguments):
        place, first, end = arguments
        begin = _spread(builder, builder.sub(first, place), _WORDS)
        stop = _spread(builder, builder.sub(end, place), _WORDS)
        return builder.and_(builder.icmp_signed(">=", _FIRST, begin), builder.icmp_signed("<", _FIRST, stop))

    return _mask(types.int64, types.int64, types.int64), generate


@overload(lanes_between, inline="always")
def _overload_lanes_between(place, first, end):
    return lambda place, first, end: _lanes_between(place, first, end)


def load(numbers, place):
    """``LANES`` numbers of a float64 array from ``place`` on."""
    return numbers[place : place + LANES].copy()


@intrinsic
def _load(typing_context, numbers, place):
    def generate(context, builder, signature, arguments):
        return builder.load(_address(context, builder, signature, arguments), align=8)

    return _numbers(numbers, types.int64), generate


def _address(context, builder, signature, arguments):
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.bitcast(builder.gep(array.data, [arguments[1]]), _NUMBERS.as_pointer())


@overload(load, inline="always")
def _overload_load(numbers, place):
    return lambda numbers, place: _load(numbers, place)


def load_masked(numbers, place, mask):
    """As ``load``, but only the lanes of ``mask`` are read; the others, which need not be in the array, are 0."""
    found = np.zeros(LANES)
    found[mask] = numbers[place + _PLACES[mask]]
    return found


@intrinsic
def _load_masked(typing_context, numbers, place, mask):
    def generate(context, builder, signature, arguments):
        address = _address(context, builder, signature, arguments[:2])
        kind = ir.FunctionType(_NUMBERS, [address.type, ir.IntType(32), _BITS, _NUMBERS])
        function = builder.module.globals.get(_MASKED_LOAD)
        if function is None:
            function = ir.Function(builder.module, kind, _MASKED_LOAD)
        nothing = ir.Constant(_NUMBERS, [0.0] * LANES)
        return builder.call(function, [address, ir.Constant(ir.IntType(32), 8), arguments[2], nothing])

    return _numbers(numbers, types.int64, _mask), generate


_MASKED_LOAD = f"llvm.masked.load.v{LANES}f64.p0"


@overload(load_masked, inline="always")
def _overload_load_masked(numbers, place, mask):
    return lambda numbers, place, mask: _load_masked(numbers, place, mask)


def store(numbers, place, lanes):
    """Write the lanes into a float64 array from ``place`` on."""
    numbers[place : place + LANES] = lanes


@intrinsic
def _store(typing_context, numbers, place, lanes):
    def generate(context, builder, signature, arguments):
        builder.store(arguments[2], _address(context, builder, signature, arguments[:2]), align=8)
        return context.get_dummy_value()

    return types.none(numbers, types.int64, _numbers), generate


@overload(store, inline="always")
def _overload_store(numbers, place, lanes):
    return lambda numbers, place, lanes: _store(numbers, place, lanes)


def select(mask, chosen, other):
    """``chosen`` in the lanes of ``mask``, ``other`` in the rest."""
    return np.where(mask, chosen, other)


@intrinsic
def _select(typing_context, mask, chosen, other):
    return _numbers(_mask, _numbers, _numbers), _plain("select")


@overload(select, inline="always")
def _overload_select(mask, chosen, other):
    return lambda mask, chosen, other: _select(mask, chosen, other)


def below(lanes, others):
    """The mask of the lanes that are lower than their counterparts; one that is not a number never is."""
    with np.errstate(invalid="ignore"):
        return lanes < others


@intrinsic
def _below(typing_context, lanes, others):
    def generate(context, builder, signature, arguments):
        return builder.fcmp_ordered("<", *arguments)

    return _mask(_numbers, _numbers), generate


@overload(below, inline="always")
def _overload_below(lanes, others):
    return lambda lanes, others: _below(lanes, others)


def both(mask, other):
    """The lanes that are in both masks."""
    return mask & other


@intrinsic
def _both(typing_context, mask, other):
    return _mask(_mask, _mask), _plain("and_")


@overload(both, inline="always")
def _overload_both(mask, other):
    return lambda mask, other: _both(mask, other)


def without(mask, other):
    """The lanes of ``mask`` that are not in ``other``."""
    return mask & ~other


@intrinsic
def _without(typing_context, mask, other):
    def generate(context, builder, signature, arguments):
        return builder.and_(arguments[0], builder.not_(arguments[1]))

    return _mask(_mask, _mask), generate


@overload(without, inline="always")
def _overload_without(mask, other):
    return lambda mask, other: _without(mask, other)


def opposite(mask):
    """The lanes that are not in the mask."""
    return ~mask


@intrinsic
def _opposite(typing_context, mask):
    return _mask(_mask), _plain("not_")


@overload(opposite, inline="always")
def _overload_opposite(mask):
    return lambda mask: _opposite(mask)


def either(mask, other):
    """The lanes that are in one mask at least."""
    return mask | other


@intrinsic
def _either(typing_context, mask, other):
    return _mask(_mask, _mask), _plain("or_")


@overload(either, inline="always")
def _overload_either(mask, other):
    return lambda mask, other: _either(mask, other)


def is_any(mask):
    """Whether the mask has a lane."""
    return bool(mask.any())


@intrinsic
def _is_any(typing_context, mask):
    def generate(context, builder, signature, arguments):
        word = builder.bitcast(arguments[0], ir.IntType(LANES))
        return builder.icmp_unsigned("!=", word, ir.Constant(ir.IntType(LANES), 0))

    return types.boolean(_mask), generate


@overload(is_any, inline="always")
def _overload_is_any(mask):
    return lambda mask: _is_any(mask)


def lower(lanes, others):
    """In every lane the lower of the two; the other where one of ``lanes`` is not a number."""
    return select(below(lanes, others), lanes, others)


@intrinsic
def _lower_lanes(typing_context, lanes, others):
    def generate(context, builder, signature, arguments):
        return builder.select(builder.fcmp_ordered("<", *arguments), *arguments)

    return _numbers(_numbers, _numbers), generate


@overload(lower, inline="always")
def _overload_lower(lanes, others):
    return lambda lanes, others: _lower_lanes(lanes, others)


def shifted(before, lanes):
    """The last of ``before``, then all of ``lanes`` but their last."""
    return np.concatenate((before[-1:], lanes[:-1]))


@intrinsic
def _shifted(typing_context, before, lanes):
    def generate(context, builder, signature, arguments):
        places = ir.Constant(ir.VectorType(ir.IntType(32), LANES), list(range(LANES - 1, 2 * LANES - 1)))
        return builder.shuffle_vector(*arguments, places)

    return _numbers(_numbers, _numbers), generate


@overload(shifted, inline="always")
def _overload_shifted(before, lanes):
    return lambda before, lanes: _shifted(before, lanes)
