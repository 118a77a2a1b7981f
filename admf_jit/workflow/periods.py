"""Which periods a run is summed up by: those that its configuration asks for, as far as the file stays small."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admf_jit.config.statistics import StatisticsConfig
from admf_jit.data.periods import block_ends, month_ends
from admf_jit.results.period_rows import PERIODS, Periods, facts_of, size_on_disk
from admf_jit.workflow.prepared_run import PreparedRun

#: Bytes of the file above which months, and then blocks, are left out of a run that does not ask for them by name.
MOST_WITH_MONTHS, MOST = 256 * 2**20, 2**30


def periods_of(run: PreparedRun, stored: Mapping[str, Any] | None) -> tuple[dict[str, Any] | None, str | None]:
    """(what the manifest says of the periods of a run, or None; a sentence on what was left out, or None).

    ``stored`` is the manifest of a run that is gone on with, which says what it has.
    """
    asked = run.config.common.statistics
    if stored is not None:
        before = stored.get(PERIODS)
        if before is None:
            return None, None
        asked = asked.model_copy(update={"months": any(one["months"] for one in before["sweeps"])})
        return _facts(run, asked), None
    found = _facts(run, asked)
    by_default = StatisticsConfig()
    if found is None or (asked.periods, asked.months) != (by_default.periods, by_default.months):
        return found, None
    if size_on_disk(found["shape"]) > MOST_WITH_MONTHS:
        found = _facts(run, asked.model_copy(update={"months": False}))
        assert found is not None
        if size_on_disk(found["shape"]) > MOST:
            return None, f"sums by period would take more than {MOST >> 20:,} MiB, and are left out{_ADVICE}"
        return found, f"sums by month would take more than {MOST_WITH_MONTHS >> 20:,} MiB, and are left out{_ADVICE}"
    return found, None


_ADVICE = "; statistics.periods: 8, say, or statistics.months: true asks for them all the same"


def _facts(run: PreparedRun, asked: StatisticsConfig) -> dict[str, Any] | None:
    known: dict[str, Periods] = {}
    sweeps = []
    for sweep in run.sweeps:
        data = sweep.prepared.data
        if data.digest not in known:
            blocks = tuple(block_ends(data.n_bars, asked.periods).tolist())
            known[data.digest] = Periods(blocks, month_ends(data) if asked.months else {})
        sweeps.append(known[data.digest])
    if not any(one.ends for one in sweeps):
        return None
    return facts_of(sweeps, len(run)) | ({} if asked.border == "carried" else {"border": asked.border})
