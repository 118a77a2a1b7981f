"""The axes of a grid: what each swept name stands for, and its checked values."""

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import ValidationError

from admf_jit.choices import Choice
from admf_jit.config import Config
from admf_jit.config.exits import AmountTrailingStop, AtrTrailingStop
from admf_jit.config.model import RULES
from admf_jit.config.problems import Path, Problem, show, unknown
from admf_jit.config.section import Scalar
from admf_jit.parameter_grid.blocks import BLOCKS, Blocks, RefusedValueError, first_problem

SWEPT: Path = ("optimization", "parameters")

# Names that do not belong to the strategy, and therefore cannot be names of its parameters either.
RESERVED = ("position_size", "symbol")

# Short names of settings.
_TRAILING_STOP = "exits.trailing_stop"
#: Costs that a number alone stands for: a fraction of the traded value.
_COSTS = ("account.commission", "account.slippage")
#: Settings of blocks that need not be in the configuration to be swept.
_CREATED = ("account.margin.leverage",)
ALIASES = {
    "position_size": "account.position_size",
    _TRAILING_STOP: f"{_TRAILING_STOP}.rate",
    **{name: f"{name}.rate" for name in _COSTS},
}

# Blocks with rules about several settings: a value is right if it is right with some values of the others.
JOINT = ("account.commission", "account.margin")


@dataclass(frozen=True)
class Axis:
    """One swept name with its values; `kind` says where they go: parameter, symbol, or the name of a block.

    `target` is the parameter's name, or the path inside the block. Where a search draws from a range, `values` are its
    ends, and `scale` is "linear" or "log".
    """

    name: str
    kind: str
    target: str
    values: tuple[Scalar, ...]
    scale: str | None = None

    @property
    def path(self) -> str:
        """The dotted path of a setting."""
        return f"{self.kind}.{self.target}"

    @property
    def names(self) -> tuple[str, ...]:
        """Every name by which constraints may speak of this axis."""
        if self.kind in BLOCKS:
            return (self.path, *(alias for alias, path in ALIASES.items() if path == self.path))
        return (self.name,)


def convert_parameter(value: Scalar, default: Scalar) -> bool | int | float:
    """Return a parameter's value in the type of its default; only conversions that keep the number happen."""
    if isinstance(default, Choice):
        chosen = default.chosen(value)
        if chosen is None:
            raise RefusedValueError(f"is {show(value)}; expected {default.expected(value)}")
        return cast(int, chosen)  # which a row of parameters has the place of
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise RefusedValueError(f"is {show(value)}; expected true or false")
        return value
    if value is None or isinstance(value, bool | str):
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


class AxisBuilder:
    """Builds the axes of a grid and collects every problem on the way."""

    def __init__(
        self,
        config: Config,
        parameter_defaults: Mapping[str, bool | int | float],
        symbols: Iterable[str],
        optional: Mapping[str, Callable[[], Scalar]],
    ):
        self.config = config
        self.optional = optional
        self.defaults = parameter_defaults
        self.symbols = tuple(symbols)
        self.problems: list[Problem] = []
        self._uncreated: dict[str, str] = {}
        swept = {name: config.optimization.values(name) for name in config.optimization.parameters}
        self.blocks = Blocks.of(config).completed(swept, self._uncreated)
        self.settings = self.blocks.paths()

    def fixed_parameters(self) -> dict[str, bool | int | float]:
        """Return every parameter of the strategy at its configured value, or else its default."""
        parameters = dict(self.defaults)
        for name, value in self.config.strategy.parameters.items():
            path: Path = ("strategy", "parameters", name)
            if name not in self.defaults:
                self.problems.append(Problem(path, unknown("parameter of the strategy", name, self.defaults)))
                continue
            try:
                parameters[name] = self._parameter(name, value)  # type: ignore[arg-type]
            except RefusedValueError as error:
                self.problems.append(Problem(path, str(error)))
        return parameters

    def _parameter(self, name: str, value: Scalar) -> bool | int | float:
        if name not in self.optional:
            return convert_parameter(value, self.defaults[name])
        return value if value is None else convert_parameter(value, self.optional[name]())

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
            drawn = self.config.optimization.ranges.get(name)
            scale = None if drawn is None else ("log" if drawn.log else "linear")
            axes.append(Axis(name, kind, target, self._values(name, convert), scale))
        return tuple(axes)

    def _refuse(self, name: str, text: str) -> None:
        self.problems.append(Problem((*SWEPT, name), text))

    def _target(self, name: str) -> tuple[str, str, Callable[[Scalar], Scalar]] | None:
        if name == "symbol":
            return "symbol", "symbol", self._symbol
        path = ALIASES.get(name, name)
        if path not in self.settings:
            path = name
        if name in (_TRAILING_STOP, *_COSTS) and None in self.config.optimization.values(name):
            kind, _, target = name.partition(".")  # the whole of it: a part of it cannot be null
            return kind, target, lambda value: self._whole(name, value)
        if name in self._uncreated:
            self._refuse(name, self._uncreated[name])
            return None
        if name == "execution.preset":
            self._refuse(name, "a preset cannot be swept: it is an engine of its own; expected a run for each")
            return None
        if isinstance(self.blocks.exits.trailing_stop, AmountTrailingStop | AtrTrailingStop) and name == _TRAILING_STOP:
            given = self.blocks.exits.trailing_stop
            key = "amount" if isinstance(given, AmountTrailingStop) else "multiple"
            self._refuse(name, f"the configuration has one of type {given.type}; expected {name}.{key}")
            return None
        if name in _COSTS and self.settings[f"{name}.type"] != "percent":
            of_type = self.settings[f"{name}.type"]
            keys = [key for key in self._sweepable() if key.startswith(f"{name}.")]
            way_out = f"a key of it: {', '.join(keys)}" if keys else "numbers: fractions of the traded value"
            self._refuse(name, f"the configuration has one of type {of_type}; expected {way_out}")
            return None
        if path in self.settings and not path.endswith(".type"):
            kind, _, target = path.partition(".")
            return kind, target, lambda value: self._setting(path, value)
        if name in self.defaults:
            # Rules declare their parameters there, and what is swept has its default.
            if name in self.config.strategy.parameters and self.config.strategy.type != RULES:
                self._refuse(name, "is also fixed in strategy.parameters; expected one of the two")
                return None
            return "parameter", name, lambda value: self._parameter(name, value)
        if path in self.settings or name.endswith(".type"):
            self._refuse(name, f"a type cannot be swept: each type has keys of its own; {self._instead_of_type(name)}")
            return None
        known = self._sweepable()
        keys = [path for path in known if f".{name}." in f".{path}"]  # of a block that is called so
        self._refuse(name, unknown("name", "", keys) if keys else unknown("name", name, known))
        return None

    def _instead_of_type(self, name: str) -> str:
        block = name.removesuffix(".type")
        keys = [path for path in self._sweepable() if f".{block}." in f".{path}."]
        return f"expected {', '.join(keys)}, or a run for each type" if keys else "expected a run for each type"

    def _sweepable(self) -> list[str]:
        """Return the names that may be swept: parameters, and settings that a number or a text stands for."""
        costs = [name for name in _COSTS if self.settings[f"{name}.type"] in ("none", "percent")]
        settings = [
            path
            for path, value in self.settings.items()
            if not path.endswith(".type") and path != "execution.preset" and (value is not None or self._scalar(path))
        ]
        created = [path for path in _CREATED if path not in self.settings]
        return [*self.defaults, *RESERVED, *costs, *settings, *created]

    def _scalar(self, path: str) -> bool:
        """Tell whether a setting that is null now may be a number or a text, and not a mapping alone."""
        kind, _, _ = path.partition(".")
        try:
            self.blocks.replaced({path: 0.5})
        except ValidationError as error:
            return not first_problem(error, type(getattr(self.blocks, kind)))[1].endswith("expected a mapping")
        return True

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

    def _whole(self, path: str, value: Scalar) -> Scalar:
        """Return a value that stands for a whole block, or null, as it is written."""
        kind, _, _ = path.partition(".")
        try:
            self.blocks.replaced({path: value})
        except ValidationError as error:
            raise RefusedValueError(first_problem(error, type(getattr(self.blocks, kind)))[1]) from None
        return float(value) if isinstance(value, int) else value

    def _setting(self, path: str, value: Scalar) -> Scalar:
        """Return a setting's value as the block takes it, with some written values of those it has a rule with."""
        group = next((prefix for prefix in JOINT if path.startswith(f"{prefix}.")), None)
        written = self.config.optimization.parameters
        others = [other for other in written if group and other.startswith(f"{group}.") and other != path]
        others = [other for other in others if other in self.settings]
        kind, _, target = path.partition(".")
        for values in itertools.product(*(self.config.optimization.values(other) for other in others)):
            try:
                return self.blocks.replaced({path: value, **dict(zip(others, values, strict=True))}).value(path)  # type: ignore[no-any-return]
            except ValidationError as error:
                place, text = first_problem(error, type(getattr(self.blocks, kind)))
            if place == target:
                break
        if f"{kind}.{place}" in others:
            return value  # what is wrong is said of the other name
        raise RefusedValueError(text)
