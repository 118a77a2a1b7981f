"""Sample bars: a seeded market that comes out as the same bytes on every machine.

Only integer arithmetic and + - * / sqrt on doubles are used, which IEEE 754 rounds in exactly one way.
Vectorised exp, log or normal deviates would be shorter, but their last bit depends on the processor. Sums run
in a fixed order (`cumprod` and Python loops, never `np.sum` over doubles) for the same reason.

The market: business days on New York's clock, without holidays. Each symbol's return is a common factor plus
its own; its variance follows GARCH(1, 1), so calm and wild stretches alternate; its drift changes regime
every few months, so that there are trends to follow; volume and variance of a session are U-shaped.
Timeframes are generated each on its own: the daily bars are not the sums of the minute bars.

The ragged sample is the same market with bars taken away: the second and third symbol are listed later, and
every symbol lacks about one bar in 32. What is left keeps its prices.
"""

from dataclasses import dataclass
from datetime import date
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.market_data import MarketData, build
from admf_jit.data.sessions import NS_PER_DAY, NS_PER_SECOND, utc_offset
from admf_jit.data.timeframe import normalise
from admf_jit.errors import DataError

SAMPLE_SEED = 1
TIMEZONE = "America/New_York"
_FIRST_DAY = (date(2015, 1, 2) - date(1970, 1, 1)).days
_OPENING_MINUTE = 9 * 60 + 30
_SESSION_MINUTES = 390
_MINUTE = 60 * NS_PER_SECOND
_STEPS = 8  # price moves inside a bar, between which its high and low lie
_DRAWS = 3  # 64-bit draws of a normal deviate, four 16-bit uniforms each
_REGIME_DRIFT = (-0.65, -0.25, 0.05, 0.4, 0.75)  # a year
_REGIME_SESSIONS = 70
_SESSIONS_A_YEAR = 252
_LISTED_EVERY = 20  # sessions from one listing of the ragged sample to the next
_LEAST_RAGGED = 60
_ONE_IN = np.uint64(32)


@dataclass(frozen=True)
class SampleSymbol:
    """What makes a sample symbol: first price, volatility a year, shares traded a session."""

    name: str
    price: float
    volatility: float
    volume: float


@dataclass(frozen=True)
class _Frame:
    """A timeframe's shape: minutes of a bar, sessions by default, GARCH alpha and beta, share of overnight
    variance.
    """

    minutes: int
    sessions: int
    alpha: float
    beta: float
    overnight: float

    @property
    def bars(self) -> int:
        return -(-_SESSION_MINUTES // self.minutes)


SAMPLE_SYMBOLS = (
    SampleSymbol("ALFA", 120.0, 0.28, 4_000_000.0),
    SampleSymbol("BETA", 45.0, 0.34, 9_000_000.0),
    SampleSymbol("GAMA", 260.0, 0.25, 1_500_000.0),
)
_FRAMES = {
    "1m": _Frame(1, 100, 0.03, 0.965, 0.25),
    "5m": _Frame(5, 252, 0.04, 0.95, 0.25),
    "15m": _Frame(15, 252, 0.05, 0.935, 0.25),
    "1h": _Frame(60, 504, 0.07, 0.91, 0.25),
    "1d": _Frame(_SESSION_MINUTES, 2520, 0.08, 0.90, 0.25),
}
SAMPLE_TIMEFRAMES = tuple(_FRAMES)


def generate_sample(
    timeframe: str | None = None, *, sessions: int | None = None, seed: int = SAMPLE_SEED, ragged: bool = False
) -> MarketData:
    """Return the sample's three symbols in bars of `timeframe` (1m, 5m, 15m, 1h, 1d; 1d by default).

    `sessions` is the number of business days from 2015-01-02 on (by default 2,520 for 1d, 100 for 1m); fewer
    sessions of the same seed are the beginning of more. Daily bars carry New York's midnight, shorter ones
    their opening time.

    With `ragged`, which takes at least 60 sessions, BETA is listed in the 21st session and GAMA in the 41st, and
    each symbol lacks bars of its own; times at which none has a bar are left out.
    """
    name = normalise(timeframe or "1d")
    if name not in _FRAMES:
        raise DataError(f"timeframe: the sample has {', '.join(_FRAMES)}, not {timeframe!r}")
    shape = _FRAMES[name]
    count = shape.sessions if sessions is None else sessions
    if count * shape.bars < 2:
        raise DataError(f"sessions: {count} of {name} bars is too few; at least 2 bars are needed")
    if ragged and count < _LEAST_RAGGED:
        raise DataError(f"sessions: {count} is too few for the ragged sample; at least {_LEAST_RAGGED} are needed")
    time = _times(shape, count)
    market = _normals(seed, 0, len(time))
    columns = [_bars(symbol, shape, market, seed, row + 1) for row, symbol in enumerate(SAMPLE_SYMBOLS)]
    values = {column: np.stack([bars[column] for bars in columns]) for column in columns[0]}
    if ragged:
        time, values = _without_some(time, values, shape, seed)
    symbols = tuple(symbol.name for symbol in SAMPLE_SYMBOLS)
    return build("sample", symbols, time, values, timezone=TIMEZONE, timeframe=name)


def _without_some(
    time: NDArray[np.int64], values: dict[str, NDArray[np.float64]], shape: _Frame, seed: int
) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]:
    """Return the axis (n_bars,) and columns (n_symbols, n_bars) of the ragged sample."""
    n_symbols, n_bars = values["close"].shape
    present = np.stack([_random(seed, 200 + row, n_bars) % _ONE_IN != 0 for row in range(n_symbols)])
    for row in range(n_symbols):
        present[row, : row * _LISTED_EVERY * shape.bars] = False
    anybody = present.any(axis=0)
    left = {
        column: np.where(present, bars, 0.0 if column == "volume" else np.nan)[:, anybody]
        for column, bars in values.items()
    }
    return time[anybody], left


def _times(shape: _Frame, sessions: int) -> NDArray[np.int64]:
    days = np.arange(_FIRST_DAY, _FIRST_DAY + sessions * 7 // 5 + 7, dtype=np.int64)
    days = days[(days + 3) % 7 < 5][:sessions]
    # Clocks change on Sundays: noon tells the offset of the whole business day.
    midnight = days * NS_PER_DAY - utc_offset(days * NS_PER_DAY + NS_PER_DAY // 2, TIMEZONE)
    if shape.bars == 1:
        return midnight
    minute = _OPENING_MINUTE + np.arange(shape.bars, dtype=np.int64) * shape.minutes
    return np.asarray((midnight[:, None] + minute * _MINUTE).reshape(-1), np.int64)


def _bars(
    symbol: SampleSymbol, shape: _Frame, market: NDArray[np.float64], seed: int, stream: int
) -> dict[str, NDArray[np.float64]]:
    """Return the five columns (n_bars,) of one symbol."""
    n_bars = len(market)
    own = _normals(seed, stream, n_bars)
    moves = 0.6 * market + 0.8 * own
    position = (np.arange(n_bars) % shape.bars + 0.5) / shape.bars
    u_shape = 0.4 + 1.8 * (2.0 * position - 1.0) ** 2 if shape.bars > 1 else np.ones(n_bars)
    variance = _garch(moves, shape)
    session_variance = symbol.volatility * symbol.volatility / _SESSIONS_A_YEAR
    scale = np.sqrt(session_variance * (1.0 - shape.overnight) / shape.bars * variance * u_shape)
    drift = _drift(n_bars, shape, seed, stream)
    returns = moves[:, 1:] * (scale / sqrt(_STEPS))[:, None] + (drift / (shape.bars * _STEPS))[:, None]
    opening = _opening_returns(moves[:, 0], scale, variance, session_variance, shape)
    factors = 1.0 + np.concatenate([opening[:, None], returns], axis=1)
    path = np.cumprod(factors.reshape(-1)).reshape(n_bars, _STEPS + 1) * symbol.price
    path = np.maximum(np.rint(path * 100.0), 1.0) / 100.0
    volume = _volume(symbol, shape, moves, variance * u_shape, own)
    return {
        "open": path[:, 0],
        "high": path.max(axis=1),
        "low": path.min(axis=1),
        "close": path[:, -1],
        "volume": volume,
    }


def _opening_returns(
    moves: NDArray[np.float64],
    scale: NDArray[np.float64],
    variance: NDArray[np.float64],
    session_variance: float,
    shape: _Frame,
) -> NDArray[np.float64]:
    """Return the move from each close to the next open: the night's for a session's first bar, else a small
    one.
    """
    opening = moves * scale * 0.2
    first = slice(0, None, shape.bars)
    opening[first] = moves[first] * np.sqrt(session_variance * shape.overnight * variance[first])
    return np.asarray(opening, np.float64)


def _garch(moves: NDArray[np.float64], shape: _Frame) -> NDArray[np.float64]:
    """Return GARCH(1, 1) variances around 1, each from the bar's predecessor and its return."""
    unit = moves[:, 1].copy()
    for step in range(2, _STEPS + 1):
        unit += moves[:, step]
    shocks = (unit * unit / _STEPS).tolist()
    base = 1.0 - shape.alpha - shape.beta
    level = 1.0
    variances = []
    for shock in shocks:
        variances.append(level)
        level = base + (shape.alpha * shock + shape.beta) * level
        if level > 12.0:
            level = 12.0
    return np.array(variances)


def _drift(n_bars: int, shape: _Frame, seed: int, stream: int) -> NDArray[np.float64]:
    """Return the drift of a session at each bar: a regime lasts `_REGIME_SESSIONS` on average."""
    n_sessions = -(-n_bars // shape.bars)
    draws = _random(seed, 100 + stream, n_sessions).tolist()
    regime = 0.0
    drift = []
    for session, draw in enumerate(draws):
        if session == 0 or draw % _REGIME_SESSIONS == 0:
            regime = _REGIME_DRIFT[(draw >> 32) % len(_REGIME_DRIFT)] / _SESSIONS_A_YEAR
        drift.append(regime)
    return np.repeat(np.array(drift), shape.bars)[:n_bars]


def _volume(
    symbol: SampleSymbol,
    shape: _Frame,
    moves: NDArray[np.float64],
    activity: NDArray[np.float64],
    own: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return whole shares: more when the bar is wild, and at the ends of the session."""
    noise = 0.5 + 0.25 * np.abs(moves[:, 1] + moves[:, 2]) + 0.25 * np.abs(own[:, 0])
    return np.asarray(np.maximum(np.rint(symbol.volume / shape.bars * np.sqrt(activity) * noise), 1.0))


def _normals(seed: int, stream: int, n_bars: int) -> NDArray[np.float64]:
    """Return (n_bars, _STEPS + 1) standard deviates: centred sums of twelve uniforms, which are nearly
    normal.
    """
    count = n_bars * (_STEPS + 1)
    draws = _random(seed, stream, count * _DRAWS)
    # Four 16-bit numbers of a draw are added as two pairs side by side, in the 32-bit halves of the word.
    halves = np.uint64(0x0000FFFF0000FFFF)
    pairs = (draws & halves) + ((draws >> np.uint64(16)) & halves)
    pairs = pairs[0::_DRAWS] + pairs[1::_DRAWS] + pairs[2::_DRAWS]
    total = ((pairs & np.uint64(0xFFFFFFFF)) + (pairs >> np.uint64(32))).astype(np.int64)
    centred = (total * 2 - 4 * _DRAWS * 65535).astype(np.float64)
    return np.asarray((centred / (2.0 * 65536.0)).reshape(n_bars, _STEPS + 1))


def _random(seed: int, stream: int, count: int) -> NDArray[np.uint64]:
    """Return `count` draws of SplitMix64 (Steele, Lea and Flood 2014): draw i depends on seed, stream and i
    alone.
    """
    start = _mixed(_mixed(np.array([seed % 2**64], np.uint64)) + np.uint64(stream))
    return _mixed(start + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
