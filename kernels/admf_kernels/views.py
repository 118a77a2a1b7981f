"""Views: a jitclass instance as nothing but the address of its fields.

A reference to a jitclass is counted whenever it is read, handed over or dropped, and its type has a name that only one
process knows, so that no function which takes one can be cached on disk. A view is never counted and has the same type
in every process. Reading a field that is a view, or an array, gives it uncounted too. A view is good for as long as
somebody up the call stack holds the instance. In plain Python it is the instance.
"""

from __future__ import annotations

import importlib
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import register_default
from numba.core.datamodel.models import OpaqueModel
from numba.core.typing import templates
from numba.extending import lower_builtin, lower_getattr_generic, lower_setattr_generic

from .compilation import kernel
from .intrinsics import compiled_as


class View(types.Type):  # type: ignore[misc]
    """Numba's type of a view of the instances of one jitclass."""

    def __init__(self, instance: Any) -> None:
        self.instance = instance
        self.home = instance.methods["__init__"].__module__
        super().__init__(name=f"View({self.home}.{instance.classname})")

    def __reduce__(self) -> Any:
        return _found, (self.home, self.instance.classname)


def _found(module: str, name: str) -> View:
    return View(getattr(importlib.import_module(module), name).class_type.instance_type)


def view_type(cls: Any) -> Any:
    """The Numba type of views of a jitclass, to declare a field with; any type when compilation is off."""
    compiled = getattr(cls, "class_type", None)
    return types.int64 if compiled is None else View(compiled.instance_type)


def view(owned: Any) -> Any:
    """The instance's view; a view of a view is itself."""
    return owned


@compiled_as(view)
def _viewed(typing_context, owned):
    if isinstance(owned, View):
        return owned(owned), lambda context, builder, signature, arguments: arguments[0]

    def generate(context, builder, signature, arguments):
        structure = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=arguments[0])
        return builder.bitcast(structure.data, cgutils.voidptr_t)

    return View(owned)(owned), generate


#: Plain Python: instances by the numbers that stand for their addresses.
_instances: dict[int, Any] = {}


def address_of_view(viewed: Any) -> int:
    """The address of a view, for compiled code that cannot be handed the view."""
    _instances[id(viewed)] = viewed
    return id(viewed)


def view_at(cls: Any, address: int) -> Any:
    """The view of the instance of a jitclass whose ``address_of_view`` this is."""
    return _instances[address]


@compiled_as(address_of_view)
def _address(typing_context, viewed):
    def generate(context, builder, signature, arguments):
        return builder.ptrtoint(arguments[0], ir.IntType(64))

    return types.int64(viewed), generate


@compiled_as(view_at)
def _view_of(typing_context, cls, address):
    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[1], cgutils.voidptr_t)

    return View(cls.instance_type)(cls, types.int64), generate


register_default(View)(OpaqueModel)

#: (jitclass, method) -> the method compiled for views of it.
_methods: dict[tuple[Any, str], Any] = {}


def _method(instance: Any, name: str) -> Any:
    if (instance, name) not in _methods:
        _methods[instance, name] = kernel(instance.methods[name])
    return types.Dispatcher(_methods[instance, name])


def _call_method(name: str) -> Any:
    def lowered(context, builder, signature, arguments):
        call = context.get_function(_method(signature.args[0].instance, name), signature)
        context.add_linking_libs(getattr(call, "libs", ()))
        return call(builder, arguments)

    return lowered


#: Names of methods that Numba knows how to call on a view.
_lowered: set[str] = set()


@templates.infer_getattr
class _Attributes(templates.AttributeTemplate):  # type: ignore[misc]
    key = View

    def generic_resolve(self, viewed, attribute):
        if attribute in viewed.instance.struct:
            return viewed.instance.struct[attribute]
        if attribute not in viewed.instance.methods:
            return None
        method = _method(viewed.instance, attribute)
        if attribute not in _lowered:
            lower_builtin((View, attribute), View, types.VarArg(types.Any))(_call_method(attribute))
            _lowered.add(attribute)

        class Method(templates.AbstractTemplate):  # type: ignore[misc]
            key = (View, attribute)

            def generic(self, arguments, keywords):
                return method.get_call_type(self.context, (viewed, *arguments), keywords).as_method()

        return types.BoundFunction(Method, viewed)


def _fields(context, builder, viewed, address):
    data = viewed.instance.get_data_type()
    pointer = builder.bitcast(address, context.get_data_type(data).as_pointer())
    return context.make_data_helper(builder, data, ref=pointer)


@lower_getattr_generic(View)
def _get(context, builder, viewed, address, attribute):
    value = getattr(_fields(context, builder, viewed, address), f"m_{attribute}")
    if not isinstance(viewed.instance.struct[attribute], types.Array):
        return value
    array = cgutils.create_struct_proxy(viewed.instance.struct[attribute])(context, builder, value=value)
    array.meminfo = cgutils.get_null_value(array.meminfo.type)
    return array._getvalue()


@lower_setattr_generic(View)
def _set(context, builder, signature, arguments, attribute):
    if isinstance(signature.args[1], types.Array):
        raise NotImplementedError(f"{attribute}: an array belongs to the instance, not to its view")
    setattr(_fields(context, builder, signature.args[0], arguments[0]), f"m_{attribute}", arguments[1])
