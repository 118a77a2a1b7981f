"""A run that is ready: data mapped, strategy compiled when it is asked for, grid laid out."""

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
from admf_jit.config.containers import USABLE, ResourcesConfig
from admf_jit.data import MarketData
from admf_jit.parameter_grid import Containers, ContainerSpec, Grid
from admf_jit.strategies.compile_notice import STRATEGY, announced
from admf_jit.strategies.compiled import CompiledModule, CompiledStrategy, compile_engine, compile_strategy
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.generate import ORDER_ENGINE, PLAIN_ENGINE, PORTFOLIO_ENGINE
from admf_jit.strategies.llvm_memory import give_back_llvm_memory
from admf_jit.strategies.numba_runtime import start_runtime
from admf_jit.strategies.resolve import BUILT_IN
from admf_jit.strategies.shared import CompiledSharing, StrategyOverColumns, compile_over_columns, compile_shared
from admf_jit.workers.batch import RESULT_NAMES, BatchTask
from admf_jit.workers.footprint import refusal_of, state_bytes
from admf_jit.workers.inputs import InputBuilder
from admf_jit.workers.limits import Limits
from admf_jit.workflow.isolation import EVERY_BAR, INDICATORS, Isolation
from admf_kernels.constants import METRIC_NAMES, PERIOD_FIELDS

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
        # Where batches run another form of it, which is compiled by then, this one is for replays.
        called = f"{self._called} for replays" if "runner" in self.__dict__ else self._called
        with announced(called, STRATEGY):
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
    def contract_names(self) -> tuple[str, ...]:
        """The metrics, and the columns of bounds where any container of the grid has them."""
        # No constraint can name a text, so every swept value of `intrabar` is that of some container.
        intrabar = self.grid.axis_values.get("execution.intrabar", (self.config.execution.intrabar,))
        return RESULT_NAMES if "bounds" in intrabar else METRIC_NAMES

    @property
    def result_names(self) -> tuple[str, ...]:
        """The columns of a row's results: those of the contract, and the measures that are asked for."""
        return (*self.contract_names, *self.config.optimization.measures)

    def task(
        self, containers: Containers | Sequence[ContainerSpec], limits: Limits, ends: tuple[int, ...] = ()
    ) -> BatchTask:
        """A batch of ``containers``, as it is sent to a worker, with the periods that end before the bars ``ends``."""
        inputs = self.inputs
        if isinstance(containers, Containers):
            rows = inputs.build_many(containers)
        else:
            rows = inputs.build(containers)
        n_results = len(self.result_names) + len(ends) * len(PERIOD_FIELDS)
        return BatchTask(
            self.store,
            self.data.digest,
            self.runner.module,
            rows,
            limits,
            n_results=n_results,
            n_history=self.data.n_history,
            own_process=self.in_processes,
            ends=ends,
            measures=self.config.optimization.measures,
        )

    def traced_task(self, container: ContainerSpec) -> BatchTask:
        """One container on its own engine, for all its events."""
        module, rows = self.alone, self.inputs.build([container])
        n_results = len(self.contract_names)
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
