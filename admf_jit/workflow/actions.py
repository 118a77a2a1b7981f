"""Columns of the data that act on positions: whether they are there, and hold what they have to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import Config
from admf_jit.config.account import COLUMNS
from admf_jit.data import MarketData
from admf_jit.data.features import is_joined
from admf_jit.errors import ConfigError, closest

#: What stands in each of the columns, and the values that cannot be meant.
_MEANT = {"funding": "rates of a payment between -1 and 1, such as 0.0001 (0.01 %)"}


def check_actions(config: Config, data: MarketData) -> None:
    """Refuse columns that the data does not have, that were joined, or that hold what cannot be meant."""
    for key in COLUMNS:
        path = f"account.{key}"
        swept = config.optimization.values(path) if path in config.optimization.parameters else ()
        for name in dict.fromkeys((getattr(config.account, key), *swept)):
            if name is not None:
                _check(path, key, str(name), data)


def _check(path: str, key: str, name: str, data: MarketData) -> None:
    if name not in data.extra:
        hint = closest(name, data.extra)
        raise ConfigError(
            f"{path}: no column is called {name!r}: the data has "
            f"{', '.join(map(repr, data.extra)) or 'no columns of your own'}"
            + (f"; did you mean {hint!r}?" if hint else "")
            + f"; columns besides the prices are taken when they are asked for: aj.load(..., extra=[{name!r}]), "
            "data.format.extra in YAML"
        )
    if is_joined(data, name):
        raise ConfigError(
            f"{path}: column {name!r} was joined as of each bar, so that every bar repeats the value before; expected "
            "a column of the bars themselves, with a value at the bars of the events alone"
        )
    values = data.extra[name]
    bad = np.argwhere(_is_bad(key, values))
    if len(bad):
        row, bar = bad[0].tolist()
        moment = np.datetime64(int(data.time[bar]), "ns").astype("datetime64[s]")
        raise ConfigError(
            f"{path}: column {name!r} of {data.symbols[row]} is {values[row, bar]:g} at bar {bar} ({moment}Z); "
            f"expected {_MEANT[key]}, and nothing (NaN or 0) elsewhere"
        )


def _is_bad(key: str, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.abs(values) >= 1.0
