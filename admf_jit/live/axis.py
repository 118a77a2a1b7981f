"""The times of the bars of a container that goes on, and what follows from them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data import MarketData
from admf_jit.data.axis_clock import AxisClock
from admf_jit.data.higher_timeframe import Moment
from admf_jit.data.sessions import NS_PER_DAY
from admf_jit.live.reels import Reel

#: Bars whose times tell a hole from a pause of the market.
_RECENT = 4_096


class Axis:
    """Time, session and clock of the bars that have come; ``count`` is how many, the history's apart.

    ``session`` is the number of the newest bar's session, counted as the history's are, and ``clock`` its clock.
    """

    def __init__(self, history: MarketData, keep: int, capacity: int) -> None:
        self.count = 0
        self.last_time = int(history.time[-1])
        self.session = int(history.session[-1])
        self.capacity = capacity
        self._keep = keep
        self._recent: deque[int] = deque(history.time[-_RECENT:].tolist(), _RECENT)
        begins = 0 if history.calendar is None else history.calendar.begins
        self._clock = AxisClock(history.timezone, begins, session=self.session - 1)
        self.clock = self._clock.take(self.last_time)[1]
        self._first_session = 0
        self._reels = {name: Reel((), np.int64, capacity) for name in ("time", "session", "clock")}

    def columns(self, n_bars: int) -> tuple[NDArray[Any], ...]:
        """Time, session and clock as an engine takes them."""
        return tuple(reel.view[:n_bars] for reel in self._reels.values())

    @property
    def time_before(self) -> int:
        """The time of the bar before the newest one."""
        return self._recent[-2]

    @property
    def recent_times(self) -> NDArray[np.int64]:
        """Times of the newest bars, those of the history among them."""
        return np.array(self._recent, np.int64)

    def append(self, time: int, closes: bool) -> None:
        """Take the next time; ``closes`` says that no other of its session follows."""
        t = self.count
        self.session, self.clock = self._clock.take(time)
        if t == 0:
            self._first_session = self.session
        session = self.session - self._first_session
        reels = self._reels
        reels["time"].array[t], reels["clock"].array[t], reels["session"].array[t] = time, self.clock, session
        # Orders that fill at the last close of a session look at the session of the bar that follows.
        reels["session"].array[t + 1] = session + closes
        self.count, self.last_time = t + 1, time
        self._recent.append(time)

    def moment(self, length: int) -> Moment:
        """When the newest bar opens, which takes ``length`` nanoseconds."""
        time, offset = self.last_time, self._clock.offset(self.last_time)
        end_offset = self._clock.offset(time + length) if length < NS_PER_DAY else offset
        return Moment(time, self._clock.today, self.clock, offset, end_offset)

    def give_back(self) -> None:
        """Let go of bars that nobody looks at any more."""
        for reel in self._reels.values():
            reel.release(self.count - self._keep)

    def state(self) -> dict[str, NDArray[Any]]:
        """What has to be kept."""
        assert self._clock.today is not None
        numbers = [self.count, self.last_time, self._first_session, self._clock.session, self._clock.today]
        part = slice(max(0, self.count - self._keep), self.count + 1)
        columns = {name: reel.array[part] for name, reel in self._reels.items()}
        return {"axis": np.array(numbers, np.int64), "recent": self.recent_times, **columns}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what was kept."""
        self.count, self.last_time, self._first_session, self._clock.session, self._clock.today = state["axis"].tolist()
        self.session = self._clock.session
        self._recent.extend(state["recent"].tolist())
        for name, reel in self._reels.items():
            reel.array[self.count + 1 - len(state[name]) : self.count + 1] = state[name]
