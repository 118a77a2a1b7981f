"""Preset backtesting.py beyond the recorded cases: directions, refusals, sweeps, events, failures."""

import math
import random
import sys
from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from tests.contract.samples import Scripted
from tests.oracles.backtesting_py.cases import Case, random_case
from tests.oracles.backtesting_py.public import backtest, frame_of, settings_of
from tests.reference import backtesting_py_model as model

PRESET = {"preset": "backtesting.py"}
LONG, FLAT, SHORT = 1, 2, 3
FULL_EQUITY = 1.0 - sys.float_info.epsilon
RUINED = 6


@aj.strategy
class Caller:
    """Makes the call of its number at bar 2, and closes nothing."""

    call: int = 0

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        if bar.index == 2:
            if self.call == 0:
                orders.buy()
            elif self.call == 1:
                orders.buy(5)
            elif self.call == 2:
                orders.sell(size=0.5, tp=bar.close * 0.5)
            elif self.call == 3:
                orders.buy(1.5)
            elif self.call == 4:
                orders.buy(-3)
            elif self.call == 5:
                orders.sell(0)
            elif self.call == 6:
                orders.buy(5, sl=bar.close * 1.1)
            elif self.call == 7:
                orders.close(1.5)
            elif self.call == 8:
                orders.buy(math.inf)
        if self.call == 9:
            orders.buy(1, limit=0.01)
        if self.call == 10:
            orders.buy(1)
        if self.call == 11 and bar.index == 6:
            return 5
        if self.call == 12 and bar.index == 6:
            raise ValueError("not on this bar")
        return aj.KEEP


@pytest.fixture(scope="module")
def case() -> Case:
    return random_case(0)


def call(case: Case, number: int, **settings: Any) -> Any:
    return aj.backtest(
        Caller(call=number), frame_of(case), raise_errors=False, **{**PRESET, "cash": 10_000, **settings}
    )


def directed(case: Case, answers: list[int], size: float) -> tuple[list[list[float]], list[float]]:
    """Trades and equity of the plain model when directions are answered; 0 keeps."""
    state = model.State(
        cash=case.cash,
        fixed=case.fixed,
        relative=case.relative,
        spread=case.spread,
        leverage=1.0 / case.margin,
        trade_on_close=case.trade_on_close,
        exclusive_orders=case.exclusive_orders,
    )
    equity = [case.cash]
    for t in range(1, len(case.close)):
        if state.ruined:
            equity.append(0.0)
            continue
        equity.append(model.advance(state, t, case.open[t], case.high[t], case.low[t], case.close[t]))
        held, side = model.units(state), {LONG: 1.0, SHORT: -1.0}.get(answers[t], 0.0)
        if state.ruined or answers[t] == 0 or held * side > 0:
            continue
        if side == 0.0 or not case.exclusive_orders:
            model.close_all(state, 1.0)
        if side != 0.0:
            model.submit(state, side * size, *[model.NAN] * 4)
    if case.finalize_trades and not state.ruined:
        equity[-1] = model.finish(state)
    return [list(trade) for trade in state.closed], equity


@pytest.mark.parametrize("seed", range(24))
def test_directions_are_orders_of_all_of_position_size(seed: int) -> None:
    case = random_case(seed)
    draw = random.Random(seed)
    answers = [draw.choice([0, 0, LONG, FLAT, SHORT]) for _ in case.close]
    size = draw.choice([0.3, 0.9, 1.0])
    frame = frame_of(case)
    frame["volume"] = np.array(answers, float)
    result = aj.backtest(Scripted, frame, raise_errors=False, **settings_of(case), position_size=size)
    trades, equity = directed(case, answers, FULL_EQUITY if size == 1.0 else size)
    columns = ["entry_bar", "exit_bar", "quantity", "entry_price", "exit_price", "profit", "commission"]
    signed = result.trades.assign(quantity=result.trades["quantity"] * result.trades["direction"])
    assert signed[columns].to_numpy().tolist() == trades
    assert result.equity.tolist() == equity
    signals = result.events[result.events["kind"] == "SIGNAL"]
    assert len(trades) == 0 or len(signals) > 0


@pytest.mark.parametrize(("number", "units"), [(0, None), (1, 5.0), (2, None)])
def test_calls_take_defaults_names_and_whole_numbers(case: Case, number: int, units: float | None) -> None:
    fills = call(case, number).events.query("kind == 'FILL'")
    paid = fills.iloc[0]
    half = -math.floor(5_000 / paid.price) if number == 2 else math.floor(10_000 / paid.price)
    assert (paid.bar, paid.price, paid.quantity) == (3, case.open[3], units or half)


@pytest.mark.parametrize(
    ("number", "reason"),
    [(3, "bad_size"), (4, "bad_size"), (5, "bad_size"), (6, "bad_price"), (7, "bad_size"), (8, "bad_size")],
)
def test_what_the_other_engine_would_raise_for_is_refused(case: Case, number: int, reason: str) -> None:
    events = call(case, number).events
    assert events.query("kind == 'REJECT'")[["bar", "reason"]].to_numpy().tolist() == [[2, reason]]
    assert "FILL" not in set(events["kind"])


@pytest.mark.parametrize(("number", "bar"), [(9, 4), (10, 5)])
def test_more_orders_or_trades_than_there_is_room_for_end_the_container(case: Case, number: int, bar: int) -> None:
    result = call(case, number, order_capacity=3, cash=1e6)
    assert result.status == "failed"
    assert "order book overflow" in str(result.error) and f"(bar {bar}, " in str(result.error)
    assert call(case, number, order_capacity=200, cash=1e6).status == "ok"


def test_an_unknown_answer_and_an_exception_end_the_container(case: Case) -> None:
    assert "on_bar returned something else" in str(call(case, 11).error)
    error = str(call(case, 12).error)
    assert error.startswith("ValueError: not on this bar at ") and "(bar 6, " in error


def test_a_ruined_account_goes_on_with_nothing() -> None:
    result = backtest(random_case(RUINED))
    equity = result.equity.to_numpy()
    over = int(np.argmax(equity == 0.0))
    assert 0 < over < len(equity) - 1 and not equity[over:].any() and (equity[:over] > 0.0).all()
    events = result.events
    breach = events.query("kind == 'RISK_BREACH'")
    assert (
        breach[["bar", "reason"]].to_numpy().tolist() == [[over, "equity_exhausted"]] and breach["value"].iloc[0] <= 0
    )
    assert set(events[events["bar"] > over]["kind"]) == {"BAR", "PORTFOLIO_UPDATE"}
    metrics = result.metrics
    assert (metrics["final_equity"], metrics["total_return"], metrics["max_drawdown"]) == (0.0, -1.0, -1.0)
    assert metrics["risk_breaches"] == 1.0
    undefined = {name for name, value in metrics.items() if math.isnan(value)}
    assert undefined == {
        *("cagr", "annual_volatility", "sharpe_ratio", "sortino_ratio", "calmar_ratio", "skewness", "kurtosis"),
    }


@pytest.mark.parametrize("seed", [0, 3, RUINED, 12, 17])
def test_every_fill_can_be_walked_to_its_bar_and_explains_cash_and_position(seed: int) -> None:
    case = random_case(seed)
    events = list(backtest(case).events.itertuples(index=False))
    assert [event.sequence for event in events] == list(range(len(events)))
    cash, held, fees, slippage = case.cash, 0.0, 0.0, 0.0
    for event in events:
        assert (event.cause == -1) == (event.kind == "BAR") and event.cause < event.sequence
        if event.kind == "FILL":
            walk = [event.kind]
            at = event
            while at.cause >= 0:
                at = events[at.cause]
                walk.append(at.kind)
            assert walk[1] == "ORDER" and walk[-1] == "BAR"
            cash -= event.quantity * event.price + event.fee
            held += event.quantity
            fees += event.fee
            slippage += event.value
        if event.kind == "PORTFOLIO_UPDATE":
            assert event.quantity == held
            assert event.fee == pytest.approx(cash, rel=1e-9, abs=1e-6)
            if event.value:
                assert event.value == pytest.approx(cash + held * event.price, rel=1e-9, abs=1e-6)
    metrics = backtest(case).metrics
    assert metrics["commission_paid"] == pytest.approx(fees) and metrics["slippage_paid"] == pytest.approx(slippage)


PERCENT = {"type": "percent", "rate": 0.01}
REFUSED = [
    ({"lot_size": 1}, "account.lot_size is not a setting of preset backtesting.py; expected it to be left out"),
    ({"tick_size": 0.01}, "account.tick_size is not"),
    ({"sizing": {"type": "quantity", "quantity": 5}}, "account.sizing is not"),
    ({"pyramiding": 2}, "account.pyramiding is not"),
    ({"borrow_rate": 0.1}, "account.borrow_rate is not"),
    ({"margin": {"leverage": 2}, "interest_rate": 0.1}, "account.interest_rate is not"),
    ({"margin": {"leverage": 2, "maintenance": 0.1}}, "account.margin.maintenance is not"),
    ({"commission": {**PERCENT, "minimum": 1}}, "account.commission.minimum is not"),
    ({"commission": {**PERCENT, "maximum": 1}}, "account.commission.maximum is not"),
    ({"commission": {"type": "per_share", "rate": 1}}, "account.commission.type is 'per_share'; preset backtesting.py"),
    ({"slippage": PERCENT}, "account.slippage.type is 'percent'; preset backtesting.py has none and spread"),
    ({"intrabar": "ohlc_path"}, "execution.intrabar is not"),
    ({"max_volume_share": 0.1}, "execution.max_volume_share is not"),
    ({"event_capacity": 128}, "execution.event_capacity is not"),
    ({"stop_exit_price": "close"}, "execution: stop_exit_price is a setting of preset vectorbt alone"),
    ({"exits": {"stop_loss": 0.1}}, "exits.stop_loss is not"),
    ({"risk": {"max_drawdown": 0.1}}, "risk.max_drawdown is not"),
]


@pytest.mark.parametrize(("settings", "message"), REFUSED, ids=lambda value: str(value)[:40])
def test_refuses_settings_that_the_preset_does_not_have(case: Case, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(aj.ConfigError) as caught:
        call(case, 0, **settings)
    assert message in str(caught.value)


def test_exclusive_orders_belong_to_the_preset_alone(case: Case) -> None:
    with pytest.raises(aj.ConfigError, match="exclusive_orders is a setting of preset backtesting.py alone"):
        aj.backtest(Scripted, frame_of(case), exclusive_orders=True)


def test_settings_can_be_swept_and_rows_replayed(case: Case, tmp_path: Any) -> None:
    swept = {
        "position_size": [0.5, 1.0],
        "account.commission.rate": [0.0, 0.002],
        "account.slippage.spread": [0.0, 0.001],
        "account.margin.leverage": [1.0, 3.0],
        "execution.exclusive_orders": [False, True],
        "execution.fill": ["next_open", "same_close"],
    }
    costs = {"commission": {"type": "percent", "rate": 0.0}, "slippage": {"type": "spread", "spread": 0.0}}
    settings = {**PRESET, **costs, "close_at_end": True, "cash": 10_000}
    frame = frame_of(case)
    frame["volume"] = [float((0, LONG, 0, FLAT, SHORT)[t % 5]) for t in range(len(frame))]
    done = aj.grid(Scripted, frame, swept, out=tmp_path / "run", n_jobs=1, **settings)
    assert len(done) == 64 and done.failed == 0
    # Directions leave nothing to an order that exclusive_orders would cancel, so that key alone changes nothing here.
    assert done.frame["final_equity"].nunique() == 32
    for index in (0, 21, 63):
        assert done.container(index).result_hash == done.frame["result_hash"][index]


def test_the_preset_itself_cannot_be_swept_and_a_swept_setting_is_held_to_it(case: Case) -> None:
    with pytest.raises(aj.ConfigError, match="a preset cannot be swept"):
        aj.grid(Scripted, frame_of(case), {"execution.preset": ["backtesting.py"]})
    with pytest.raises(aj.ConfigError, match="account.lot_size is not a setting of preset backtesting.py"):
        aj.grid(Scripted, frame_of(case), {"account.lot_size": [0.0, 1.0]}, **PRESET)
