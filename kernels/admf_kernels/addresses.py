"""Arrays and functions by their addresses, for compiled code that has to work with those of any strategy.

A function that takes addresses alone has the same type whatever its strategy has of columns and parameters, so code
that is compiled once can call it. Who hands out an address holds the array until the call is over; what is made from
one is not counted. In plain Python an array's address is a number all the same, and a function stands for itself.
"""

import ctypes
from typing import Any

import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core import cgutils, ir_utils
from numba.np.arrayobj import populate_array

from .intrinsics import compiled_as
from .ownership import RecordPointer

#: How many addresses and whole numbers a function takes that is called by its address.
N_ARGUMENTS = 9


def address_of(array: Any) -> int:
    """Address of an array's first element; the array has to be contiguous."""
    assert array.flags.c_contiguous
    return int(array.__array_interface__["data"][0])


@compiled_as(address_of)
def _address(typing_context, array):
    def generate(context, builder, signature, arguments):
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.ptrtoint(made.data, ir.IntType(64))

    return types.int64(array), generate


def function_address(function: Any) -> Any:
    """Address of a compiled entry, whose arguments are ``N_ARGUMENTS`` int64; a function in plain Python is itself."""
    overloads = getattr(function, "overloads", None)
    if overloads is None:
        return function
    (compiled,) = overloads.values()
    return compiled.library.get_pointer_to_function(compiled.fndesc.llvm_cfunc_wrapper_name)


def entry_address(function: Any) -> Any:
    """Address of a compiled entry as compiled code calls it; a function in plain Python is itself."""
    overloads = getattr(function, "overloads", None)
    if overloads is None:
        return function
    (compiled,) = overloads.values()
    return compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)


def _plain(address: int, n: int, kind: Any, dtype: Any) -> Any:
    if n == 0:
        return np.empty(0, dtype)
    return np.frombuffer((kind * int(n)).from_address(int(address)), dtype)


def numbers_at(address: int, n: int) -> Any:
    """``n`` float64 from ``address`` on."""
    return _plain(address, n, ctypes.c_double, np.float64)


def whole_numbers_at(address: int, n: int) -> Any:
    """``n`` int64 from ``address`` on."""
    return _plain(address, n, ctypes.c_int64, np.int64)


def codes_at(address: int, n: int) -> Any:
    """``n`` int8 from ``address`` on."""
    return _plain(address, n, ctypes.c_int8, np.int8)


def flags_at(address: int, n: int) -> Any:
    """``n`` booleans from ``address`` on."""
    return _plain(address, n, ctypes.c_bool, np.bool_)


def record_at(dtype: Any) -> Any:
    """The function that gives the record of ``dtype`` at an address."""

    def at(address: int) -> Any:
        return _plain(address, dtype.itemsize, ctypes.c_char, dtype)[0]

    @compiled_as(at)
    def compiled(typing_context, address):
        def generate(context, builder, signature, arguments):
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return RecordPointer(from_dtype(dtype))(types.int64), generate

    return at


def make_array(context, builder, element, pointer, n):
    """For intrinsics: the uncounted array of ``n`` of a type that a pointer points to."""
    array = context.make_array(types.Array(element, 1, "C"))(context, builder)
    size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(element)))
    data = builder.bitcast(pointer, array.data.type)
    populate_array(array, data=data, shape=[n], strides=[size], itemsize=size, meminfo=None)
    return array._getvalue()


def _array_of(function, element):
    """Compile ``function``, which makes an array of ``element`` from an address and a length."""

    @compiled_as(function)
    def array_at(typing_context, address, n):
        def generate(context, builder, signature, arguments):
            pointer = builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())
            return make_array(context, builder, element, pointer, arguments[1])

        return types.Array(element, 1, "C")(types.int64, types.int64), generate

    return array_at


_MADE = {
    numbers_at: types.float64,
    whole_numbers_at: types.int64,
    codes_at: types.int8,
    flags_at: types.boolean,
}
for _function, _element in _MADE.items():
    _array_of(_function, _element)


# Numba drops what is written to an array that nobody reads again, unless it knows the array to be somebody else's.
for _function in _MADE:
    ir_utils.alias_func_extensions[_function.__name__, __name__] = lambda result, arguments, aliases, of_arguments: (
        of_arguments.add(result)
    )


def call_at(function, arguments):
    """Call a function by what ``function_address`` says of it, with ``N_ARGUMENTS`` numbers."""
    function(*arguments)


@compiled_as(call_at)
def _called(typing_context, function, arguments):
    def generate(context, builder, signature, arguments):
        # What a function without a result returns to C is a null pointer.
        kind = ir.FunctionType(ir.IntType(8).as_pointer(), [ir.IntType(64)] * N_ARGUMENTS)
        given = zip(cgutils.unpack_tuple(builder, arguments[1]), signature.args[1].types, strict=True)
        numbers = [context.cast(builder, value, number, types.int64) for value, number in given]
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), numbers)
        return context.get_dummy_value()

    return types.none(types.int64, arguments), generate
