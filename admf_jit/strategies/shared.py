"""A strategy as isolation ``minimal`` runs it: columns of its indicators, answers from them, and nothing of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from admf_jit.errors import StrategyError
from admf_jit.strategies.compiled import CompiledModule, LoadedModule, compile_module, load_function, write_module
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.generate import ORDER_ENGINE, GeneratedModule
from admf_jit.strategies.generate_answers import generate_answers
from admf_jit.strategies.generate_column import generate_column
from admf_jit.strategies.generate_minimal import RUN, minimal_module
from admf_jit.strategies.indicator_functions import feature_fields
from admf_jit.strategies.indicators import Indicator
from admf_jit.strategies.sharing import arithmetic_of, why_not_shared
from admf_jit.strategies.source import collect_source


@dataclass(frozen=True)
class SharedIndicator:
    """An indicator of a strategy, to be computed once for all containers that have the same arguments.

    ``arguments`` are numbers, or places in a container's row of parameters where ``named`` says so.
    """

    column: Path
    arguments: tuple[float, ...]
    named: tuple[bool, ...]
    source: str
    lag: int
    #: Place among the strategy's timeframes, or None for the data's own.
    timeframe: int | None
    n_outputs: int
    #: The warm-up is the sum of the arguments at these places, and this many bars.
    warmup_places: tuple[int, ...]
    warmup_offset: int


@dataclass(frozen=True)
class SharedStrategy:
    """What a worker needs to run containers that share what they can."""

    indicators: tuple[SharedIndicator, ...]
    #: For each feature field: the place of its indicator, and of its output there.
    features: tuple[tuple[int, int], ...]
    trapped: CompiledModule
    straight: Path | None
    #: Feature fields and parameters, by place, of which none may be zero in the straight form.
    feature_divisors: tuple[int, ...]
    parameter_divisors: tuple[int, ...]
    engine: Path
    #: Whether that is the order engine.
    uses_orders: bool
    timeframes: tuple[str, ...] = ()

    def load(self) -> LoadedModule:
        """The engine of such containers, in this process; from the cache if all that they use is."""
        paths = [(indicator.column, "record_column") for indicator in self.indicators]
        loaded = [load_function(path, name) for path, name in [*paths, self._answers()]]
        engine = load_function(self.engine, RUN)
        return LoadedModule(engine.function, engine.from_cache and all(module.from_cache for module in loaded))

    def _answers(self) -> tuple[Path, str]:
        return (self.straight or self.trapped.path), "record_answers"


@dataclass(frozen=True)
class CompiledSharing:
    """A shared strategy ready to run, and what it took to get it ready in this process."""

    module: SharedStrategy
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


def compile_shared(definition: Definition, engine: str) -> CompiledSharing:
    """Compile what containers of ``definition`` share, and their engine, or load it from the cache.

    Raises StrategyError where they cannot share their answers (``sharing.why_not_shared``), or where Numba cannot
    compile the user's code.
    """
    started = time.perf_counter()
    source = collect_source(definition)
    reason = why_not_shared(definition, source)
    if reason is not None:
        raise StrategyError(f"strategy {definition.name}: isolation minimal is not possible: {reason}")
    compiler = _Compiler(definition)
    fields = feature_fields(definition)
    arithmetic = arithmetic_of(definition, source)
    trapped = generate_answers(definition, source, straight=False)
    if arithmetic is None:
        straight = None
        path = compiler.compile(trapped, "record_answers")
    else:
        straight = compiler.compile(generate_answers(definition, source, straight=True), "record_answers")
        path = write_module(trapped)
    parameters = list(definition.parameters)
    names = list(definition.indicators)
    indicators = tuple(_shared(definition, indicator, compiler) for indicator in definition.indicators.values())
    strategy = SharedStrategy(
        indicators,
        tuple((names.index(name), i.kind.outputs.index(output)) for name, i, output in fields.values()),
        CompiledModule(path, trapped.origins, definition.timeframes),
        straight,
        tuple(list(fields).index(name) for name in sorted(arithmetic.features)) if arithmetic else (),
        tuple(parameters.index(name) for name in sorted(arithmetic.parameters)) if arithmetic else (),
        compiler.compile(minimal_module(engine), RUN),
        engine == ORDER_ENGINE,
        definition.timeframes,
    )
    return CompiledSharing(strategy, time.perf_counter() - started, compiler.from_cache)


def _shared(definition: Definition, indicator: Indicator, compiler: _Compiler) -> SharedIndicator:
    parameters = list(definition.parameters)
    kind = indicator.kind
    names = [argument.name for argument in kind.arguments]
    return SharedIndicator(
        compiler.compile(generate_column(kind), "record_column"),
        tuple(float(parameters.index(a) if isinstance(a, str) else a) for a in indicator.arguments),
        tuple(isinstance(a, str) for a in indicator.arguments),
        indicator.source,
        indicator.lag,
        None if indicator.timeframe is None else definition.timeframes.index(indicator.timeframe),
        len(kind.outputs),
        tuple(names.index(term) for term in kind.warmup_terms),
        kind.warmup_offset + indicator.lag,
    )
