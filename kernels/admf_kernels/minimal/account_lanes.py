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
from .accounts import ACCOUNT_FIELDS, STRIDE, AccountType, field_place


class _AccountLanes:
    """The fields of neighbouring containers, in plain Python."""

    def __init__(self, accounts: Any, k: int, mask: Any) -> None:
        object.__setattr__(self, "_accounts", accounts)
        object.__setattr__(self, "_k", k)
        object.__setattr__(self, "_mask", mask)

    def __getattr__(self, name: str) -> Any:
        first = ACCOUNT_FIELDS.index(name) * STRIDE + self._k
        return self._accounts[first : first + LANES].copy()

    def __setattr__(self, name: str, value: Any) -> None:
        first = ACCOUNT_FIELDS.index(name) * STRIDE + self._k
        self._accounts[first : first + LANES][self._mask] = np.broadcast_to(value, LANES)[self._mask]


def account_lanes(accounts, k, mask):
    """Containers from ``k`` on, whose fields are attributes of one lane each: what is set is set where ``mask`` is.

    Good for as long as somebody holds ``accounts``.
    """
    return _AccountLanes(accounts, k, mask)


class AccountLanesType(types.Type):  # type: ignore[misc]
    """Numba's type of what ``account_lanes`` gives: the address of the first container's first field, and the mask."""

    def __init__(self) -> None:
        super().__init__(name="BookLanes")


@register_default(AccountLanesType)
class _AccountLanesModel(StructModel):  # type: ignore[misc]
    def __init__(self, manager, kind):
        super().__init__(manager, kind, [("address", AccountType()), ("mask", MASK)])


@compiled_as(account_lanes)
def _account_lanes(typing_context, accounts, k, mask):
    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        made = cgutils.create_struct_proxy(signature.return_type)(context, builder)
        made.address = builder.bitcast(builder.gep(array.data, [arguments[1]]), cgutils.voidptr_t)
        made.mask = arguments[2]
        return made._getvalue()

    return AccountLanesType()(accounts, types.int64, MASK), generate


@templates.infer_getattr
class _AccountLanesFields(templates.AttributeTemplate):  # type: ignore[misc]
    key = AccountLanesType

    def generic_resolve(self, account, attribute):
        return NUMBERS if attribute in ACCOUNT_FIELDS else None


def _lanes_place(context, builder, value, attribute):
    made = cgutils.create_struct_proxy(AccountLanesType())(context, builder, value=value)
    place = field_place(builder, made.address, attribute)
    return builder.bitcast(place, context.get_value_type(NUMBERS).as_pointer()), made.mask


@lower_getattr_generic(AccountLanesType)
def _get_lanes(context, builder, account, value, attribute):
    place, _ = _lanes_place(context, builder, value, attribute)
    return builder.load(place, align=8)


@lower_setattr_generic(AccountLanesType)
def _set_lanes(context, builder, signature, arguments, attribute):
    # Not a masked store: the processor would not hand on what it writes to the loads that soon follow.
    place, mask = _lanes_place(context, builder, arguments[0], attribute)
    builder.store(builder.select(mask, arguments[1], builder.load(place, align=8)), place, align=8)
