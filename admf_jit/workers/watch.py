"""Watching a process that runs containers: how much time and memory it uses, and whether it makes progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from admf_jit.workers.limits import Ended, Limits, hung, over_memory, over_time

if TYPE_CHECKING:
    import psutil

_SHORTEST_PAUSE = 0.01
_LONGEST_PAUSE = 0.1
#: A process that was stopped by a signal is given this long to be resumed.
SECONDS_STOPPED = 3.0
#: A process that is not stopped and yet gets no processor time: a busy machine may do that for seconds.
_SECONDS_WITHOUT_PROCESSOR = 60.0


class Progress(NamedTuple):
    """How far containers have come: the index of the one that runs, and the sum of the bars where tiles began."""

    running: int
    bars: int


class Start(NamedTuple):
    """What a process had when it began with containers: private memory in bytes, processor time in seconds."""

    memory: int
    seconds: float

    @classmethod
    def of(cls, process: psutil.Process) -> Start:
        """What a process has now."""
        times = process.cpu_times()
        return cls(_private(process), times.user + times.system)


class Watch:
    """One process and its limits; ``check`` is called every ``pause`` seconds until the process has ended.

    Time is counted per container where they run ``in_turn``, one after the other, and for all of them otherwise; of
    containers that go through the bars side by side, it is the time that one takes for a tile of bars. It is time
    during which this process watched: seconds in which the whole machine slept, or all processes were stopped together
    by Ctrl-Z, do not count. A process that has run other containers before says what it had at their ``start``.
    """

    def __init__(
        self,
        process: int,
        n_containers: int,
        progress: Callable[[], Progress],
        limits: Limits,
        *,
        in_turn: bool,
        start: Start | None = None,
    ) -> None:
        import psutil

        self.pause = _SHORTEST_PAUSE
        self._process = psutil.Process(process)
        self._n_containers = n_containers
        self._progress = progress
        self._limits = limits
        self._in_turn = in_turn
        self._memory_before = _private(self._process) if start is None else start.memory
        # Where the system itself refuses more (``limited``), that comes first, with the place in the strategy.
        self._most_memory = int(1.25 * limits.memory) + 64 * 1024**2
        self._seen = Progress(0, 0)
        self._first_seconds = self._seconds_before = self._used = 0.0 if start is None else start.seconds
        self._without_processor = 0.0
        self._last_check = self._began = time.monotonic()
        self._paused = False

    def running(self) -> int | None:
        """Index of the container that is running, or None where it is not known."""
        running = self._progress().running
        return running if self._in_turn and running < self._n_containers else None

    def check(self) -> Ended | None:
        """Whether the process has to end now, and why."""
        import psutil

        now = time.monotonic()
        passed = min(now - self._last_check, 2.0 * _LONGEST_PAUSE)
        self._last_check = now
        self.pause = min(1.5 * self.pause, _LONGEST_PAUSE) if self._limits.processor >= 1.0 else _SHORTEST_PAUSE
        try:
            with self._process.oneshot():
                memory, used = Start.of(self._process)
                stopped = self._process.status() == psutil.STATUS_STOPPED
        except psutil.NoSuchProcess:
            return None
        progress = self._progress()
        if progress != self._seen:
            self._seen, self._seconds_before = progress, used
        moved = used > self._used or self._paused
        self._without_processor = 0.0 if moved else self._without_processor + passed
        self._used = used
        if used - self._seconds_before > self._allowed():
            return over_time(self._limits.time, self.running())
        patience = SECONDS_STOPPED if stopped else max(_SECONDS_WITHOUT_PROCESSOR, self._limits.time)
        if self._without_processor > patience:
            return hung(patience, self.running())
        if memory - self._memory_before > self._most_memory:
            return over_memory(self._limits.memory, self.running())
        self._limit_share(used - self._first_seconds, now)
        return None

    def _allowed(self) -> float:
        """Processor time since the last container ended: one's own, or everybody's where it is not known whose."""
        return self._limits.time * (1 if self.running() is not None else self._n_containers)

    def _limit_share(self, used: float, now: float) -> None:
        """Pause the process while it has had more than its share of the time since it began."""
        if self._limits.processor >= 1.0:
            return
        over = used > self._limits.processor * (now - self._began)
        if over != self._paused:
            if over:
                self._process.suspend()
            else:
                self._process.resume()
            self._paused = over


def _private(process: psutil.Process) -> int:
    memory = process.memory_info()
    return int(memory.rss - getattr(memory, "shared", 0))
