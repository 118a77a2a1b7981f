"""Constant arrays of a user's module, which compiled code reads from wherever they lie.

Numba copies an array that it finds in a module into the machine code. Here machine code knows an address alone, that of
a few words which say where the array is and what shape it has: another array needs no other code.
"""

from __future__ import annotations

import hashlib
from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import config, from_dtype, types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from .addresses import address_of

_WORD = ir.IntType(64)
#: Symbol -> the words that code reads: an address, and a length for each dimension.
_words: dict[str, Any] = {}
#: Symbol -> the array that is read now.
_bound: dict[str, Any] = {}


def _symbol(module: str, slot: int) -> str:
    return f"admf_array_{hashlib.sha256(module.encode()).hexdigest()[:16]}_{slot}"


def _words_of(symbol: str, ndim: int) -> Any:
    if symbol not in _words:
        _words[symbol] = np.zeros(1 + ndim, np.int64)
        llvmlite.binding.add_symbol(symbol, address_of(_words[symbol]))
    return _words[symbol]


def bind_arrays(module: str, arrays: Any) -> None:
    """Let code of a generated module read these arrays from now on; they are C-contiguous, and are held here."""
    for slot, array in enumerate(arrays):
        symbol = _symbol(module, slot)
        _bound[symbol] = array
        _words_of(symbol, array.ndim)[:] = [address_of(array), *array.shape]


def passed_array(module: str, slot: int, dtype: str, ndim: int) -> Any:
    """A function of no arguments that gives the array which is bound to a slot of a generated module."""
    symbol = _symbol(module, slot)
    if config.DISABLE_JIT:
        return lambda: _bound[symbol]
    _words_of(symbol, ndim)
    kind = types.Array(from_dtype(np.dtype(dtype)), ndim, "C", readonly=True)

    @intrinsic
    def passed(typing_context):
        def generate(context, builder, signature, arguments):
            words = builder.module.globals.get(symbol) or ir.GlobalVariable(builder.module, _WORD, symbol)
            address, *shape = (builder.load(builder.gep(words, [_WORD(place)])) for place in range(1 + ndim))
            array = context.make_array(kind)(context, builder)
            size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
            strides = [size]
            for length in shape[:0:-1]:
                strides.insert(0, builder.mul(strides[0], length))
            data = builder.inttoptr(address, array.data.type)
            populate_array(array, data=data, shape=shape, strides=strides, itemsize=size, meminfo=None)
            return array._getvalue()

        return kind(), generate

    return passed
