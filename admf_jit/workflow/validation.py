"""Checking a configuration without running it."""

from __future__ import annotations

from typing import Any

from admf_jit.config import Config, RunConfig
from admf_jit.strategies.generate import generate
from admf_jit.workflow.prepare import Prepared
from admf_jit.workflow.prepared_run import prepare_run


def validate(config: Config | RunConfig) -> dict[str, Any]:
    """Check everything but what the compiler alone finds, and compile and run nothing; what would be run, by name.

    Of several strategies or sets of data it is a list, ``sweeps``, with their names.
    """
    run = RunConfig.of(config) if isinstance(config, Config) else config
    found = [{**one.labels, **_facts(one.prepared)} for one in prepare_run(run).sweeps]
    return found[0] if run.is_plain else {"sweeps": found}


def _facts(prepared: Prepared) -> dict[str, Any]:
    data = prepared.data
    generate(prepared.definition, engine=prepared.engine)
    return {
        "containers": len(prepared.grid),
        "bars": data.n_bars,
        "symbols": list(data.symbols),
        "timeframe": data.timeframe,
        "gaps": data.gaps.count,
        "notes": list(data.notes),
        "strategy": prepared.definition.name,
        "swept": list(prepared.grid.swept),
        "engine": prepared.engine if prepared.why_engine is None else f"{prepared.engine}: {prepared.why_engine}",
        "isolation": prepared.isolation.described,
        "data_digest": data.digest,
        "strategy_digest": prepared.digest,
        "not_checked": "types in the strategy's code, which the compiler checks: admf_jit warm does that ahead",
    }
