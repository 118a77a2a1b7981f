"""Bars, arguments and the plain Python code for tests of every indicator that is registered."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from admf_jit.strategies.compiled import load_function, write_module
from admf_jit.strategies.formula import formula
from admf_jit.strategies.generate_column import generate_column
from admf_jit.strategies.indicators import KINDS, IndicatorKind, kind_against
from tests.reference.indicator_steps import Columns

Numbers = NDArray[np.float64]
N = 120


def _bars(close: Numbers, seed: int, spread: float = 0.006, ticks: int = 2) -> dict[str, Numbers]:
    generator = np.random.default_rng(seed)
    n = len(close)
    open_ = np.concatenate([close[:1], close[:-1]]) * (1.0 + spread * (generator.random(n) - 0.5))
    high = np.maximum(open_, close) * (1.0 + spread * generator.random(n))
    low = np.minimum(open_, close) * (1.0 - spread * generator.random(n))
    columns = {"open": open_, "high": high, "low": low, "close": close}
    columns = {name: np.round(values, ticks) for name, values in columns.items()}
    return columns | {"volume": generator.integers(0, 9, n) * generator.integers(1, 500, n).astype(float)}


def _still() -> dict[str, Numbers]:
    level = np.full(N, 9.4)
    return {**dict.fromkeys(("open", "high", "low", "close"), level), "volume": np.full(N, 7.0)}


def _spike() -> dict[str, Numbers]:
    bars = {name: np.full(N, 9.4) for name in ("open", "high", "low", "close")}
    bars["high"][N // 3] = bars["close"][N // 3] = 9.4e9
    bars["open"][N // 3 + 1] = bars["high"][N // 3 + 1] = 9.4e9
    return {**bars, "volume": np.where(np.arange(N) == N // 3, 1e12, 3.0)}


def _walk(seed: int, step: float) -> Numbers:
    return np.asarray(100.0 * np.cumprod(1.0 + step * np.random.default_rng(seed).standard_normal(N)))


def _offset() -> dict[str, Numbers]:
    close = 1e9 + 0.01 * np.random.default_rng(5).standard_normal(N)
    return _bars(close, 6, 1e-11, 4)


#: Five markets: days, minutes with equal prices, one that stands still, one with a spike, one far from zero.
MARKETS: dict[str, Callable[[], dict[str, Numbers]]] = {
    "days": lambda: _bars(_walk(1, 0.02), 2),
    "minutes": lambda: _bars(_walk(3, 0.0003), 4, 0.0004),
    "still": _still,
    "spike": _spike,
    "offset": _offset,
}
#: Arguments that an indicator is tested with, where not those that it has by itself and shorter ones.
ARGUMENTS: dict[str, list[tuple[float, ...]]] = {
    "adxr": [(5, 0), (5, 1)],
    "anchored_vwap": [(0,), (7,)],
    "choppiness": [(14,), (2,)],
    "dema": [(6, 0), (6, 1)],
    "hurst": [(8,), (50,)],
    "ichimoku": [(9, 26, 52, 26), (1, 2, 3, 1)],
    "kst": [(10, 15, 20, 30, 10, 10, 10, 15, 9), (1, 2, 3, 4, 5, 1, 6, 2, 1)],
    "percent_rank": [(40,), (1,)],
    "point_of_control": [(50, 24), (1, 1)],
    "quantile": [(10, 0.5), (13, 0.3), (1, 1.0), (20, 1.0)],
    "hma": [(2,), (16,), (21,)],
    "kama": [(10, 2, 30), (1, 2, 30)],
    "stochrsi": [(7, 14, 3), (14, 5, 1), (3, 1, 4)],
    "t3": [(5, 0.7)],
    "tema": [(5, 0), (5, 1)],
    "trima": [(1,), (2,), (9,), (10,)],
    "trix": [(5, 0), (5, 1)],
}


@cache
def market(name: str) -> dict[str, Numbers]:
    columns = MARKETS[name]()
    return {**columns, "session": np.arange(N, dtype=np.int64) // 40, "source": columns["close"]}


def arguments_of(name: str) -> list[tuple[float, ...]]:
    """The tuples of arguments that an indicator is tested with."""
    if name in ARGUMENTS:
        return ARGUMENTS[name]
    kind = KINDS[name]
    plain = tuple(
        10 if a.default is None else a.choices.index(str(a.default)) if a.choices else a.default for a in kind.arguments
    )
    cases = [plain]
    if kind.arguments and kind.arguments[0].whole and len([a for a in kind.arguments if not a.choices]) == 1:
        cases += [(max(int(kind.arguments[0].minimum), 2), *plain[1:])]
    if kind.arguments and kind.arguments[-1].choices:
        cases += [(*case[:-1], choice) for case in cases for choice in range(1, len(kind.arguments[-1].choices))]
    return list(dict.fromkeys(cases))


def kind_of(name: str) -> IndicatorKind:
    """The kind; one of two columns reads volume besides its source."""
    return kind_against(KINDS[name], "volume") if "against" in KINDS[name].inputs else KINDS[name]


def warmup_of(name: str, arguments: tuple[float, ...]) -> int:
    names = [argument.name for argument in KINDS[name].arguments]
    return int(formula(KINDS[name].warmup).value(dict(zip(names, arguments, strict=True))))


@cache
def _recorder(name: str) -> Callable[..., None]:
    return load_function(write_module(generate_column(kind_of(name))), "record_column").function


def outputs_of(name: str, arguments: tuple[float, ...], columns: dict[str, Numbers]) -> Numbers:
    """Outputs at every bar, float64 (n_outputs, n_bars), by the code that containers share; NaN before the warm-up."""
    kind, record = kind_of(name), _recorder(name)
    order = ("session", "open", "high", "low", "close", "volume", "source")
    given = [np.ascontiguousarray(columns[each]) for each in order]
    for array in given:
        array.flags.writeable = False
    outputs = np.full((len(kind.outputs), len(given[0])), np.nan)
    record(*given, np.array(arguments, np.float64), outputs)
    outputs[:, : warmup_of(name, arguments)] = np.nan
    return outputs


def as_lists(columns: dict[str, Numbers]) -> Columns:
    o, h, lo, c, v, s, x = (
        columns[name].tolist() for name in ("open", "high", "low", "close", "volume", "session", "source")
    )
    return Columns(o, h, lo, c, v, s, x)
