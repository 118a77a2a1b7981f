"""What every engine's process measures of itself. The standard library alone."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable
from typing import Any

_KIBIBYTE = 1024 if sys.platform == "linux" else 1


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor time that a call took, its child processes included, and what it returned.

    All engines run on one core, where this is what the clock says on a machine that does nothing else. On a busy one,
    the clock would measure the others.
    """
    started = _processor_seconds()
    result = run()
    return _processor_seconds() - started, result


def _processor_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measure(run: Callable[[], Any], rounds: int) -> tuple[list[float], Any]:
    """Seconds of each of several calls, and what the last one returned."""
    seconds, result = [], None
    for _ in range(rounds):
        result = None  # two results at a time are not what a round takes
        passed, result = timed(run)
        seconds.append(passed)
    return seconds, result


def peak_bytes() -> int:
    """Most memory that this process ever had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTE
