"""The grid: every combination of the swept values, none of them held in memory."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.section import Scalar
from admf_jit.parameter_grid.axes import Axis
from admf_jit.parameter_grid.blocks import BLOCKS, Blocks
from admf_jit.parameter_grid.combinations import why_order_engine
from admf_jit.parameter_grid.container import ContainerSpec, as_number
from admf_jit.parameter_grid.containers import Containers, Environment
from admf_jit.parameter_grid.identity import (
    canonical_json,
    container_id,
    container_ids,
    container_seed,
    container_seeds,
    environment_fields,
    identity_fields,
)
from admf_jit.parameter_grid.layout import Layout
from admf_jit.parameter_grid.streams import mix_parameters, stream_of_environment

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
    #: The bar at which all begin to be evaluated, or None where each begins at its own.
    evaluation_start: int | None = None


class Grid:
    """A sequence of containers in the order of the configuration's keys, the last key fastest.

    Containers are computed from their index when asked for; with constraints only the positions that satisfy
    them are kept (8 bytes each). Combinations that were listed one by one come in the order of the list.
    """

    def __init__(
        self,
        base: GridBase,
        axes: Sequence[Axis],
        layout: Layout,
        space: Mapping[str, tuple[Scalar, ...]] | None = None,
    ):
        self.swept = tuple(axis.name for axis in axes)
        self._space = space
        self._base = base
        self._axes = tuple(axes)
        self._layout = layout
        self._length = len(layout)
        self._parameter_axes = [(number, axis.target) for number, axis in enumerate(axes) if axis.kind == "parameter"]
        self._environment_axes = [number for number, axis in enumerate(axes) if axis.kind != "parameter"]
        self._environments: dict[tuple[Scalar, ...], Environment] = {}
        self._fragments = {
            name: f"{json.dumps(name)}:{json.dumps(base.parameters[name])}" for name in sorted(base.parameters)
        }
        self._keys = {name: f"{json.dumps(name)}:" for name in base.parameters}
        self._columns = [_column(axis.values) for axis in axes]

    def __len__(self) -> int:
        return self._length

    @property
    def most(self) -> int:
        """How many containers there may come to be: as many as there are."""
        return self._length

    @property
    def symbol(self) -> str:
        """The symbol that containers trade where none is swept."""
        return self._base.symbol

    def extremes(self) -> list[ContainerSpec]:
        """Return the first and the last container."""
        return [self.container(index) for index in sorted({0, self._length - 1})]

    @property
    def axis_values(self) -> dict[str, tuple[Scalar, ...]]:
        """The values of each swept name, in order and in the type they are run with; the ends of what is drawn from."""
        return dict(self._space or {axis.name: axis.values for axis in self._axes})

    @property
    def why_order_engine(self) -> str | None:
        """The setting of any container that needs the order engine, or None."""
        return why_order_engine(self._base.settings, self._axes, self._layout)

    @property
    def listed(self) -> dict[str, list[int]]:
        """Positions of the values of each swept name, one for each container."""
        digits = self._layout.digits(np.arange(self._length, dtype=np.int64))
        return {name: column.tolist() for name, column in zip(self.swept, digits, strict=True)}

    def __iter__(self) -> Iterator[ContainerSpec]:
        return map(self.container, range(self._length))

    def container(self, index: int) -> ContainerSpec:
        """Return the container at `index`, 0 <= index < len(grid). Raises IndexError outside."""
        if not 0 <= index < self._length:
            raise IndexError(f"container {index}; expected 0 to {self._length - 1}")
        values = [axis.values[digit] for axis, digit in zip(self._axes, self._layout.of(index), strict=True)]
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

    def select(self, indices: NDArray[np.int64]) -> Containers:
        """Return the containers at some indices, int64 (n,), column by column."""
        digits = self._layout.digits(indices)
        environment, environments = self._environments_of(digits, len(indices))
        bodies = self._bodies(digits, len(indices))
        identifiers = container_ids([(one.head, one.tail) for one in environments], environment.tolist(), bodies)
        return Containers(
            index=indices,
            container_id=identifiers,
            seed=container_seeds(self._base.master_seed, identifiers),
            swept={
                name: column[digit] if isinstance(column, np.ndarray) else [column[place] for place in digit.tolist()]
                for name, column, digit in zip(self.swept, self._columns, digits, strict=True)
            },
            parameters=self._parameters(digits, len(indices)),
            environment=environment,
            environments=environments,
        )

    def parameters_of(self, indices: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the parameters of the containers at some indices, float64 (n, n_parameters), as declared."""
        return self._parameters(self._layout.digits(indices), len(indices))

    def streams_of(self, indices: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Return the stream of signals and exits of the containers at some indices, uint64 (n,): see ``streams``."""
        digits = self._layout.digits(indices)
        environment, environments = self._environments_of(digits, len(indices))
        digest, start = self._base.strategy_digest, self._base.evaluation_start
        first = np.array([stream_of_environment(one, digest, start) for one in environments], np.uint64)
        return mix_parameters(first[environment], self._parameters(digits, len(indices)))

    def starting_at(self, bar: int) -> "Grid":
        """Return the same grid of containers that all begin to be evaluated at ``bar``, which their ids depend on."""
        return Grid(replace(self._base, evaluation_start=bar), self._axes, self._layout, self._space)

    def _parameters(self, digits: list[NDArray[np.int64]], n: int) -> NDArray[np.float64]:
        parameters = np.tile([as_number(value) for value in self._base.parameters.values()], (n, 1))
        places = {name: place for place, name in enumerate(self._base.parameters)}
        for number, name in self._parameter_axes:
            values = np.array([as_number(value) for value in self._axes[number].values])
            parameters[:, places[name]] = values[digits[number]]
        return parameters

    def side_by_side(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return indices, int64 (n,), so that containers of one symbol with equal parameters are neighbours.

        Those that differ in account, execution, exits or risk alone follow each other in the order given.
        """
        settings = [number for number, axis in enumerate(self._axes) if axis.kind in BLOCKS and len(axis.values) > 1]
        others = [number for number, axis in enumerate(self._axes) if axis.kind not in BLOCKS and len(axis.values) > 1]
        if not settings or not others or settings[0] > others[-1]:
            return indices
        codes = self._layout.codes(self._layout.digits(indices), others, len(indices))
        return indices[np.argsort(codes, kind="stable")]

    def _environments_of(self, digits: list[NDArray[np.int64]], n: int) -> tuple[NDArray[np.int64], list[Environment]]:
        """Return for each container the place of its environment, int64 (n,), and the environments."""
        codes = self._layout.codes(digits, self._environment_axes, n)
        _, first, environment = np.unique(codes, return_index=True, return_inverse=True)
        environments = [
            self._environment(
                tuple([self._axes[number].values[int(digits[number][place])] for number in self._environment_axes])
            )
            for place in first
        ]
        return environment, environments

    def _bodies(self, digits: list[NDArray[np.int64]], n: int) -> list[str]:
        """Return the parameters' part of each container's identity, as JSON without braces."""
        columns: list[list[str]] = []
        targets = {name: number for number, name in self._parameter_axes}
        for place, (name, fixed) in enumerate(self._fragments.items()):
            comma = "," if place else ""
            number = targets.get(name)
            if number is None:
                columns.append([comma + fixed] * n)
                continue
            fragments = [f"{comma}{self._keys[name]}{_json_number(value)}" for value in self._axes[number].values]
            columns.append([fragments[digit] for digit in digits[number].tolist()])
        return ["".join(parts) for parts in zip(*columns, strict=True)] if columns else [""] * n

    def _environment(self, values: tuple[Scalar, ...]) -> Environment:
        # Few containers differ in these blocks, and checking a block costs more than the rest of a container.
        environment = self._environments.get(values)
        if environment is None:
            if len(self._environments) >= _MAX_ENVIRONMENTS:
                self._environments.clear()
            environment = self._environments[values] = self._build_environment(values)
        return environment

    def _build_environment(self, values: tuple[Scalar, ...]) -> Environment:
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
            evaluation_start=base.evaluation_start,
        )
        head, tail = canonical_json(fields).split('"parameters":{}')
        return Environment(settings, symbol, head + '"parameters":{', "}" + tail)


def _column(values: Sequence[Scalar]) -> Sequence[Scalar] | NDArray[np.generic]:
    """Return values of one type as an array, and others as they are."""
    kinds = {type(value) for value in values}
    if kinds == {int} and not all(-(2**63) <= value < 2**63 for value in values):  # type: ignore[operator]
        return values
    dtype = {bool: np.bool_, int: np.int64, float: np.float64}.get(*kinds) if len(kinds) == 1 else None
    return values if dtype is None else np.array(values, dtype)


def _json_number(value: Scalar) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return repr(value)
