"""The `optimization` block: what is swept, under which constraints, and how the results are ranked."""

import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    ValidationInfo,
    WrapValidator,
    model_validator,
)

from admf_jit.config.expression import ConstraintError, parse_constraint, parse_formula
from admf_jit.config.measures import MEASURES, measures_among, unknown_metric
from admf_jit.config.problems import show
from admf_jit.config.ranges import Range, is_range, range_of
from admf_jit.config.section import Scalar, Section, Texts, check_scalar, check_swept, refusal
from admf_jit.errors import closest
from admf_jit.registry import DESIGNS, PROPOSERS, SAMPLERS, SEARCHES, names_of
from admf_kernels.constants import METRIC_NAMES

# A range longer than this is a misplaced decimal point, and would only exhaust memory.
MAX_RANGE_VALUES = 1_000_000
#: Combinations of all swept values, before constraints. More would take days, and their places alone 400 MB.
MAX_CONTAINERS = 50_000_000
#: Combinations that are written out one by one, or that a Python function looks at: each is kept.
MAX_COMBINATIONS = 1_000_000


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
            raise refusal(f"expected a range {{start, stop, step}} of numbers, but {key} is {show(number)}")
        check_scalar(number)
    count = count_values(value)
    if not count:
        raise refusal("expected a range with start <= stop and step > 0")
    if count > MAX_RANGE_VALUES:
        raise refusal(f"expected a range of at most {MAX_RANGE_VALUES:,} values, not {_show_count(count)}")
    first, _, distance = (value[key] for key in keys)
    if all(isinstance(value[key], int) for key in keys):
        return tuple(range(first, first + count * distance, distance))  # type: ignore[call-overload,operator]
    # Decimal arithmetic on the numbers as written: 0.1 + 2 * 0.1 is 0.3, as it would be in a list.
    start, step = Decimal(repr(first)), Decimal(repr(distance))
    return tuple(float(start + position * step) for position in range(count))


def count_values(value: object) -> int:
    """Return how many values one swept name takes, without making them; 0 for a range that has none or is none."""
    if isinstance(value, list | tuple):
        return len(value)
    if not isinstance(value, dict):
        return 1
    numbers = [value.get(key) for key in ("start", "stop", "step")]
    if any(type(number) not in (int, float) for number in numbers):
        return 0
    start, stop, step = (Decimal(repr(number)) for number in numbers)
    # A NaN or an infinity is refused by name.
    if not (start.is_finite() and stop.is_finite() and step.is_finite()) or step <= 0 or stop < start:
        return 0
    return int((stop - start) / step) + 1


def _show_count(count: int) -> str:
    """Return a count for people: Python refuses to write down thousands of digits."""
    return f"{count:,}" if count < 10**30 else f"more than 10^{int(count.bit_length() * math.log10(2)) - 1}"


def _not_too_many(value: object, info: ValidationInfo) -> object:
    """Refuse a grid that is too large before any of its ranges is written out."""
    drawn = _draws(info.data.get("method", ""))
    if isinstance(value, dict) and not drawn and not info.data.get("combinations"):
        # A range that is too long by itself is refused by its name.
        counts = [count for count in map(count_values, value.values()) if 1 < count <= MAX_RANGE_VALUES]
        size = math.prod(counts)
        if size > MAX_CONTAINERS:
            shape = " x ".join(map(_show_count, counts[:8])) + (" x ..." if len(counts) > 8 else "")
            raise refusal(f"{shape} = {_show_count(size)} containers; expected at most {MAX_CONTAINERS:,}")
    return value


def _draws(method: str) -> bool:
    return method in DESIGNS or method in PROPOSERS


def _swept(value: object, check: Callable[[object], Any], info: ValidationInfo) -> Any:
    if not is_range(value):
        return check(expand_values(value))
    found, method = range_of(value), info.data.get("method")
    if method is not None and not _draws(method):
        drawing = names_of({**DESIGNS, **PROPOSERS})
        raise refusal(
            f"expected a range {{start, stop, step}} of numbers, but step is None; method {drawing} draws from one "
            "without a step"
        )
    return found


def _trials(n_trials: int | None, info: ValidationInfo) -> int | None:
    method = info.data.get("method")
    if method == "grid" and n_trials is not None:
        raise refusal("method grid runs every combination; expected another method, or no n_trials")
    if method is not None and _draws(method) and n_trials is None:
        raise refusal(f"expected a whole number >= 1 of containers for method {method} to run")
    return n_trials


def _as_written(value: Any) -> Any:
    return value.as_written() if isinstance(value, Range) else list(value)


ScalarValue = Annotated[object, AfterValidator(check_swept)]
#: The values of a name, or a `Range` of them.
SweptValues = Annotated[tuple[ScalarValue, ...], WrapValidator(_swept), PlainSerializer(_as_written)]


def _known(method: str) -> str:
    known = {**SEARCHES, **DESIGNS, **PROPOSERS}
    if method not in known:
        hint = closest(method, known)
        raise refusal(f"expected {names_of(known)}" + (f"; did you mean {hint!r}?" if hint else ""))
    return method


def _sampler(name: str, info: ValidationInfo) -> str:
    if name not in SAMPLERS:
        hint = closest(name, SAMPLERS)
        said = f"expected {names_of(dict.fromkeys(SAMPLERS))}"
        raise refusal(said + (f"; did you mean {hint!r}?" if hint else ""))
    return name


def _columns(info: ValidationInfo) -> dict[str, float | str]:
    """The names that a formula of results may have: metrics, and what is swept."""
    return _named(info.data.get("parameters", ()))


def _named(parameters: Iterable[str]) -> dict[str, float | str]:
    swept = dict.fromkeys(parameters, 0.0)
    return {**dict.fromkeys((*METRIC_NAMES, *MEASURES), 0.0), **swept, **({"symbol": ""} if "symbol" in swept else {})}


def _metrics(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if (problem := unknown_metric(name)) is not None:
            raise refusal(problem)
    return names


def _objective(text: str, info: ValidationInfo) -> str:
    known = _columns(info)
    if text.isidentifier() and text not in known:
        hint = closest(text, known)
        # The nearest name first: all of them are a page.
        names = ", ".join((*METRIC_NAMES, *MEASURES))
        raise refusal(f"did you mean {hint!r}? The metrics are {names}" if hint else f"expected one of {names}")
    try:
        parse_formula(text, known)
    except ConstraintError as error:
        raise refusal(str(error)) from None
    return text


def _objectives(objectives: dict[str, str], info: ValidationInfo) -> dict[str, str]:
    if len(objectives) == 1:
        raise refusal("expected two objectives at least; a single one is `objective`")
    for text in objectives:
        _objective(text, info)
    return objectives


def _result_constraints(texts: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    for text in texts:
        try:
            parse_constraint(text, _columns(info))
        except ConstraintError as error:
            raise refusal(f"{text[:200]!r}: {error}") from None
    return texts


class OptimizationConfig(Section):
    """The search and its grid of parameters, its constraints, the objective, and the caps on containers in flight.

    Where `combinations` are given, the grid has those alone: for each name the positions of its values, in a text.
    """

    added: ClassVar[tuple[str, ...]] = (
        "combinations",
        "n_trials",
        "sampler",
        "block_size",
        "result_constraints",
        "across_data",
        "metrics",
    )
    method: Annotated[str, AfterValidator(_known)] = Field(default="grid", description="the search: grid")
    n_trials: Annotated[int | None, AfterValidator(_trials)] = Field(
        default=None,
        validate_default=True,
        ge=1,
        le=MAX_COMBINATIONS,
        description=f"a whole number from 1 to {MAX_COMBINATIONS:,}: containers that the search runs",
    )
    sampler: Annotated[str, AfterValidator(_sampler)] = Field(
        default="tpe", description="a sampler of Optuna's: tpe, cmaes, nsga2 or gp"
    )
    block_size: int = Field(
        default=16,
        ge=1,
        le=MAX_COMBINATIONS,
        description="a whole number >= 1: containers that method optuna proposes before it is told their rows",
    )
    reduction: int = Field(
        default=3, ge=2, le=100, description="a whole number >= 2: of so many containers method halving keeps one"
    )
    rungs: int = Field(
        default=3, ge=2, le=20, description="a whole number >= 2: how often method halving runs, the last over all bars"
    )
    across_data: Literal["mean", "worst", "positive_share"] = Field(
        default="mean", description="mean, worst or positive_share: what ranks a combination over several sets of data"
    )
    parallel_containers: int | None = Field(
        default=None, ge=1, description="a whole number >= 1: containers in flight at most"
    )
    containers: int | None = Field(default=None, ge=1, description="a whole number >= 1: containers in flight at most")
    batch_size: int | None = Field(
        default=None, ge=1, description="a whole number >= 1: containers handed over in one call"
    )
    combinations: dict[str, str] = Field(default={}, description="a mapping of every swept name to positions in a text")
    parameters: Annotated[dict[str, SweptValues], BeforeValidator(_not_too_many)] = Field(
        default={}, description="a mapping of names to values"
    )
    constraints: Texts = Field(default=(), description="a list of conditions, each a text")
    metrics: Annotated[Texts, AfterValidator(_metrics)] = Field(
        default=(), description="a list of measures to compute beside the basic metrics, or all"
    )
    objective: Annotated[str, AfterValidator(_objective)] = Field(
        default="sharpe_ratio", description="a metric, or a formula of metrics such as sharpe_ratio - 0.1 * turnover"
    )
    direction: Literal["maximize", "minimize"] = "maximize"
    objectives: Annotated[dict[str, Literal["maximize", "minimize"]], AfterValidator(_objectives)] = Field(
        default={}, description="a mapping of metrics or formulas to maximize or minimize, two at least"
    )
    result_constraints: Annotated[Texts, AfterValidator(_result_constraints)] = Field(
        default=(), description="a list of conditions on metrics, each a text"
    )

    @model_validator(mode="after")
    def _positions_of_values(self) -> Self:
        if self.combinations:
            columns = self.chosen
            expected = "expected the position of a value of every name for each combination, separated by spaces"
            if list(self.combinations) != list(self.parameters):
                raise refusal("combinations: has other names than parameters; expected the same, in the same order")
            if len({len(column) for column in columns.values()}) != 1:
                raise refusal(f"combinations: {expected}")
            for name, column in columns.items():
                if not column or max(column) >= len(self.parameters[name]):
                    raise refusal(f"combinations.{name}: {expected}")
        return self

    @model_validator(mode="after")
    def _method_has_what_it_needs(self) -> Self:
        # The resolved form has reduction and rungs of any method, at their defaults: a manifest is read again.
        changed = {key for key in ("reduction", "rungs") if getattr(self, key) != type(self).model_fields[key].default}
        owners = {
            **dict.fromkeys(self.model_fields_set & {"sampler", "block_size"}, "optuna"),
            **dict.fromkeys(changed, "halving"),
        }
        for key, owner in sorted(owners.items()):
            if self.method != owner:
                text = f"is of method {owner}, and method is {self.method}; expected method {owner}, or no such key"
                raise refusal(f"{key}: {text}")
        if self.objectives and self.method == "optuna" and self.sampler == "cmaes":
            raise refusal("objectives: sampler cmaes has one objective; expected tpe, nsga2 or gp, or no objectives")
        if not self.draws:
            return self
        if not self.parameters:
            raise refusal(f"parameters: method {self.method} has nothing to draw; expected names with values or ranges")
        if self.combinations:
            text = f"parameters: method {self.method} draws by itself"
            raise refusal(f"{text}; expected a mapping of names to values or ranges, not a list of combinations")
        return self

    @property
    def draws(self) -> bool:
        """Whether the search draws points of a space, and does not run through the combinations of a grid."""
        return _draws(self.method)

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that become columns: those asked for, and those that rows are ranked or kept by."""
        known = _named(self.parameters)
        parsed = [parse_formula(text, known) for text in (self.objective, *self.objectives)]
        parsed += [parse_constraint(text, known) for text in self.result_constraints]
        named = {name for one in parsed for name in one.names} - set(self.parameters)
        return measures_among((*self.metrics, *named))

    @property
    def proposes(self) -> bool:
        """Whether the search makes points out of the rows so far."""
        return self.method in PROPOSERS

    def without_search(self) -> Self:
        """Return the same without anything that is swept."""
        nothing: dict[str, Any] = {"method": "grid", "n_trials": None, "parameters": {}, "combinations": {}}
        return self.model_copy(update={**nothing, "constraints": ()})

    @property
    def ranges(self) -> dict[str, Range]:
        """The names that have a range and no list of values."""
        given: dict[str, Any] = dict(self.parameters)
        return {name: values for name, values in given.items() if isinstance(values, Range)}

    @property
    def chosen(self) -> dict[str, list[int]]:
        """The positions of `combinations`, one for each combination; nothing where the grid is a product."""
        texts = self.combinations
        if any(not text.isascii() or not text.replace(" ", "").isdigit() for text in texts.values()):
            raise refusal("combinations: expected texts of whole numbers >= 0, separated by spaces")
        return {name: [int(position) for position in text.split()] for name, text in texts.items()}

    def values(self, name: str) -> tuple[Scalar, ...]:
        """Return the values of one swept name, in their order; of a range its ends."""
        values: Any = self.parameters[name]
        return values.ends if isinstance(values, Range) else values
