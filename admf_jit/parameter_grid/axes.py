"""The axes of a grid: what each swept name stands for, and its checked values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from admf_jit.config import AccountConfig, Config, ExecutionConfig
from admf_jit.config.problems import Path, Problem, problems_of, show, unknown
from admf_jit.config.section import Scalar

SWEPT: Path = ("optimization", "parameters")

# Blocks of the configuration whose settings can be swept.
BLOCKS = ("account", "execution", "exits", "risk")

# Names that do not belong to the strategy, and therefore cannot be names of its parameters either.
RESERVED = ("position_size", "symbol")
_NOT_SWEPT = {"account.commission.type", "account.slippage.type"}


@dataclass(frozen=True)
class Axis:
    """One swept name with its values; `kind` says where they go: parameter, account, execution or symbol.

    `target` is the parameter's name, or the path inside the account or execution block.
    """

    name: str
    kind: str
    target: str
    values: tuple[Scalar, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every name by which constraints may speak of this axis."""
        if (self.kind, self.target) == ("account", "position_size"):
            return ("position_size", "account.position_size")
        return (self.name,)


class RefusedValueError(Exception):
    """A value that a name cannot take; the text says what is expected."""


def convert_parameter(value: Scalar, default: bool | int | float) -> bool | int | float:
    """Return a parameter's value in the type of its default; only conversions that keep the number happen."""
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise RefusedValueError(f"is {show(value)}; expected true or false")
        return value
    if isinstance(value, bool | str):
        raise RefusedValueError(f"is {show(value)}; expected a number, as the default {default!r} is")
    if isinstance(default, float):
        try:
            return float(value)
        except OverflowError:
            raise RefusedValueError(f"is {show(value)}; expected a number of double precision") from None
    if isinstance(value, float) and not value.is_integer():
        raise RefusedValueError(f"is {show(value)}; expected a whole number, as the default {default!r} is")
    if not -(2**63) <= value < 2**63:
        raise RefusedValueError(f"is {show(value)}; expected a whole number of 64 bits")
    return int(value)


def settings_paths(config: Config) -> dict[str, Scalar]:
    """Return the settings that can be swept, by dotted path, with their values in this configuration."""
    paths: dict[str, Scalar] = {}
    for block, model in (("account", config.account), ("execution", config.execution)):
        exclude = {"optimization_phase"} if block == "execution" else None
        _collect(block, model.model_dump(mode="json", exclude=exclude), paths)
    return {path: value for path, value in paths.items() if path not in _NOT_SWEPT}


def _collect(prefix: str, block: Mapping[str, Any], paths: dict[str, Scalar]) -> None:
    for key, value in block.items():
        if isinstance(value, dict):
            _collect(f"{prefix}.{key}", value, paths)
        else:
            paths[f"{prefix}.{key}"] = value


def replaced(model: BaseModel, changes: Mapping[str, Scalar]) -> Any:
    """Return the block with the settings at some dotted paths below it replaced, and checked again."""
    fields = model.model_dump()
    for path, value in changes.items():
        *parents, last = path.split(".")
        node = fields
        for parent in parents:
            node = node[parent]
        node[last] = value
    return type(model).model_validate(fields)


class AxisBuilder:
    """Builds the axes of a grid and collects every problem on the way."""

    def __init__(self, config: Config, parameter_defaults: Mapping[str, bool | int | float], symbols: Iterable[str]):
        self.config = config
        self.defaults = parameter_defaults
        self.symbols = tuple(symbols)
        self.settings = settings_paths(config)
        self.problems: list[Problem] = []

    def fixed_parameters(self) -> dict[str, bool | int | float]:
        """Return every parameter of the strategy at its configured value, or else its default."""
        parameters = dict(self.defaults)
        for name, value in self.config.strategy.parameters.items():
            path: Path = ("strategy", "parameters", name)
            if name not in self.defaults:
                self.problems.append(Problem(path, unknown("parameter of the strategy", name, self.defaults)))
                continue
            try:
                parameters[name] = convert_parameter(value, self.defaults[name])  # type: ignore[arg-type]
            except RefusedValueError as error:
                self.problems.append(Problem(path, str(error)))
        return parameters

    def axes(self) -> tuple[Axis, ...]:
        """Return the axes in the order of the configuration; those with problems are left out."""
        axes: list[Axis] = []
        targets: dict[tuple[str, str], str] = {}
        for name in self.config.optimization.parameters:
            found = self._target(name)
            if found is None:
                continue
            kind, target, convert = found
            if (kind, target) in targets:
                self._refuse(name, f"sweeps the same setting as {targets[kind, target]!r}; expected it once")
                continue
            targets[kind, target] = name
            axes.append(Axis(name, kind, target, self._values(name, convert)))
        return tuple(axes)

    def _refuse(self, name: str, text: str) -> None:
        self.problems.append(Problem((*SWEPT, name), text))

    def _target(self, name: str) -> tuple[str, str, Callable[[Scalar], Scalar]] | None:
        if name == "symbol":
            return "symbol", "symbol", self._symbol
        path = "account.position_size" if name == "position_size" else name
        if path in self.settings:
            kind, _, target = path.partition(".")
            block = self.config.account if kind == "account" else self.config.execution
            return kind, target, lambda value: _setting(block, target, value)
        if name in self.defaults:
            if name in self.config.strategy.parameters:
                self._refuse(name, "is also fixed in strategy.parameters; expected one of the two")
                return None
            default = self.defaults[name]
            return "parameter", name, lambda value: convert_parameter(value, default)
        if name in _NOT_SWEPT:
            self._refuse(name, "a cost model's type cannot be swept: each type has keys of its own")
            return None
        known = [*self.defaults, *RESERVED, *self.settings]
        self._refuse(name, unknown("name", name, known))
        return None

    def _symbol(self, value: Scalar) -> Scalar:
        if value not in self.symbols or not isinstance(value, str):
            raise RefusedValueError(f"is {show(value)}; {unknown('symbol of the data', str(value), self.symbols)}")
        return value

    def _values(self, name: str, convert: Callable[[Scalar], Scalar]) -> tuple[Scalar, ...]:
        values: dict[Scalar, int] = {}
        for position, written in enumerate(self.config.optimization.values(name)):
            path: Path = (*SWEPT, name, position)
            try:
                value = convert(written)
            except RefusedValueError as error:
                self.problems.append(Problem(path, str(error)))
                continue
            if value in values:
                self.problems.append(
                    Problem(path, f"is {show(written)} again, as at [{values[value]}]; expected it once")
                )
            values.setdefault(value, position)
        return tuple(values)


def _setting(block: AccountConfig | ExecutionConfig, target: str, value: Scalar) -> Scalar:
    try:
        changed = replaced(block, {target: value})
    except ValidationError as error:
        raise RefusedValueError(problems_of(error, type(block))[0].text) from None
    for part in target.split("."):
        changed = getattr(changed, part)
    return changed  # type: ignore[no-any-return]
