"""Successive halving: many points over the first part of the data, the better ones over more of it, few over all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from admf_jit.config import Config, RunConfig
from admf_jit.config.combinations import with_combinations
from admf_jit.config.phases import SelectConfig
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError, ResultsError
from admf_jit.parameter_grid import ContainerSpec
from admf_jit.parameter_grid.drawing import Points
from admf_jit.results.arrow_columns import to_numbers
from admf_jit.results.chosen_rows import chosen_rows
from admf_jit.results.manifest import MANIFEST_NAME
from admf_jit.results.ranking import column_of, is_ok, values_of
from admf_jit.results.selection import HALVING, SHARPE
from admf_jit.workflow.prepared_run import AtHand
from admf_jit.workflow.run_data import load_data, moment_of

if TYPE_CHECKING:
    from admf_jit.workflow.grid_run import GridRun

#: Folder of the early rungs, which are runs of their own, in the directory of the run.
RUNGS = "rungs"
_FEWEST_BARS = 20


def rungs_of(n_bars: int, config: Config) -> list[tuple[int, int]]:
    """Return the bars and the containers of every rung, the last one over all bars."""
    optimization = config.optimization
    assert optimization.n_trials is not None
    found, containers = [], optimization.n_trials
    for rung in range(optimization.rungs):
        part = optimization.reduction ** (optimization.rungs - 1 - rung)
        found.append((math.ceil(n_bars / part), containers))
        containers = math.ceil(containers / optimization.reduction)
    if found[0][0] < _FEWEST_BARS:
        raise ConfigError(
            f"optimization.rungs: the first of {optimization.rungs} rungs has {found[0][0]} of {n_bars:,} bars; "
            f"expected {_FEWEST_BARS} at least: take fewer rungs, or a smaller reduction"
        )
    return found


def halve(
    whole: RunConfig, path: Path, resume: bool, given: AtHand, run: Callable[..., GridRun]
) -> tuple[AtHand, dict[str, Any]]:
    """Run the early rungs of a search in the folder of its run; ``run`` runs one of them.

    The points are drawn as method random draws them. Each rung runs them over the first bars of the data and keeps the
    best by the objective, in the order in which they were drawn. Returns what is at hand with the points that are left
    for all bars, and what the early rungs were, for the manifest. Raises ResultsError where the folder holds something
    and ``resume`` is false, or where no row of a rung has a result.
    """
    config = whole.common
    if not whole.is_plain:
        raise ConfigError(
            "optimization.method: is halving, which searches for one strategy on one set of data, and the "
            "configuration has several; expected a run for each, or another method"
        )
    if path.is_dir() and not resume and any(not entry.name.startswith(".") for entry in path.iterdir()):
        raise ResultsError(
            f"{path}: not empty; expected a new or empty directory. Please add --resume (from Python resume=True) to "
            "go on with the run in it, or choose another directory with --out."
        )
    at_hand = given.data.get(None)
    data = load_data(config) if at_hand is None else at_hand
    without = replace(given, data={})  # a rung loads the first bars of it
    rungs = rungs_of(data.n_bars, config)
    points: Points | None = None
    told: list[dict[str, Any]] = []
    variance = math.nan
    for number, ((n_bars, _), (_, n_next)) in enumerate(zip(rungs, rungs[1:], strict=False), 1):
        folder = path / RUNGS / str(number)
        there = (folder / MANIFEST_NAME).exists()
        done = run(_rung(config, data, n_bars, points), out=folder, resume=there, at_hand=without)
        kept = _kept(done, n_next)
        if not kept:
            raise ResultsError(
                f"{folder}: all containers failed over the first {n_bars:,} bars, so none goes on to more of them"
            )
        if number == 1:
            variance = _variance_over_all(done, data.n_bars)
        points = _points([done.sweeps.container(index)[1] for index in kept])
        told.append({"directory": f"{RUNGS}/{number}", "bars": n_bars, "containers": done.stored.num_rows})
    assert points is not None
    facts = {"trials": told[0]["containers"], "sharpe_variance": variance, "rungs": told}
    return replace(given, points=[points]), {HALVING: facts}


def _kept(done: GridRun, n: int) -> list[int]:
    """The indices of the rows of a rung that go on, rising: the best, and then those whose objective is undefined.

    The latter have hardly traded yet; those with slow indicators would be lost, however good they are later.
    """
    kept = [one.rows[0] for one in chosen_rows(done.stored, done.manifest, SelectConfig(best=n))]
    index = to_numbers(done.stored.column("index"))
    objective = done.manifest["config"]["optimization"]["objective"]
    undefined = is_ok(done.stored) & np.isnan(values_of(done.stored, objective))
    kept += index[undefined].tolist()
    return sorted(kept[:n])


def _rung(config: Config, data: MarketData, n_bars: int, points: Points | None) -> Config:
    """The configuration of a rung: over the first bars, a year of which has as many as in all."""
    span = {"start": moment_of(data, 0), "end": moment_of(data, n_bars - 1)}
    per_year = config.data.bars_per_year or data.bars_per_year
    over = config.data.model_copy(update={**span, "bars_per_year": per_year})
    found = config.model_copy(update={"data": over})
    optimization = config.optimization.model_copy(update={"result_constraints": ()})
    if points is None:
        return found.model_copy(update={"optimization": optimization.model_copy(update={"method": "random"})})
    values = {name: tuple(dict.fromkeys(column)) for name, column in points.items()}
    changes = {"method": "grid", "n_trials": None, "parameters": values, "constraints": ()}
    listed = found.model_copy(update={"optimization": optimization.model_copy(update=changes)})
    return with_combinations(listed, {name: [values[name].index(one) for one in points[name]] for name in points})


def _points(containers: Sequence[ContainerSpec]) -> Points:
    return {name: [one.swept[name] for one in containers] for name in containers[0].swept}


def _variance_over_all(done: GridRun, n_bars: int) -> float:
    """The variance of Sharpe ratios per bar, as that of worthless rows shrinks from a rung's bars to all of them."""
    data = done.manifest["data"]
    values = column_of(done.stored, SHARPE) / math.sqrt(float(data["bars_per_year"]))
    values = values[np.isfinite(values)]
    return float(values.var(ddof=1)) * int(data["bars"]) / n_bars if len(values) > 1 else 0.0
