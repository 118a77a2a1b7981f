"""Columns of the data that act on positions: whether they are there, and hold what they have to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from admf_jit.config import Config
from admf_jit.config.account import COLUMNS
from admf_jit.data import MarketData
from admf_jit.data.features import is_joined
from admf_jit.errors import ConfigError
from admf_jit.strategies.own_columns import unknown_column
from admf_jit.strategies.source import StrategySource

#: What stands in each of the columns, and the values that cannot be meant.
_MEANT = {
    "funding": "rates of a payment between -1 and 1, such as 0.0001 (0.01 %)",
    "dividends": "amounts a share above 0, and below the close of the bar before",
    "splits": "how many new shares one old share becomes, above 0",
}
#: What on_bar cannot read of a position whose shares may change.
_OF_OLD_SHARES = ("highest_since_entry", "lowest_since_entry")


def check_actions(config: Config, source: StrategySource, data: MarketData) -> None:
    """Refuse columns that the data does not have, that were joined, or that hold what cannot be meant.

    A strategy that compares prices of old and of new shares is refused too.
    """
    for key in COLUMNS:
        path = f"account.{key}"
        swept = config.optimization.values(path) if path in config.optimization.parameters else ()
        for name in dict.fromkeys((getattr(config.account, key), *swept)):
            if name is None:
                continue
            _check(path, key, str(name), data)
            if key == "splits" and (read := next((one for one in source.reads if one in _OF_OLD_SHARES), None)):
                raise ConfigError(
                    f"{path}: on_bar reads position.{read}, which over a split would be of prices of old and of new "
                    "shares; expected adjusted prices (data.format.price: adjusted), or a strategy that does not"
                )


def _check(path: str, key: str, name: str, data: MarketData) -> None:
    if name not in data.extra:
        raise ConfigError(f"{path}: {unknown_column(name, data)}")
    if is_joined(data, name):
        raise ConfigError(
            f"{path}: column {name!r} was joined as of each bar, so that every bar repeats the value before; expected "
            "a column of the bars themselves, with a value at the bars of the events alone"
        )
    values = data.extra[name]
    before = np.concatenate([np.full((len(values), 1), np.nan), data.close[:, :-1]], axis=1)
    if data.has_missing_bars:
        for row, closes in enumerate(before):
            known = np.maximum.accumulate(np.where(np.isnan(closes), 0, np.arange(len(closes))))
            before[row] = closes[known]
    bad = np.argwhere(is_bad(key, values, before))
    if len(bad):
        row, bar = bad[0].tolist()
        moment = np.datetime64(int(data.time[bar]), "ns").astype("datetime64[s]")
        raise ConfigError(
            f"{path}: column {name!r} of {data.symbols[row]} is {values[row, bar]:g} at bar {bar} ({moment}Z); "
            f"expected {_MEANT[key]}, and nothing (NaN or 0) elsewhere"
        )


def is_bad(key: str, values: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which values of a column cannot be meant; ``before`` are the closes before, NaN where there is none."""
    if key == "funding":
        return np.abs(values) >= 1.0
    if key == "splits":
        return values < 0.0
    return (values < 0.0) | (values >= before)


def what_is_meant(key: str) -> str:
    """What a column holds."""
    return _MEANT[key]
