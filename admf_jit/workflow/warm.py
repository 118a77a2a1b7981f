"""Compiling ahead: what a later run would have to wait for is put into the cache now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from admf_jit.config import RunConfig, load_config, load_run
from admf_jit.strategies.compile_notice import announced
from admf_jit.strategies.compiled import compile_engine
from admf_jit.strategies.generate import ENGINES
from admf_jit.strategies.generate_minimal import MINIMAL_ENGINES
from admf_jit.strategies.indicators import KINDS
from admf_jit.strategies.numba_runtime import start_runtime
from admf_jit.strategies.resolve import resolve_strategy
from admf_jit.strategies.shared import compile_column, compile_minimal_engine
from admf_jit.workflow.prepared import engine_title
from admf_jit.workflow.prepared_run import prepare_run

_CONFIG_SUFFIXES = (".yaml", ".yml")


def warm(named: str) -> dict[str, Any]:
    """Compile what a configuration file's run needs, or a strategy for market data like the sample's.

    Returns the strategy's name, the seconds that it took, and whether it was in the cache already. Raises AdmfError
    for bad input, as a run would.
    """
    prepared = [one.prepared for one in prepare_run(_config(named)).sweeps]
    # What a sweep runs, and what a replay of one of its rows runs with every event.
    made = [one.runner for one in prepared] + [one.compiled for one in prepared if one.runner is not one.compiled]
    return {
        "strategy": ", ".join(dict.fromkeys(one.definition.name for one in prepared)),
        "seconds": sum(one.seconds for one in made),
        "from_cache": all(one.from_cache for one in made),
    }


def warm_engines() -> Iterator[tuple[str, dict[str, Any]]]:
    """Compile one after the other what every strategy shares: all engines, and the columns of common indicators.

    Yields what each is called, with the seconds that it took and whether it was in the cache already.
    """
    for title, kind, compile_it in _shared_by_all():
        started = time.perf_counter()
        with announced(title, kind):
            start_runtime()
            _, from_cache = compile_it()
        yield title, {"seconds": time.perf_counter() - started, "from_cache": from_cache}


def _shared_by_all() -> Iterator[tuple[str, str, Callable[[], tuple[Path, bool]]]]:
    """Title, kind of the notice, and what compiles it: its module, and whether it was in the cache."""
    for engine in ENGINES:
        yield engine_title(engine), engine, partial(compile_engine, engine)
    for engine in MINIMAL_ENGINES:
        title = f"{engine_title(engine)} with shared indicators"
        yield title, f"{engine}, shared", partial(compile_minimal_engine, engine)
    for name, kind in KINDS.items():
        if kind.common:
            yield f"indicator {name}", "indicator", partial(compile_column, kind)


def _config(named: str) -> RunConfig:
    if named.endswith(_CONFIG_SUFFIXES):
        return load_run(named)
    config = load_config({"name": "warm", "data": {"source": "sample"}, "strategy": {"type": named}})
    if not resolve_strategy(config.strategy.type).timeframes:
        return RunConfig.of(config)
    # Indicators on longer timeframes need bars that are shorter than these.
    return RunConfig.of(config.model_copy(update={"data": config.data.model_copy(update={"timeframe": "1m"})}))
