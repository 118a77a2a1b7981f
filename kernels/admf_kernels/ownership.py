"""Jitclasses and arrays without reference counting.

Numba counts every reference to a jitclass or an array with an atomic operation, which costs more than most of what a
container does at a bar. The functions here hand out the same data without a counter, so that counting compiles to
nothing. What they return is good for as long as somebody up the call stack holds the counted original, and must not
outlive the function that asked for it. In plain Python they return the original.
"""

from zlib import crc32

from llvmlite import ir
from numba import types
from numba.core import cgutils, ir_utils
from numba.core import ir as numba_ir
from numba.core.datamodel import register_default
from numba.core.datamodel.models import PrimitiveModel

from .intrinsics import compiled_as
from .settings import SETTINGS_DTYPE, plain_settings


def borrow(owned):
    """The same jitclass instance or array, without its counter, or a record of an array by its address alone.

    In plain Python settings come as numbers of Python: NumPy's warn where a fee of an endless price is not a number.
    """
    return plain_settings(owned) if getattr(owned, "dtype", None) == SETTINGS_DTYPE and not owned.shape else owned


def local_copy(owned):
    """A copy of a jitclass instance in the caller's own variables, which the compiler keeps in registers.

    What changes in the copy never reaches the original, so this is for state that its caller alone works on. In
    plain Python there is no copy: it is the original.
    """
    return owned


def hold(owned):
    """Nothing but a last mention of a jitclass instance.

    Numba drops what is mentioned no more, even before the call that works on a view of it: so what a view was made of
    is held by mentioning it after the view's last reader.
    """


@compiled_as(hold)
def _held(typing_context, owned):
    return types.none(owned), lambda context, builder, signature, arguments: context.get_dummy_value()


def _uncounted(context, builder, kind, value):
    structure = cgutils.create_struct_proxy(kind)(context, builder, value=value)
    structure.meminfo = cgutils.get_null_value(structure.meminfo.type)
    return structure


class RecordPointer(types.Record):  # type: ignore[misc]
    """A record by its address, so that it can stand in a tuple or a jitclass, which would copy one of Numba's."""

    def __init__(self, record):
        fields = [(name, field._asdict()) for name, field in record.fields.items()]
        super().__init__(fields, record.size, record.aligned)
        # The name of a record lists its fields, and would stand in the symbol of every function that takes it.
        self.name = f"RecordPointer({record.size}, {crc32(record.name.encode()):08x})"

    def can_convert_to(self, typing_context, other):
        """Nothing: a function compiled for a record of Numba's is another one."""
        return None


@register_default(RecordPointer)
class _RecordPointerModel(PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager, pointer):
        super().__init__(manager, pointer, ir.ArrayType(ir.IntType(8), pointer.size).as_pointer())


@compiled_as(borrow)
def _borrowed(typing_context, owned):
    if isinstance(owned, types.Record):
        pointer = owned if isinstance(owned, RecordPointer) else RecordPointer(owned)
        return pointer(owned), lambda context, builder, signature, arguments: arguments[0]

    def generate(context, builder, signature, arguments):
        return _uncounted(context, builder, signature.args[0], arguments[0])._getvalue()

    return owned(owned), generate


@compiled_as(local_copy)
def _copied(typing_context, owned):
    def generate(context, builder, signature, arguments):
        structure = _uncounted(context, builder, signature.args[0], arguments[0])
        fields = context.get_data_type(signature.args[0].get_data_type())
        place = cgutils.alloca_once(builder, fields)
        builder.store(builder.load(builder.bitcast(structure.data, fields.as_pointer())), place)
        structure.data = builder.bitcast(place, structure.data.type)
        return structure._getvalue()

    return owned(owned), generate


# Numba drops what is written to an array that nobody reads again, unless it knows the array to be somebody else's.
ir_utils.alias_func_extensions["borrow", __name__] = lambda result, arguments, aliases, of_arguments: (
    ir_utils._add_alias(result, arguments[0].name, aliases, of_arguments)
)


def _alias_of_unpacked(assignment, arguments, types_of, function, aliases, of_arguments):
    """What is taken out of a tuple is what was put into it: ``a, b, c, d = borrow(a), borrow(b), ...`` makes one."""
    made = assignment.value
    if isinstance(made, numba_ir.Expr) and made.op in ("build_tuple", "exhaust_iter"):
        for part in made.items if made.op == "build_tuple" else [made.value]:
            ir_utils._add_alias(assignment.target.name, part.name, aliases, of_arguments)


ir_utils.alias_analysis_extensions[numba_ir.Assign] = _alias_of_unpacked
