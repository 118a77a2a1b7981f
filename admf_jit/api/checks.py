"""Whether a strategy sees the future."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.api.fields import as_data, fields_of
from admf_jit.api.parameters import Parameters, swept_names, written
from admf_jit.config import load_config
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError
from admf_jit.results import Progress
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.resolve import resolve_strategy
from admf_jit.workflow.proof import CheckReport, subject_of
from admf_jit.workflow.proof import check as run_check

if TYPE_CHECKING:
    import pandas as pd


def check(
    strategy: Any,
    data: MarketData | str | Path | pd.DataFrame,
    parameters: Parameters | None = None,
    *,
    features: Callable[[MarketData], Any] | None = None,
    containers: int = 3,
    cuts: int = 12,
    master_seed: int = 0,
    bars_per_year: float | None = None,
    delisted: Mapping[str, float] | None = None,
    **settings: Any,
) -> CheckReport:
    """Run containers again on data that end early or go on as noise: what was before has to be the same, bit by bit.

    Parameters
    ----------
    strategy
        As for ``aj.grid``, or a function that takes MarketData and returns a decorated class: it is called for each of
        the altered data, so that arrays which it computes are checked as well. Arrays of a class's own module stay as
        they are, and the report says that they are not checked.
    data, parameters, **settings
        As for ``aj.grid``; without parameters one container is checked.
    features
        A function that computes columns of one's own: it takes MarketData and returns what ``aj.load(features=...)``
        takes. It is called for each of the altered data, and what it says of the bars before has to be the same.
    containers, cuts
        How many containers of the grid are checked, and at how many places the future is changed.

    Returns
    -------
    A report: ``looks_ahead``, ``findings`` (each with a ``kind`` and a ``text``), ``verdict``. See docs/check.md.

    Raises
    ------
    AdmfError
        For bad input.
    """
    bars = as_data(data, bars_per_year, delisted)
    is_function = callable(strategy) and not isinstance(strategy, type)
    definition: Definition = resolve_strategy(strategy(bars) if is_function else strategy)
    if features is not None and not callable(features):
        raise ConfigError(
            f"features: is {type(features).__name__}; expected a function of MarketData that computes them"
        )
    swept = written(parameters or {})
    names = swept_names(swept)
    given = {key: value for key, value in getattr(strategy, "parameters", {}).items() if key not in names}
    fields = fields_of(definition, definition.cls if is_function else strategy, bars, settings, parameters=given)
    fields["optimization"] = {"parameters": swept}
    fields["workflow"] = {"reproducibility": {"master_seed": master_seed}}
    subject = subject_of(load_config(fields), bars, strategy, features)
    with Progress() as progress:
        return run_check(subject, n_containers=containers, n_cuts=cuts, progress=progress)
