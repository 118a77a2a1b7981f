"""Buy and hold runs on the engine that its sweep has compiled, with the bits of the plain one."""

import numpy as np
import pandas as pd
import pytest

from admf_jit.config import load_config
from admf_jit.data import load
from admf_jit.report import holding
from admf_jit.workflow.prepare import prepare


def sweep(**fields):
    frames = []
    for number, symbol in enumerate("AB"):
        close = 10.0 + number + np.arange(6) % 4
        time = pd.date_range("2024-01-01", periods=6, freq="D", tz="UTC")
        prices = {"open": close - 0.5, "high": close + 1.0, "low": close - 1.0, "close": close}
        frames.append(pd.DataFrame({"time": time, "symbol": symbol, **prices, "volume": 1.0}))
    config = {
        "name": "run",
        "data": {"source": "sample"},
        "strategy": {"type": "buy_and_hold"},
        "account": {"cash": 1000, "commission": {"type": "percent", "rate": 0.001}},
        "workflow": {"reproducibility": {"master_seed": 1}},
    }
    return prepare(load_config({**config, **fields}), data=load(pd.concat(frames)))


def test_buy_and_hold_takes_the_engine_of_its_sweep_and_gives_the_same_bits(monkeypatch):
    engines = []
    run = holding.run_container
    monkeypatch.setattr(holding, "run_container", lambda made, spec: engines.append(made.engine) or run(made, spec))
    swept = {"optimization": {"objective": "sharpe_ratio", "parameters": {"symbol": ["A", "B"]}}}
    found = [
        holding.holdings_of(made, ["B"])["B"]
        for made in (sweep(**swept), sweep(**swept, exits={"stop_loss": 0.5}), sweep(execution={"portfolio": True}))
    ]
    assert engines == ["plain", "orders", "portfolio"]
    for other in found[1:]:
        np.testing.assert_equal(dict(other.metrics), dict(found[0].metrics))
        np.testing.assert_array_equal(other.equity, found[0].equity)
    # Bought at the second open, for as much as the first close says, and the cash pays.
    assert found[0].equity[-1] == pytest.approx(1000.0 + (12.0 - 11.5 * 1.001) * min(1000.0 / 11.0, 1000.0 / 11.5115))
