"""A container that is left at one bar and gone on with at the next: its state, in memory that its caller owns.

An engine is told the address of that memory, or 0. There stand, one after the other, the header, the state of the
strategy (``memory``), and that of the engine, which it reads when it begins and writes when it has come to its end. No
address is among it, so it may be kept in a file and gone on with in another process.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from .addresses import codes_at, numbers_at, record_at, whole_numbers_at
from .compilation import hot_kernel, kernel
from .evaluation import FIRST_BAR
from .intrinsics import compiled_as
from .views import View

#: The header. The caller says where to stop, the engine all else; all is 0 before the first bar.
HEADER_DTYPE = np.dtype(
    (
        np.record,
        [
            ("start", np.int64),  # the bar to go on from
            ("stop", np.int64),  # the bar to stop before
            ("first", np.int64),  # the first bar evaluated
            ("ranged", np.int64),  # bars, the history's among them, that the average true range has taken
            ("bars_held", np.int64),  # bars at whose close a position was held
            ("evaluated", np.int64),  # bars evaluated, where the engine counts them
        ],
    )
)
HEADER_BYTES = HEADER_DTYPE.itemsize
#: The header at an address.
header_at = record_at(HEADER_DTYPE)
_WORD = 8


def bytes_of_memory(n_bytes: int) -> int:
    """Bytes that a strategy's state of ``n_bytes`` takes in whole words."""
    return -(-n_bytes // _WORD) * _WORD


def count_numbers(cls: Any) -> int:
    """How many whole and floating-point numbers the fields of a jitclass are."""
    return len(_numbers(cls))


def _numbers(cls: Any) -> dict[str, Any]:
    compiled = getattr(cls, "class_type", None)
    fields = cls.__annotations__ if compiled is None else compiled.instance_type.struct
    return _numbers_of(fields)


def _numbers_of(fields: Any) -> dict[str, Any]:
    return {name: kind for name, kind in fields.items() if kind in (types.int64, types.float64)}


def _put(viewed, place):
    for name, kind in _numbers(type(viewed)).items():
        kept = numbers_at(place, 1) if kind is types.float64 else whole_numbers_at(place, 1)
        kept[0] = getattr(viewed, name)
        place += _WORD
    return place


def _take(viewed, place):
    for name, kind in _numbers(type(viewed)).items():
        kept = numbers_at(place, 1) if kind is types.float64 else whole_numbers_at(place, 1)
        setattr(viewed, name, kept[0].item())
        place += _WORD
    return place


def _each_number(context, builder, signature, arguments):
    """Pairs of pointers: to the numbers of a view's fields, and to the words from an address on; and the next word."""
    viewed = signature.args[0].instance
    data = viewed.get_data_type()
    fields = context.make_data_helper(
        builder, data, ref=builder.bitcast(arguments[0], context.get_data_type(data).as_pointer())
    )
    pairs, names = [], _numbers_of(viewed.struct)
    for offset, name in enumerate(names):
        field = fields._get_ptr_by_name(f"m_{name}")
        address = builder.add(arguments[1], ir.Constant(ir.IntType(64), _WORD * offset))
        pairs.append((field, builder.inttoptr(address, field.type)))
    return pairs, builder.add(arguments[1], ir.Constant(ir.IntType(64), _WORD * len(names)))


def _copying(function, is_put):
    @compiled_as(function)
    def copied(typing_context, viewed, place):
        if not isinstance(viewed, View):
            return None

        def generate(context, builder, signature, arguments):
            pairs, behind = _each_number(context, builder, signature, arguments)
            for field, word in pairs:
                source, target = (field, word) if is_put else (word, field)
                builder.store(builder.load(source, align=_WORD), target, align=_WORD)
            return behind

        return types.int64(viewed, types.int64), generate

    return copied


_copying(_put, True)
_copying(_take, False)


@hot_kernel
def exchange_numbers(saves, viewed, place):
    """Write the numbers of a view to ``place``, or read them from there; the place behind them."""
    if saves:
        return _put(viewed, place)
    return _take(viewed, place)


@kernel
def exchange_words(saves, address, place, n):
    """Write ``n`` words from an ``address`` on to ``place``, or read them from there; the place behind them."""
    words, kept = whole_numbers_at(address, n), whole_numbers_at(place, n)
    for k in range(n):
        if saves:
            kept[k] = words[k]
        else:
            words[k] = kept[k]
    return place + _WORD * n


@kernel
def memory_of(kept, n_bytes):
    """Memory for a strategy's state, int8 (n_bytes,): that of a container that is kept, or of its own."""
    return np.zeros(n_bytes, np.int8) if kept == 0 else codes_at(kept + HEADER_BYTES, n_bytes)


@hot_kernel
def stretch_of(kept, n_bars, n_history):
    """(bar to go on from, bar to stop before, bar to evaluate from) of a container that is kept, or of a whole one."""
    if kept == 0:
        return 0, n_bars, -n_history
    header = header_at(kept)
    start = int(header.start)
    return start, min(int(header.stop), n_bars), start if start > 0 else -n_history


@hot_kernel
def is_resumed(kept):
    """Whether a container has state to go on from."""
    return kept != 0 and header_at(kept).start > 0


@hot_kernel
def write_header(kept, evaluation, stop):
    """Say that a container was left before the bar ``stop``."""
    header = header_at(kept)
    header.start = stop
    header.first = evaluation.result[FIRST_BAR]


@hot_kernel
def state_address(kept, n_bytes):
    """Where the state of the engine stands, behind that of a strategy of ``n_bytes``."""
    return kept + HEADER_BYTES + ((n_bytes + _WORD - 1) & -_WORD)
