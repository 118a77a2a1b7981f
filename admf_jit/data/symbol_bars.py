"""How bars that an indicator is computed on are named: of a longer timeframe, of another symbol, or of both.

"1h" are the hourly bars of the symbol that reads, "@SPY" the bars of SPY, "1h@SPY" its hourly ones.
"""

_OF = "@"


def named_bars(timeframe: str | None, symbol: str | None) -> str | None:
    """The name of bars; None for those that the symbol itself has."""
    return timeframe if symbol is None else f"{timeframe or ''}{_OF}{symbol}"


def parted_bars(name: str) -> tuple[str | None, str | None]:
    """The timeframe of bars, None for that of the data, and their symbol, None for the one that reads them."""
    timeframe, of, symbol = name.partition(_OF)
    return timeframe or None, symbol if of else None
