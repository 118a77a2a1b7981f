"""Where two backtests part: the first event that differs, what led to it on both sides, and settings that differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from admf_jit.errors import ResultsError
from admf_jit.live.history import History
from admf_jit.live.parting import Parting, chain_lines, different_settings, parting_of
from admf_jit.results import BacktestResult
from admf_jit.results.identity import Identity

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Difference:
    """Where two results part; ``parting`` is None where they have the same events, bit for bit.

    ``settings`` has the value on both sides of each setting that differs, by its dotted name.
    """

    parting: Parting | None
    settings: dict[str, tuple[Any, Any]]
    titles: tuple[str, str]

    @property
    def same(self) -> bool:
        """Whether both have the same events."""
        return self.parting is None

    @property
    def events(self) -> pd.DataFrame:
        """The first event that differs on each side and what led to it, newest first; ``side`` is "A" or "B"."""
        import pandas as pd

        chains = () if self.parting is None else (("A", self.parting.left), ("B", self.parting.right))
        return pd.DataFrame([{"side": side, **event} for side, chain in chains for event in chain])

    def __repr__(self) -> str:
        lines = ["the same events, bit for bit"]
        if self.parting is not None:
            lines = [f"they part at bar {self.parting.bar}, {self.parting.time}"]
            for side, title, chain in zip("AB", self.titles, (self.parting.left, self.parting.right), strict=True):
                lines += [f"{side}: {title}", *(chain_lines(chain) if chain else ["  no more events"])]
        named = [f"  {name}: {one!r:.30}, {other!r:.30}" for name, (one, other) in self.settings.items()]
        return "\n".join([*lines, *(["settings that differ (A, B):", *named] if named else ["settings: the same"])])


def diff(left: BacktestResult, right: BacktestResult) -> Difference:
    """Find the first event at which two backtests part, what led to it on both sides, and settings that differ.

    Parameters
    ----------
    left, right
        Results of ``aj.backtest`` or of ``many.container(i)``; ``many.diff(3, 17)`` takes rows of one sweep.

    Raises
    ------
    ResultsError
        For anything else.
    """
    sides = [_history(result) for result in (left, right)]
    return Difference(parting_of(*sides), different_settings(*sides), (sides[0].title, sides[1].title))


def _history(result: BacktestResult) -> History:
    if not isinstance(result, BacktestResult):
        raise ResultsError(
            f"diff: {type(result).__name__} is no result of a backtest; expected what aj.backtest or "
            "many.container(i) returns, or many.diff(3, 17)"
        )
    identity = Identity("", result.container_id, "")
    settings = dict(result.parameters) if result.settings_for is None else dict(result.settings_for())
    title = f"{result.container_id} " + ", ".join(f"{name} {value}" for name, value in result.parameters.items())
    times = result.data.time[result.records["bar"]]
    return History(title, identity, result.records, times, result.data.symbols, settings, result.error)
