"""Checking a configuration without running it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from admf_jit.config import Config, RunConfig, Workflow
from admf_jit.strategies.generate import generate
from admf_jit.workflow.evaluation import endless_warmups
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.prepared_run import PreparedRun, prepare_run


def validate(config: Config | RunConfig) -> dict[str, Any]:
    """Check everything but what the compiler alone finds, and compile and run nothing; what would be run, by name.

    Of several strategies or sets of data it is a list, ``sweeps``, with their names.
    """
    run = RunConfig.of(config) if isinstance(config, Config) else config
    found = [{**one.labels, **_facts(one.prepared)} for one in prepare_run(run).sweeps]
    return found[0] if run.is_plain else {"sweeps": found}


def _day(run: PreparedRun, pick: Callable[[Iterable[int]], int]) -> str:
    """The day of the first or the last bar of a run."""
    ends = [int(one.prepared.data.time[bar]) for one in run.sweeps for bar in (0, -1)]
    return str(np.datetime64(pick(ends), "ns").astype("datetime64[D]"))


def validate_workflow(workflow: Workflow) -> list[dict[str, Any]]:
    """Do the same for the phases of a workflow, a mapping each, with the sweeps of those that have no rows yet.

    A phase whose rows come from another one is checked with all values that the configuration sweeps.
    """
    found = []
    for phase in workflow.phases:
        run = prepare_run(phase.run)
        after = list(phase.depends_on)
        select = {} if phase.is_live else {"select": phase.select.model_dump(mode="json", exclude_defaults=True)}
        sweeps = [{**one.labels, **_facts(one.prepared)} for one in run.sweeps]
        first, last = (_day(run, pick) for pick in (min, max))
        found.append(
            {"phase": phase.name, "depends_on": after, **select, "first": first, "last": last, "sweeps": sweeps}
        )
    return found


def _facts(prepared: Prepared) -> dict[str, Any]:
    data = prepared.data
    generate(prepared.definition, engine=prepared.engine)
    searched = prepared.config.optimization.proposes  # by values that are not known yet
    endless = [] if searched else endless_warmups(prepared.definition, data, prepared.grid)
    return {
        "containers": prepared.grid.most,
        "bars": data.n_bars,
        "symbols": list(data.symbols),
        "timeframe": data.timeframe,
        "gaps": data.gaps.count,
        "notes": [*data.notes, *prepared.config.unused_limits, *endless],
        "strategy": prepared.definition.name,
        "swept": list(prepared.grid.swept),
        "engine": prepared.engine if prepared.why_engine is None else f"{prepared.engine}: {prepared.why_engine}",
        "isolation": prepared.isolation.described,
        "data_digest": data.digest,
        "strategy_digest": prepared.digest,
        "not_checked": "types in the code, which the compiler checks: admf_jit warm",
    }
