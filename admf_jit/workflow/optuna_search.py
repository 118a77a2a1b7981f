"""Optuna's samplers: they are asked for a block of points, and told what came of them.

Nothing of a study is stored. A run that goes on asks again, from the same seed, and tells the rows that are on the
disk: the points are then the same.
"""

from __future__ import annotations

import math
import warnings
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import Config
from admf_jit.errors import ConfigError
from admf_jit.parameter_grid.axes import Axis
from admf_jit.parameter_grid.drawing import Point, rounded
from admf_jit.parameter_grid.open_grid import OpenGrid
from admf_jit.results.ranking import is_ok, satisfied, values_of
from admf_jit.workflow.designs import search_seed

if TYPE_CHECKING:
    from admf_jit.workflow.search import Rows

#: Name of a sampler -> its class, and the packages that it needs besides Optuna.
SAMPLERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "tpe": ("TPESampler", ()),
    "cmaes": ("CmaEsSampler", ("cmaes",)),
    "nsga2": ("NSGAIISampler", ()),
    "gp": ("GPSampler", ("torch", "scipy")),
}
#: Samplers that are told which rows satisfy the conditions on results; others are not told of rows that do not.
_CONSTRAINED = ("tpe", "nsga2", "gp")
#: A search ends after so many points in a row that are refused, or that it had already.
_MOST_MISSES = 1000
_VIOLATED = "violated"


class OptunaSearch:
    """Blocks of points by one of Optuna's samplers, until there are as many trials as were asked for.

    A point that was run before is not run again: the sampler is told its value. One that a constraint refuses, a
    container that failed, and one without a finite value of the objective tell it nothing.
    """

    def __init__(self, grid: OpenGrid, config: Config) -> None:
        optuna = _optuna()
        self._grid = grid
        self._optimization = config.optimization
        self._objectives = _objectives(config)
        self._states = optuna.trial.TrialState
        self._distributions = {axis.name: _distribution(optuna, axis) for axis in grid.dimensions}
        sampler = _sampler(optuna, config)
        verbosity = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            self._study = optuna.create_study(sampler=sampler, directions=list(self._objectives.values()))
        finally:
            optuna.logging.set_verbosity(verbosity)
        self._told: dict[Point, list[float] | None] = {}
        self._asked: list[tuple[Any, Point]] = []
        # Before anything is run or written.
        self._first: NDArray[np.int64] | None = self._next()
        if not len(self._first):
            text = (
                f"constraints leave none of the {_MOST_MISSES:,} points that were drawn; expected at least one to stay"
            )
            raise ConfigError(f"optimization.{text}")

    def propose(self) -> NDArray[np.int64]:
        """The next block of points, none of which was there before; fewer where the sampler finds no more."""
        first, self._first = self._first, None
        return self._next() if first is None else first

    def _next(self) -> NDArray[np.int64]:
        left = self._grid.most - len(self._grid)
        misses = 0
        points: dict[Point, Any] = {}
        while len(points) < min(left, self._optimization.block_size) and misses < _MOST_MISSES:
            trial = self._study.ask(self._distributions)
            point = tuple([_value(axis, trial.params[axis.name]) for axis in self._grid.dimensions])
            if point in points or not self._grid.accepts(point):
                self._tell(trial, None)
            elif point in self._told:
                self._tell(trial, self._told[point])
            else:
                points[point] = trial
                misses = -1
            misses += 1
        self._asked = [(trial, point) for point, trial in points.items()]
        return self._grid.add(list(points))

    def tell(self, rows: Rows) -> None:
        """Tell the sampler what the objective says of the rows of its block."""
        table = rows()
        values = np.column_stack([values_of(table, text) for text in self._objectives])
        values[~is_ok(table)] = math.nan
        kept = satisfied(table, self._optimization.result_constraints)
        for (trial, point), row, satisfies in zip(self._asked, values.tolist(), kept.tolist(), strict=True):
            known = row if all(map(math.isfinite, row)) else None
            if not satisfies and self._optimization.sampler not in _CONSTRAINED:
                known = None
            trial.set_user_attr(_VIOLATED, 0.0 if satisfies else 1.0)
            self._told[point] = known
            self._tell(trial, known)

    def _tell(self, trial: Any, value: list[float] | None) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if value is None:
                self._study.tell(trial, state=self._states.FAIL)
            else:
                self._study.tell(trial, value)


def optuna_facts(config: Config) -> dict[str, Any]:
    """What the points hang on besides seed, space and data, for the manifest."""
    optimization = config.optimization
    packages = ("optuna", "scipy", *SAMPLERS[optimization.sampler][1])
    return {
        "method": optimization.method,
        "sampler": optimization.sampler,
        "block_size": optimization.block_size,
        "objective": optimization.objective,
        "direction": optimization.direction,
        **({"objectives": list(optimization.objectives.items())} if optimization.objectives else {}),
        "result_constraints": list(optimization.result_constraints),
        "versions": {name: _version(name) for name in packages},
    }


def _objectives(config: Config) -> dict[str, str]:
    """What is searched for, with its direction: the objectives where there are several, or the one."""
    optimization = config.optimization
    return dict(optimization.objectives) or {optimization.objective: optimization.direction}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise ConfigError(
            "optimization.method: optuna needs the package optuna: pip install 'admf_jit[search]', or choose random"
        ) from None
    return optuna


def _sampler(optuna: Any, config: Config) -> Any:
    """The sampler of a configuration, seeded. A generation of one that has generations is a block."""
    optimization = config.optimization
    name, needed = SAMPLERS[optimization.sampler]
    for package in needed:
        if _version(package) == "not installed":
            raise ConfigError(
                f"optimization.sampler: {optimization.sampler} needs the package {package}: pip install {package}, or "
                "choose tpe"
            )
    settings: dict[str, Any] = {"seed": search_seed(config) % 2**32}
    if optimization.result_constraints and optimization.sampler in _CONSTRAINED:
        settings["constraints_func"] = lambda trial: (trial.user_attrs.get(_VIOLATED, 0.0),)
    if optimization.sampler == "tpe":
        settings["constant_liar"] = True
    if optimization.sampler == "nsga2":
        settings["population_size"] = max(optimization.block_size, 2)
    if optimization.sampler == "cmaes":
        settings |= {"popsize": max(optimization.block_size, 2), "warn_independent_sampling": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(optuna.samplers, name)(**settings)


def _distribution(optuna: Any, axis: Axis) -> Any:
    """What a sampler draws from for an axis: a range, or places in a list of values, which rise or are categories."""
    kinds = optuna.distributions
    first, last, log = axis.values[0], axis.values[-1], axis.scale == "log"
    if axis.scale is not None and isinstance(first, float):
        return kinds.FloatDistribution(first, last, log=log)
    if axis.scale is not None:
        return kinds.IntDistribution(first, last, log=log)
    if _rises(axis.values):
        return kinds.IntDistribution(0, len(axis.values) - 1)
    return kinds.CategoricalDistribution(range(len(axis.values)))


def _rises(values: tuple[Any, ...]) -> bool:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return len(numbers) == len(values) > 2 and all(np.diff(numbers) > 0)


def _value(axis: Axis, drawn: Any) -> Any:
    """The value of an axis for what a sampler has drawn."""
    if axis.scale is None:
        return axis.values[drawn]
    if isinstance(axis.values[0], float):
        return min(max(rounded(drawn), axis.values[0]), float(axis.values[-1]))
    return int(drawn)
