"""The ledger as lines of JSON, for other programs and other machines, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from admf_jit.errors import LedgerError
from admf_jit.ledger.entries import BEGINNING, Entry, chained, trials_of
from admf_jit.ledger.store import Ledger

#: Entries that are added in one transaction.
_AT_A_TIME = 1024


def export_lines(ledger: Ledger) -> Iterator[str]:
    """Yield a line for each entry: its number, data, facts, containers with streams and Sharpe ratios, and hash."""
    for number, entry, found in ledger.entries():
        trials = entry.trials
        yield json.dumps(
            {
                "number": number,
                "data": entry.data,
                "facts": dict(entry.facts),
                "container_id": [f"{one:016x}" for one in trials["container"].tolist()],
                "stream": [f"{one:016x}" for one in trials["stream"].tolist()],
                "sharpe_ratio_per_bar": [one if np.isfinite(one) else None for one in trials["sharpe"].tolist()],
                "hash": found,
            }
        )


def import_lines(ledger: Ledger, lines: Iterable[str], name: str) -> int:
    """Add what an exported ledger has and this one has not; return how many containers that were.

    The chain of the lines is verified before anything is added. ``name`` is what messages call them. Raises
    LedgerError with the line that is not one of an export, or at which the chain is broken.
    """
    before, entries = BEGINNING, []
    for place, line in enumerate(lines, 1):
        entry, found = _parsed(line, f"{name}: line {place}")
        before = chained(before, entry.encoded())
        if before.hex() != found:
            raise LedgerError(f"{name}: line {place}: changed, or lines before it are missing; nothing is imported")
        entries.append(entry)
    added = 0
    for first in range(0, len(entries), _AT_A_TIME):
        some = entries[first : first + _AT_A_TIME]
        known = {one.data: len(ledger.trials(one.data)) for one in some}
        _, now = ledger.append(some)
        added += sum(len(now[data]) - count for data, count in known.items())
    return added


def _parsed(line: str, place: str) -> tuple[Entry, str]:
    try:
        said: dict[str, Any] = json.loads(line)
        sharpes = [np.nan if one is None else float(one) for one in said["sharpe_ratio_per_bar"]]
        streams = np.array([int(one, 16) for one in said["stream"]], np.uint64)
        trials = trials_of(said["container_id"], streams, np.array(sharpes, np.float64))
        return Entry(said["data"], dict(said["facts"]), trials), str(said["hash"])
    except (ValueError, KeyError, TypeError, OverflowError) as problem:
        raise LedgerError(f"{place}: {problem!r:.120}; expected a line that `ledger export` wrote") from None
