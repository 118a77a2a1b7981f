"""What a benchmark says besides its time; `report.py` reads it back from the JSON."""

from __future__ import annotations

from typing import Any

from benchmarks.limits import Limit


def note(
    benchmark: Any,
    *,
    limit: Limit | None = None,
    value: float | None = None,
    bars: int | None = None,
    containers: int | None = None,
    workers: int | None = None,
    isolation: str | None = None,
    results: str | None = None,
    detail: str = "",
) -> None:
    """Attach facts to a benchmark: `bars` counts bars times containers of a round, `results` is their hash.

    `value` is what `limit` is about where that is neither the time of a round nor the time per bar.
    """
    facts = {
        "limit": list(limit) if limit else None,
        "value": value,
        "bars": bars,
        "containers": containers,
        "workers": workers,
        "isolation": isolation,
        "results": results,
        "detail": detail or None,
    }
    benchmark.extra_info.update({name: fact for name, fact in facts.items() if fact is not None})
