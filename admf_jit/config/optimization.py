"""The `optimization` block: what is swept, under which constraints, and how the results are ranked."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from admf_jit.config.section import Scalar, Section, Texts, check_scalar, refusal
from admf_jit.errors import closest
from admf_kernels.constants import METRIC_NAMES

# A range longer than this is a misplaced decimal point, and would only exhaust memory.
MAX_RANGE_VALUES = 1_000_000

Objective = Literal[METRIC_NAMES]  # type: ignore[valid-type]


def expand_values(value: object) -> tuple[object, ...]:
    """Return the values that one swept name takes: those of a list, of a range, or one scalar."""
    if isinstance(value, dict):
        return _expand_range(value)
    if isinstance(value, list | tuple):
        if not value:
            raise refusal("expected at least one value")
        return tuple(value)
    return (value,)


def _expand_range(value: dict[str, object]) -> tuple[int | float, ...]:
    keys = ("start", "stop", "step")
    for key in value:
        if key not in keys:
            hint = closest(str(key), keys)
            raise refusal(
                f"unknown key {key!r} of a range"
                + (f"; did you mean {hint!r}?" if hint else "; expected start, stop, step")
            )
    for key in keys:
        number = value.get(key)
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise refusal(f"expected a range {{start, stop, step}} of numbers, but {key} is {number!r}")
        check_scalar(number)
    # Decimal arithmetic on the numbers as written: 0.1 + 2 * 0.1 is 0.3, as it would be in a list.
    start, stop, step = (Decimal(repr(value[key])) for key in keys)
    if step <= 0 or stop < start:
        raise refusal("expected a range with start <= stop and step > 0")
    count = int((stop - start) / step) + 1
    if count > MAX_RANGE_VALUES:
        raise refusal(f"expected a range of at most {MAX_RANGE_VALUES:,} values, not {count:,}")
    whole = all(isinstance(value[key], int) for key in keys)
    numbers = (start + position * step for position in range(count))
    return tuple(int(number) if whole else float(number) for number in numbers)


ScalarValue = Annotated[object, AfterValidator(check_scalar)]
SweptValues = Annotated[tuple[ScalarValue, ...], BeforeValidator(expand_values)]


class OptimizationConfig(Section):
    """The parameter grid, its constraints, the objective, and the caps on containers in flight."""

    method: Literal["grid"] = "grid"
    objective: Objective = "sharpe_ratio"
    direction: Literal["maximize", "minimize"] = "maximize"
    parallel_containers: int | None = Field(
        default=None, ge=1, description="a whole number >= 1: containers in flight at most"
    )
    containers: int | None = Field(default=None, ge=1, description="a whole number >= 1: containers in flight at most")
    batch_size: int | None = Field(
        default=None, ge=1, description="a whole number >= 1: containers handed over in one call"
    )
    parameters: dict[str, SweptValues] = Field(default={}, description="a mapping of names to values")
    constraints: Texts = Field(default=(), description="a list of conditions, each a text")

    def values(self, name: str) -> tuple[Scalar, ...]:
        """Return the values of one swept name, in their order."""
        return self.parameters[name]  # type: ignore[return-value]
