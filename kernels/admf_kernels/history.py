"""The bars that warm indicators up before evaluation begins: ``docs/trading-model.md`` section 1."""

from typing import Any, NamedTuple

from .compilation import hot_kernel


class IndicatorBars(NamedTuple):
    """What indicators are fed: the evaluated bars, and before them those of the history.

    session (n_history + n_bars,), the others of all symbols, (n_symbols, n_history + n_bars), or of one of them.
    """

    session: Any
    open: Any
    high: Any
    low: Any
    close: Any
    volume: Any


@hot_kernel
def bars_of_symbol(source, symbol):
    """The columns of one symbol."""
    return IndicatorBars(
        source.session,
        source.open[symbol],
        source.high[symbol],
        source.low[symbol],
        source.close[symbol],
        source.volume[symbol],
    )


@hot_kernel
def first_evaluated(warmup, n_history, begin):
    """The first bar, counted from where evaluation may begin, at which a strategy with this warm-up is evaluated.

    ``warmup`` counts bars of the history too; ``begin`` is the first bar that the settings allow.
    """
    return max(warmup - n_history, begin)
