"""What a container may use while it runs, and what a process that went over it came to."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from admf_jit.results.row import CRASHED, KILLED, MEMORY_LIMIT, TIMEOUT, explained

#: Signals that a process does to itself by a fault of its own; any other was sent by somebody else.
_FAULTS = {
    signal.SIGSEGV: "segmentation fault",
    signal.SIGBUS: "a mapped file is shorter than it was, or a bad address",
    signal.SIGABRT: "aborted, as the C library does when it finds its memory damaged",
    signal.SIGILL: "illegal instruction",
    signal.SIGFPE: "arithmetic fault",
    signal.SIGTRAP: "trap",
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
    """A process that ended before its containers did: how, why, and the place of the one that was running, if known.

    ``certain`` says that this one is guilty, without another try. ``by_others`` says that the containers need have
    no part in it: the process was killed or stopped from outside.
    """

    status: str
    error: str
    running: int | None = None
    certain: bool = False
    by_others: bool = False


def over_time(limit: float, running: int | None) -> Ended:
    """A container that took more processor time than it may."""
    reason = f"ran for more than {limit:g} s of processor time (resources.time_limit)"
    return Ended(TIMEOUT, explained(TIMEOUT, reason), running, certain=running is not None)


def stood_still(seconds: float, running: int | None) -> Ended:
    """A process that was stopped, or waits for something that does not come."""
    reason = f"its process stood still for {seconds:g} s: stopped by a signal, or waiting for what does not come"
    return Ended(TIMEOUT, explained(TIMEOUT, reason), running, by_others=True)


def over_memory(limit: int, running: int | None) -> Ended:
    """A container that asked for more memory than it may have."""
    reason = f"took more than {limit:,} bytes of memory (resources.memory_limit)"
    return Ended(MEMORY_LIMIT, explained(MEMORY_LIMIT, reason), running)


def ended_by(wait_status: int, running: int | None) -> Ended:
    """What the status that the system keeps of an ended process says."""
    number = -wait_status if wait_status < 0 else 0
    if number in _FAULTS:
        reason = f"its process died by {signal.Signals(number).name} ({_FAULTS[signal.Signals(number)]})"
        return Ended(CRASHED, explained(CRASHED, reason), running)
    if not number:
        reason = f"its process left with exit code {wait_status} before it was done"
        return Ended(CRASHED, explained(CRASHED, reason), running)
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    hint = ", which the system sends when memory runs out" if number == signal.SIGKILL else ""
    return Ended(KILLED, explained(KILLED, f"its process was ended by {name}{hint}"), running, by_others=True)


def lost_worker() -> Ended:
    """A worker that was ended while these containers, and no others, were running."""
    reason = "the worker that ran it was ended, each time and with nothing beside it"
    return Ended(KILLED, explained(KILLED, reason), by_others=True)
