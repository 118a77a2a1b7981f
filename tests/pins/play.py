"""Running a sweep of the pins: what is stored of each configuration."""

import hashlib
import re
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import admf_jit as aj
from admf_jit.data import MarketData
from tests.pins.markets import markets
from tests.pins.sweeps import Sweep

_FAILED_AT = re.compile(r"\(bar (\d+)\b")
_NUMBERS = ("price", "quantity", "value", "fee")
_WHOLE = ("sequence", "cause", "bar", "order")
_TEXTS = ("kind", "symbol", "reason")
DIGITS = 8


@dataclass(frozen=True)
class Row:
    """What one configuration came to.

    ``end`` is the number of its trades, or "failed@" and the bar; ``events`` a digest of every event.
    """

    result_hash: str
    end: str
    container_id: str
    orders: float
    isolation: str
    events: str = ""
    happened: frozenset[str] = frozenset()


def rows_of(sweep: Sweep, isolation: str, *, with_events: bool = False) -> list[Row]:
    """Run a sweep under an isolation; with their events, configurations are run again one by one."""
    with tempfile.TemporaryDirectory() as folder:
        many = aj.grid(
            sweep.actor.strategy, _bars(sweep.market.name), list(sweep.cases), isolation=isolation, n_jobs=1,
            out=Path(folder) / "run", master_seed=sweep.number, **sweep.keywords,
        )  # fmt: skip
        used = many.manifest["isolation"]["used"]
        rows = []
        for index, row in enumerate(many.frame.to_dict("records")):
            digest, happened = _events(many, index, row["result_hash"]) if with_events else ("", frozenset())
            whole = str(row["result_hash"]), _end(row), str(row["container_id"]), float(row["orders"]), used
            rows.append(Row(*whole, digest, happened))
        return rows


@lru_cache(maxsize=16)
def _bars(name: str) -> MarketData:
    return markets()[name].load()


def _end(row: dict[str, Any]) -> str:
    if row["status"] == "ok":
        return str(int(row["n_trades"]))
    found = _FAILED_AT.search(row["error"])
    return f"{row['status']}@{found.group(1) if found else ''}"


def _events(many: Any, index: int, result_hash: str) -> tuple[str, frozenset[str]]:
    """A digest of the events of a row that is run again, and the kinds and reasons that came up."""
    result = many.container(index)
    if result.result_hash != result_hash:
        raise AssertionError(f"container {index} of {many!r} has another result_hash when it is run again")
    events = result.events
    digest = hashlib.sha256()
    for name in _TEXTS:
        digest.update("\n".join(events[name].astype(str)).encode())
    for name in _WHOLE:
        digest.update(events[name].to_numpy("<i8").tobytes())
    for name in _NUMBERS:
        values = events[name].to_numpy("<f8").copy()
        values[np.isnan(values)] = np.nan  # processors differ in the NaN they make
        digest.update(values.tobytes())
    pairs = events[["kind", "reason"]].drop_duplicates().itertuples(index=False)
    happened = {text for kind, reason in pairs for text in (kind, f"{kind} {reason}" if reason else kind)}
    return digest.hexdigest()[:DIGITS], frozenset(happened)
