"""Containers of a subject, traced on its data or on altered ones, with the random numbers that they have on its own."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import Config
from admf_jit.data import MarketData
from admf_jit.data.higher_columns import higher_columns
from admf_jit.parameter_grid import ContainerSpec
from admf_jit.parameter_grid.container import as_number
from admf_jit.strategies.compiled import feature_recorder, rows_to_record
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.indicator_functions import feature_fields
from admf_jit.workers.limits import Ended
from admf_jit.workers.single import run_traced_watched
from admf_jit.workflow.prepare import prepare
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.proof.subject import Subject
from admf_jit.workflow.run_data import store_path
from admf_kernels.constants import EVENT_DTYPE, METRIC_NAMES, EventKind
from admf_kernels.random_stream import STATE_MODULI

_RETURN = METRIC_NAMES.index("total_return")
_PRICES_AND_VOLUME = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Trace:
    """What a container did: its events EVENT_DTYPE (n,), its error or None, and its total return."""

    events: NDArray[np.void]
    error: str | None
    total_return: float

    def until(self, bar: int) -> NDArray[np.void]:
        """The events before a bar."""
        return self.events[self.events["bar"] < bar]

    @property
    def acts(self) -> NDArray[np.void]:
        """Its signals, and the orders that it sends."""
        return self.events[np.isin(self.events["kind"], [EventKind.SIGNAL, EventKind.ORDER])]

    def same(self, other: Trace) -> bool:
        """Whether both did the same, bit by bit."""
        return self.error == other.error and self.events.tobytes() == other.events.tobytes()


class Runs:
    """Runs containers of a subject and counts them; stores of altered data are gone when it is closed."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.count = 0

    def prepared(
        self, data: MarketData, config: Config | None = None, definition: Definition | None = None
    ) -> Prepared:
        """The subject on some bars, with the strategy that is made of them."""
        return prepare(config or self.subject.config, definition=definition or self.subject.make(data), data=data)

    def trace(self, prepared: Prepared, index: int, seed: int | None = None) -> Trace:
        """Run a container, with another one's random numbers if a seed is given."""
        self.count += 1
        container = prepared.grid.container(index)
        if seed is not None:
            container = replace(container, seed=seed)
        error = prepared.refusal(container)
        if error is None:
            outcome = run_traced_watched(prepared.traced_task(container))
            if not isinstance(outcome, Ended):
                return Trace(outcome.events.copy(), outcome.error, float(outcome.metrics[_RETURN]))
            error = outcome.error
        return Trace(np.zeros(0, EVENT_DTYPE), error, float("nan"))


class StoresOf:
    """Within it stores may be made of altered data; those that were not there before are gone afterwards."""

    def __init__(self, data: MarketData) -> None:
        self._store = store_path(data.with_history.digest)
        self._there = self._store.exists()

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        if not self._there:
            shutil.rmtree(self._store, ignore_errors=True)


def indicator_values(definition: Definition, data: MarketData, container: ContainerSpec) -> NDArray[np.float64]:
    """Return the outputs of a container's indicators at every bar, the history's first: float64 (n, n_bars).

    They are those of its symbol, or of each symbol below the other where it trades all. No indicators are no rows.
    """
    whole = data.with_history
    fields = feature_fields(definition)
    if not fields:
        return np.zeros((0, whole.n_bars))
    record, _ = feature_recorder(definition)
    parameters = np.array([as_number(value) for value in container.parameters.values()])
    higher, completed = higher_columns(whole, definition.series)
    rows = [whole.symbols.index(container.symbol)] if container.symbol in whole.symbols else range(whole.n_symbols)
    found = []
    for row in rows:
        values = np.full((rows_to_record(definition), whole.n_bars), np.nan)
        columns = [getattr(whole, name)[row] for name in _PRICES_AND_VOLUME]
        state = np.ones(len(STATE_MODULI), np.int64)
        record(whole.session, *columns, higher[row], completed[row], parameters, state, values)
        found.append(values[: len(fields)])
    return np.vstack(found)
