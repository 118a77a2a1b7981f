"""The bars that the reference runs on: plain lists, one item per bar."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

NANOSECONDS_PER_YEAR = 365.25 * 24 * 3600 * 1e9


@dataclass(frozen=True)
class Bars:
    """Columns of one symbol; `time` in UTC nanoseconds, `session` the count of trading days up to the bar."""

    time: list[int]
    session: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]
    volume: list[float]

    def __len__(self) -> int:
        return len(self.time)

    @property
    def per_year(self) -> float:
        """Bars per year (section 1)."""
        return (len(self) - 1) * NANOSECONDS_PER_YEAR / (self.time[-1] - self.time[0])


def bars_from_frame(frame: "pd.DataFrame") -> Bars:
    """Take a frame indexed by UTC time; a new session begins with every UTC day that has bars."""
    days = [moment.date() for moment in frame.index]
    session, sessions = -1, []
    for place, day in enumerate(days):
        session += place == 0 or day != days[place - 1]
        sessions.append(session)
    names = ("open", "high", "low", "close", "volume")
    columns = {name: [float(value) for value in frame[name]] for name in names}
    return Bars([moment.value for moment in frame.index], sessions, **columns)
