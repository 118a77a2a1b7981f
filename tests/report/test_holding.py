"""What containers are compared with: buy and hold of their own symbol, or of all symbols of a portfolio."""

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.parameter_grid.container import ALL_SYMBOLS
from admf_jit.report.holding import holdings_of
from tests.report.conftest import bars
from tests.report.pages import data_of

FEE = 0.001


@pytest.fixture(scope="module")
def two_symbols():
    """The second has no bar at some times, and other prices."""
    first, second = bars().assign(symbol="A"), bars().assign(symbol="B").drop(index=[0, 5, 6, 89])
    for name in ("open", "high", "low", "close"):
        second[name] = 400.0 - second[name]
    second["high"], second["low"] = second["low"], second["high"]
    return pd.concat([first, second])


@pytest.fixture(scope="module")
def swept(two_symbols):
    return aj.grid("sma_crossover", aj.load(two_symbols), {"symbol": ["A", "B"]}, cash=1000.0, commission=FEE)


def held_by_hand(frame, symbol, times):
    """Bought with all cash at the second bar's open, at a commission of 0.1 %."""
    own = frame[frame["symbol"] == symbol].set_index("time")
    shares = 1000.0 / (own["open"].iloc[1] * (1.0 + FEE))
    equity = (shares * own["close"]).where(own.index >= own.index[1], 1000.0)
    return equity.reindex(times).ffill().fillna(1000.0).to_numpy()


def test_each_symbol_is_held_by_itself_and_a_portfolio_in_equal_parts(two_symbols, swept):
    made = swept._prepared.sweeps[0].prepared
    times = pd.DatetimeIndex(made.data.time.astype("datetime64[ns]"), tz="UTC")
    by_hand = {symbol: held_by_hand(two_symbols, symbol, times) for symbol in "AB"}
    found = holdings_of(made, ["B", ALL_SYMBOLS])
    assert set(found) == {"B", ALL_SYMBOLS}
    np.testing.assert_allclose(found["B"].equity, by_hand["B"], rtol=1e-12)
    together = (by_hand["A"] + by_hand["B"]) / 2.0
    np.testing.assert_allclose(found[ALL_SYMBOLS].equity, together, rtol=1e-12)
    metrics = found[ALL_SYMBOLS].metrics
    assert metrics["total_return"] == pytest.approx(together[-1] / 1000.0 - 1.0)
    peak = np.maximum.accumulate(np.append(1000.0, together))[1:]
    assert metrics["max_drawdown"] == pytest.approx((together / peak - 1.0).min())


def test_a_page_has_the_holding_of_each_containers_symbol(swept, tmp_path):
    data = data_of(swept.report(tmp_path / "page.html").read_text())
    assert {history["symbol"] for history in data["histories"].values()} == {"A", "B"}
    assert set(data["sources"][0]["holdings"]) == {"A", "B"}


def test_a_comparison_has_the_holding_of_each_symbol_that_is_traded(swept):
    names = [trace.name for trace in swept.compare([0, 1], benchmark=True).data if trace.yaxis == "y"]
    assert names == ["container 0", "container 1", "buy and hold A", "buy and hold B"]
