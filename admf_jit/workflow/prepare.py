"""Everything that a run needs, checked and at hand before the first container starts."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from admf_jit.config import Config
from admf_jit.config.combinations import with_combinations
from admf_jit.config.containers import USABLE, ResourcesConfig
from admf_jit.config.execution import VECTORBT
from admf_jit.config.model import SIGNALS
from admf_jit.data import MarketData, load, open_store, write_store
from admf_jit.data.cache_folder import store_folder
from admf_jit.data.given import QUANTITIES
from admf_jit.data.kept import note_use, take_in
from admf_jit.data.store import note_digest
from admf_jit.errors import ConfigError, DataError, StrategyError
from admf_jit.parameter_grid import Containers, ContainerSpec, Grid, build_grid
from admf_jit.parameter_grid.drawing import Points
from admf_jit.parameter_grid.open_grid import OpenGrid
from admf_jit.parameter_grid.survivors import Condition
from admf_jit.strategies.compile_notice import STRATEGY, announced
from admf_jit.strategies.compiled import CompiledModule, CompiledStrategy, compile_engine, compile_strategy
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.formula import formula
from admf_jit.strategies.generate import (
    ORDER_ENGINE,
    PLAIN_ENGINE,
    PORTFOLIO_ENGINE,
    strategy_digest,
)
from admf_jit.strategies.llvm_memory import give_back_llvm_memory
from admf_jit.strategies.numba_runtime import start_runtime
from admf_jit.strategies.own_columns import check_own_columns
from admf_jit.strategies.resolve import BUILT_IN, resolve_strategy
from admf_jit.strategies.shared import CompiledSharing, StrategyOverColumns, compile_over_columns, compile_shared
from admf_jit.strategies.source import collect_source
from admf_jit.strategies.timeframes import check_timeframes
from admf_jit.workers.batch import RESULT_NAMES, BatchTask, keep_mapped
from admf_jit.workers.footprint import refusal_of, state_bytes
from admf_jit.workers.inputs import InputBuilder
from admf_jit.workers.limits import Limits
from admf_jit.workflow.designs import load_design
from admf_jit.workflow.evaluation import latest_start, refuse_endless_warmup
from admf_jit.workflow.isolation import EVERY_BAR, INDICATORS, Isolation, choose_isolation
from admf_kernels.constants import METRIC_NAMES

#: A refusal or None, by the bytes of what was asked about.
_Refusals = dict[bytes, str | None]
#: So many answers of an indicator are kept for containers that come later.
_MOST_REFUSALS_KEPT = 65_536

_ENGINE_TITLES = {PLAIN_ENGINE: "market order", ORDER_ENGINE: "order", PORTFOLIO_ENGINE: "portfolio"}


def engine_title(engine: str) -> str:
    """What an engine is called where it is compiled."""
    return f"the {_ENGINE_TITLES.get(engine, engine)} engine"


@dataclass(frozen=True)
class Prepared:
    """A configuration with its data mapped, its strategy compiled and its grid laid out."""

    config: Config
    definition: Definition
    #: Digest of what the strategy says.
    digest: str
    data: MarketData
    store: Path
    grid: Grid
    engine: str
    #: What asks for that engine, where it is not the plain one.
    why_engine: str | None
    isolation: Isolation
    inputs: InputBuilder

    @cached_property
    def compiled(self) -> CompiledStrategy:
        """The strategy on its engine, as containers of their own run it: compiled when it is asked for."""
        self._compile_engine()
        with announced(self._called, STRATEGY):
            start_runtime()
            return compile_strategy(self.definition, self.engine)

    @cached_property
    def over_columns(self) -> CompiledSharing:
        """The strategy on its engine, over columns of its indicators."""
        self._compile_engine()
        with announced(self._called, STRATEGY):
            start_runtime()
            return compile_over_columns(self.definition, self.engine)

    @property
    def alone(self) -> CompiledModule | StrategyOverColumns:
        """What one container runs by itself, with all its events: what is given from outside is columns in any case."""
        if not self.definition.is_given:
            return self.compiled.module
        module = self.over_columns.module
        assert isinstance(module, StrategyOverColumns)
        return module

    def on_engine_of(self, other: Prepared) -> Prepared:
        """The same run on the engine of another, which is compiled already, where it gives the same bits."""
        same = self.engine == PLAIN_ENGINE and other.engine in (ORDER_ENGINE, PORTFOLIO_ENGINE)
        return replace(self, engine=other.engine) if same else self

    def compile_unannounced(self) -> None:
        """Compile the strategy, and say so of its engine alone: for one that nobody has asked for by name."""
        self._compile_engine()
        start_runtime()
        compile_strategy(self.definition, self.engine)

    def _compile_engine(self) -> None:
        """Compile the engine, once for all strategies, and say so."""
        with announced(engine_title(self.engine), self.engine):
            start_runtime()
            compile_engine(self.engine)

    @cached_property
    def runner(self) -> CompiledStrategy | CompiledSharing:
        """What the batches of the grid run."""
        give_back_llvm_memory()
        found: CompiledStrategy | CompiledSharing
        if self.isolation.evaluated != EVERY_BAR:
            with announced(self._called, f"{self.engine}, shared"):
                start_runtime()
                found = compile_shared(self.definition, self.engine)
        elif self.isolation.shares == INDICATORS:
            found = self.over_columns
        else:
            found = self.over_columns if self.definition.is_given else self.compiled
        give_back_llvm_memory()
        return found

    @property
    def _called(self) -> str:
        """The strategy's name as its user knows it."""
        named = self.config.strategy.type
        return named if named in BUILT_IN else self.definition.name

    @cached_property
    def result_names(self) -> tuple[str, ...]:
        """The metrics, and the columns of bounds where any container of the grid has them."""
        # No constraint can name a text, so every swept value of `intrabar` is that of some container.
        intrabar = self.grid.axis_values.get("execution.intrabar", (self.config.execution.intrabar,))
        return RESULT_NAMES if "bounds" in intrabar else METRIC_NAMES

    def task(self, containers: Containers | Sequence[ContainerSpec], limits: Limits) -> BatchTask:
        """A batch of ``containers``, as it is sent to a worker."""
        inputs = self.inputs
        if isinstance(containers, Containers):
            rows = inputs.build_many(containers)
        else:
            rows = inputs.build(containers)
        n_results = len(self.result_names)
        return BatchTask(
            self.store,
            self.data.digest,
            self.runner.module,
            rows,
            limits,
            n_results=n_results,
            n_history=self.data.n_history,
            own_process=self.in_processes,
        )

    def traced_task(self, container: ContainerSpec) -> BatchTask:
        """One container on its own engine, for all its events."""
        module, rows = self.alone, self.inputs.build([container])
        n_results = len(self.result_names)
        return BatchTask(self.store, self.data.digest, module, rows, self.limits(1), n_results=n_results)

    def refusals(self, containers: Containers) -> dict[int, str]:
        """Why containers cannot run at all, by their rows of ``containers``; most can."""
        # Indicators refuse parameters, and a limit the settings: few containers differ in any of these.
        questions: list[tuple[NDArray[Any], Callable[[ContainerSpec], str | None], _Refusals]] = [
            (parameters, functools.partial(self.inputs.indicator_refusal, name), self._of_indicators[name])
            for name, parameters in self.inputs.indicator_parameters(containers).items()
        ]
        questions.append((containers.environment[:, np.newaxis], self._state_refusal, {}))
        texts: dict[int, str] = {}
        for keys, why, known in questions:
            if len(known) > _MOST_REFUSALS_KEPT:
                known.clear()
            rows = _as_bytes(keys)
            different = set(rows)
            missing = different - known.keys()
            places = {row: place for place, row in enumerate(rows) if row in missing} if missing else {}
            for row, place in places.items():
                known[row] = why(self.grid.container(int(containers.index[place])))
            if any(known[row] is not None for row in different):
                found = ((place, known[row]) for place, row in enumerate(rows))
                texts = {place: text for place, text in found if text is not None} | texts
        return dict(sorted(texts.items()))

    @cached_property
    def _of_indicators(self) -> dict[str, _Refusals]:
        """What each indicator said of its parameters."""
        return defaultdict(dict)

    def refusal(self, container: ContainerSpec) -> str | None:
        """Why ``container`` cannot run at all: its indicators refuse its parameters, or its state its memory limit."""
        return self.inputs.refusal(container) or self._state_refusal(container)

    def _state_refusal(self, container: ContainerSpec) -> str | None:
        return refusal_of(self.state_bytes(container), self.resources.memory_limit)

    def state_bytes(self, container: ContainerSpec) -> int:
        """What is known of the memory that ``container`` takes, in bytes."""
        return state_bytes(
            container,
            self.engine,
            n_symbols=self.data.n_symbols,
            n_bars=self.data.n_bars,
            n_features=len(self.definition.indicators),
        )

    @cached_property
    def resources(self) -> ResourcesConfig:
        """What the configuration says one container of the strategy may use."""
        return self.config.containers.resources_for(self.config.strategy.type)

    @property
    def in_processes(self) -> bool:
        """Whether each container has an operating-system process of its own."""
        return self.config.execution.optimization_phase.isolation == "process"

    def limits(self, n_jobs: int, memory_of_job: int | None = None) -> Limits:
        """What a container may use where ``n_jobs`` of them run at a time, or each has ``memory_of_job`` bytes."""
        resources = self.resources
        memory_of_job = memory_of_job or int(USABLE * psutil.virtual_memory().total / n_jobs)
        memory = resources.memory_limit or memory_of_job
        share = resources.cpu_limit if self.in_processes and resources.cpu_limit is not None else 1.0
        return Limits(resources.time_limit, memory, share)


def _as_bytes(keys: NDArray[Any]) -> list[bytes]:
    """The rows of an array, (n, _), as what can be looked up."""
    width = keys.itemsize * keys.shape[1]
    rows: list[bytes] = np.ascontiguousarray(keys).view(f"V{width}")[:, 0].tolist() if width else [b""] * len(keys)
    return rows


def prepare(
    config: Config,
    *,
    definition: Definition | None = None,
    data: MarketData | None = None,
    conditions: Sequence[Condition] = (),
    points: Points | None = None,
) -> Prepared:
    """Load, compile and expand what ``config`` names; a definition or data already at hand are taken instead.

    What ``conditions``, Python functions, leave of a grid stands in the configuration as its combinations. ``points``
    are those that a search has drawn already.
    """
    definition = definition or _definition_of(config)
    source = collect_source(definition)
    digest = strategy_digest(definition, source)
    _check_values(config, definition)
    mapped, store = map_data(data if data is not None else load_data(config))
    keep_mapped(mapped)
    check_own_columns(definition, mapped)
    check_timeframes(definition, mapped)
    _check_given(definition, mapped)
    grid = build_grid(
        config,
        parameter_defaults=definition.defaults,
        optional=definition.optional,
        strategy_digest=digest,
        data_digest=mapped.digest,
        symbols=mapped.symbols,
        portfolio=_trades_all(config, definition),
        conditions=conditions,
        points=points,
        design=load_design(config),
    )
    if conditions and not config.optimization.draws:
        config = with_combinations(config, grid.listed)
    refuse_endless_warmup(definition, mapped, grid)
    engine, why_engine = _engine(config, definition, mapped, grid)
    isolation = choose_isolation(config, definition, source, engine, grid)
    start = 0
    if config.evaluation.start == "common":
        if isinstance(grid, OpenGrid):
            raise ConfigError(
                f"evaluation.start: is common, and method {config.optimization.method} does not know its containers "
                "ahead; expected own, and bars before data.start to warm all of them up"
            )
        start = latest_start(definition, mapped, grid)
        grid = grid.starting_at(start)
    inputs = InputBuilder(
        definition,
        mapped.symbols,
        mapped.bars_per_year,
        uses_random=source.uses_random,
        evaluation_start=start,
    )
    return Prepared(config, definition, digest, mapped, store, grid, engine, why_engine, isolation, inputs)


def _definition_of(config: Config) -> Definition:
    if config.strategy.type == SIGNALS:
        from admf_jit.strategies.builtin.signal_columns import signal_columns

        return signal_columns(config.strategy.columns)
    return resolve_strategy(config.strategy.type)


def _check_given(definition: Definition, data: MarketData) -> None:
    """Refuse to run what is given from outside over data that has none, or that lack bars."""
    if definition.is_given and (data.given is None or (data.given.kind == QUANTITIES) != definition.sends_orders):
        raise StrategyError(f"strategy {definition.name}: the data has no such columns: aj.from_signals makes them")
    if definition.is_given and data.has_missing_bars:
        raise StrategyError(f"strategy {definition.name}: the data lacks bars of some symbols")


def _engine(config: Config, definition: Definition, data: MarketData, grid: Grid) -> tuple[str, str | None]:
    """The engine that every container of a sweep runs on, the plain one where it is enough, and what asks for another.

    What settings ask for is decided by ``config.order_engine`` alone.
    """
    preset = config.execution.preset
    if preset is not None:
        _check_preset(preset, definition, data)
        return preset, "execution.preset"
    if _trades_all(config, definition):
        return PORTFOLIO_ENGINE, "a container trades all symbols"
    if data.has_missing_bars:
        return PORTFOLIO_ENGINE, "the data lacks bars of some symbols"
    reason = "on_bar sends orders of its own" if definition.sends_orders else grid.why_order_engine
    if reason is None and _has_nonpositive_prices(data):
        reason = "the data has prices at or below zero"
    return (PLAIN_ENGINE, None) if reason is None else (ORDER_ENGINE, reason)


def _has_nonpositive_prices(data: MarketData) -> bool:
    """Whether any price is at or below zero, which only data that allow it can have."""
    return data.allow_nonpositive and bool((data.low <= 0).any())


def _trades_all(config: Config, definition: Definition) -> bool:
    """Whether a container trades all symbols of the data."""
    swept = config.optimization.parameters
    if not definition.weighs and (config.execution.rebalance != "bar" or "execution.rebalance" in swept):
        raise ConfigError("execution.rebalance: the strategy has no target_weights to ask for; expected bar")
    return config.execution.portfolio or definition.weighs


def _check_preset(preset: str, definition: Definition, data: MarketData) -> None:
    if _has_nonpositive_prices(data):
        raise ConfigError(f"execution.preset: {preset} needs prices above zero, and the data has others")
    if data.has_missing_bars:
        raise ConfigError(f"execution.preset: {preset} needs every bar of every symbol, and the data lacks some")
    if preset == VECTORBT and definition.sends_orders:
        raise ConfigError(
            f"execution.preset: {preset} has directions and signals alone, and on_bar of {definition.name} takes orders"
        )
    if definition.weighs:
        raise ConfigError(f"execution.preset: {preset} has no target weights, and {definition.name} returns them")


def load_data(config: Config) -> MarketData:
    """The bars that ``config.data`` names."""
    wanted = config.data
    symbols = list(wanted.symbols) if wanted.symbols is not None else None
    return load(
        wanted.source,
        symbols=symbols,
        start=wanted.start,
        end=wanted.end,
        history=wanted.history,
        timeframe=wanted.timeframe,
        timezone=wanted.timezone,
        calendar=wanted.calendar,
        bars_per_year=wanted.bars_per_year,
        delisted=wanted.delisted,
        features=wanted.features,
        **wanted.format.model_dump(exclude_defaults=True),
    )


def map_data(data: MarketData) -> tuple[MarketData, Path]:
    """``data`` as every worker will see it: read-only memory maps of a store, kept in the cache by its digest."""
    if data.directory is not None:
        if data.directory.parent == store_folder():
            note_use(data.directory)
            if data.with_history.known_digest is None:
                note_digest(data.directory, data.with_history.digest)
        return data, data.directory
    if data.later is not None:
        mapped = data.later.keep(data)
        if mapped.directory is not None:
            return map_data(mapped)
    if data.history is not None:
        whole, store = map_data(data.history)
        return whole.evaluated_from(data.n_history), store
    directory = store_path(data.digest)
    if directory.exists():
        try:
            mapped = open_store(directory)
            note_use(directory)
            return mapped, directory
        except DataError:
            # A cached copy that does not open is of no use to anybody; the data itself is at hand.
            directory = directory.with_name(f"{directory.name}-again")
    write_store(data, directory)
    take_in(directory)
    return open_store(directory), directory


def store_path(digest: str) -> Path:
    """Where the cache keeps the store of the data with this digest."""
    return store_folder() / digest[:32]


def _check_values(config: Config, definition: Definition) -> None:
    """Refuse, by key, values that no container could run with."""
    problems = []
    for name, value in config.strategy.parameters.items():
        problems += _problems(definition, name, value, f"strategy.parameters.{name}")
    for name in config.optimization.parameters:
        for place, value in enumerate(config.optimization.values(name)):
            problems += _problems(definition, name, value, f"optimization.parameters.{name}[{place}]")
    if problems:
        raise ConfigError("\n".join(problems))


def _problems(definition: Definition, name: str, value: Any, key: str) -> list[str]:
    declared = definition.parameters.get(name)
    if declared is None:
        return []
    try:
        checked = declared.check(name, value)
        for indicator in definition.indicators.values():
            for argument, given in zip(indicator.kind.arguments, indicator.arguments, strict=True):
                if isinstance(given, str) and formula(given).names == (name,):
                    indicator.check_argument(argument, formula(given).value({name: checked}))
    except StrategyError as problem:
        return [f"{key}: {problem}"]
    return []
