"""A strategy as isolation ``minimal`` runs it: over columns of its indicators that containers share.

Where signals follow from these and from parameters they are shared as well, and nothing is a container's own but its
account. Where they do not, each container has an engine of its own, and is evaluated at every bar, as
in isolation ``full``.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.higher_columns import Series
from admf_jit.data.own_series import OwnColumn
from admf_jit.errors import StrategyError
from admf_jit.strategies.compiled import (
    CompiledModule,
    LoadedModule,
    StrategyModule,
    compile_module,
    compile_own,
    compile_strategy,
    load_function,
    write_module,
)
from admf_jit.strategies.constant_arrays import keep_arrays
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.expressions import Expression, Field
from admf_jit.strategies.formula import Formula, formula
from admf_jit.strategies.generate import ORDER_ENGINE, GeneratedModule
from admf_jit.strategies.generate_column import generate_column
from admf_jit.strategies.generate_minimal import RUN, minimal_module
from admf_jit.strategies.generate_signals import generate_signals
from admf_jit.strategies.indicator_functions import feature_fields
from admf_jit.strategies.indicators import GIVEN, Indicator, IndicatorKind
from admf_jit.strategies.nested import read_fields
from admf_jit.strategies.sharing import arithmetic_of, looks_at_position, why_bar_by_bar
from admf_jit.strategies.source import collect_source
from admf_kernels.minimal.evaluation_blocks import position_dependence

#: Names of the functions in generated modules.
RECORD_COLUMN = "record_column"
RECORD_SIGNALS = "record_signals"


@dataclass(frozen=True)
class RowFormula:
    """An argument that follows from a container's row of parameters: for each name its place there and its type."""

    formula: Formula
    places: tuple[int, ...]
    kinds: tuple[type, ...]

    def values(self, rows: NDArray[np.float64]) -> list[float]:
        """What it comes to with each row of parameters put in, float64 (n, n_parameters)."""
        if self.formula.is_name:
            values: list[float] = rows[:, self.places[0]].tolist()
            return values
        given = [tuple(row) for row in rows[:, self.places].tolist()]
        known = {row: self._value(row) for row in dict.fromkeys(given)}
        return [known[row] for row in given]

    def _value(self, row: tuple[float, ...]) -> float:
        named = zip(self.formula.names, self.kinds, row, strict=True)
        return float(self.formula.value({name: kind(value) for name, kind, value in named}))


@dataclass(frozen=True)
class SharedIndicator:
    """An indicator of a strategy, to be computed once for all containers that have the same arguments."""

    #: The module that computes it; None for a column of one's own as it is.
    column: Path | None
    #: Its own, and behind them those of the indicators that it reads.
    arguments: tuple[float | RowFormula, ...]
    source: str | OwnColumn | Field | Expression
    lag: int
    #: Place among the strategy's timeframes, or None for the data's own.
    timeframe: int | None
    n_outputs: int
    #: Its warm-up, a formula of arguments of these names.
    warmup: Formula
    names: tuple[str, ...]
    #: Whether it is what is given from outside, in a column that its one argument numbers.
    is_given: bool = False
    #: The indicators that it reads: what its source calls each output, the indicator, and the output's place there.
    reads: tuple[tuple[Field, SharedIndicator, int], ...] = ()
    #: Of one of the user's own, which may raise: its module, with the user's lines.
    code: StrategyModule | None = field(default=None, compare=False)

    @property
    def may_raise(self) -> bool:
        """Whether it, or one that it reads, is of the user's own code."""
        return self.code is not None or any(inner.may_raise for _, inner, _ in self.reads)

    @property
    def depth(self) -> int:
        """How many indicators stand one behind the other before it."""
        return max((1 + inner.depth for _, inner, _ in self.reads), default=0)

    def of_reads(self, arguments: tuple[float, ...]) -> list[tuple[float, ...]]:
        """The arguments of each indicator that it reads, among its bound ones."""
        found = []
        end = len(arguments)
        for _, inner, _ in reversed(self.reads):
            begin = end - len(inner.arguments)
            found.append(arguments[begin:end])
            end = begin
        return found[::-1]

    def first_value(self, arguments: tuple[float, ...]) -> int:
        """Its warm-up in bars of its timeframe, with these arguments."""
        return int(self.warmup.value(dict(zip(self.names, arguments, strict=True)))) + self.lag

    @cached_property
    def told(self) -> tuple[int, ...]:
        """Places of the parameters that it is given, in a container's row of parameters."""
        formulas = (argument for argument in self.arguments if isinstance(argument, RowFormula))
        return tuple(place for one in formulas for place in one.places)

    def bound(self, rows: NDArray[np.float64]) -> list[tuple[float, ...]]:
        """Its arguments with each row of a container's parameters put in, float64 (n, n_parameters)."""
        columns = [
            argument.values(rows) if isinstance(argument, RowFormula) else itertools.repeat(argument, len(rows))
            for argument in self.arguments
        ]
        return list(zip(*columns, strict=True)) if columns else [()] * len(rows)


@dataclass(frozen=True)
class SharedColumns:
    """The indicators that containers share, and where the fields of a strategy find their values."""

    indicators: tuple[SharedIndicator, ...]
    #: For each feature field: the place of its indicator, and of its output there.
    features: tuple[tuple[int, int], ...]
    timeframes: tuple[str, ...]
    own_columns: tuple[OwnColumn, ...] = ()

    @property
    def series(self) -> tuple[Series, ...]:
        """What they read besides the bars."""
        return (*self.timeframes, *self.own_columns)

    @cached_property
    def parameters(self) -> list[int]:
        """Places of the parameters that the values depend on, in a container's row of parameters."""
        return sorted({place for indicator in self.indicators for place in indicator.told})

    def columns_from_cache(self) -> bool:
        """Whether the code that makes the columns, loaded in this process, was found in the cache."""
        computed = [indicator.column for indicator in self.indicators if indicator.column is not None]
        return all([load_function(column, RECORD_COLUMN).from_cache for column in computed])


@dataclass(frozen=True)
class StrategyOverColumns:
    """What a worker needs to run containers that share indicators, each of which is evaluated by itself."""

    shared: SharedColumns
    #: Its ``run_batch`` takes the columns of one symbol and one set of arguments in the place of higher bars.
    compiled: CompiledModule

    @property
    def series(self) -> tuple[Series, ...]:
        """What its indicators read besides the bars."""
        return self.shared.series

    def load(self) -> LoadedModule:
        """The engine of such containers, in this process; from the cache if all that they use is."""
        loaded = self.compiled.load()
        return LoadedModule(loaded.function, self.shared.columns_from_cache() and loaded.from_cache)


@dataclass(frozen=True)
class SharedStrategy:
    """What a worker needs to run containers that share indicators, and signals where these follow from no position."""

    shared: SharedColumns
    guarded: StrategyModule
    unguarded: Path | None
    #: Feature fields and parameters, by place, of which none may be zero in the unguarded form.
    feature_divisors: tuple[int, ...]
    parameter_divisors: tuple[int, ...]
    #: 0 where signals are shared, else what ``position_dependence`` says.
    dependence: int
    divides_by_position: bool
    engine: Path
    #: Whether that is the order engine.
    uses_orders: bool

    @property
    def series(self) -> tuple[Series, ...]:
        """What has to be made of the bars for its indicators: columns of one's own are read as they are."""
        return self.shared.timeframes

    def load(self) -> LoadedModule:
        """The engine of such containers, in this process; from the cache if all that they use is."""
        self.guarded.bind()
        answers = load_function(self.unguarded or self.guarded.path, RECORD_SIGNALS)
        engine = load_function(self.engine, RUN)
        from_cache = [self.shared.columns_from_cache(), answers.from_cache, engine.from_cache]
        return LoadedModule(engine.function, all(from_cache))

    def engine_function(self) -> Callable[..., None]:
        """The engine alone."""
        function: Callable[..., None] = load_function(self.engine, RUN).function
        return function


@dataclass(frozen=True)
class CompiledSharing:
    """A shared strategy ready to run, and what it took to get it ready in this process."""

    module: SharedStrategy | StrategyOverColumns
    seconds: float
    from_cache: bool


@dataclass
class _Compiler:
    """Compiles modules one after the other, and notes whether all of them came from the cache."""

    definition: Definition
    from_cache: bool = field(default=True)

    def compile(self, module: GeneratedModule, function: str) -> Path:
        path, loaded = compile_module(self.definition, module, function)
        self.from_cache = self.from_cache and loaded.from_cache
        return path

    def compile_own(self, module: GeneratedModule, function: str) -> Path:
        path, from_cache = compile_own(module, function)
        self.from_cache = self.from_cache and from_cache
        return path


def compile_minimal_engine(engine: str) -> tuple[Path, bool]:
    """Compile what containers with shared indicators run on: its module, and whether it was in the cache."""
    return compile_own(minimal_module(engine), RUN)


def compile_column(kind: IndicatorKind) -> tuple[Path, bool]:
    """Compile what computes an indicator's values for all containers: its module, and whether it was in the cache."""
    return compile_own(generate_column(kind), RECORD_COLUMN)


def compile_shared(definition: Definition, engine: str) -> CompiledSharing:
    """Compile what containers of ``definition`` share, and their engine, or load it from the cache.

    Raises StrategyError where it has to be evaluated bar by bar (``sharing.why_bar_by_bar``), or where Numba cannot
    compile the user's code.
    """
    started = time.perf_counter()
    source = collect_source(definition)
    reason = why_bar_by_bar(definition, source)
    if reason is not None:
        raise StrategyError(f"strategy {definition.name}: isolation minimal is not possible: {reason}")
    compiler = _Compiler(definition)
    arithmetic = arithmetic_of(definition, source)
    guarded = generate_signals(definition, source, unguarded=False)
    if arithmetic is None:
        unguarded = None
        path = compiler.compile(guarded, RECORD_SIGNALS)
    else:
        unguarded = compiler.compile(generate_signals(definition, source, unguarded=True), RECORD_SIGNALS)
        # What is held is nothing at times, and then nobody divides by it without having it trapped.
        path = compiler.compile(guarded, RECORD_SIGNALS) if arithmetic.position else write_module(guarded)
    parameters = list(definition.parameters)
    fields = list(feature_fields(definition))
    looks_at = looks_at_position(source)
    divides_by = arithmetic.position if arithmetic else frozenset()
    strategy = SharedStrategy(
        _columns(definition, compiler),
        StrategyModule(path, guarded.origins, definition.series, keep_arrays(guarded.arrays), guarded.doubtful),
        unguarded,
        tuple(fields.index(name) for name in sorted(arithmetic.features)) if arithmetic else (),
        tuple(parameters.index(name) for name in sorted(arithmetic.parameters)) if arithmetic else (),
        position_dependence(looks_at, divides_by, exact=arithmetic is None) if looks_at else 0,
        bool(divides_by),
        compiler.compile_own(minimal_module(engine), RUN),
        engine == ORDER_ENGINE,
    )
    return CompiledSharing(strategy, time.perf_counter() - started, compiler.from_cache)


def compile_columns(definition: Definition) -> SharedColumns:
    """Compile what computes the indicators of ``definition``, or load it from the cache."""
    return _columns(definition, _Compiler(definition))


def compile_over_columns(definition: Definition, engine: str) -> CompiledSharing:
    """Compile the indicators that containers of ``definition`` share and the engine that each has to itself.

    Raises StrategyError where Numba cannot compile the user's code.
    """
    started = time.perf_counter()
    compiler = _Compiler(definition)
    columns = _columns(definition, compiler)
    compiled = compile_strategy(definition, engine, shared=True)
    from_cache = compiler.from_cache and compiled.from_cache
    strategy = StrategyOverColumns(columns, compiled.module)
    return CompiledSharing(strategy, time.perf_counter() - started, from_cache)


def _columns(definition: Definition, compiler: _Compiler) -> SharedColumns:
    names = list(definition.indicators)
    shared: dict[str, SharedIndicator] = {}
    for name, indicator in definition.indicators.items():
        shared[name] = _shared(definition, indicator, compiler, shared)
    return SharedColumns(
        tuple(shared.values()),
        tuple((names.index(name), i.kind.outputs.index(o)) for name, i, o in feature_fields(definition).values()),
        definition.timeframes,
        definition.own_columns,
    )


def _shared(
    definition: Definition, indicator: Indicator, compiler: _Compiler, known: Mapping[str, SharedIndicator]
) -> SharedIndicator:
    kind = indicator.kind
    assert isinstance(indicator.source, str | OwnColumn | Field | Expression)
    reads = tuple(
        (field, known[field.name], definition.indicators[field.name].kind.outputs.index(field.output))
        for field in read_fields(indicator)
    )
    own = tuple(_of_row(definition, a) if isinstance(a, str) else float(a) for a in indicator.arguments)
    path, code = None, None
    if kind.code is not None:
        module = generate_column(kind)
        path, loaded = compile_module(kind.code.definition, module, RECORD_COLUMN)
        compiler.from_cache = compiler.from_cache and loaded.from_cache
        code = StrategyModule(path, module.origins, (), (), ())
    elif kind.kernel:
        path = compiler.compile_own(generate_column(kind), RECORD_COLUMN)
    return SharedIndicator(
        path,
        own + tuple(argument for _, inner, _ in reads for argument in inner.arguments),
        indicator.source,
        indicator.lag,
        None if indicator.timeframe is None else definition.timeframes.index(indicator.timeframe),
        len(kind.outputs),
        formula(kind.warmup),
        tuple(argument.name for argument in kind.arguments),
        kind is GIVEN,
        reads,
        code,
    )


def _of_row(definition: Definition, text: str) -> RowFormula:
    parameters = list(definition.parameters)
    read = formula(text)
    places = tuple(parameters.index(name) for name in read.names)
    return RowFormula(read, places, tuple(definition.parameters[name].kind for name in read.names))
