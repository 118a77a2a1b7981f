"""The columns of the bars, to declare expressions of: ``aj.close / aj.open``."""

from admf_jit.strategies.indicators import COLUMN, COLUMNS, Indicator

open, high, low, close, volume = (Indicator(COLUMN, (), name) for name in COLUMNS)  # noqa: A001
