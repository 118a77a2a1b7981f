"""The same bars twice: as a backtest, and fed one by one."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import load_config
from admf_jit.data import MarketData
from admf_jit.live.bars import PRICES, Bar
from admf_jit.live.container import LiveContainer
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.resolve import resolve_strategy
from admf_jit.workers.batch import load_task
from admf_jit.workers.single import TracedOutcome, run_traced
from admf_jit.workflow.prepare import prepare
from admf_jit.workflow.prepared import Prepared

CAPACITY = 1 << 14
BARS_PER_YEAR = 252.0


def prepared_for(strategy: Any, data: MarketData, fields: dict[str, Any], history: str | int = "all") -> Prepared:
    """A container of fixed settings over these bars."""
    definition = strategy if isinstance(strategy, Definition) else resolve_strategy(strategy)
    parameters = {} if isinstance(strategy, Definition) else dict(getattr(strategy, "parameters", {}))
    type_ = strategy if isinstance(strategy, str) else "sma_crossover"
    source = {"source": "sample", "history": history}
    config = {"name": "x", "data": source, "strategy": {"type": type_, "parameters": parameters}, **fields}
    return prepare(load_config(config), definition=definition, data=data, more_follows=True)


def backtest(prepared: Prepared) -> tuple[TracedOutcome, Any]:
    """The backtest of a prepared container, and what it is."""
    spec = prepared.grid.container(0)
    task = prepared.traced_task(spec)
    return run_traced(prepared.compiled.module, load_task(task).data, task.inputs), spec  # type: ignore[arg-type]


def bars_of(data: MarketData, first: int, columns: Sequence[str] = ()) -> Iterator[list[Bar]]:
    """The bars of each time, from bar ``first`` on; the last of each session but the very last says so."""

    def own(row: int, t: int) -> tuple[float | None, ...]:
        values = (float(data.extra[name][row, t]) for name in columns)
        return tuple(None if math.isnan(value) else value for value in values)

    for t in range(first, data.n_bars):
        closes = t + 1 < data.n_bars and bool(data.session[t + 1] != data.session[t])
        yield [
            Bar(
                int(data.time[t]), symbol, *(float(getattr(data, name)[row, t]) for name in PRICES), closes, own(row, t)
            )
            for row, symbol in enumerate(data.symbols)
            if not np.isnan(data.close[row, t])
        ]


def both(
    strategy: Any, whole: MarketData, first: int, history: str | int = "all", again_at: int = 37, **fields: Any
) -> tuple[NDArray[np.void], NDArray[np.void], str | None, str | None]:
    """Events of the backtest of ``whole`` from bar ``first`` on, and of the same fed, and how both ended.

    Every ``again_at`` bars the container that is fed goes on in another one, from what it kept.
    """
    whole = whole.with_bars_per_year(BARS_PER_YEAR)
    moments = [str(np.datetime64(int(whole.time[t]), "ns")) + "Z" for t in (first - 1, first)]
    outcome, spec = backtest(prepared_for(strategy, whole.select(start=moments[1], history=history), fields))
    prepared = prepared_for(strategy, whole.select(end=moments[0]), fields, history)
    own = replace(prepared.grid.container(0), seed=spec.seed)
    container = LiveContainer(prepared, own, CAPACITY)
    events = []
    for bars in bars_of(whole, first, container.columns):
        events.append(container.step(*bars).copy())
        if container.ended is not None:
            break
        if container.count % again_at == again_at - 1:
            kept = {name: array.copy() for name, array in container.state().items()}
            container = LiveContainer(prepared, own, CAPACITY)
            container.restore(kept)
    return outcome.events, np.concatenate(events), outcome.error, container.ended
