"""What every engine's process measures of itself. The standard library alone."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

_KIBIBYTE = 1024 if sys.platform == "linux" else 1


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that a call took, and what it returned."""
    started = time.perf_counter()
    result = run()
    return time.perf_counter() - started, result


def measure(run: Callable[[], Any], rounds: int) -> tuple[list[float], Any]:
    """Seconds of each of several calls, and what the last one returned."""
    pairs = [timed(run) for _ in range(rounds)]
    return [seconds for seconds, _ in pairs], pairs[-1][1]


def peak_bytes() -> int:
    """Most memory that this process ever had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTE
