"""Accounts of neighbouring containers as one: each field in lanes, so that rules for one account work on several."""

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.core.datamodel import register_default
from numba.core.datamodel.models import StructModel
from numba.core.typing import templates
from numba.extending import lower_getattr_generic, lower_setattr_generic

from ..intrinsics import compiled_as
from ..lanes import LANES, MASK, NUMBERS
from .accounts import BOOK_FIELDS, STRIDE, BookType, field_place


class _BookLanes:
    """The fields of neighbouring containers, in plain Python."""

    def __init__(self, books: Any, k: int, mask: Any) -> None:
        object.__setattr__(self, "_books", books)
        object.__setattr__(self, "_k", k)
        object.__setattr__(self, "_mask", mask)

    def __getattr__(self, name: str) -> Any:
        first = BOOK_FIELDS.index(name) * STRIDE + self._k
        return self._books[first : first + LANES].copy()

    def __setattr__(self, name: str, value: Any) -> None:
        first = BOOK_FIELDS.index(name) * STRIDE + self._k
        self._books[first : first + LANES][self._mask] = np.broadcast_to(value, LANES)[self._mask]


def book_lanes(books, k, mask):
    """Containers from ``k`` on, whose fields are attributes of one lane each: what is set is set where ``mask`` is.

    Good for as long as somebody holds ``books``.
    """
    return _BookLanes(books, k, mask)


class BookLanesType(types.Type):  # type: ignore[misc]
    """Numba's type of what ``book_lanes`` gives: the address of the first container's first field, and the mask."""

    def __init__(self) -> None:
        super().__init__(name="BookLanes")


@register_default(BookLanesType)
class _BookLanesModel(StructModel):  # type: ignore[misc]
    def __init__(self, manager, kind):
        super().__init__(manager, kind, [("address", BookType()), ("mask", MASK)])


@compiled_as(book_lanes)
def _book_lanes(typing_context, books, k, mask):
    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        made = cgutils.create_struct_proxy(signature.return_type)(context, builder)
        made.address = builder.bitcast(builder.gep(array.data, [arguments[1]]), cgutils.voidptr_t)
        made.mask = arguments[2]
        return made._getvalue()

    return BookLanesType()(books, types.int64, MASK), generate


@templates.infer_getattr
class _BookLanesFields(templates.AttributeTemplate):  # type: ignore[misc]
    key = BookLanesType

    def generic_resolve(self, book, attribute):
        return NUMBERS if attribute in BOOK_FIELDS else None


def _lanes_place(context, builder, value, attribute):
    made = cgutils.create_struct_proxy(BookLanesType())(context, builder, value=value)
    place = field_place(builder, made.address, attribute)
    return builder.bitcast(place, context.get_value_type(NUMBERS).as_pointer()), made.mask


@lower_getattr_generic(BookLanesType)
def _get_lanes(context, builder, book, value, attribute):
    place, _ = _lanes_place(context, builder, value, attribute)
    return builder.load(place, align=8)


@lower_setattr_generic(BookLanesType)
def _set_lanes(context, builder, signature, arguments, attribute):
    # Not a masked store: the processor would not hand on what it writes to the loads that soon follow.
    place, mask = _lanes_place(context, builder, arguments[0], attribute)
    builder.store(builder.select(mask, arguments[1], builder.load(place, align=8)), place, align=8)
