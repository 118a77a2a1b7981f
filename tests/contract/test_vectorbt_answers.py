"""What answers do under `execution.preset: vectorbt`, in ledgers reckoned by hand, and what `aj.signals` means."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from admf_jit.data import MarketData
from admf_jit.data.market_data import build
from admf_jit.errors import ConfigError
from admf_kernels.return_values import code_of, resolved
from tests.oracles.vectorbt.kernel import DAY, Script
from tests.reference.vectorbt_model import _Account
from tests.reference.vectorbt_records import Bars, Rules

LONG_IN, LONG_OUT, SHORT_IN, SHORT_OUT = 1, 2, 4, 8
TWO = {"type": "quantity", "quantity": 2}


@aj.strategy
class Directions:
    """Answers with the direction in the volume: 1 long, 2 flat, 3 short, 4 keep, 5 nothing, 6 a mistake."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        code = int(bar.volume)
        if code == 1:
            return aj.LONG
        if code == 2:
            return aj.FLAT
        if code == 3:
            return aj.SHORT
        if code == 4:
            return aj.KEEP
        if code == 6:
            return 7
        if code == 7:
            raise ValueError("seven")
        return None


@aj.strategy
class Holder:
    """Leaves three bars after the entry, if the entry's price and the account are what they should be."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position.quantity == 0.0:
            return aj.LONG if position.entry_bar == -1 and position.cash == position.equity else aj.KEEP
        right = position.entry_price == 10.0 and position.equity == position.cash + position.quantity * bar.close
        return aj.FLAT if right and bar.index - position.entry_bar >= 3 else aj.KEEP


@aj.strategy
class Desk:
    """Sends orders of its own."""

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        orders.market(1.0)


@aj.strategy
class Weigher:
    """Answers with weights."""

    def target_weights(self, market, weights):  # type: ignore[no-untyped-def]
        weights[:] = 0.5


def market(close: list[float], volume: list[float], **columns: list[float]) -> MarketData:
    """Bars that open, reach and leave at their close unless other columns say more."""
    names = {"open": close, "high": close, "low": close, "close": close, "volume": volume} | columns
    values = {name: np.array([column], np.float64) for name, column in names.items()}
    return build("hand", ("HAND",), np.arange(len(close)) * DAY, values, timezone="UTC", timeframe="1d")


def run(strategy: Any, data: MarketData, **settings: Any) -> Any:
    defaults = {"preset": "vectorbt", "cash": 100.0, "fill": "same_close", "sizing": TWO}
    return aj.backtest(strategy, data, raise_errors=False, **(defaults | settings))


def fills(result: Any) -> list[tuple[int, float, float]]:
    rows = result.events[result.events["kind"] == "FILL"]
    return list(zip(rows["bar"].tolist(), rows["quantity"].tolist(), rows["price"].tolist(), strict=True))


def kinds(result: Any, bar: int) -> list[tuple[str, str]]:
    rows = result.events[result.events["bar"] == bar]
    return [pair for pair in zip(rows["kind"], rows["reason"], strict=True) if pair[0] not in ("BAR", "FEATURES")]


def test_directions_enter_reverse_and_leave() -> None:
    data = market([10, 11, 12, 13, 14, 15], [1, 1, 3, 4, 2, 2])
    result = run(Directions, data)
    assert fills(result) == [(0, 2.0, 10.0), (2, -4.0, 12.0), (4, 2.0, 14.0)]
    assert result.trades["profit"].tolist() == [4.0, -4.0]
    assert result.equity.tolist() == [100.0, 102.0, 104.0, 102.0, 100.0, 100.0]


def test_an_order_waits_for_the_next_open() -> None:
    data = market([10, 11, 12], [1, 2, 1], open=[10, 10.5, 11.5])
    result = run(Directions, data, fill="next_open")
    assert fills(result) == [(1, 2.0, 10.5), (2, -2.0, 11.5)]
    assert kinds(result, 0)[:2] == [("SIGNAL", ""), ("ORDER", "")]
    assert kinds(result, 2)[-3:] == [("SIGNAL", ""), ("ORDER", ""), ("PORTFOLIO_UPDATE", "")]  # never filled


def test_without_a_size_an_entry_takes_all_cash_and_a_short_one_fails() -> None:
    result = run(Directions, market([10, 20], [1, 2]), sizing=None)
    assert fills(result) == [(0, 10.0, 10.0), (1, -10.0, 20.0)]
    failed = run(Directions, market([10, 20], [1, 3]), sizing=None)
    assert failed.status == "failed"
    assert "does not short all that cash pays for: set account.sizing of type quantity (bar 1," in failed.error


def test_a_stop_drops_the_answer_of_its_bar_at_the_close() -> None:
    data = market([10, 8, 8, 8], [1, 1, 1, 4], low=[10, 8, 8, 8], high=[10, 10, 8, 8], open=[10, 10, 8, 8])
    result = run(Directions, data, exits={"stop_loss": 0.1})
    assert fills(result) == [(0, 2.0, 10.0), (1, -2.0, 9.0), (2, 2.0, 8.0)]
    assert kinds(result, 1) == [
        ("ORDER", "stop_loss"),
        ("FILL", ""),
        ("POSITION_CLOSE", ""),
        ("SIGNAL", ""),
        ("REJECT", "replaced"),
        ("PORTFOLIO_UPDATE", ""),
    ]


def test_a_stop_drops_the_order_that_waits() -> None:
    data = market([10, 10, 8, 8], [1, 3, 1, 4], open=[10, 10, 10, 8], high=[10, 10, 10, 8])
    result = run(Directions, data, fill="next_open", exits={"stop_loss": 0.1})
    assert fills(result) == [(1, 2.0, 10.0), (2, -2.0, 9.0), (3, 2.0, 8.0)]
    assert kinds(result, 2)[:3] == [("ORDER", "stop_loss"), ("CANCEL", "replaced"), ("FILL", "")]
    events = result.events
    (cancel,) = events[events["kind"] == "CANCEL"].itertuples()
    (stop,) = events[events["reason"] == "stop_loss"].itertuples()
    (signal,) = events[(events["kind"] == "ORDER") & (events["bar"] == 1)].itertuples()
    assert (cancel.cause, cancel.order) == (stop.sequence, signal.order)


def test_a_trailing_stop_follows_and_a_target_is_taken() -> None:
    data = market([10, 20, 15, 15], [1, 4, 1, 4], open=[10, 20, 20, 15], high=[10, 20, 20, 15])
    result = run(Directions, data, exits={"trailing_stop": 0.1})
    assert fills(result) == [(0, 2.0, 10.0), (2, -2.0, 18.0)]
    assert ("ORDER", "trailing_stop") in kinds(result, 2)
    result = run(Directions, data, exits={"take_profit": 0.5})
    assert fills(result)[:2] == [(0, 2.0, 10.0), (1, -2.0, 20.0)]
    assert ("ORDER", "take_profit") in kinds(result, 1)


def test_the_strategy_sees_its_position() -> None:
    result = run(Holder, market([10.0] * 8, [0.0] * 8))
    assert [bar for bar, _, _ in fills(result)] == [0, 3, 4, 7]


def test_a_mistake_is_a_failed_row() -> None:
    unknown = run(Directions, market([10, 10], [1, 6]))
    assert unknown.error.startswith("on_bar returned something else")
    raised = run(Directions, market([10, 10], [1, 7]))
    assert raised.error.startswith("ValueError: seven at") and "(bar 1," in raised.error


def test_orders_weights_and_missing_bars_are_refused() -> None:
    with pytest.raises(ConfigError, match="on_bar of Desk takes orders"):
        run(Desk, market([10, 10], [1, 1]))
    with pytest.raises(ConfigError, match="has no target weights, and Weigher returns them"):
        run(Weigher, market([10, 10], [1, 1]))
    with pytest.raises(ConfigError, match="needs every bar"):
        run(Directions, market([10, float("nan"), 10], [1, 1, 1]))


@pytest.mark.parametrize("held", [0.0, 3.0, -3.0])
@pytest.mark.parametrize("code", range(16))
def test_signals_are_settled_as_the_model_settles_them(code: int, held: float) -> None:
    model = _Account(Bars([1.0], [1.0], [1.0], [1.0]), Rules(cash=1.0, size=2.0))
    model.position = held
    flags = [code & bit != 0 for bit in (LONG_IN, LONG_OUT, SHORT_IN, SHORT_OUT)]
    wanted = model._wanted(*flags)  # noqa: SLF001
    code, resolve = (getattr(kernel, "py_func", kernel) for kernel in (code_of, resolved))
    direction = resolve(code(aj.signals(*flags)), held)
    target = {aj.LONG: max(held, 2.0), aj.SHORT: min(held, -2.0), aj.FLAT: 0.0, aj.KEEP: held}[direction]
    assert target - held == wanted


SCRIPT = [
    LONG_IN,
    LONG_IN | SHORT_IN,
    SHORT_OUT,
    LONG_OUT | LONG_IN,
    SHORT_IN | LONG_OUT,
    LONG_OUT,
    LONG_IN | SHORT_OUT,
    LONG_OUT,
    SHORT_IN,
    SHORT_OUT,
]


@pytest.mark.parametrize(
    "settings",
    [
        {"preset": "vectorbt", "sizing": TWO},
        {"preset": None, "sizing": None},
        {"preset": None, "sizing": TWO},
    ],
    ids=["preset", "plain", "orders"],
)
def test_every_engine_takes_signals_alike(settings: dict[str, Any]) -> None:
    data = market([10.0] * 11, [float(code) for code in [*SCRIPT, 0]])
    result = run(Script, data, fill="next_open", **settings)
    trades = result.trades
    rows = list(zip(trades["direction"], trades["entry_bar"], trades["exit_bar"], strict=True))
    assert rows == [(1, 1, 5), (-1, 5, 7), (1, 7, 8), (-1, 9, 10)]


def test_a_sweep_has_the_bits_of_single_backtests(tmp_path: Path) -> None:
    data = market(
        [10 + (bar * 7 % 11) / 4 for bar in range(80)],
        [float(1 + bar % 3) for bar in range(80)],
        high=[13.0] * 80,
        low=[9.5] * 80,
    )
    swept = {
        "account.sizing.quantity": [1.0, 3.0],
        "exits.stop_loss": [0.02, 0.05],
        "execution.stop_exit_price": ["stoplimit", "close"],
        "execution.fill": ["next_open", "same_close"],
    }
    many = aj.grid(Directions, data, swept, preset="vectorbt", n_jobs=1, out=tmp_path / "run")
    frame = many.frame
    assert set(frame["status"]) == {"ok"}
    assert len(frame) == 16 and frame["final_equity"].nunique() > 12
    for place in (0, 5, 10, 15):
        row = frame.iloc[place]
        one = aj.backtest(
            Directions,
            data,
            preset="vectorbt",
            sizing={"type": "quantity", "quantity": row["account.sizing.quantity"]},
            exits={"stop_loss": row["exits.stop_loss"]},
            stop_exit_price=row["execution.stop_exit_price"],
            fill=row["execution.fill"],
        )
        assert one.metrics["final_equity"] == row["final_equity"]
        assert many.container(place).metrics == pytest.approx(one.metrics, rel=0, abs=0, nan_ok=True)
