"""The best containers of a run, replayed for its page, and buy and hold of each set of data."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from admf_jit.data import MarketData
from admf_jit.errors import AdmfError
from admf_jit.report.candles import MOST_SYMBOLS
from admf_jit.report.holding import Holding, try_holdings
from admf_jit.results import BacktestResult
from admf_jit.workflow.prepared_run import PreparedRun
from admf_jit.workflow.replay import run_container

#: So many of the best are replayed, as far as the time goes.
MOST_REPLAYED = 100
SECONDS = 0.8
#: Events of a bar and symbol that a replay keeps, in bytes, and what all replays of a page may keep one after another.
_BYTES_PER_BAR = 3 * 64
_MOST_BYTES = 2 * 10**9


@dataclass(frozen=True)
class Source:
    """A set of data that containers ran on, and buy and hold of the symbols that they trade, where that can be."""

    name: str
    data: MarketData = field(repr=False)
    holdings: Mapping[str, Holding] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Replayed:
    """What was replayed: results and their symbols by place in the table, sets of data, and why some are missing."""

    results: dict[int, BacktestResult] = field(default_factory=dict)
    symbols: dict[int, str] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()

    def source_of(self, result: BacktestResult) -> int:
        """The number of the set of data that a container ran on."""
        return next(at for at, source in enumerate(self.sources) if source.data.digest == result.data.digest)


def replay_best(chosen: Mapping[int, tuple[int, str]], prepared: Callable[[], PreparedRun]) -> Replayed:
    """Replay some rows, best first, and buy and hold, until all are done or the time is up; the first in any case.

    ``chosen`` has the index and the result_hash of each by its place in the table. What differs from the hash is no
    replay of the row and left out.
    """
    notes: list[str] = []
    try:
        run = prepared()
    except AdmfError as problem:
        return Replayed(notes=(f"no container could be replayed: {problem}",))
    results, symbols = {}, {}
    for place, result, symbol in _replays(run, chosen, notes):
        results[place], symbols[place] = result, symbol
    sources: dict[str, Source] = {}
    for sweep in run.sweeps:
        made = sweep.prepared
        if made.data.digest not in sources:
            traded = [symbols[at] for at, one in results.items() if one.data.digest == made.data.digest]
            wanted = list(dict.fromkeys(traded))[:MOST_SYMBOLS]
            sources[made.data.digest] = Source(
                sweep.data_set or made.data.name, made.data, try_holdings(made, wanted, notes)
            )
    return Replayed(results, symbols, tuple(sources.values()), tuple(notes))


def _replays(
    run: PreparedRun, chosen: Mapping[int, tuple[int, str]], notes: list[str]
) -> Iterator[tuple[int, BacktestResult, str]]:
    until = math.inf
    size = max(_BYTES_PER_BAR * sweep.prepared.data.n_bars * sweep.prepared.data.n_symbols for sweep in run.sweeps)
    most = max(1, min(MOST_REPLAYED, _MOST_BYTES // max(size, 1)))
    for number, (place, (index, expected)) in enumerate(chosen.items()):
        if number >= most or time.monotonic() > until:
            break
        try:
            made, container = run.container(index)
            result = run_container(made, container)
        except (AdmfError, IndexError) as problem:
            notes.append(f"container {index} could not be replayed: {problem}")
            return
        if result.result_hash != expected:
            notes.append(
                f"container {index} came out differently when it was replayed, so its history is not shown: the run "
                "was made by other versions, or its rows were changed"
            )
            return
        yield place, result, container.symbol
        if not number:  # the first one may have compiled
            until = time.monotonic() + SECONDS
