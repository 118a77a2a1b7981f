"""Base of every block of the configuration, and the helpers that its validators share.

Types are strict: YAML already tells a number from a text and from a truth value, and a quoted "10" where a
number belongs is a mistake that should be shown, not repaired.
"""

import math
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

Scalar = bool | int | float | str


class Section(BaseModel):
    """One block of the configuration: immutable, strict, and without room for unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


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


def as_tuple(value: object) -> object:
    """Turn a list into a tuple and a lone text into a tuple of one; leave the rest for the type check."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
