"""The rules of other engines, fed bar by bar: bit for bit the events of the backtest, in cases recorded of these."""

from typing import Any

import numpy as np
import pytest
from numba import config as numba_config

import admf_jit as aj
from admf_jit.config import AccountConfig
from tests.live.fed import both
from tests.live.test_live_is_backtest import assert_same
from tests.live.test_live_series import Own, market
from tests.long import how_many, long
from tests.oracles.backtesting_py import public
from tests.oracles.backtesting_py.boundaries import case_of
from tests.oracles.backtesting_py.golden import SEEDS
from tests.oracles.vectorbt import golden, kernel
from tests.oracles.vectorbt.cases import random_case

AGAIN_AT = 10**9 if numba_config.DISABLE_JIT else 11
FILL = 4
VECTORBT, BACKTESTING_PY = "vectorbt", "backtesting.py"


def blocks_of(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings of `aj.backtest` as blocks of a configuration."""
    blocks: dict[str, Any] = {"account": {}, "execution": {}}
    for name, value in settings.items():
        if name == "exits":
            blocks["exits"] = value
        elif value is not None:
            blocks["account" if name in AccountConfig.model_fields else "execution"][name] = value
    return blocks


def checked(strategy: Any, data: Any, first: int, history: str | int, settings: dict[str, Any]) -> Any:
    """The events of both, which are the same."""
    blocks = blocks_of({**settings, "close_at_end": None})
    expected, got, error, ended = both(strategy, data, first, history, AGAIN_AT, **blocks)
    assert (error is None) == (ended is None), (error, ended)
    assert_same(expected=expected, got=got)
    return expected


@pytest.mark.parametrize("preset", [VECTORBT, BACKTESTING_PY])
@pytest.mark.parametrize(("first", "history"), [(2, "none"), (40, 17)])
def test_longer_timeframes_and_columns(preset: str, first: int, history: str | int) -> None:
    size = {"sizing": {"type": "quantity", "quantity": 2.0}} if preset == VECTORBT else {}
    events = checked(Own, market(("ALFA",), 1), first, history, {"preset": preset, **size})
    assert np.count_nonzero(events["kind"] == FILL) > 10


@long
def test_vectorbt() -> None:
    seeds = [line["seed"] for line in golden.read()]
    n_fills = 0
    for seed in seeds[:: -(-len(seeds) // how_many(12, 200))]:
        case = random_case(seed)
        if case.rules.fees < 1:
            first, history = (2, "none") if seed % 2 else (5, "all")
            events = checked(kernel.Script, kernel.market_data(case), first, history, kernel.settings(case))
            n_fills += np.count_nonzero(events["kind"] == FILL)
    assert n_fills > 20


@long
def test_backtesting_py() -> None:
    n_fills = 0
    for seed in SEEDS[:: -(-len(SEEDS) // how_many(15, 300))]:
        case = case_of(seed)
        strategy = public.Recorded(first_row=public.FIRST_ROW[seed], late_period=case.warmup + 1)
        first, history = (2, "none") if seed % 2 else (3, "all")
        events = checked(strategy, aj.load(public.frame_of(case)), first, history, public.settings_of(case))
        n_fills += np.count_nonzero(events["kind"] == FILL)
    assert n_fills > 20
