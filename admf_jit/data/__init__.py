"""Market data: reading, checking, storing and the built-in sample. Pandas is imported only where a file is
read.
"""

from admf_jit.data.gaps import Gap
from admf_jit.data.higher_timeframe import HigherBars, completed_bars
from admf_jit.data.loader import load
from admf_jit.data.market_data import MarketData
from admf_jit.data.sample import SAMPLE_SYMBOLS, SAMPLE_TIMEFRAMES, generate_sample
from admf_jit.data.store import open_store, write_store

__all__ = [
    "SAMPLE_SYMBOLS",
    "SAMPLE_TIMEFRAMES",
    "Gap",
    "HigherBars",
    "MarketData",
    "completed_bars",
    "generate_sample",
    "load",
    "open_store",
    "write_store",
]
