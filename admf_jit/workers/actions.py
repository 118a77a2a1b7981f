"""Values of columns that act on positions, such as rates of funding, as engines take them: by bar, none of them 0."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from admf_jit.config.account import COLUMNS
from admf_jit.data import MarketData
from admf_kernels.constants import ACTION_DTYPE

_Asked = tuple[tuple[int, ...], int | None]


def actions_of(data: MarketData, settings: NDArray[Any], symbol: int | None = None) -> NDArray[np.void]:
    """The actions that containers with these ``settings`` ask for, ACTION_DTYPE, by bar; of one ``symbol`` as symbol 0.

    They are kept for as long as the data is.
    """
    columns = [column for column in (settings[f"{key}_column"] for key in COLUMNS) if column.any()]
    codes = {int(code) for column in columns for code in np.unique(column)} - {0}
    if not codes:
        return _none()
    asked = tuple(sorted(codes)), symbol
    kept = _kept.setdefault(data, {})
    if asked not in kept:
        kept[asked] = _read_only(_made(data, *asked))
    return kept[asked]


def _made(data: MarketData, codes: tuple[int, ...], symbol: int | None) -> NDArray[np.void]:
    values = tuple(data.extra.values())
    parts = []
    for code in codes:
        column = values[code - 1] if symbol is None else values[code - 1][symbol : symbol + 1]
        rows, bars = np.nonzero(~np.isnan(column) & (column != 0.0))
        part = np.zeros(len(bars), ACTION_DTYPE)
        part["bar"], part["symbol"], part["column"], part["value"] = bars, rows, code, column[rows, bars]
        parts.append(part)
    actions = np.concatenate(parts)
    return actions[np.argsort(actions["bar"], kind="stable")]


def _read_only(actions: NDArray[np.void]) -> NDArray[np.void]:
    actions.flags.writeable = False
    return actions


@lru_cache
def _none() -> NDArray[np.void]:
    return _read_only(np.zeros(0, ACTION_DTYPE))


_kept: WeakKeyDictionary[MarketData, dict[_Asked, NDArray[np.void]]] = WeakKeyDictionary()
