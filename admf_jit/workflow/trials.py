"""Containers that were run, on their way into the ledger of trials, and what the ledger then says of their data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import Config
from admf_jit.errors import LedgerError
from admf_jit.ledger import Entry, Ledger, count, ledger_path, trials_of
from admf_jit.ledger.counting import Trials, distinct, without
from admf_jit.results import BacktestResult, StoredTable
from admf_jit.results.arrow_columns import to_numbers
from admf_jit.results.identity import run_id
from admf_jit.results.selection import LEDGER, SHARPE
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.prepared_run import PreparedRun, PreparedSweep

if TYPE_CHECKING:
    import pyarrow as pa

#: Digits of a container id, each half a byte.
_ID_DIGITS = 16


def record_run(
    run: PreparedRun, stored: StoredTable, manifest: Mapping[str, Any], warn: Callable[[str], None]
) -> dict[str, Any]:
    """Add the rows of a run to the ledger, and return what its manifest says of it.

    A ledger that cannot be written ends no run: ``warn`` is told, and the manifest says why nothing is recorded.
    """
    index = to_numbers(stored.read_column("index"))
    ids, sharpes = _numbers(stored.read_column("container_id")), to_numbers(stored.read_column(SHARPE))
    facts = {"kind": "sweep", "run": run_id(manifest)}
    entries = []
    for sweep in run.sweeps:
        mine = (index >= sweep.first) & (index < sweep.first + sweep.prepared.grid.most)
        trials = _trials(sweep.prepared, index[mine] - sweep.first, ids[mine], sharpes[mine].astype(np.float64))
        entries.append(_entry(sweep.prepared, {**facts, **_named(sweep)}, trials))
    of_run = {
        data: distinct(np.concatenate([one.trials for one in entries if one.data == data]))
        for data in dict.fromkeys(one.data for one in entries)
    }
    known, said = of_run, {"recorded": False, "reason": "it is turned off"}
    if run.config.common.infrastructure.ledger:
        try:
            head, known = Ledger(ledger_path()).append(entries)
            said = {"recorded": True, "entry": head}
        except LedgerError as problem:
            warn(f"{problem}. These containers are not counted in later runs.")
            said = {"recorded": False, "reason": str(problem)}
    return {LEDGER: {**said, "data": {data: _counts(trials, of_run[data]) for data, trials in known.items()}}}


def record_backtest(prepared: Prepared, result: BacktestResult, warn: Callable[[str], None]) -> None:
    """Add one backtest to the ledger, unless the configuration turns that off."""
    if not prepared.config.infrastructure.ledger:
        return
    first = np.zeros(1, np.int64)
    number = np.array([int(result.container_id, 16)], np.uint64)
    sharpe = np.array([result.metrics.get(SHARPE, math.nan)])
    trials = _trials(prepared, first, number, sharpe)
    try:
        Ledger(ledger_path()).append([_entry(prepared, {"kind": "backtest"}, trials)])
    except LedgerError as problem:
        warn(f"{problem}. This backtest is not counted in later runs.")


def _trials(
    prepared: Prepared, places: NDArray[np.int64], ids: NDArray[np.uint64], sharpes: NDArray[np.float64]
) -> Trials:
    """Containers of a sweep by their places in its grid, with annual Sharpe ratios: per bar in the ledger."""
    return trials_of(ids, prepared.grid.streams_of(places), sharpes / math.sqrt(prepared.data.bars_per_year))


def _entry(prepared: Prepared, facts: Mapping[str, Any], trials: Trials) -> Entry:
    config: Config = prepared.config
    said = {
        **facts,
        "name": config.name,
        "strategy": prepared.definition.name,
        "strategy_digest": prepared.digest,
        "symbols": ", ".join(prepared.data.symbols[:8]),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return Entry(prepared.data.digest, said, trials)


def _named(sweep: PreparedSweep) -> dict[str, Any]:
    return {} if sweep.data_set is None else {"data_set": sweep.data_set}


def _counts(known: Trials, mine: Trials) -> dict[str, Any]:
    """What the manifest says of the trials on some data: all, and those of other runs than this one."""
    whole, earlier = count(known), count(without(known, mine))
    return {
        "containers": whole.containers,
        "streams": whole.streams,
        "earlier": earlier.trials,
        "earlier_mean": earlier.mean,
        "earlier_variance": earlier.variance,
    }


def _numbers(column: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Ids of containers as numbers, from the letters of all of them: a text for each takes ten times as long."""
    found = [np.zeros(0, np.uint64)]
    for chunk in column.chunks:
        _, places, letters = chunk.buffers()
        first = int(np.frombuffer(places, np.int32)[chunk.offset]) if len(chunk) else 0
        text = memoryview(letters)[first : first + _ID_DIGITS * len(chunk)]
        found.append(np.frombuffer(bytes.fromhex(bytes(text).decode("ascii")), ">u8"))
    return np.concatenate(found)
