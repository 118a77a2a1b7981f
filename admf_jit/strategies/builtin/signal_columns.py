"""Signals that stand in columns of one's own: `strategy: {type: signals, entries: buy}`."""

from collections.abc import Mapping
from dataclasses import replace

import admf_jit as aj
from admf_jit.errors import StrategyError
from admf_jit.strategies.declaration import Definition, Parameter, definition_of

#: The kinds of signals.
KINDS = ("entries", "exits", "short_entries", "short_exits")


@aj.strategy
class SignalColumns:
    """Enters and leaves where columns of the data are above 0."""

    has_entries: bool = False
    has_exits: bool = False
    has_short_entries: bool = False
    has_short_exits: bool = False

    entries = aj.column("entries")
    exits = aj.column("exits")
    short_entries = aj.column("short_entries")
    short_exits = aj.column("short_exits")

    def on_bar(self, bar, position):
        """Answer the signals of this bar."""
        return aj.signals(
            self.has_entries and self.entries > 0.0,
            self.has_exits and self.exits > 0.0,
            self.has_short_entries and self.short_entries > 0.0,
            self.has_short_exits and self.short_exits > 0.0,
        )


def signal_columns(columns: Mapping[str, str]) -> Definition:
    """The strategy that takes each kind of signal from the column of this name; kinds without one are never given.

    Raises StrategyError where it could never enter.
    """
    entering = columns.get("entries", columns.get("short_entries"))
    if entering is None:
        raise StrategyError("strategy.type: signals needs entries or short_entries: a column of the data")
    definition = definition_of(SignalColumns)
    indicators = {kind: aj.column(columns.get(kind, entering)) for kind in KINDS}
    parameters = {f"has_{kind}": Parameter(bool, kind in columns) for kind in KINDS}
    return replace(definition, indicators=indicators, parameters=parameters)
