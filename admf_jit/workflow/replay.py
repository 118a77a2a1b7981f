"""One container alone: the fixed parameters of a configuration, or a row of a stored run, with every event."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import Config, RunConfig, load_run
from admf_jit.data import MarketData
from admf_jit.errors import AdmfError, ResultsError, WorkerError, warn
from admf_jit.parameter_grid import ContainerSpec
from admf_jit.parameter_grid.drawing import Points
from admf_jit.results import BacktestResult, RunDirectory
from admf_jit.results.arrow_columns import to_numbers
from admf_jit.results.identity import identity_of
from admf_jit.strategies.declaration import Definition
from admf_jit.workers.indicator_values import indicator_values
from admf_jit.workers.single import TracedOutcome, run_traced_watched
from admf_jit.workflow.configured import configured_strategy
from admf_jit.workflow.container_settings import settings_of
from admf_jit.workflow.prepare import prepare
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.prepared_run import AtHand, PreparedRun, check_same_run, prepare_run
from admf_jit.workflow.run_data import stored_as
from admf_jit.workflow.trials import record_backtest
from admf_kernels.constants import EVENT_DTYPE


def run_container(prepared: Prepared, container: ContainerSpec) -> BacktestResult:
    """Run ``container`` and keep its events, in a process that is forked for it and held to the limits of the sweep.

    One that takes more, or whose process crashes, has an error and no events.
    """
    refusal = prepared.inputs.refusal(container)
    if refusal is not None:
        raise ResultsError(f"container {container.index} cannot run: {refusal}")
    outcome = _outcome_of(prepared, container)
    names = prepared.contract_names
    return BacktestResult(
        dict(zip(names, outcome.metrics.tolist(), strict=True)),
        outcome.error,
        container.container_id,
        container.seed,
        container.parameters,
        prepared.data,
        outcome.events,
        partial(_indicators, prepared, container),
        multipliers=prepared.inputs.multipliers(container),
        settings_for=partial(settings_of, prepared, container),
    )


def _indicators(prepared: Prepared, container: ContainerSpec, symbol: int) -> dict[str, NDArray[np.float64]]:
    """What the strategy's indicators were for a symbol, by its number in the data."""
    row = prepared.inputs.build([container]).parameters[0]
    return indicator_values(prepared.definition, prepared.data, symbol, row)


def _outcome_of(prepared: Prepared, container: ContainerSpec) -> TracedOutcome:
    error = prepared.refusal(container)
    if error is None:
        try:
            outcome = run_traced_watched(prepared.traced_task(container))
        except OSError as problem:
            raise WorkerError(f"the system refuses the process that a backtest runs in ({problem})") from problem
        if isinstance(outcome, TracedOutcome):
            return outcome
        error = outcome.error
    return TracedOutcome(np.full(len(prepared.contract_names), np.nan), error, np.zeros(0, EVENT_DTYPE))


def run_single(config: Config) -> BacktestResult:
    """Run one backtest with the fixed parameters of ``config``; what its grid sweeps is left at them.

    It is recorded in the ledger of trials, unless ``config`` turns that off.
    """
    definition = configured_strategy(config)  # before: what is swept may be declared by that
    single = config.model_copy(update={"optimization": config.optimization.without_search()})
    prepared = prepare(single, definition=definition)
    result = run_container(prepared, prepared.grid.container(0))
    record_backtest(prepared, result, warn)
    return result


def replay(run_dir: Path | str, container: str | int) -> BacktestResult:
    """Run one row of a stored run again, by its index or container_id, with every event.

    Raises ResultsError when data or strategy are no longer those of the run, and when the row on the disk has other
    bits than the replay.
    """
    directory = RunDirectory.open(Path(run_dir))
    run = reopen(directory)
    row = find_row(directory, str(container))
    if not 0 <= row["index"] < len(run):
        raise ResultsError(
            f"{run_dir}: has a row of container {row['index']}, and its configuration gives {len(run):,}"
        )
    prepared, spec = run.container(row["index"])
    result = run_container(prepared, spec)
    if result.status != row["status"]:
        raise ResultsError(
            f"{run_dir}: container {row['index']} was stored as {row['status']!r} ({row['error']}), and its replay is "
            f"{result.status!r}: it was killed externally, or had less time, memory or other versions then"
        )
    if result.result_hash != row["result_hash"]:
        raise ResultsError(
            f"{run_dir}: container {row['index']} was stored with result_hash {row['result_hash']}, its replay has "
            f"{result.result_hash}: the run was made by other versions ({directory.manifest['versions']})"
        )
    return replace(result, identity=identity_of(directory.manifest, spec.container_id))


def reopen(
    directory: RunDirectory, *, definition: Definition | None = None, data: MarketData | None = None
) -> PreparedRun:
    """What a stored run was made of, prepared again and checked to be the same.

    A definition or data already at hand are taken instead of those that the run's configuration names; a run of several
    strategies or sets of data takes none.
    """
    run = prepare_again(directory, definition=definition, data=data)
    check_same_run(directory, run)
    return run


def prepare_again(
    directory: RunDirectory, *, definition: Definition | None = None, data: MarketData | None = None
) -> PreparedRun:
    """As ``reopen``, where it may be other data, or another strategy, by now."""
    fields = directory.manifest["config"]
    at_hand = AtHand({} if definition is None else {None: definition}, {} if data is None else {None: data})
    try:
        if data is not None:
            fields = {**fields, "data": stored_as(data)}
        config = load_run(fields)
        if config.common.optimization.draws:
            at_hand = replace(at_hand, points=_points(directory, config))
        return prepare_run(config, at_hand)
    except AdmfError as problem:
        raise ResultsError(f"{directory.path}: the run cannot be prepared again: {problem}") from None


def _points(directory: RunDirectory, config: RunConfig) -> list[Points]:
    """The points that the search of each sweep of a finished run has drawn, as its rows tell them."""
    table = directory.stored().read().sort_by("index")
    index = to_numbers(table.column("index"))
    if not np.array_equal(index, np.arange(len(index))):
        raise ResultsError(f"{directory.path}: rows are missing or there twice; expected one of every container")
    whole: dict[str, Any] = {
        "first": 0,
        "containers": len(index),
        "swept": list(directory.manifest["columns"]["swept"]),
    }
    sweeps = [whole] if config.is_plain else directory.manifest.get("sweeps") or []
    return [
        {name: table.column(name).slice(one["first"], one["containers"]).to_pylist() for name in one["swept"]}
        for one in sweeps
    ]


def find_row(directory: RunDirectory, container: str) -> dict[str, Any]:
    """The row of a container by its index or container_id, without its metrics."""
    import pyarrow.compute as pc

    table = directory.table().select(["index", "container_id", "status", "error", "result_hash"])
    column, value = (
        ("index", int(container)) if container.isdigit() and len(container) < 16 else ("container_id", container)
    )
    found = table.filter(pc.equal(table[column], value)).to_pylist()
    if not found:
        raise ResultsError(
            f"{directory.path}: no container {container!r}: expected an index from 0 to {table.num_rows - 1}, or a "
            "container_id of 16 hexadecimal digits"
        )
    return dict(found[0])
