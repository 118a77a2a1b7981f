"""Signals and orders that a backtest was given for its bars: a live run has them from its feed, bar by bar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from admf_jit.config import Config
from admf_jit.data import MarketData
from admf_jit.data.bar_columns import OWN
from admf_jit.data.given import QUANTITIES
from admf_jit.workflow.run_data import load_data
from admf_kernels.constants import SIGNALS

_MODULE = "admf_jit.strategies.builtin."
#: What runs them bar by bar, and the columns of the feed that it reads, 0 for none.
_FED = {
    f"{_MODULE}fed:FedEntries": ("entries", "exits"),
    f"{_MODULE}fed:FedSignals": ("entries", "exits", "short_entries", "short_exits"),
    f"{_MODULE}fed:FedOrders": ("quantity",),
}
_ENTRIES, _SIGNALS, _ORDERS = _FED


def load_history(config: Config) -> MarketData:
    """The bars of a configuration that warm a container up: what they were given is left out, and no signal is 0."""
    whole = load_data(config).with_history
    names = _FED.get(config.strategy.type)
    if names is None:
        return whole
    own = {OWN + name: np.zeros(whole.close.shape) for name in names}
    bars = replace(whole, given=None, known_digest=None, directory=None)
    return bars.with_columns({**bars.values, **own}, ())


def fed_instead(fields: Mapping[str, Any], data: MarketData) -> dict[str, Any]:
    """The configuration of the strategy that takes from a feed what a container was given with ``data``."""
    strategy, given = fields["strategy"], data.with_history.given
    assert given is not None
    if given.kind == QUANTITIES:
        type_ = _ORDERS
    else:
        codes = given.values[int(strategy["parameters"]["column"])]
        # Where no column of shorts was given, codes are directions.
        type_ = _SIGNALS if ((codes >= SIGNALS) & (codes < 2 * SIGNALS)).any() else _ENTRIES
    rest = {name: value for name, value in strategy["parameters"].items() if name != "column"}
    return {**fields, "strategy": {"type": type_, "parameters": rest}}
