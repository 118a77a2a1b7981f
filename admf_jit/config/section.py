"""Base of every block of the configuration, and the helpers that its validators share.

Types are strict: YAML already tells a number from a text and from a truth value, and a quoted "10" where a
number belongs is a mistake that should be shown, not repaired.
"""

import math
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer
from pydantic_core import PydanticCustomError

Scalar = bool | int | float | str


class Section(BaseModel):
    """One block of the configuration: immutable, strict, and without room for unknown keys.

    `added` names the keys that came after the first version. The resolved form leaves them out while they have
    their default, so that ids and manifests from before they came stay what they were.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
    added: ClassVar[tuple[str, ...]] = ()
    #: Keys that bring an absent block into being when they are swept, besides those that it cannot do without.
    opened_by: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _resolved(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = write(self)
        for key in self.added:
            if getattr(self, key) == type(self).model_fields[key].default:
                fields.pop(key, None)
        return fields


def refusal(text: str) -> PydanticCustomError:
    """Return the error by which a validator refuses a value, saying what was expected."""
    return PydanticCustomError("refused", "{text}", {"text": text})


def check_scalar(value: object) -> Scalar:
    """Return `value` if it is a truth value, a finite number or a text; refuse anything else."""
    if not isinstance(value, bool | int | float | str):
        raise refusal("expected a number, true, false or a text")
    if isinstance(value, float) and not math.isfinite(value):
        raise refusal("expected a finite number")
    return value


def check_swept(value: object) -> Scalar | None:
    """Return `value` if it is a scalar or null, which a swept setting or parameter may be."""
    return None if value is None else check_scalar(value)


def as_tuple(value: object) -> object:
    """Turn a list into a tuple and a lone text into a tuple of one; leave the rest for the type check."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]

#: A whole number that a row of settings holds exactly.
MAX_COUNT = 1_000_000_000
Rate = Annotated[float, Field(ge=0, lt=1, description="a fraction r with 0 <= r < 1 (0.001 is 0.1 %)")]
RateOrRebate = Annotated[
    float, Field(gt=-1, lt=1, description="a fraction r with -1 < r < 1 (0.001 is 0.1 %, -0.0001 a rebate of 0.01 %)")
]
Amount = Annotated[float, Field(ge=0, description="a number >= 0, in account currency")]
