"""Eight numbers side by side, worked on at once: what a bar loop is made of where bars do not depend on each other.

Numba hopes that LLVM finds such loops; here they are written as such, so that the order of every addition is known and
the same on every machine, whatever the width of its vectors. Compiled, lanes are eight float64 in registers and a mask
is eight bits. In plain Python both are arrays of NumPy, and every function here comes to the same bits.

What works lane by lane takes one number too, with a bool for a mask, so a rule has one text for both forms. Where
lanes meet one number, that stands in every lane.
"""

import itertools
import operator

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.datamodel import register_default
from numba.core.datamodel.models import PrimitiveModel
from numba.core.typing import signature
from numba.extending import lower_builtin, lower_cast, type_callable

#: How many numbers stand side by side; a power of two.
LANES = 8

_WORD = ir.IntType(32)
_NUMBERS = ir.VectorType(ir.DoubleType(), LANES)
_PLACES = ir.VectorType(ir.IntType(64), LANES)
_BITS = ir.VectorType(ir.IntType(1), LANES)
_COUNTED = np.arange(LANES)
_MASKED_LOAD = f"llvm.masked.load.v{LANES}f64.p0"


class _Lanes(types.Type):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(name="Lanes")


class _Mask(types.Type):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(name="Mask")


@register_default(_Lanes)
class _LanesModel(PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager, kind):
        super().__init__(manager, kind, _NUMBERS)


@register_default(_Mask)
class _MaskModel(PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager, kind):
        super().__init__(manager, kind, _BITS)


_lanes = _Lanes()
_mask = _Mask()
#: Numba's types of lanes and of a mask.
NUMBERS, MASK = _lanes, _mask
#: What stands for lanes and a mask where there is one number.
_SINGLE = {_lanes: types.float64, _mask: types.boolean}
#: Stands for an array of float64, of whatever layout, among the arguments of ``_compiles``.
_ARRAY = types.Array


def _compiles(function, result, *expected):
    """Decorate what makes LLVM's instructions for ``function``: it takes the builder and the arguments' values."""

    def register(build):
        def takes(given, kind):
            if kind is _ARRAY:
                return isinstance(given, types.Array) and given.dtype == types.float64
            return given == kind or (isinstance(kind, types.Number) and isinstance(given, types.Number))

        def resolve(*given):
            if not all(map(takes, given, expected)):
                return None
            pairs = zip(given, expected, strict=True)
            return signature(result, *(g if e is _ARRAY else e for g, e in pairs))

        # Numba looks at how many arguments there are.
        by_arity = (
            lambda a: resolve(a),
            lambda a, b: resolve(a, b),
            lambda a, b, c: resolve(a, b, c),
        )
        type_callable(function)(lambda context: by_arity[len(expected) - 1])

        @lower_builtin(function, *expected)
        def generate(context, builder, signature, arguments):
            values = []
            for kind, value in zip(signature.args, arguments, strict=True):
                is_array = isinstance(kind, types.Array)
                values.append(context.make_array(kind)(context, builder, value).data if is_array else value)
            built = build(builder, *values)
            return context.get_dummy_value() if result == types.none else built

        return build

    return register


def _lane_by_lane(function, result, *expected, single=True):
    """As ``_compiles``, for what LLVM has one instruction for: of lanes and masks, and of one number and a bool.

    Numbers among lanes stand in every lane. Where not ``single`` the function is one of Python's, which numbers have.
    """

    def resolve(*given):
        is_vector = any(kind in (_lanes, _mask) for kind in given)
        forms = [
            kind
            if kind == form
            else types.float64
            if form == _lanes and isinstance(kind, types.Number)
            else types.boolean
            if form == _mask and isinstance(kind, types.Boolean)
            else None
            for kind, form in zip(given, expected, strict=False)
        ]
        if len(given) != len(expected) or None in forms or not (is_vector or single):
            return None
        return signature(result if is_vector else _SINGLE[result], *forms)

    by_arity = (
        lambda a: resolve(a),
        lambda a, b: resolve(a, b),
        lambda a, b, c: resolve(a, b, c),
    )
    type_callable(function)(lambda context: by_arity[len(expected) - 1])

    def register(build):
        @lower_builtin(function, *expected)
        def generate(context, builder, signature, arguments):
            if signature.return_type in (_lanes, _mask):
                vectors = [_NUMBERS if form == _lanes else _BITS for form in expected]
                arguments = [
                    value if value.type == vector else _everywhere(builder, value, vector)
                    for value, vector in zip(arguments, vectors, strict=True)
                ]
            return build(builder, *arguments)

        for forms in itertools.product(*((form, _SINGLE[form]) for form in expected)):
            if forms != expected and (single or any(form in (_lanes, _mask) for form in forms)):
                lower_builtin(function, *forms)(generate)
        return build

    return register


def _everywhere(builder, value, vector):
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(_WORD, 0))
    places = ir.Constant(ir.VectorType(_WORD, LANES), [0] * LANES)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), places)


@lower_cast(types.float64, _lanes)
def _as_lanes(context, builder, kind, lanes, value):
    return _everywhere(builder, value, _NUMBERS)


def _declared(builder, name, kind):
    """LLVM's own function of that name."""
    return builder.module.globals.get(name) or ir.Function(builder.module, kind, name)


def _call_of_width(builder, name, value):
    """LLVM's function of one float64, or of lanes."""
    width = f"v{LANES}f64" if value.type == _NUMBERS else "f64"
    return builder.call(_declared(builder, f"llvm.{name}.{width}", ir.FunctionType(value.type, [value.type])), [value])


def _address(builder, data, place):
    return builder.bitcast(builder.gep(data, [place]), _NUMBERS.as_pointer())


_lane_by_lane(operator.add, _lanes, _lanes, _lanes, single=False)(ir.IRBuilder.fadd)
_lane_by_lane(operator.iadd, _lanes, _lanes, _lanes, single=False)(ir.IRBuilder.fadd)
_lane_by_lane(operator.sub, _lanes, _lanes, _lanes, single=False)(ir.IRBuilder.fsub)
_lane_by_lane(operator.mul, _lanes, _lanes, _lanes, single=False)(ir.IRBuilder.fmul)
_lane_by_lane(operator.neg, _lanes, _lanes, single=False)(ir.IRBuilder.fneg)


def quotient(numerators, denominators):
    """``numerators / denominators``; a division by zero is no error."""
    with np.errstate(all="ignore"):
        return np.divide(numerators, denominators)


_lane_by_lane(quotient, _lanes, _lanes, _lanes)(ir.IRBuilder.fdiv)


def product(numbers, others):
    """``numbers * others``; infinity times zero is no error, but no number."""
    with np.errstate(all="ignore"):
        return np.multiply(numbers, others)


_lane_by_lane(product, _lanes, _lanes, _lanes)(ir.IRBuilder.fmul)


def spread(value):
    """``value`` in every lane."""
    return np.full(LANES, value, np.float64)


@_compiles(spread, _lanes, types.float64)
def _spread(builder, value):
    return _everywhere(builder, value, _NUMBERS)


def load(numbers, place):
    """``LANES`` numbers of a float64 array from ``place`` on."""
    return numbers[place : place + LANES].copy()


@_compiles(load, _lanes, _ARRAY, types.int64)
def _load(builder, data, place):
    return builder.load(_address(builder, data, place), align=8)


def load_masked(numbers, place, mask):
    """As ``load``, but only the lanes of ``mask`` are read; the others, which need not be in the array, are 0."""
    found = np.zeros(LANES)
    found[mask] = numbers[place + _COUNTED[mask]]
    return found


@_compiles(load_masked, _lanes, _ARRAY, types.int64, _mask)
def _load_masked(builder, data, place, mask):
    address = _address(builder, data, place)
    kind = ir.FunctionType(_NUMBERS, [address.type, _WORD, _BITS, _NUMBERS])
    function = _declared(builder, _MASKED_LOAD, kind)
    return builder.call(function, [address, ir.Constant(_WORD, 8), mask, ir.Constant(_NUMBERS, [0.0] * LANES)])


def store(numbers, place, lanes):
    """Write the lanes into a float64 array from ``place`` on."""
    numbers[place : place + LANES] = lanes


@_compiles(store, types.none, _ARRAY, types.int64, _lanes)
def _store(builder, data, place, lanes):
    builder.store(lanes, _address(builder, data, place), align=8)


def shifted(before, lanes):
    """The last of ``before``, then all of ``lanes`` but their last."""
    return np.concatenate((before[-1:], lanes[:-1]))


@_compiles(shifted, _lanes, _lanes, _lanes)
def _shifted(builder, before, lanes):
    places = ir.Constant(ir.VectorType(_WORD, LANES), list(range(LANES - 1, 2 * LANES - 1)))
    return builder.shuffle_vector(before, lanes, places)


def lower(lanes, others):
    """In every lane the lower of the two; the other where one of ``lanes`` is not a number."""
    return select(below(lanes, others), lanes, others)


@_lane_by_lane(lower, _lanes, _lanes, _lanes)
def _lower(builder, lanes, others):
    return builder.select(builder.fcmp_ordered("<", lanes, others), lanes, others)


def higher(lanes, others):
    """In every lane the higher of the two; the other where one of ``lanes`` is not a number."""
    return select(below(others, lanes), lanes, others)


@_lane_by_lane(higher, _lanes, _lanes, _lanes)
def _higher(builder, lanes, others):
    return builder.select(builder.fcmp_ordered(">", lanes, others), lanes, others)


def lowest(lanes):
    """The lowest number of all lanes; all of them are numbers."""
    return float(lanes.min())


@_compiles(lowest, types.float64, _lanes)
def _lowest(builder, lanes):
    width = LANES // 2
    while width:
        places = ir.Constant(ir.VectorType(_WORD, LANES), [(place + width) % LANES for place in range(LANES)])
        others = builder.shuffle_vector(lanes, ir.Constant(_NUMBERS, ir.Undefined), places)
        lanes = _lower(builder, lanes, others)
        width //= 2
    return builder.extract_element(lanes, ir.Constant(_WORD, 0))


def magnitude(lanes):
    """Every number without its sign."""
    return np.abs(lanes)


@_lane_by_lane(magnitude, _lanes, _lanes)
def _magnitude(builder, lanes):
    return _call_of_width(builder, "fabs", lanes)


def rounded_down(lanes):
    """The largest whole number that is not above each."""
    return np.floor(lanes)


@_lane_by_lane(rounded_down, _lanes, _lanes)
def _rounded_down(builder, lanes):
    return _call_of_width(builder, "floor", lanes)


def nearest(lanes):
    """The whole number that is nearest to each; of two that are as near, the even one."""
    return np.rint(lanes)


@_lane_by_lane(nearest, _lanes, _lanes)
def _nearest(builder, lanes):
    return _call_of_width(builder, "rint", lanes)


def next_lower(lanes):
    """The next lower double of each, all of them being above 0."""
    return (np.asarray(lanes, np.float64).view(np.int64) - 1).view(np.float64)


@_lane_by_lane(next_lower, _lanes, _lanes)
def _next_lower(builder, lanes):
    if lanes.type == _NUMBERS:
        kind, one = _PLACES, ir.Constant(_PLACES, [1] * LANES)
    else:
        kind, one = ir.IntType(64), ir.Constant(ir.IntType(64), 1)
    return builder.bitcast(builder.sub(builder.bitcast(lanes, kind), one), lanes.type)


def select(mask, chosen, other):
    """``chosen`` in the lanes of ``mask``, ``other`` in the rest."""
    return np.where(mask, chosen, other) if isinstance(mask, np.ndarray) else chosen if mask else other


_lane_by_lane(select, _lanes, _mask, _lanes, _lanes)(ir.IRBuilder.select)


def lanes_between(place, first, end):
    """The mask of the lanes whose number, counted from ``place`` on, is at least ``first`` and below ``end``."""
    numbers = place + _COUNTED
    return (numbers >= first) & (numbers < end)


@_compiles(lanes_between, _mask, types.int64, types.int64, types.int64)
def _lanes_between(builder, place, first, end):
    counted = ir.Constant(_PLACES, list(range(LANES)))
    begin = _everywhere(builder, builder.sub(first, place), _PLACES)
    stop = _everywhere(builder, builder.sub(end, place), _PLACES)
    return builder.and_(builder.icmp_signed(">=", counted, begin), builder.icmp_signed("<", counted, stop))


def below(lanes, others):
    """The mask of the lanes that are lower than their counterparts; one that is not a number never is."""
    with np.errstate(invalid="ignore"):
        return lanes < others


@_lane_by_lane(below, _mask, _lanes, _lanes)
def _below(builder, lanes, others):
    return builder.fcmp_ordered("<", lanes, others)


def at_most(lanes, others):
    """The mask of the lanes that are not above their counterparts; one that is not a number never is."""
    with np.errstate(invalid="ignore"):
        return lanes <= others


@_lane_by_lane(at_most, _mask, _lanes, _lanes)
def _at_most(builder, lanes, others):
    return builder.fcmp_ordered("<=", lanes, others)


def equal(lanes, others):
    """The mask of the lanes that are equal to their counterparts; one that is not a number never is."""
    return lanes == others


@_lane_by_lane(equal, _mask, _lanes, _lanes)
def _equal(builder, lanes, others):
    return builder.fcmp_ordered("==", lanes, others)


def both(mask, other):
    """The lanes that are in both masks."""
    return mask & other


_lane_by_lane(both, _mask, _mask, _mask)(ir.IRBuilder.and_)


def either(mask, other):
    """The lanes that are in one mask at least."""
    return mask | other


_lane_by_lane(either, _mask, _mask, _mask)(ir.IRBuilder.or_)


def opposite(mask):
    """The lanes that are not in the mask."""
    return np.logical_not(mask)


_lane_by_lane(opposite, _mask, _mask)(ir.IRBuilder.not_)


def mask_of(bits):
    """The mask whose lane i is bit i of a whole number."""
    return (bits >> _COUNTED) & 1 == 1


@_compiles(mask_of, _mask, types.int64)
def _mask_of(builder, bits):
    return builder.bitcast(builder.trunc(bits, ir.IntType(LANES)), _BITS)


def is_any(mask):
    """Whether the mask has a lane."""
    return bool(np.any(mask))


@_compiles(is_any, types.boolean, _mask)
def _is_any(builder, mask):
    word = ir.IntType(LANES)
    return builder.icmp_unsigned("!=", builder.bitcast(mask, word), ir.Constant(word, 0))


_compiles(is_any, types.boolean, types.boolean)(lambda builder, mask: mask)


def as_number(mask):
    """1.0 in the lanes of the mask, 0.0 in the rest; of one bool the whole number."""
    return np.where(mask, 1.0, 0.0) if isinstance(mask, np.ndarray) else int(mask)


_compiles(as_number, _lanes, _mask)(lambda builder, mask: builder.uitofp(mask, _NUMBERS))
_compiles(as_number, types.int64, types.boolean)(lambda builder, mask: builder.zext(mask, ir.IntType(64)))
