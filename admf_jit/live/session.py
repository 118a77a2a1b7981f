"""A container that is fed: every line of the feed has an answer, and every bar its events."""

from __future__ import annotations

import os
import select
import time as clock
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from admf_jit import interrupts
from admf_jit.data.gaps import find_gaps
from admf_jit.data.timeframe import duration
from admf_jit.errors import DataError, ResultsError
from admf_jit.live.bars import Bar
from admf_jit.live.broker import Broker
from admf_jit.live.container import LiveContainer
from admf_jit.live.feed import BarReader, Feed, Line, Said
from admf_jit.live.journal import Journal
from admf_jit.live.lines import KINDS, ROUTINE, LineWriter, time_text
from admf_kernels.constants import EventKind

#: What a feed gives at its end.
_END = Line(b"", -1)
#: A reader that keeps a line waiting for longer is told of.
SLOW_SECONDS = 1.0
_ROUTINE = np.array(sorted(ROUTINE))
_ROUTINE_BEGINS = tuple(f'{{"type": "{KINDS[kind]}"'.encode() for kind in ROUTINE)
_UPDATE = int(EventKind.PORTFOLIO_UPDATE)


class Output(Protocol):
    """Where lines are written to; the seconds that it kept them waiting."""

    def write(self, content: bytes) -> float:
        """Write lines, all of them, however long that takes."""


class DescriptorOutput:
    """A pipe or a file. Where its reader is slow, lines wait, and with them the feed."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, content: bytes) -> float:
        """Write lines, all of them, however long that takes."""
        _, writable, _ = select.select([], [self._descriptor], [], 0)
        begun = 0.0 if writable else clock.monotonic()
        while content:
            content = content[os.write(self._descriptor, content) :]
        return clock.monotonic() - begun if begun else 0.0


class LiveSession:
    """Feeds a container. ``snapshot_every`` bars its state is kept in the ``journal``, if there is one.

    What is written of bars alone, and of signals, goes to the journal; with ``all_events`` to ``output`` too.
    """

    def __init__(
        self,
        container: LiveContainer,
        reader: BarReader,
        writer: LineWriter,
        broker: Broker,
        output: Output,
        journal: Journal | None = None,
        *,
        timezone: str,
        timeframe: str,
        shortest_step: int,
        snapshot_every: int,
        all_events: bool = False,
    ) -> None:
        self.container = container
        self.n_lines = 0
        self.equity: float | None = None
        self._reader = reader
        self._writer = writer
        self._broker = broker
        self._output = output
        self._journal = journal
        self._timezone = timezone
        self._timeframe = timeframe
        self._step = duration(timeframe) or 0
        self._shortest = shortest_step
        self._every = snapshot_every
        self._all = all_events
        #: Bars of the newest time that the engine has, and of the one that waits for the other symbols.
        self._last: tuple[Bar, ...] = ()
        self._waiting: list[Bar] = []
        self._gap: dict[str, object] | None = None
        self._read = 0
        self._saved = -1
        self._behind = 0
        self._is_idle = self._is_stopped = False

    @property
    def place(self) -> int:
        """The byte of the feed behind the last bar that was taken."""
        return self._behind

    @property
    def last_time(self) -> int:
        """When the newest bar that was taken opened: ns since the epoch."""
        return self.container.bars.axis.last_time

    def begin(self, *, resume: bool) -> None:
        """Say that the container is ready; with ``resume``, after the bars of the journal that no snapshot has."""
        if resume and self._journal is not None:
            self._send_again(self._journal)
            self._catch_up(self._journal)
        bars = self.container.bars
        last = time_text(bars.axis.last_time)
        said = {
            "bars": self.container.count,
            "history": bars.n_history,
            "last": last,
            "next_sequence": self.container.n_events,
        }
        self._say(self._writer.notice("resumed" if resume else "started", **said))

    def run(self, feed: Feed) -> None:
        """Take the lines of a feed until it ends, the container does, or an interrupt comes; then keep the state."""
        try:
            lines = feed.lines()
            while self.container.ended is None:
                self._is_idle = True
                line = next(lines, _END)
                self._is_idle = False
                if line is _END:
                    break
                if isinstance(line, Said):
                    self._say(self._writer.notice(line.kind, **line.fields))
                elif line is not None:
                    with interrupts.waiting():
                        self.take(line)
                if self._is_stopped:
                    raise KeyboardInterrupt
                interrupts.check()
            self._stopped()
        finally:
            self.save()

    def stop(self) -> None:
        """Stop as an interrupt does, also where these are ignored: after the bar that is being taken, if any is."""
        self._is_stopped = True
        if self._is_idle:
            raise KeyboardInterrupt

    def take(self, line: Line) -> None:
        """Answer one line: a bar that is taken has its events, and anything else a notice.

        Raises DataError where bars come faster than the container's timeframe, and ResultsError where a bar cannot be
        written down: neither is taken.
        """
        self.n_lines += 1
        if not line.content.strip():
            return
        try:
            bar = self._reader.read(line.content)
        except DataError as problem:
            self._say(self._writer.notice("bad_line", line=self.n_lines, text=str(problem)))
            return
        refusal = self.container.refusal(bar)
        if refusal is not None:
            self._say(self._writer.notice("bad_line", line=self.n_lines, text=refusal))
            return
        last = self._last[-1].time if self._last else self.container.bars.axis.last_time
        if self._waiting and bar.time > self._waiting[0].time:
            # Symbols that have not come by now have no bar at that time.
            last = self._take_waiting()
        if bar.time <= last or (self._waiting and bar.time < self._waiting[0].time):
            self._refuse(bar, last, self._last)
            return
        if any(bar.symbol == other.symbol for other in self._waiting):
            self._refuse(bar, bar.time, self._waiting)
            return
        if not self._waiting:
            self._gap = self._hole(bar, last) if self._step else None
        self._waiting.append(bar)
        self._read = line.behind
        if len(self._waiting) == len(self.container.symbols):
            self._take_waiting()

    def _take_waiting(self) -> int:
        """Let the engine take the bars that have come of one time, which is returned."""
        bars, gap = tuple(self._waiting), self._gap
        if self._journal is not None:
            self._journal.take(bars, self._read)
        self._waiting = []
        self._step_to(bars, self._read, -1)
        count = self.container.count
        if gap is not None:
            self._say(self._writer.notice("gap", bar=count - 1, **gap))
        if self._journal is not None and count % self._every == 0:
            self.save()
        return bars[0].time

    def save(self) -> None:
        """Keep the state; where the system refuses, say so and go on: the bars themselves are written down."""
        count = self.container.count
        if self._journal is None or self._saved == count or self.container.ended is not None:
            return
        try:
            self._journal.save({**self.container.state(), "behind": np.array([self._behind], np.int64)})
            self._saved = count
        except ResultsError as problem:
            self._say(self._writer.notice("snapshot_failed", bar=count - 1, text=str(problem)))

    def close(self) -> None:
        """Give the broker and the journal up."""
        self._broker.close()
        if self._journal is not None:
            self._journal.close()

    def _step_to(self, bars: tuple[Bar, ...], behind: int, last_sequence: int) -> None:
        """One bar of the engine; its events up to ``last_sequence`` were written down before."""
        events = self.container.step(*bars)
        self._last, self._behind = bars, behind
        lines = self._writer.events(events, bars[0].time, self.container.bars.axis.time_before)
        updates = events["value"][events["kind"] == _UPDATE]
        if len(updates):
            self.equity = float(updates[-1])
        fresh = events["sequence"] > last_sequence
        if fresh.any():
            self._tell(events[fresh], [line for line, is_fresh in zip(lines, fresh, strict=True) if is_fresh])
        if self.container.ended is not None:
            self._say(self._writer.notice("ended", bar=self.container.count - 1, text=self.container.ended))

    def _tell(self, events: NDArray[np.void], lines: list[bytes]) -> None:
        written = self._broker.tell(events, lines)
        if self._journal is not None:
            self._journal.say(b"".join(written))
        if not self._all and len(written) == len(events):
            shown = ~np.isin(events["kind"], _ROUTINE)
            written = [line for line, is_shown in zip(written, shown, strict=True) if is_shown]
        self._write(b"".join(written))

    def _say(self, notice: bytes) -> None:
        if self._journal is not None:
            self._journal.say(notice)
        self._write(notice)

    def _write(self, content: bytes) -> None:
        waited = self._output.write(content)
        if waited > SLOW_SECONDS:
            self._say(self._writer.notice("slow_consumer", waited_seconds=round(waited, 3)))

    def _refuse(self, bar: Bar, last: int, known: Sequence[Bar]) -> None:
        said = {"line": self.n_lines, "symbol": bar.symbol, "time": time_text(bar.time), "last": time_text(last)}
        before = [other for other in known if (other.time, other.symbol) == (bar.time, bar.symbol)]
        if before or (bar.time == last and not self._last):
            same = bar == before[0] if before else None
            self._say(self._writer.notice("repeated_bar", **said, same_values=same))
        else:
            self._say(self._writer.notice("late_bar", **said))

    def _hole(self, bar: Bar, last: int) -> dict[str, object] | None:
        """What is said of bars that are missing before this one, if any are."""
        step = bar.time - last
        if step < self._shortest:
            raise DataError(
                f"line {self.n_lines} of the feed: a bar at {time_text(bar.time)}, {step / 1e9:g} s after the one "
                f"before; expected bars of {self._timeframe}, as the history has: is this feed of another timeframe?"
            )
        if 2 * step <= 3 * self._step:
            return None
        gaps = find_gaps(np.append(self.container.bars.axis.recent_times, bar.time), self._timezone, self._timeframe)
        found = [gap.missing for gap in gaps.longest if gap.end == bar.time]
        return {"after": time_text(last), "time": time_text(bar.time), "missing": found[0]} if found else None

    def _stopped(self) -> None:
        said: dict[str, Any] = {"bars": self.container.count, "lines": self.n_lines, "waiting": len(self._waiting)}
        said["equity"] = self.equity
        self._say(self._writer.notice("stopped", **said))

    def _send_again(self, journal: Journal) -> None:
        """Write the events of the newest bar once more, which may not have got out when the process ended."""
        for line in journal.newest():
            if self._all or not line.startswith(_ROUTINE_BEGINS):
                self._write(line.removesuffix(b"}\n") + b', "again": true}\n')

    def _catch_up(self, journal: Journal) -> None:
        state = journal.snapshot() if self.container.can_restore else None
        last_sequence = journal.last_sequence()
        # Events that were written before a snapshot are on the disk with it; without them all is run again.
        if state is not None and int(state["outcomes"][0, 2]) <= last_sequence + 1:
            self._behind = int(state.pop("behind")[0])
            try:
                self.container.restore(state)
            except (ValueError, KeyError) as problem:
                raise ResultsError(f"{journal.directory}: its snapshot is not of this container ({problem})") from None
            self._saved = self.container.count
        for taken in journal.taken(self.container.count):
            self._step_to(taken.bars, taken.behind, last_sequence)
