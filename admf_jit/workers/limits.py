"""What a container may use while it runs, and what a process that went over it came to."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from admf_jit.results.row import CRASHED, KILLED, MEMORY_LIMIT, TIMEOUT, explained

#: Signals that a process raises by a fault of its own; any other was sent by another process.
_FAULTS = {
    "SIGSEGV": "segmentation fault",
    "SIGBUS": "a mapped file is shorter than it was, or a bad address",
    "SIGABRT": "aborted, as the C library does when it finds its memory damaged",
    "SIGILL": "illegal instruction",
    "SIGFPE": "arithmetic fault",
    "SIGTRAP": "trap",
}


@dataclass(frozen=True)
class Limits:
    """What one container may use.

    ``time`` in seconds of processor time; a process that gets no processor at all for as long is ended too.
    ``memory`` in bytes, beyond what the process has before the container starts. ``processor`` is a share of a core,
    1.0 or more being all of it: the process is paused whenever it has had more.
    """

    time: float
    memory: int
    processor: float = 1.0


@dataclass(frozen=True)
class Ended:
    """How and why a process ended before its containers did, and the index of the one that was running, if known.

    ``certain`` says that this one is the failing container, without another try. ``external`` says that the containers
    need have no part in it: the process was killed or stopped externally.
    """

    status: str
    error: str
    running: int | None = None
    certain: bool = False
    external: bool = False


def over_time(limit: float, running: int | None) -> Ended:
    """A container that took more processor time than it may."""
    reason = f"ran for more than {limit:g} s of processor time (resources.time_limit)"
    return Ended(TIMEOUT, explained(TIMEOUT, reason), running, certain=running is not None)


def hung(seconds: float, running: int | None) -> Ended:
    """A process that was stopped, or waits for something that does not come."""
    reason = f"its process hung for {seconds:g} s: stopped by a signal, or waiting for what does not come"
    return Ended(TIMEOUT, explained(TIMEOUT, reason), running, external=True)


def over_memory(limit: int, running: int | None) -> Ended:
    """A container that asked for more memory than it may have."""
    reason = f"took more than {limit:,} bytes of memory (resources.memory_limit)"
    return Ended(MEMORY_LIMIT, explained(MEMORY_LIMIT, reason), running)


def ended_by(exit_code: int | None, running: int | None) -> Ended:
    """What the exit code of a process says: negative for a signal, None where the system does not say."""
    if exit_code is None:
        return Ended(
            KILLED, explained(KILLED, "its process ended, and the system does not say how"), running, external=True
        )
    if exit_code >= 0:
        reason = f"its process exited with code {exit_code} before it was done"
        return Ended(CRASHED, explained(CRASHED, reason), running)
    number = -exit_code
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    if name in _FAULTS:
        reason = f"its process died by {name} ({_FAULTS[name]})"
        return Ended(CRASHED, explained(CRASHED, reason), running)
    hint = ", which the system sends when memory runs out" if name == "SIGKILL" else ""
    return Ended(KILLED, explained(KILLED, f"its process was ended by {name}{hint}"), running, external=True)
