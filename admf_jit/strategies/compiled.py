"""Compiling a strategy, or loading it from the cache, and telling the user about errors in their own lines."""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from admf_jit import interrupts
from admf_jit.data.higher_columns import Series
from admf_jit.errors import StrategyError
from admf_jit.strategies.cache import CACHE_VARIABLE, cache_directory
from admf_jit.strategies.cache_age import hold, prune
from admf_jit.strategies.compile_lock import compile_lock
from admf_jit.strategies.constant_arrays import bind, keep_arrays
from admf_jit.strategies.damaged_cache import remove_damaged
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.engine_module import RUN_BATCH, engine_module
from admf_jit.strategies.explain import explain_compile_error, source_line
from admf_jit.strategies.generate import PLAIN_ENGINE, PORTFOLIO_ENGINE, GeneratedModule, generate
from admf_jit.strategies.generate_evaluate import EVALUATE
from admf_jit.strategies.generate_portfolio import RECORD, bytes_with_weights, n_fields_of
from admf_jit.strategies.indicator_functions import feature_fields
from admf_jit.strategies.nested_functions import source_rows
from admf_jit.strategies.newcomers import plainly
from admf_jit.strategies.origin import Origin
from admf_jit.strategies.ready_code import provide_ready_code
from admf_kernels.addresses import entry_address
from admf_kernels.checks import GENERATED
from admf_kernels.compilation import keep_shared_kernels

#: How the names of generated modules begin in a process.
MODULE_PREFIX = "admf_jit_generated_"
#: Place of the opens of the bars that indicators take, among the arguments of an engine that follow a strategy.
INDICATOR_OPEN = 9
_loaded: dict[Path, ModuleType] = {}


@dataclass(frozen=True)
class LoadedModule:
    """A generated module's cached function in this process, and whether Numba found it compiled."""

    function: Callable[..., None]
    from_cache: bool


@dataclass(frozen=True)
class StrategyModule:
    """A generated module of a strategy: where it lies, and the origin of each of its lines."""

    path: Path
    origins: dict[int, Origin]
    #: Longer timeframes and columns of one's own that its indicators read, in the order of ``completed``.
    series: tuple[Series, ...]
    #: Files of the constant arrays that it reads, in the order of its slots.
    arrays: tuple[Path, ...]
    #: The user's lines that may give a whole number that is no direction.
    doubtful: tuple[Origin, ...]

    def bind(self) -> None:
        """Let the module read the arrays of this strategy: others of the same code may have their own."""
        bind(_module_name(self.path), self.arrays)

    def explain(self, problem: BaseException) -> str:
        """An exception that the strategy raised while it ran: its type, its message and the user's line."""
        said = plainly(problem)
        message = f"{type(problem).__name__}: {said}" if said else type(problem).__name__
        frames = traceback.extract_tb(problem.__traceback__)
        lines = [frame.lineno for frame in frames if Path(frame.filename).name in (self.path.name, GENERATED)]
        return self._placed(message, [self.origins[line] for line in lines if line in self.origins][-1:])

    def place_return_value(self, message: str) -> str:
        """What is wrong with an answer, and the user's lines that it may come from."""
        return self._placed(message, self.doubtful)

    def _placed(self, message: str, places: Sequence[Origin]) -> str:
        if len(places) == 1:
            return f"{message} at {places[0]}{source_line(places[0])}"
        return f"{message} at {' or '.join(map(str, places))}" if places else message


@dataclass(frozen=True)
class CompiledModule(StrategyModule):
    """A strategy as a worker needs it: its module, and that of its engine, which is compiled once for all."""

    engine: Path
    #: Whether that runs the indicators of several symbols ahead of the bars.
    records: bool
    #: Bytes of memory that the state of a container, or of each of its symbols, needs.
    n_bytes: int
    n_fields: int
    sends_orders: bool
    weighs: bool
    #: Columns of the length of the data that indicators of indicators read, beside that memory.
    n_sources: int = 0

    def load(self, kept: int = 0) -> LoadedModule:
        """The strategy's batch function in this process, which reads the arrays of this strategy from now on.

        With ``kept``, the address of the state of a container, each call goes on with that one.
        """
        self.bind()
        strategy, engine = load_function(self.path, EVALUATE), load_function(self.engine, RUN_BATCH)
        record = entry_address(load_function(self.path, RECORD).function) if self.records else 0
        said = (self.n_fields, self.sends_orders, self.weighs, kept)
        addresses = entry_address(strategy.function), record
        function = functools.partial(engine.function, *addresses, self.n_bytes, *said)
        if self.n_sources:
            function = functools.partial(self._with_sources, engine.function, addresses, said)
        return LoadedModule(function, strategy.from_cache and engine.from_cache)

    def _with_sources(self, run: Callable[..., None], addresses: Any, said: Any, *arguments: Any) -> None:
        run(*addresses, self.bytes_with_sources(arguments[INDICATOR_OPEN].shape[1]), *said, *arguments)

    def bytes_with_sources(self, n_bars: int) -> int:
        """Bytes of memory of a container, or of each of its symbols, with the columns behind its state."""
        return self.n_bytes + 8 * self.n_sources * n_bars


@dataclass(frozen=True)
class CompiledStrategy:
    """A strategy ready to run, and what it took to get it ready in this process."""

    definition: Definition
    module: CompiledModule
    digest: str
    uses_random: bool
    engine: str
    seconds: float
    from_cache: bool


def compile_strategy(definition: Definition, engine: str = PLAIN_ENGINE, *, shared: bool = False) -> CompiledStrategy:
    """Write ``definition``'s module for ``engine``, if it is new, and compile it, if it is not in the cache.

    Where indicators are ``shared`` the module takes their columns: ``shared.compile_over_columns``.
    Raises StrategyError naming the user's file and line where Numba cannot compile the code.
    """
    started = time.perf_counter()
    module = generate(definition, engine=engine, shared=shared)
    engine_path, engine_from_cache = compile_engine(engine)
    path, loaded = compile_module(definition, module, EVALUATE)
    seconds = time.perf_counter() - started
    compiled = CompiledModule(
        path,
        module.origins,
        definition.series,
        keep_arrays(module.arrays),
        module.doubtful,
        engine_path,
        engine == PORTFOLIO_ENGINE,
        bytes_with_weights(definition, module.reads),
        n_fields_of(definition),
        definition.sends_orders,
        definition.weighs,
        0 if shared else len(source_rows(definition)),
    )
    return CompiledStrategy(
        definition,
        compiled,
        module.strategy_digest,
        module.uses_random,
        engine,
        seconds,
        loaded.from_cache and engine_from_cache,
    )


def compile_engine(engine: str) -> tuple[Path, bool]:
    """Compile an engine, if it is not in the cache: its module, and whether it was there."""
    return compile_own(engine_module(engine), RUN_BATCH)


def compile_own(module: GeneratedModule, function: str) -> tuple[Path, bool]:
    """Compile the ``function`` of a module without any text of a user's: its path, and whether it was in the cache."""
    path = write_module(module)
    return path, _compile_written(path, function).from_cache


def compile_module(definition: Definition, module: GeneratedModule, function: str) -> tuple[Path, LoadedModule]:
    """Write ``module``, if it is new, and compile its ``function``, if that is not in the cache."""
    path = write_module(module)
    try:
        return path, _compile_written(path, function)
    except StrategyError:
        raise
    except Exception as problem:
        if not _is_the_compilers(problem):
            raise
        raise StrategyError(explain_compile_error(definition, module.origins, path.name, problem)) from None


def _compile_written(path: Path, function: str) -> LoadedModule:
    """Compile a function of a module that is written."""
    try:
        loaded = _compile(path, function)
    except OSError as problem:
        raise _unwritable(path.parent, problem) from None
    # The compiler leaves much garbage, and an interrupt is easily lost among it.
    interrupts.check()
    return loaded


def _is_the_compilers(problem: BaseException) -> bool:
    """Whether Numba refused the code: by an error of its own, or by stumbling over it (a bare assertion, say)."""
    raised = traceback.extract_tb(problem.__traceback__)[-1].filename
    return any(name in ("numba", "llvmlite") for name in (type(problem).__module__.split(".")[0], *Path(raised).parts))


def _compile(path: Path, name: str) -> LoadedModule:
    """``load_function`` for a module that may not be compiled yet."""
    if path in _loaded:
        return load_function(path, name)
    return compile_once(lambda: load_function(path, name), path)


def compile_once(load: Callable[[], LoadedModule], path: Path) -> LoadedModule:
    """What ``load`` loads, and compiles where it is not compiled, while no other process does so under this path."""
    keep_shared_kernels(path.parent)
    with compile_lock(path):
        while True:
            try:
                return load()
            except Exception as problem:
                if not remove_damaged(problem):
                    raise


def _module_name(path: Path) -> str:
    return f"{MODULE_PREFIX}{path.stem}"


def load_function(path: Path, name: str) -> LoadedModule:
    """The function ``name`` of the generated module at ``path``, loaded once in a process."""
    module = _loaded.get(path)
    if module is None:
        specification = importlib.util.spec_from_file_location(_module_name(path), path)
        if specification is None or specification.loader is None:
            raise StrategyError(f"{path}: cannot be loaded as a Python module")
        module = importlib.util.module_from_spec(specification)
        # Numba looks a cached function's module up by name when it loads machine code.
        sys.modules[module.__name__] = module
        hold(path.parent)
        provide_ready_code()
        specification.loader.exec_module(module)
        # Numba imports it at the first call: better once here than in every process that is forked for a batch.
        importlib.import_module("numpy.ma")
        _loaded[path] = module
    function = getattr(module, name)
    statistics = getattr(function, "stats", None)
    return LoadedModule(function, bool(statistics and statistics.cache_hits))


def write_module(module: GeneratedModule) -> Path:
    """Write ``module`` into the cache folder, unless it is there, and return its path."""
    directory = cache_directory()
    path = directory / f"{module.name}_{module.digest[:16]}.py"
    try:
        if path.exists() and path.read_bytes() == module.text.encode():
            return path
        directory.mkdir(parents=True, exist_ok=True)
        hold(directory)
        prune(directory.parent)  # now, because compiling takes far longer
        # Workers may look at the same moment: the file appears whole or not at all.
        handle, temporary = tempfile.mkstemp(dir=directory, suffix=".tmp")
        with os.fdopen(handle, "wb") as file:
            file.write(module.text.encode())
        os.replace(temporary, path)
    except OSError as problem:
        raise _unwritable(directory, problem) from None
    return path


def _unwritable(directory: Path, problem: OSError) -> StrategyError:
    return StrategyError(
        f"{directory}: compiled strategies cannot be kept there ({problem.strerror or problem}): set "
        f"{CACHE_VARIABLE} to a folder that can be written"
    )


def rows_to_record(definition: Definition) -> int:
    """Rows that the function of ``feature_recorder`` writes: fields, then what indicators read of others."""
    return len(feature_fields(definition)) + len(source_rows(definition))


def feature_recorder(definition: Definition) -> tuple[Callable[..., None], GeneratedModule]:
    """The function that runs ``definition``'s indicators alone over a symbol's bars."""
    module = generate(definition, entry=False)
    return _compile(write_module(module), "record_features").function, module
