"""Looking after a process that runs containers: how much time and memory it takes, and whether it moves at all."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from admf_jit.workers.limits import Ended, Limits, over_memory, over_time, stood_still

if TYPE_CHECKING:
    import psutil

_SHORTEST_PAUSE = 0.01
_LONGEST_PAUSE = 0.1
#: A process that was stopped by a signal is given this long to be let go on.
SECONDS_STOPPED = 3.0
#: A process that is not stopped and yet gets no processor time: a busy machine may do that for seconds.
_SECONDS_STILL = 60.0


class Progress(NamedTuple):
    """How far containers have come: the place of the one at work, and the sum of the bars where tiles began."""

    running: int
    bars: int


class Watch:
    """One process and its limits; ``look`` is called every ``pause`` seconds until the process has ended.

    Time is counted per container where they run ``in_turn``, one after the other, and for all of them otherwise; of
    containers that go through the bars side by side, it is the time that one takes for a tile of bars. It is time
    during which this process looked: seconds in which the whole machine slept, or all processes were stopped together
    by Ctrl-Z, do not count.
    """

    def __init__(
        self, process: int, n_containers: int, progress: Callable[[], Progress], limits: Limits, *, in_turn: bool
    ) -> None:
        import psutil

        self.pause = _SHORTEST_PAUSE
        self._process = psutil.Process(process)
        self._n_containers = n_containers
        self._progress = progress
        self._limits = limits
        self._in_turn = in_turn
        self._memory_before = _private(self._process)
        # Where the system itself refuses more (``watched``), that comes first, with the place in the strategy.
        self._most_memory = int(1.25 * limits.memory) + 64 * 1024**2
        self._seen = Progress(0, 0)
        self._seconds_before = 0.0
        self._used = 0.0
        self._still = 0.0
        self._last_look = self._began = time.monotonic()
        self._paused = False

    def running(self) -> int | None:
        """Place of the container that is running, or None where it is not known."""
        running = self._progress().running
        return running if self._in_turn and running < self._n_containers else None

    def look(self) -> Ended | None:
        """Whether the process has to end now, and why."""
        import psutil

        now = time.monotonic()
        passed = min(now - self._last_look, 2.0 * _LONGEST_PAUSE)
        self._last_look = now
        self.pause = min(1.5 * self.pause, _LONGEST_PAUSE) if self._limits.processor >= 1.0 else _SHORTEST_PAUSE
        try:
            with self._process.oneshot():
                times = self._process.cpu_times()
                used = times.user + times.system
                stopped = self._process.status() == psutil.STATUS_STOPPED
                memory = _private(self._process)
        except psutil.NoSuchProcess:
            return None
        progress = self._progress()
        if progress != self._seen:
            self._seen, self._seconds_before = progress, used
        moved = used > self._used or self._paused
        self._still = 0.0 if moved else self._still + passed
        self._used = used
        if used - self._seconds_before > self._allowed():
            return over_time(self._limits.time, self.running())
        patience = SECONDS_STOPPED if stopped else max(_SECONDS_STILL, self._limits.time)
        if self._still > patience:
            return stood_still(patience, self.running())
        if memory - self._memory_before > self._most_memory:
            return over_memory(self._limits.memory, self.running())
        self._share_the_core(used, now)
        return None

    def _allowed(self) -> float:
        """Processor time since the last container ended: one's own, or everybody's where it is not known whose."""
        return self._limits.time * (1 if self.running() is not None else self._n_containers)

    def _share_the_core(self, used: float, now: float) -> None:
        """Pause the process while it has had more than its share of the time since it began."""
        if self._limits.processor >= 1.0:
            return
        over = used > self._limits.processor * (now - self._began)
        if over != self._paused:
            os.kill(self._process.pid, signal.SIGSTOP if over else signal.SIGCONT)
            self._paused = over


def _private(process: psutil.Process) -> int:
    memory = process.memory_info()
    return int(memory.rss - getattr(memory, "shared", 0))
