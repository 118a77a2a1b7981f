"""Sums by period of containers that begin each period without a position: run again over the bars of each alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from admf_jit import interrupts
from admf_jit.config import RunConfig
from admf_jit.data import MarketData
from admf_jit.data.given import Given
from admf_jit.errors import ConfigError
from admf_jit.parameter_grid import Containers
from admf_jit.registry import PROPOSERS
from admf_jit.results.period_rows import PERIODS, Periods
from admf_jit.results.selection import HALVING
from admf_jit.workers.batch import NO_RING, BatchInputs, run_containers
from admf_jit.workers.plan import usable_cores
from admf_jit.workflow.other_bars import blocks_of, in_order
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.prepared_run import PreparedRun
from admf_kernels.constants import METRIC_NAMES, PERIOD_FIELDS

if TYPE_CHECKING:
    from admf_jit.results import Progress, RunDirectory

FLAT = "flat"


def refuse_flat(config: RunConfig) -> None:
    """Refuse a search that does not know its containers ahead."""
    method = config.common.optimization.method
    if config.common.statistics.border == FLAT and method in (*PROPOSERS, HALVING):
        raise ConfigError(f"statistics.border: is flat, and method is {method}; expected carried, or another method")


def flatten_periods(run: PreparedRun, directory: RunDirectory, n_jobs: int | None, progress: Progress | None) -> None:
    """Put into the periods of a run whose rows are all there what came of each period alone, where it asks for that.

    A container begins with its cash at the first bar of the period; bars before it warm indicators up. One that failed
    keeps its NaN, and so does a period in which it fails by itself.
    """
    facts = directory.manifest.get(PERIODS)
    if facts is None or run.config.common.statistics.border != FLAT:
        return
    directory.flush()
    for sweep, periods in zip(run.sweeps, facts["sweeps"], strict=True):
        ends = Periods.of(periods).ends
        prepared, first = sweep.prepared, sweep.first
        cuts = list(zip((0, *ends[:-1]), ends, strict=True))
        for begin, end in cuts:
            if end - begin < 2:
                raise ConfigError(
                    f"statistics.border: is flat, and the period from bar {begin} has {end - begin} bar; expected 2 at "
                    "least: fewer periods"
                )
        blocks = list(blocks_of(prepared))
        if progress is not None:
            progress.say(f"{len(cuts):,} periods, each begun without a position")
            progress.begin(len(cuts) * len(prepared.grid), bars_per_container=prepared.data.n_bars // len(cuts))
        numbers = [np.full((len(inputs.symbol), len(cuts), len(PERIOD_FIELDS)), np.nan) for _, inputs in blocks]

        def work(
            number: int,
            prepared: Prepared = prepared,
            cuts: list[tuple[int, int]] = cuts,
            blocks: list[tuple[Containers, BatchInputs]] = blocks,
            numbers: list[NDArray[np.float64]] = numbers,
        ) -> None:
            begin, end = cuts[number]
            market = cut(prepared.data, begin, end)
            for (_, inputs), found in zip(blocks, numbers, strict=True):
                settings = inputs.settings.copy()
                settings["evaluation_start"] = np.maximum(settings["evaluation_start"] - begin, 0)
                rows = np.empty((len(inputs.symbol), len(METRIC_NAMES) + len(PERIOD_FIELDS)))
                again = replace(inputs, settings=settings)
                run_containers(prepared.runner.module, market, again, NO_RING, rows, ends=(end - begin,))
                found[:, number] = rows[:, len(METRIC_NAMES) :]

        with interrupts.taken():
            for _ in in_order(work, range(len(cuts)), n_jobs or usable_cores()):
                if progress is not None:
                    progress.advance(len(prepared.grid))
        for (containers, _), found in zip(blocks, numbers, strict=True):
            directory.replace_periods(first + containers.index, found.reshape(len(found), -1))
        if progress is not None:
            progress.end()


def cut(data: MarketData, begin: int, end: int) -> MarketData:
    """The bars from ``begin`` to ``end - 1``, with all before them, the history too, to warm indicators up."""
    whole = data.with_history
    first, last = data.n_history + begin, data.n_history + end
    if (first, last) == (data.n_history, whole.n_bars):
        return data
    part = whole.part(first, last)
    if whole.given is None:
        return part
    values = np.ascontiguousarray(whole.given.values[:, :last])
    values.flags.writeable = False
    return part.with_given(Given(whole.given.kind, whole.given.names, values))
