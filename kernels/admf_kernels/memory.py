"""State of a strategy in memory that its container owns, so that compiled code which knows no strategy can keep it.

A jitclass has another type in every process, and its fields are counted memory. Here its fields are copied from and to
an address: ``restored`` gives an instance in the caller's own variables, and ``keep`` writes one back. In plain Python
an address is a key, and the instance itself is what is kept.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from .intrinsics import compiled_as

#: Bytes that an indicator, or the random stream, has room for: 32 fields.
ROOM = 256

#: Plain Python: what is kept at an address.
_kept: dict[int, Any] = {}


def restored(cls: Any, address: int) -> Any:
    """The instance of a jitclass that is kept at ``address``, in the caller's own variables."""
    return _kept[int(address)]


def keep(instance: Any, address: int) -> None:
    """Write the fields of a jitclass instance to ``address``; those that are jitclasses themselves are left out."""
    _kept[int(address)] = instance


def renew(instance: Any, fresh: Any) -> None:
    """Give a jitclass instance the fields of another one, all of which are numbers."""
    instance.__dict__.update(fresh.__dict__)


@compiled_as(renew)
def _renewed(typing_context, instance, fresh):
    def generate(context, builder, signature, arguments):
        fields = context.get_data_type(signature.args[0].get_data_type()).as_pointer()
        target, source = (
            builder.bitcast(cgutils.create_struct_proxy(kind)(context, builder, value=value).data, fields)
            for kind, value in zip(signature.args, arguments, strict=True)
        )
        builder.store(builder.load(source, align=8), target, align=8)
        return context.get_dummy_value()

    return types.none(instance, fresh), generate


@compiled_as(restored)
def _restored(typing_context, cls, address):
    kind = cls.instance_type

    def generate(context, builder, signature, arguments):
        fields = context.get_data_type(kind.get_data_type())
        place = cgutils.alloca_once(builder, fields)
        kept = builder.inttoptr(arguments[1], fields.as_pointer())
        builder.store(builder.load(kept, align=8), place)
        structure = cgutils.create_struct_proxy(kind)(context, builder)
        structure.meminfo = cgutils.get_null_value(structure.meminfo.type)
        structure.data = builder.bitcast(place, structure.data.type)
        return structure._getvalue()

    return kind(cls, types.int64), generate


@compiled_as(keep)
def _kept_at(typing_context, instance, address):
    def generate(context, builder, signature, arguments):
        kind = signature.args[0]
        structure = cgutils.create_struct_proxy(kind)(context, builder, value=arguments[0])
        fields = context.get_data_type(kind.get_data_type())
        target = builder.inttoptr(arguments[1], fields.as_pointer())
        builder.store(builder.load(builder.bitcast(structure.data, fields.as_pointer())), target, align=8)
        parts = context.make_data_helper(builder, kind.get_data_type(), ref=target)
        for name, field in kind.struct.items():
            if isinstance(field, types.ClassInstanceType):
                attribute = f"m_{name}"
                setattr(parts, attribute, ir.Constant(getattr(parts, attribute).type, None))
        return context.get_dummy_value()

    return types.none(instance, types.int64), generate
