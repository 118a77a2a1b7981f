"""Helpers for tests of your own strategies: containers to run one at a time, bars to run them on, indicators alone.

Each container is isolated and seeded, so that a test's numbers are the same on every machine and in any order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit import api
from admf_jit.data import MarketData, generate_sample, load
from admf_jit.data.higher_columns import higher_columns
from admf_jit.errors import AdmfError
from admf_jit.results import BacktestResult
from admf_jit.strategies.compiled import feature_recorder, rows_to_record
from admf_jit.strategies.declaration import definition_of, strategy
from admf_jit.strategies.first_bars import first_bar
from admf_jit.strategies.indicator_functions import feature_fields
from admf_jit.strategies.indicators import Indicator
from admf_jit.workers import faults
from admf_jit.workers.faults import Fault
from admf_kernels.random_stream import STATE_MODULI

__all__ = [
    "Container",
    "Fault",
    "create_test_container",
    "generate_test_data",
    "indicator_values",
    "inject_faults",
    "parallel_execute",
]


class Container:
    """One isolated backtest, made by ``create_test_container``: load data, run, read results, dispose."""

    def __init__(self, seed: int, strategy: Any, parameters: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        self.seed = seed
        self._strategy = strategy
        self._parameters = dict(parameters)
        self._settings = dict(settings)
        self._data: MarketData | None = None
        self._disposed = False

    def load_data(self, data: Any) -> Container:
        """Take the bars to run on: MarketData, a pandas frame, a path, or "sample". Returns the container."""
        self._check_alive()
        self._data = data if isinstance(data, MarketData) else load(data)
        return self

    def run_strategy(self) -> BacktestResult:
        """Run from the first bar to the last, from a fresh state each time."""
        self._check_alive()
        if self._data is None:
            raise AdmfError("the container has no data: call load_data first")
        return api.backtest(
            self._strategy,
            self._data,
            parameters=self._parameters,
            master_seed=self.seed,
            raise_errors=False,
            ledger=False,  # a test of a strategy is no trial
            **self._settings,
        )

    def test_strategy(self, strategy: Any, data: Any, **parameters: Any) -> BacktestResult:
        """Run another strategy on ``data`` under this container's seed and settings: load and run in one call."""
        self._check_alive()
        other = Container(self.seed, strategy, parameters, self._settings)
        return other.load_data(data).run_strategy()

    def dispose(self) -> None:
        """Let go of everything; a disposed container refuses to be used again."""
        self._data = None
        self._disposed = True

    def _check_alive(self) -> None:
        if self._disposed:
            raise AdmfError("the container is disposed: create a new one")


def create_test_container(
    seed: int = 0,
    strategy: Any = "sma_crossover",
    parameters: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Container:
    """A container of its own; ``settings`` are those of ``admf_jit.backtest``."""
    return Container(seed, strategy, parameters or {}, settings)


def generate_test_data(n_bars: int = 500, *, seed: int = 0, timeframe: str = "1d") -> MarketData:
    """One symbol's sample bars, the same on every machine for the same ``seed``."""
    sessions = 2
    while True:
        data = generate_sample(timeframe, sessions=sessions, seed=seed)
        if data.n_bars >= n_bars:
            break
        sessions *= 2
    frame = data.frame(data.symbols[0]).iloc[:n_bars]
    return load(frame, name=f"test_{seed}")


def parallel_execute(containers: Sequence[Container], *, n_jobs: int = -1) -> list[BacktestResult]:
    """Run containers side by side in threads (compiled code holds no lock); results in the order given."""
    from joblib import Parallel, delayed

    for container in containers[:1]:
        # Compile once here instead of once per thread.
        container.run_strategy()
    results: list[BacktestResult] = Parallel(n_jobs=n_jobs, backend="threading")(
        delayed(container.run_strategy)() for container in containers
    )
    return results


@contextmanager
def inject_faults(plan: Mapping[int, Fault]) -> Iterator[None]:
    """Within it, let a fault befall chosen containers of every sweep: ``plan`` names them by their index in the grid.

    The damage is real, and is done by the process that would run the container: a test sees what a sweep makes of it,
    and what your own code makes of a sweep with failed rows. A replay and a ``backtest`` have no faults. Raises
    AdmfError where the system cannot fork a process to do the damage in.
    """
    if not hasattr(os, "fork"):
        raise AdmfError("faults need a process to befall, and this system cannot fork one")
    before = faults.planned
    faults.planned = {int(index): Fault(fault) for index, fault in plan.items()}
    try:
        yield
    finally:
        faults.planned = before


def indicator_values(
    indicator: Indicator, data: MarketData, *, symbol: str | None = None
) -> NDArray[np.float64] | dict[str, NDArray[np.float64]]:
    """Values of an indicator such as ``ta.sma(5)`` at every bar, float64 (n_bars,), NaN before its warm-up.

    An indicator with several outputs gives a dictionary of them. It is the code that a container runs.
    """
    row = 0 if symbol is None else data.symbols.index(symbol)
    definition = definition_of(_declare(indicator))
    record, _ = feature_recorder(definition)
    fields = feature_fields(definition)
    values = np.full((rows_to_record(definition), data.n_bars), np.nan)
    columns = [getattr(data, name)[row] for name in ("open", "high", "low", "close", "volume")]
    higher, completed = higher_columns(data, definition.series)
    random_state = np.ones(len(STATE_MODULI), np.int64)
    record(data.session, *columns, higher[row], completed[row], np.zeros(0), random_state, values)
    values[:, : first_bar(definition, "measured", {}, data, row)] = np.nan
    of_fields = enumerate(fields.values())
    outputs = {output: values[number] for number, (name, _, output) in of_fields if name == "measured"}
    return outputs["value"] if len(outputs) == 1 else outputs


def _declare(indicator: Indicator) -> type:
    class Probe:
        measured = indicator

        def on_bar(self, bar: Any, position: Any) -> None:
            """Trade nothing: only the indicator is wanted."""

    return strategy(Probe)
