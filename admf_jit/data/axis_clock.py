"""Sessions and the clock of bars that come one after the other: ``sessions.axis_columns``, a bar at a time."""

from __future__ import annotations

from bisect import bisect_right

from admf_jit.data.sessions import NS_PER_DAY, before_midnight, offset_table

_YEAR = 366 * NS_PER_DAY


class AxisClock:
    """What follows from the time of a bar: the number of its session, and the zone's clock.

    ``begins`` is when days begin on the evening before, in ns since midnight, or 0. The state is ``today``, the local
    day of the last bar, or None before the first, and ``session``, the number of its session.
    """

    def __init__(self, timezone: str, begins: int = 0, today: int | None = None, session: int = -1) -> None:
        self.today = today
        self.session = session
        self._timezone = timezone
        self._before = before_midnight(begins)
        self._starts: list[int] = []
        self._offsets: list[int] = []
        self._known = (0, 0)

    def take(self, time: int) -> tuple[int, int]:
        """Take the bar that opens at ``time``, ns since the epoch: its session, and its clock in ns since midnight."""
        local = time + self.offset(time)
        day = (local + self._before) // NS_PER_DAY
        if self.today is not None:
            day = max(day, self.today)
        self.session += day != self.today
        self.today = day
        return self.session, local - day * NS_PER_DAY

    def offset(self, time: int) -> int:
        """What the zone's clock is ahead of UTC at a moment, in ns."""
        first, last = self._known
        if not first <= time < last:
            self._known = first, last = time - _YEAR, time + _YEAR
            table = offset_table(self._timezone, first, last)
            self._starts, self._offsets = table.starts.tolist(), table.offsets.tolist()
        return self._offsets[bisect_right(self._starts, time) - 1]
