"""How far a run has come: a live line on a terminal, plain lines every few seconds anywhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from admf_jit.announcements import is_quiet
from admf_jit.results.widget_bar import WidgetBar, widget_bar

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

_SECONDS_PER_LINE = 5.0
_MOST_NOTES = 10


class Progress:
    """Counts finished containers and shows rate and time left on standard error.

    Used as `with progress: progress.begin(...); progress.advance(n)`. Rates count this process's own work
    only, from the moment the first ones are done: containers taken over from an interrupted run would make
    them look better than they are, and the start of the workers would make them look worse.
    """

    def __init__(self) -> None:
        self._total = 0
        self._done = 0
        self._bars_per_container = 0
        self._notes = 0
        self._quiet = False
        self._started = self._last_line = time.monotonic()
        self._first: tuple[float, int] | None = None
        self._live: tuple[RichProgress, TaskID] | None = None
        self._widget: WidgetBar | None = None

    def begin(self, total: int, *, done: int = 0, bars_per_container: int = 0) -> None:
        """Start the clock on `total` containers, `done` of which are there already: a sweep's, or those of a block."""
        self.end()
        self._total, self._done = total, done
        self._bars_per_container = bars_per_container
        self._started = self._last_line = time.monotonic()
        self._first = None
        self._quiet = is_quiet()
        self._widget = None if self._quiet else widget_bar(total, done)
        if self._widget is None and sys.stderr.isatty() and not self._quiet:
            self._live = _live_line(total, done)
            self._live[0].start()

    def advance(self, containers: int) -> None:
        """Count `containers` more as done."""
        self._done += containers
        if self._first is None:
            self._first = (time.monotonic(), self._done)
        if self._widget is not None:
            self._widget.show(self._done, self.line())
        elif self._live is not None:
            display, task = self._live
            display.update(task, completed=self._done, rates=self.rates())
        elif not self._quiet and time.monotonic() - self._last_line >= _SECONDS_PER_LINE:
            self._last_line = time.monotonic()
            print(self.line(), file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        """Say one thing that happened, on a line of its own; after the first few they are only counted."""
        self._notes += 1
        if self._notes > _MOST_NOTES:
            return
        more = "; more such lines are left out" if self._notes == _MOST_NOTES else ""
        self.say(f"{text}{more}")

    def say(self, text: str) -> None:
        """Say what begins now, on a line of its own, however many there were."""
        if self._live is not None:
            self._live[0].console.print(text, markup=False, highlight=False)
        else:
            print(text, file=sys.stderr, flush=True)

    def rates(self) -> str:
        """Return containers and bars a second."""
        per_second = self._per_second()
        if per_second is None and self._done < self._total:
            return "starting"
        # All came at once: no more is known than how long everything took.
        per_second = per_second or self._done / max(time.monotonic() - self._started, 1e-3)
        bars = f", {_short(per_second * self._bars_per_container)} bars/s" if self._bars_per_container else ""
        return f"{_short(per_second)} containers/s{bars}"

    def line(self) -> str:
        """Return the state as one plain line."""
        elapsed = time.monotonic() - self._started
        if self._done >= self._total:
            return f"{self._done}/{self._total} containers, {self.rates()}, {elapsed:.0f} s"
        per_second = self._per_second()
        left = "unknown" if per_second is None else f"{(self._total - self._done) / per_second:.0f} s"
        return f"{self._done}/{self._total} containers, {self.rates()}, {elapsed:.0f} s, time left {left}"

    def _per_second(self) -> float | None:
        """Containers a second since the first ones came: the start of the workers says nothing about the rest."""
        if self._first is None:
            return None
        moment, done = self._first
        elapsed = time.monotonic() - moment
        return (self._done - done) / elapsed if elapsed > 0 and self._done > done else None

    def end(self) -> None:
        """Take the live line down. A second call does nothing."""
        if self._live is not None:
            self._live[0].stop()
            self._live = None
        if self._widget is not None:
            self._widget.close()
            self._widget = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


def _live_line(total: int, done: int) -> tuple[RichProgress, TaskID]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as RichProgress

    display = RichProgress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rates]}"),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    return display, display.add_task("containers", total=total, completed=done, rates="")


def _short(number: float) -> str:
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.1f}{suffix}"
    return f"{number:.1f}"
