"""Signals of a sweep moved around the history: they come as often and in the same order, and at other bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.data.given import CODES, Given
from admf_jit.errors import ConfigError
from admf_jit.strategies.declaration import Definition, definition_of
from admf_jit.strategies.shared import SharedStrategy, compile_shared
from admf_jit.workers.batch import BatchInputs
from admf_jit.workers.minimal import signals_of
from admf_jit.workflow.prepared import Prepared
from admf_kernels.constants import KEEP

if TYPE_CHECKING:
    from admf_jit.workers.batch import Runnable

SHIFTS = "shifts"
#: Bytes of all signals that are kept at a time, at the most: one for each bar and different signals.
_MOST_BYTES = 2**31


@dataclass(frozen=True, eq=False)
class ShiftedSignals:
    """The signals of the containers of a sweep, a column each for those that differ in symbol or parameters."""

    data: MarketData
    module: Runnable
    #: The column of each symbol and row of parameters, as bytes; empty where containers have the columns themselves.
    column_of: dict[bytes, int]
    given: Given
    #: What tells these signals from others.
    digest: str

    @classmethod
    def of(cls, prepared: Prepared, inputs: Sequence[BatchInputs]) -> ShiftedSignals:
        """Those of some containers, on the bars of the sweep itself.

        Raises ConfigError where signals depend on more of a position than its side, or are not shared: they are not
        known before the container is run.
        """
        data, module = prepared.data, prepared.runner.module
        if data.with_history.given is not None:
            return cls(data, module, {}, data.with_history.given, data.digest)
        if not isinstance(module, SharedStrategy) or module.dependence != 0:
            raise ConfigError(
                "null: method shifts moves signals that containers share, and those of this sweep are not known before "
                f"it runs ({prepared.isolation.reason or prepared.isolation.used}); expected method blocks or signs"
            )
        column_of: dict[bytes, int] = {}
        rows: list[tuple[int, NDArray[np.float64]]] = []
        for some in inputs:
            for symbol, row, key in zip(some.symbol, some.parameters, _keys(some), strict=True):
                if key not in column_of:
                    column_of[key] = len(rows)
                    rows.append((int(symbol), row))
        size = len(rows) * data.with_history.n_bars
        if size > _MOST_BYTES:
            raise ConfigError(
                f"null: method shifts would keep {size:,} signals of {len(rows):,} different containers; expected "
                f"{_MOST_BYTES:,} at the most: fewer bars or parameters, or method blocks or signs"
            )
        values = np.full((len(rows), data.with_history.n_bars), KEEP, np.int8)
        for column, (symbol, row) in enumerate(rows):
            values[column, data.n_history :] = signals_of(module, data, symbol, row)
        names = tuple(map(str, range(len(rows))))
        own = compile_shared(_given_signals(), prepared.engine).module
        return cls(data, own, column_of, Given(CODES, names, values), sha256(values.tobytes()).hexdigest())

    def inputs(self, inputs: BatchInputs) -> BatchInputs:
        """The same containers, run by the columns."""
        if not self.column_of:
            return inputs
        columns = np.array([[float(self.column_of[key])] for key in _keys(inputs)])
        return replace(inputs, parameters=columns)

    def moved(self, seed: int) -> MarketData:
        """The same bars, with all signals moved by one number of bars, from 1 to all but one, around the end."""
        first = self.data.n_history
        shift = int(np.random.default_rng(seed).integers(1, max(self.data.n_bars, 2)))
        values: NDArray[np.int8] = self.given.values.copy()
        values[:, first:] = np.roll(self.given.values[:, first:], shift, axis=1)
        values.flags.writeable = False
        digest = sha256(f"{self.data.with_history.digest} {self.digest} moved by {shift}".encode()).hexdigest()
        whole = replace(
            self.data.with_history, given=replace(self.given, values=values), known_digest=digest, directory=None
        )
        return whole.evaluated_from(first)


def _keys(inputs: BatchInputs) -> list[bytes]:
    symbols = inputs.symbol.astype(np.float64)[:, np.newaxis]
    return [row.tobytes() for row in np.hstack([symbols, inputs.parameters])]


def _given_signals() -> Definition:
    from admf_jit.strategies.builtin.signals import GivenSignals

    return definition_of(GivenSignals)
