"""Walk-forward: a search in every window, and what came of its best row afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.api.grid_result import GridResult, open_run
from admf_jit.api.parameters import Constraint, Parameters
from admf_jit.api.several import Asked
from admf_jit.config import load_config
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError
from admf_jit.results import Progress
from admf_jit.results.scratch import scratch_directory
from admf_jit.workflow import walk_forward as walks

if TYPE_CHECKING:
    import pandas as pd


class WalkForwardResult:
    """A walk-forward: ``windows`` has a row each, ``equity`` and ``metrics`` are those of all tests together."""

    def __init__(self, walk: walks.WalkForward, strategy: Any, data: MarketData) -> None:
        self._walk = walk
        self._strategy = strategy
        self._data = data

    def __repr__(self) -> str:
        total, n = self.metrics["total_return"], len(self._walk.windows)
        return f"WalkForwardResult({n} windows, total_return {total:.2%} in their tests, {self.directory})"

    @property
    def directory(self) -> Path:
        """The walk's directory, with a folder for each window."""
        return self._walk.directory

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Configuration, windows, trials, stability."""
        return self._walk.manifest

    @property
    def trials(self) -> int:
        """Containers that all searches have run."""
        return int(self.manifest["trials"])

    @cached_property
    def windows(self) -> pd.DataFrame:
        """A row for each window: spans, trials, the chosen values, the objective in it and after it."""
        import pandas as pd

        rows = []
        for said in self.manifest["windows"]:
            spans = {
                f"{key}_{edge}": pd.Timestamp(said[key][edge]) for key in ("train", "test") for edge in ("start", "end")
            }
            chosen = {key: said[key] for key in ("trials", "index", "in_sample", "out_of_sample", "error")}
            rows.append({**spans, **chosen, **(said["parameters"] or {})})
        return pd.DataFrame(rows)

    @cached_property
    def equity(self) -> pd.Series[float]:
        """Equity of the tests put together, by the bars' opening times."""
        return self._walk.tests.frame()["equity"]

    @cached_property
    def metrics(self) -> dict[str, float | int]:
        """Metrics of the tests put together."""
        return self._walk.tests.facts()

    @property
    def stability(self) -> Mapping[str, Any]:
        """For each swept name the chosen values, how often they changed, and the share of the most frequent one."""
        found: Mapping[str, Any] = self.manifest["stability"]
        return found

    def search(self, window: int) -> GridResult:
        """The rows of a window's search, from 0."""
        folder = self.directory / str(self.manifest["windows"][window]["directory"])
        return open_run(folder / "search", strategy=self._strategy)


def walk_forward(
    strategy: Any,
    data: MarketData | str | Path | pd.DataFrame,
    parameters: Parameters,
    *,
    train: int,
    test: int,
    gap: int = 0,
    anchored: bool = False,
    constraints: Constraint | Iterable[Constraint] = (),
    objective: str = "sharpe_ratio",
    direction: str = "maximize",
    result_constraints: str | Sequence[str] = (),
    method: str = "grid",
    n_trials: int | None = None,
    sampler: str | None = None,
    block_size: int | None = None,
    reduction: int | None = None,
    rungs: int | None = None,
    master_seed: int = 0,
    n_jobs: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    name: str | None = None,
    bars_per_year: float | None = None,
    delisted: Mapping[str, float] | None = None,
    time_limit: float | None = None,
    memory_limit: int | str | None = None,
    ledger: bool = True,
    **settings: Any,
) -> WalkForwardResult:
    """Search over windows of ``train`` bars, and run each best row over the ``test`` bars that come next.

    Parameters
    ----------
    train, test, gap
        Bars of a window, bars of the test after it, and bars between them that neither takes. Tests follow each other.
    anchored
        Every window begins with the first bar, and they grow.
    out
        The walk's directory, by default a scratch folder of the cache, as for ``aj.grid``; ``resume`` goes on there.
    strategy, data, parameters, and all others
        As for ``aj.grid``: in every window the same search is run. The objective is a metric or a formula.

    Raises
    ------
    AdmfError
        For bad input.
    """
    asked = Asked.of(strategy, data, bars_per_year, delisted)
    if None not in asked.definitions or None not in asked.data:
        raise ConfigError("walk_forward: takes one strategy over one set of data; expected a call for each")
    if callable(objective):
        raise ConfigError("objective: is a function; expected a metric or a formula, by which every window is ranked")
    limits = {"time_limit": time_limit, "memory_limit": memory_limit}
    fields, at_hand = asked.fields(settings, parameters, constraints, limits)
    given = {"sampler": sampler, "block_size": block_size, "reduction": reduction, "rungs": rungs, "n_trials": n_trials}
    fields["optimization"] |= {key: value for key, value in given.items() if value is not None}
    fields["optimization"] |= {"direction": direction, "method": method, "objective": objective}
    fields["optimization"] |= {"result_constraints": result_constraints}
    fields["walk_forward"] = {"train": train, "test": test, "gap": gap, "anchored": anchored}
    fields["name"] = name or asked.name
    fields["workflow"] = {"reproducibility": {"master_seed": master_seed}}
    fields["infrastructure"] = {"ledger": ledger}
    chosen: list[Path] = []
    try:
        with Progress() as progress:
            walk = walks.walk_forward(
                load_config(fields),
                out=None if out is None else Path(out).expanduser(),
                n_jobs=n_jobs,
                resume=resume,
                progress=progress,
                definition=asked.definitions[None],
                data=asked.data[None],
                conditions=tuple(at_hand.conditions[None]),
                default=scratch_directory,
                begun=chosen.append,
            )
    except KeyboardInterrupt:
        if not chosen:
            raise
        raise KeyboardInterrupt(f"what was finished is kept in {chosen[0]}; resume=True goes on from there") from None
    return WalkForwardResult(walk, strategy, asked.data[None])
