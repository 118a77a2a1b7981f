"""Faults injected into chosen containers: real damage, done by the process that would run the container.

They test a sweep, not a strategy: ``admf_jit.testing.inject_faults`` plans them, and a strategy, a library or the
machine can cause every one of them.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from admf_jit.results.row import MEMORY_LIMIT, explained
from admf_jit.workers.batch import BatchTask
from admf_jit.workers.measured import run_all

if TYPE_CHECKING:
    from admf_jit.data import MarketData


class Fault(IntEnum):
    """A fault of a container: the first two damage its data, the third its strategy, the others its process.

    A container with a leak finishes: 96 MiB stay allocated in its process.
    """

    NAN_PRICES = 1
    INFINITE_PRICES = 2
    EXCEPTION = 3
    ENDLESS_LOOP = 4
    ALLOCATION = 5
    WILD_WRITE = 6
    WILD_JUMP = 7
    ABORT = 8
    BUS_ERROR = 9
    ILLEGAL_INSTRUCTION = 10
    EXIT = 11
    KILL = 12
    TERMINATE = 13
    STOP = 14
    LEAK = 15


_SPOILING = (Fault.NAN_PRICES, Fault.INFINITE_PRICES)
#: Index of a container -> its fault, in sweeps that this process starts; see ``inject_faults``.
planned: Mapping[int, Fault] = {}


def run_with_faults(
    task: BatchTask,
    data: MarketData,
    results: NDArray[np.float64],
    outcomes: NDArray[np.int64],
) -> tuple[tuple[str | None, ...], int]:
    """Run the containers of a batch one by one, each with the fault that is planned for it; as ``run_all``."""
    assert task.inputs.fault is not None
    results.fill(np.nan)
    errors: list[str | None] = []
    n_events = 0
    for k, code in enumerate(task.inputs.fault):
        row = slice(k, k + 1)
        fault = Fault(code) if code else None
        error = None if fault is None else _cause(fault)
        if error is None:
            bars = spoiled(data, fault) if fault in _SPOILING else data
            (error,), events = run_all(task.part(np.array([k])), bars, results[row], outcomes[row])
            n_events += events
        outcomes[k, 0] = 0
        errors.append(error)
    return tuple(errors), n_events


def _cause(fault: Fault) -> str | None:
    """Do the damage to this process; the container's error where the process survives it."""
    try:
        if fault in _DAMAGE:
            _DAMAGE[fault]()
    except MemoryError:
        return explained(MEMORY_LIMIT, "MemoryError: an injected fault took all memory that the container may have")
    return "InjectedFault: an exception was injected" if fault is Fault.EXCEPTION else None


def spoiled(data: MarketData, fault: Fault | None) -> MarketData:
    """The data with prices that are not finite from its middle on."""
    value = np.nan if fault is Fault.NAN_PRICES else np.inf
    columns = {name: getattr(data, name).copy() for name in ("open", "high", "low", "close")}
    for column in columns.values():
        column[:, column.shape[1] // 2 :] = value
        column.flags.writeable = False
    return replace(data, **columns)


def _loop() -> None:
    while True:
        pass


def _allocate() -> None:
    kept = []
    while True:
        kept.append(np.ones(1 << 20))


def _leak() -> None:
    _left_behind.append(np.ones(12 << 20))


_left_behind: list[NDArray[np.float64]] = []


def _write_wildly() -> None:
    ctypes.memset(16, 0, 1)


def _jump_wildly() -> None:
    ctypes.CFUNCTYPE(None)(16)()


def _read_beyond_a_file() -> None:
    """Read a mapped page whose file has been truncated."""
    import mmap
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.truncate(mmap.PAGESIZE)
        mapped = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        file.truncate(0)
        mapped.read_byte()


def _send(number: int) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


_DAMAGE: dict[Fault, Callable[[], None]] = {
    Fault.ENDLESS_LOOP: _loop,
    Fault.ALLOCATION: _allocate,
    Fault.WILD_WRITE: _write_wildly,
    Fault.WILD_JUMP: _jump_wildly,
    Fault.ABORT: os.abort,
    Fault.BUS_ERROR: _read_beyond_a_file,
    Fault.ILLEGAL_INSTRUCTION: _send(signal.SIGILL),
    Fault.EXIT: lambda: os._exit(7),
    Fault.KILL: _send(signal.SIGKILL),
    Fault.TERMINATE: _send(signal.SIGTERM),
    Fault.STOP: _send(signal.SIGSTOP),
    Fault.LEAK: _leak,
}
