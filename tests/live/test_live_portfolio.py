"""Containers over several symbols that are fed time by time have, bit for bit, the events of the backtest."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numba import config as numba_config

import admf_jit as aj
from admf_jit import ta
from admf_jit.config import load_config
from admf_jit.data import MarketData
from admf_jit.live.history import BACKTEST, LOG, history_of
from admf_jit.live.setup import from_config, open_session
from tests.contract.portfolio_strategies import Counter, Drawer, Rotation
from tests.contract.test_order_random import Impulses
from tests.live.fed import both
from tests.live.test_live_is_backtest import assert_same
from tests.live.test_session import FIELDS, Written, bar_line, feed

AGAIN_AT = 10**9 if numba_config.DISABLE_JIT else 13
SYMBOLS = ("ALFA", "BETA", "CETA")


def market(seed: int, missing: float) -> MarketData:
    """Hourly walks of three symbols, each without some of its bars."""
    generator = np.random.default_rng(seed)
    index = pd.date_range("2024-01-02 09:00", periods=150, freq="1h", tz="UTC", name="time")
    frames = []
    for symbol in SYMBOLS:
        close = 50.0 * np.exp(np.cumsum(generator.normal(0, 0.01, len(index)))).round(4)
        open_ = np.append(50.0, close[:-1])
        columns = {"open": open_, "high": np.maximum(open_, close) + 0.1, "low": np.minimum(open_, close) - 0.1}
        frame = pd.DataFrame({**columns, "close": close, "volume": 1000.0}, index=index)
        frame.insert(0, "symbol", symbol)
        # A symbol that ends before the others would be delisted, which only a backtest knows.
        has_bar = generator.random(len(index)) >= missing
        has_bar[-1] = True
        frames.append(frame[has_bar])
    return aj.load(pd.concat(frames))


@aj.strategy
class Session:
    """Goes with the price of its session, which a window, a session and an exponential average follow."""

    period: int = 5
    price = ta.vwap()
    smooth = ta.ema("period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.LONG if self.smooth > self.price else aj.FLAT


STRATEGIES: dict[str, Any] = {
    "counter": Counter,
    "drawer": Drawer,
    "rotation": Rotation(top=2),
    "session": Session,
    "impulses": Impulses(stream=77, busyness=60, grid=0.1, unit=20.0, period=3),
}
TRAILING = {"exits": {"stop_loss": 0.02, "trailing_stop": {"type": "atr", "multiple": 2.0, "period": 5}}}


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("first", [8, 40])
def test_portfolios(name: str, first: int) -> None:
    strategy = STRATEGIES[name]
    for seed, (missing, blocks) in enumerate([(0.0, {}), (0.3, {}), (0.3, TRAILING), (0.8, {})]):
        if name == "rotation" and blocks:
            continue
        fields = {"execution": {"portfolio": True}, **blocks}
        expected, got, error, ended = both(strategy, market(seed, missing), first, again_at=AGAIN_AT, **fields)
        assert (error is None) == (ended is None), (error, ended)
        assert_same(expected=expected, got=got)


def test_a_time_is_taken_when_all_symbols_have_come_or_a_later_one_begins(tmp_path: Path) -> None:
    data = {"source": "sample", "timeframe": "1d", "end": "2015-06-30", "symbols": ["ALFA", "BETA"]}
    fields = {**FIELDS, "data": {**data, "bars_per_year": 252}, "execution": {"portfolio": True}}
    output = Written()
    session = open_session(from_config(load_config(fields)), output, tmp_path / "live")
    session.begin(resume=False)
    counts = []
    for day, symbol in zip("1121231", ("ALFA", "BETA", "ALFA", "BETA", "BETA", "ALFA", "ALFA"), strict=True):
        feed(session, bar_line(f"2015-07-0{day}", symbol=symbol))
        counts.append(session.container.count)
    # 1: both; then 2: ALFA alone, and a BETA of 1 that comes too late; BETA of 2; then 3, and an ALFA of 1.
    assert counts == [0, 1, 1, 1, 2, 2, 2]
    assert [line["symbol"] for line in output.notices("repeated_bar")] == ["BETA"]
    assert [line["symbol"] for line in output.notices("late_bar")] == ["ALFA"]
    feed(session, bar_line("2015-07-06", symbol="BETA"))
    assert session.container.count == 3
    feed(session, bar_line("2015-07-06", symbol="ALFA"))
    session.save()
    session.close()
    resumed = open_session(from_config(load_config(fields)), Written(), tmp_path / "live", resume=True)
    resumed.begin(resume=True)
    assert (resumed.container.count, resumed.container.n_events) == (4, session.container.n_events)
    resumed.close()
    log, backtest = (history_of(tmp_path / "live", name) for name in (LOG, BACKTEST))
    assert log.symbols == backtest.symbols == ("ALFA", "BETA")
    assert log.records.tobytes() == backtest.records.tobytes()
