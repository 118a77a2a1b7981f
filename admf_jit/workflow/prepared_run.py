"""The sweeps of a run, prepared: where the containers of each are in the run, and what its table has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from admf_jit.config import RunConfig, SweepConfig
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError, ResultsError
from admf_jit.parameter_grid import ContainerSpec
from admf_jit.parameter_grid.drawing import Points
from admf_jit.parameter_grid.survivors import Condition
from admf_jit.results import Places, RunDirectory, swept_types
from admf_jit.results.sweep_rows import Rows, SweepRows
from admf_jit.strategies.declaration import Definition
from admf_jit.workers.batch import RESULT_NAMES
from admf_jit.workflow.prepare import prepare
from admf_jit.workflow.prepared import Prepared
from admf_kernels.constants import METRIC_NAMES

#: Columns that say which sweep of a run a row is of.
STRATEGY, DATA_SET = "strategy", "data_set"
#: Containers of a grid that are laid out at a time where nothing is run.
_PLACES = 65_536


@dataclass(frozen=True)
class AtHand:
    """What a caller has instead of what names in a configuration stand for, by strategies' and data sets' names.

    The name is None where there is one without a name. ``points`` are those that the search of each sweep has drawn.
    """

    definitions: Mapping[str | None, Definition] = field(default_factory=dict)
    data: Mapping[str | None, MarketData] = field(default_factory=dict)
    conditions: Mapping[str | None, Sequence[Condition]] = field(default_factory=dict)
    points: Sequence[Points] = ()


@dataclass(frozen=True)
class PreparedSweep:
    """One sweep of a run; ``first`` is the index that its first container has in the run."""

    strategy: str | None
    data_set: str | None
    prepared: Prepared
    first: int = 0

    @property
    def labels(self) -> dict[str, str]:
        """What the columns that tell sweeps apart have in its rows."""
        named = {STRATEGY: self.strategy, DATA_SET: self.data_set}
        return {column: name for column, name in named.items() if name is not None}

    @property
    def title(self) -> str:
        """The sweep as messages call it, or an empty text where it is the only one."""
        return ", ".join(self.labels.values())


@dataclass(frozen=True)
class PreparedRun:
    """All sweeps of a run, in the order of their containers."""

    config: RunConfig
    sweeps: tuple[PreparedSweep, ...]

    def __len__(self) -> int:
        last = self.sweeps[-1]
        return last.first + last.prepared.grid.most

    @property
    def result_names(self) -> tuple[str, ...]:
        """The metrics, the columns of bounds where any container has them, and the measures that are asked for."""
        bounded = any(one.prepared.contract_names == RESULT_NAMES for one in self.sweeps)
        return (*(RESULT_NAMES if bounded else METRIC_NAMES), *self.config.common.optimization.measures)

    def swept_types(self) -> dict[str, str]:
        """The type of each column between those that every table begins with and the metrics."""
        labels = {name: "string" for one in self.sweeps for name in one.labels}
        axes = [one.prepared.grid.axis_values for one in self.sweeps]
        taken = {name for values in axes for name in values} & set(labels)
        if taken:
            raise ConfigError(
                f"optimization.parameters.{min(taken)}: {min(taken)!r} is a column of a run with several strategies or "
                "sets of data; expected another name for the parameter"
            )
        rows = ({name: value} for values in axes for name in values for value in values[name])
        return {**labels, **swept_types(rows)}

    def sweep_of(self, index: int) -> PreparedSweep:
        """The sweep that a container of the run belongs to."""
        return next(one for one in reversed(self.sweeps) if one.first <= index or one.first == 0)

    def locate(self, index: int) -> tuple[Prepared, int]:
        """The sweep that a container of the run belongs to, prepared, and its index there."""
        sweep = self.sweep_of(index)
        return sweep.prepared, index - sweep.first

    def container(self, index: int) -> tuple[Prepared, ContainerSpec]:
        """A container of the run, with the index that it has there, and its sweep."""
        prepared, place = self.locate(index)
        return prepared, replace(prepared.grid.container(place), index=index)

    def places(self) -> Iterator[Places]:
        """All containers as the run's table has them."""
        columns = list(self.swept_types())
        for sweep in self.sweeps:
            grid = sweep.prepared.grid
            for begin in range(0, len(grid), _PLACES):
                some = grid.select(np.arange(begin, min(begin + _PLACES, len(grid))))
                n = len(some.container_id)
                known: dict[str, Any] = {name: [value] * n for name, value in sweep.labels.items()} | dict(some.swept)
                swept = {name: known.get(name, [None] * n) for name in columns}
                yield Places(some.container_id, some.index + sweep.first, swept)

    def rows_of(self, sweep: PreparedSweep, directory: RunDirectory) -> Rows:
        """The rows of a sweep in the run's directory."""
        if self.config.is_plain:
            return directory
        grid = sweep.prepared.grid
        return SweepRows(directory, sweep.first, len(grid), sweep.labels, grid.swept)

    def facts(self) -> dict[str, Any]:
        """For the manifest: data, strategies, and the sweeps of more than one."""
        first = self.sweeps[0].prepared
        data = {one.data_set: _data_facts(one.prepared) for one in self.sweeps}
        strategies = {one.strategy: _strategy_facts(one.prepared) for one in self.sweeps}
        found: dict[str, Any] = {
            "data": data[None] if None in data else _together(data),
            "strategy": strategies[None] if None in strategies else _together(strategies),
            "isolation": first.isolation.facts(),
        }
        if not self.config.is_plain:
            found["sweeps"] = [
                {
                    **one.labels,
                    "first": one.first,
                    "containers": len(one.prepared.grid),
                    "swept": list(one.prepared.grid.swept),
                    "isolation": one.prepared.isolation.facts(),
                }
                for one in self.sweeps
            ]
        return found


def _together(facts: Mapping[Any, Mapping[str, Any]]) -> dict[str, Any]:
    """Facts of several strategies or sets of data, by name, with a digest of all."""
    digest = hashlib.sha256()
    for name, said in sorted(facts.items()):
        digest.update(f"{name}\0{said['digest']}\0".encode())
    notes = [f"{name}: {note}" for name, said in facts.items() for note in said.get("notes", ())]
    return {"digest": digest.hexdigest(), "notes": notes, "sets": dict(facts)}


def _strategy_facts(prepared: Prepared) -> dict[str, Any]:
    return {"name": prepared.definition.name, "digest": prepared.digest}


def _data_facts(prepared: Prepared) -> dict[str, Any]:
    config, data = prepared.config, prepared.data
    return {
        "digest": data.digest,
        "name": data.name,
        "source": config.data.source,
        **({} if data.given is None else {"given": list(data.given.names)}),
        "symbols": list(data.symbols),
        "timeframe": data.timeframe,
        "timezone": data.timezone,
        "bars": data.n_bars,
        "bars_per_year": data.bars_per_year,
        "bars_per_year_basis": data.annualisation.basis,
        "gaps": data.gaps.count,
        "notes": list(data.notes),
    }


def prepare_run(config: RunConfig, at_hand: AtHand | None = None) -> PreparedRun:
    """Load, compile and expand what each sweep of ``config`` names; what is at hand is taken instead."""
    given = at_hand or AtHand()
    if not config.is_plain and config.common.optimization.proposes:
        raise ConfigError(
            f"optimization.method: is {config.common.optimization.method}, which searches for one strategy on one set "
            "of data, and the configuration has several; expected a run for each, or another method"
        )
    loaded = dict(given.data)
    sweeps: list[PreparedSweep] = []
    first = 0
    for number, one in enumerate(config.sweeps):
        points = given.points[number] if number < len(given.points) else None
        prepared = _prepare(one, given, loaded.get(one.data_set), points)
        # Bars are read once for all strategies.
        if not config.is_plain:
            loaded.setdefault(one.data_set, prepared.data)
        sweeps.append(PreparedSweep(one.strategy, one.data_set, prepared, first))
        first += prepared.grid.most
    return PreparedRun(config.with_configs([one.prepared.config for one in sweeps]), tuple(sweeps))


def _prepare(one: SweepConfig, given: AtHand, data: MarketData | None, points: Points | None) -> Prepared:
    definition = given.definitions.get(one.strategy)
    conditions = given.conditions.get(one.strategy, ())
    try:
        return prepare(one.config, definition=definition, data=data, conditions=conditions, points=points)
    except ConfigError as problem:
        if one.strategy is None:
            raise
        own = f"strategies.{one.strategy}"
        lines = [f"{own}.{line}" if line.startswith("parameters.") else f"{own}: {line}" for line in _lines(problem)]
        raise ConfigError("\n".join(lines)) from None


def _lines(problem: ConfigError) -> list[str]:
    return [line.removeprefix("strategy.") for line in str(problem).split("\n")]


def check_same_run(directory: RunDirectory, run: PreparedRun) -> None:
    """Refuse a run whose data, strategies or columns are no longer those of a directory."""
    facts = run.facts()
    for what in ("data", "strategy"):
        before, now = directory.manifest[what]["digest"], facts[what]["digest"]
        if before != now:
            raise ResultsError(
                f"{directory.path}: {what} changed since the run (digest {before[:12]}…, now {now[:12]}…): a replay "
                "would show something else than what was run"
            )
    columns = {"swept": run.swept_types(), "metrics": list(run.result_names)}
    if directory.manifest["columns"] != columns:
        raise ResultsError(
            f"{directory.path}: the columns of its rows are not those that its configuration gives: the run was made "
            f"by other versions ({directory.manifest['versions']})"
        )
