"""Running stored rows again in fresh processes, and comparing every bit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from admf_jit import interrupts
from admf_jit.errors import ResultsError
from admf_jit.parameter_grid import ContainerSpec
from admf_jit.results import RunDirectory, result_hash, status_of
from admf_jit.results.arrow_columns import to_numbers
from admf_jit.wording import counted
from admf_jit.workers.batch import BatchOutcome, BatchTask
from admf_jit.workers.dispatch import run_batches
from admf_jit.workers.executors.loky import LokyExecutor, end_idle_workers
from admf_jit.workers.plan import Plan
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.prepared_run import PreparedRun
from admf_jit.workflow.replay import reopen

_BATCH = 64


@dataclass(frozen=True)
class VerifyReport:
    """How many rows were run again, and what differs, a line each."""

    checked: int
    differences: list[str]


def verify(run_dir: Path | str, *, sample: int | None = None, seed: int = 0) -> VerifyReport:
    """Run ``sample`` rows, drawn by ``seed``, or all rows again in new worker processes; compare metrics and hashes."""
    directory = RunDirectory.open(Path(run_dir))
    table = directory.table()
    run = reopen(directory)
    indices, n = np.unique(to_numbers(table.column("index"))), len(run)
    if len(indices) != table.num_rows or ((indices < 0) | (indices >= n)).any():
        rows = counted(table.num_rows, "row")
        raise ResultsError(f"{run_dir}: {rows}, which are not those of different containers from 0 to {n - 1}")
    chosen = np.arange(table.num_rows)
    if sample is not None and sample < table.num_rows:
        chosen = np.sort(np.random.default_rng(seed).choice(table.num_rows, sample, replace=False))
    rows = table.take(chosen).to_pylist()
    differences = [line for row in rows for line in _identity_differences(run, row)]
    with interrupts.taken(), _fresh_workers():
        for sweep in run.sweeps:
            prepared, last = sweep.prepared, sweep.first + len(sweep.prepared.grid)
            containers = [(row, run.container(row["index"])[1]) for row in rows if sweep.first <= row["index"] < last]
            runnable = [(row, one) for row, one in containers if prepared.refusal(one) is None]
            for outcome, batch in _run_again(prepared, runnable):
                for k, row in enumerate(batch):
                    differences += _differences(prepared.result_names, row, outcome, k)
    return VerifyReport(len(rows), differences)


class _fresh_workers:  # noqa: N801
    """Within it no worker process of an earlier sweep is used, and none is left afterwards."""

    def __enter__(self) -> None:
        end_idle_workers()

    def __exit__(self, *exception: object) -> None:
        end_idle_workers()


def _run_again(
    prepared: Prepared, rows: list[tuple[dict[str, Any], ContainerSpec]]
) -> Iterator[tuple[BatchOutcome, list[dict[str, Any]]]]:
    batches = [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]

    plan = Plan(n_jobs=2, batch_size=_BATCH, dispatched=4)

    def tasks() -> Iterator[tuple[int, BatchTask]]:
        limits = prepared.limits(plan.n_jobs)
        for number, batch in enumerate(batches):
            yield number, prepared.task([container for _, container in batch], limits)

    with interrupts.waiting(), closing(LokyExecutor(plan.n_jobs)) as executor:
        for number, outcome in run_batches(tasks(), plan, executor):
            yield outcome, [row for row, _ in batches[number]]


def _identity_differences(run: PreparedRun, row: dict[str, Any]) -> list[str]:
    container = run.container(row["index"])[1]
    now = {"container_id": container.container_id, "seed": container.seed, **container.swept}
    return [
        f"container {row['index']}: {name} is {row[name]!r}, expected {value!r}"
        for name, value in now.items()
        if row[name] != value
    ]


def _differences(names: Sequence[str], row: dict[str, Any], outcome: BatchOutcome, k: int) -> list[str]:
    metrics = dict(zip(names, outcome.metrics[k].tolist(), strict=True))
    status = status_of(outcome.errors[k])
    found = []
    if status != row["status"]:
        found.append(f"container {row['index']}: status is {row['status']}, its replay {status}")
    for name, value in metrics.items():
        stored = float("nan") if row[name] is None else float(row[name])
        if stored != value and not (stored != stored and value != value):
            found.append(f"container {row['index']}: {name} is {stored!r}, its replay {value!r}")
    if result_hash(row["container_id"], status, metrics) != row["result_hash"] and not found:
        found.append(f"container {row['index']}: result_hash {row['result_hash']} does not belong to the row's values")
    return found
