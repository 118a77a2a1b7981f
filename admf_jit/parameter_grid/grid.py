"""The grid: every combination of the swept values, none of them held in memory."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from admf_jit.config import Config
from admf_jit.config.problems import Problem, refuse
from admf_jit.config.section import Scalar
from admf_jit.parameter_grid.axes import RESERVED, SWEPT, Axis, AxisBuilder
from admf_jit.parameter_grid.blocks import BLOCKS, Blocks
from admf_jit.parameter_grid.combinations import any_uses_order_engine, joint_problems, preset_problems
from admf_jit.parameter_grid.container import ALL_SYMBOLS, ContainerSpec
from admf_jit.parameter_grid.identity import (
    canonical_json,
    container_id,
    container_seed,
    environment_fields,
    identity_fields,
)
from admf_jit.parameter_grid.survivors import parse_constraints, surviving_positions

_MAX_ENVIRONMENTS = 4096


@dataclass(frozen=True)
class GridBase:
    """What all containers of a grid have in common, before anything is swept."""

    parameters: Mapping[str, bool | int | float]
    settings: Blocks
    symbol: str
    strategy_digest: str
    data_digest: str
    master_seed: int


@dataclass(frozen=True)
class _Environment:
    """Settings and symbol of some containers, and their identity's JSON around the parameters."""

    settings: Blocks
    symbol: str
    head: str
    tail: str


class Grid:
    """A sequence of containers in the order of the configuration's keys, the last key fastest.

    Containers are computed from their index when asked for; with constraints only the positions that satisfy
    them are kept (8 bytes each).
    """

    def __init__(self, base: GridBase, axes: Sequence[Axis], positions: np.ndarray | None):
        self.swept = tuple(axis.name for axis in axes)
        self._base = base
        self._axes = tuple(axes)
        self._positions = positions
        self._length = math.prod(len(axis.values) for axis in axes) if positions is None else len(positions)
        self._parameter_axes = [(number, axis.target) for number, axis in enumerate(axes) if axis.kind == "parameter"]
        self._environment_axes = [number for number, axis in enumerate(axes) if axis.kind != "parameter"]
        self._environments: dict[tuple[Scalar, ...], _Environment] = {}
        self._fragments = {
            name: f"{json.dumps(name)}:{json.dumps(base.parameters[name])}" for name in sorted(base.parameters)
        }
        self._keys = {name: f"{json.dumps(name)}:" for name in base.parameters}

    def __len__(self) -> int:
        return self._length

    @property
    def axis_values(self) -> dict[str, tuple[Scalar, ...]]:
        """The values of each swept name, in order and in the type they are run with."""
        return {axis.name: axis.values for axis in self._axes}

    @property
    def uses_order_engine(self) -> bool:
        """Whether the settings of any container need the order engine."""
        return any_uses_order_engine(self._base.settings, self._axes, self._positions)

    def __iter__(self) -> Iterator[ContainerSpec]:
        return map(self.container, range(self._length))

    def container(self, index: int) -> ContainerSpec:
        """Return the container at `index`, 0 <= index < len(grid). Raises IndexError outside."""
        if not 0 <= index < self._length:
            raise IndexError(f"container {index}; expected 0 to {self._length - 1}")
        values = self._values(index if self._positions is None else int(self._positions[index]))
        environment = self._environment(tuple([values[number] for number in self._environment_axes]))
        parameters = dict(self._base.parameters)
        fragments = self._fragments.copy()
        for number, name in self._parameter_axes:
            value = values[number]
            parameters[name] = value  # type: ignore[assignment]
            fragments[name] = self._keys[name] + _json_number(value)
        text = f"{environment.head}{','.join(fragments.values())}{environment.tail}"
        identifier = container_id(text)
        return ContainerSpec(
            index=index,
            container_id=identifier,
            seed=container_seed(self._base.master_seed, identifier),
            symbol=environment.symbol,
            swept=dict(zip(self.swept, values, strict=True)),
            parameters=parameters,
            account=environment.settings.account,
            execution=environment.settings.execution,
            exits=environment.settings.exits,
            risk=environment.settings.risk,
        )

    def _values(self, position: int) -> list[Scalar]:
        """Return the value on each axis: the position's digits in the mixed radix of the axes' lengths."""
        values: list[Scalar] = []
        for axis in reversed(self._axes):
            position, digit = divmod(position, len(axis.values))
            values.append(axis.values[digit])
        values.reverse()
        return values

    def _environment(self, values: tuple[Scalar, ...]) -> _Environment:
        # Few containers differ in these blocks, and checking a block costs more than the rest of a container.
        environment = self._environments.get(values)
        if environment is None:
            if len(self._environments) >= _MAX_ENVIRONMENTS:
                self._environments.clear()
            environment = self._environments[values] = self._build_environment(values)
        return environment

    def _build_environment(self, values: tuple[Scalar, ...]) -> _Environment:
        base, symbol, changes = self._base, self._base.symbol, {}
        for number, value in zip(self._environment_axes, values, strict=True):
            axis = self._axes[number]
            if axis.kind in BLOCKS:
                changes[axis.path] = value
            else:
                symbol = str(value)
        settings = base.settings.replaced(changes)
        fields = identity_fields(
            environment_fields(settings.account, settings.execution, settings.exits, settings.risk),
            {},
            symbol=symbol,
            strategy_digest=base.strategy_digest,
            data_digest=base.data_digest,
            master_seed=base.master_seed,
        )
        head, tail = canonical_json(fields).split('"parameters":{}')
        return _Environment(settings, symbol, head + '"parameters":{', "}" + tail)


def _json_number(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def build_grid(
    config: Config,
    *,
    parameter_defaults: Mapping[str, bool | int | float],
    strategy_digest: str,
    data_digest: str,
    symbols: tuple[str, ...],
    portfolio: bool = False,
) -> Grid:
    """Return the grid of a configuration for a strategy (its parameters with their defaults) and data.

    Raises one ConfigError with everything that is wrong: names, values, constraints, or a grid without
    containers.
    """
    builder = AxisBuilder(config, parameter_defaults, symbols)
    parameters = builder.fixed_parameters()
    axes = builder.axes()
    builder.problems += _whole_grid_problems(config, axes, parameter_defaults, symbols, portfolio)
    settings = {name: value for name, value in builder.settings.items() if value is not None}
    fixed = {**parameters, "position_size": config.account.position_size, **settings}
    # A name whose values were refused is still a known name here: one mistake, one message.
    known = {**dict.fromkeys(config.optimization.parameters, 0), "symbol": "", **fixed}
    constraints = parse_constraints(config.optimization.constraints, known, builder.problems)
    if builder.problems:
        raise refuse(builder.problems)
    positions = surviving_positions(axes, constraints, fixed) if constraints else None
    problems = list(joint_problems(builder.blocks, axes, positions))
    problems = problems or list(preset_problems(builder.blocks, axes, positions))
    if problems:
        raise refuse(problems)
    base = GridBase(
        parameters=parameters,
        settings=builder.blocks,
        symbol=ALL_SYMBOLS if portfolio else symbols[0],
        strategy_digest=strategy_digest,
        data_digest=data_digest,
        master_seed=config.workflow.reproducibility.master_seed,
    )
    return Grid(base, axes, positions)


def _whole_grid_problems(
    config: Config, axes: Sequence[Axis], parameter_names: Iterable[str], symbols: Sequence[str], portfolio: bool
) -> Iterator[Problem]:
    for name in RESERVED:
        if name in parameter_names:
            text = f"the strategy has a parameter {name!r}, which is a setting's name; expected another name"
            yield Problem(("strategy", "type"), text)
    # The sample stands for "some bars", so its first symbol will do; with data of one's own the choice
    # matters.
    any_symbol = portfolio or (config.data.source == "sample" and config.data.symbols is None)
    if portfolio and "symbol" in config.optimization.parameters:
        yield Problem((*SWEPT, "symbol"), "is swept, and the portfolio trades all symbols; expected one of the two")
    if "symbol" not in config.optimization.parameters and len(symbols) != 1 and not any_symbol:
        yield Problem(("data", "symbols"), _one_symbol(symbols))


def _one_symbol(symbols: Sequence[str]) -> str:
    names = ", ".join(symbols[:10]) + (", ..." if len(symbols) > 10 else "")
    return f"the data holds {len(symbols)} symbols ({names}); expected one, or `symbol` among the swept names"
