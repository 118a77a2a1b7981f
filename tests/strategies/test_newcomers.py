# ruff: noqa: E501
"""What people type first who come from another library is answered with what to write here, at its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numba import config

import admf_jit as aj
from admf_jit.strategies.generate import ORDER_ENGINE, generate
from admf_jit.strategies.newcomers import plainly
from admf_jit.strategies.source import collect_source
from admf_kernels.strategy_view import Bar, Position
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.strategies.declare import class_with, declared, line_of

FIELDS = "k: int = 3\ncount = 0\nfast = ta.sma(3)\n"
HAS = "(it has market, limit, stop, stop_limit, "


def refusal(folder: Path, line: str, *, orders: bool) -> tuple[str, str]:
    """Return the message about ``line`` in an ``on_bar``, and the place of that line."""
    third = ", orders" if orders else ""
    body = f"{FIELDS}def on_bar(self, bar, position{third}):\n    {line}  # here\n    return aj.KEEP"
    definition = declared(folder, class_with(body))
    with pytest.raises(aj.StrategyError) as refused:
        generate(definition, engine=ORDER_ENGINE)
    return str(refused.value), line_of(definition, "# here")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("orders.buy(1.0)", f"orders has no method 'buy': a purchase is orders.market(quantity), and a direction is return aj.LONG {HAS}"),
        ("orders.sell()", f"orders has no method 'sell': a sale is orders.market(-quantity), and to close a position is return aj.FLAT {HAS}"),
        ("orders.close()", "orders has no method 'close': to close a position is return aj.FLAT"),
        ("orders.trailing(1.0, 2.0)", "orders has no method 'trailing': did you mean orders.trailing_"),
        ("orders.limit(1.0)", "orders.limit(quantity, price, [tif=0], [until=0], [reduce_only=False]): missing a required argument: 'price'"),
        ("orders.market(1.0, limit=3.0)", "orders.market(quantity, [reduce_only=False]): got an unexpected keyword argument 'limit'"),
        ("orders.limit(1.0, None)", "orders.limit(quantity, price, [tif=0], [until=0], [reduce_only=False]): price cannot be None"),
        ("orders.market('all')", "orders.market(quantity, [reduce_only=False]): quantity is a number, and not 'all'"),
        ("orders.bracket(1.0)", "orders.bracket(quantity, [stop], [target], [limit=0.0]): a bracket has a stop, a target, or both"),
        ("orders.bracket(1.0, stop=None, target=None)", "orders.bracket(quantity, [stop], [target], [limit=0.0]): a bracket has a stop, a target, or both"),
    ],
)  # fmt: skip
def test_a_wrong_order_names_the_method_its_arguments_and_the_others(tmp_path: Path, line: str, said: str) -> None:
    message, place = refusal(tmp_path, line, orders=True)
    assert message.startswith(f"{place}: {said}"), message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x = bar.close[-1]", "bar.close is a number, that of this bar alone: the one before is written bar.close[1]"),
        ("x = bar.close.mean()", "bar.close is a number, that of this bar alone"),
        ("x = bar.time.hour", "bar.time is a whole number: nanoseconds since 1970, UTC"),
        ("x = self.data.close[-1]", "strategy Mine has no attribute 'data': bars come one at a time, as bar: bar.close is the close of this one"),
        ("x = self.position.size", "strategy Mine has no attribute 'position': the position is the second argument of on_bar"),
        ("self.buy()", "strategy Mine has no attribute 'buy': return aj.LONG, or take orders as third argument"),
        ("x = self.I(3)", "strategy Mine has no attribute 'I': declare an indicator in the class body: fast = ta.sma(10)"),
        ("orders.market(1.0)", "name 'orders' is not defined: take it as third argument, on_bar(self, bar, position, orders)"),
        ("x = position > 0", "position is what is held, with quantity, entry_price, entry_bar, cash and equity, and no number: write position.quantity"),
        ("x = 2 * position", "and no number: write position.quantity"),
        ("position.close()", "position has no attribute 'close': to close it is return aj.FLAT"),
        ("x = position.is_long", "position has no attribute 'is_long': write position.quantity > 0.0"),
        ("x = bar.closing", "bar has no attribute 'closing'; did you mean bar.close?"),
        ("x = bar.Close", "bar has no attribute 'Close'; did you mean bar.close?"),
        ("x = bar.datetime", "bar has no attribute 'datetime': write bar.time, which is a whole number: nanoseconds since 1970"),
        ("x = bar.price", "bar has no attribute 'price': write bar.close"),
        (
            "x = bar.nothing",
            "bar has no attribute 'nothing': it has index, time, open, high, low, close, volume, symbol; "
            "bar.x.nothing is a column of your own",
        ),
        ("x = bar.count", "bar has no attribute 'count'"),
        ("x = bar['close']", "bar is no mapping: write bar.close"),
        ("x = bar()", "bar is no function: it has index, time"),
        ("x = position.size", "position has no attribute 'size': write position.quantity"),
        ("x = position.qty", "position has no attribute 'qty': write position.quantity"),
        ("x = position.avg_price", "position has no attribute 'avg_price': write position.entry_price"),
        ("x = position.pnl", "position has no attribute 'pnl': write position.unrealized_profit"),
        ("x = position.nothing", "position has no attribute 'nothing': it has quantity, entry_price, entry_bar, cash, equity"),
        ("self.k = 4", "self.k is a parameter and cannot be assigned: what is annotated in the class body comes from outside and stays; state has no annotation: k = 3"),
        ("self.fast = 4.0", "self.fast is an indicator and cannot be assigned"),
        ("self.counts = 4", "strategy Mine has no state field 'counts'; did you mean self.count?"),
    ],
)  # fmt: skip
def test_a_foreign_habit_is_answered_with_what_to_write(tmp_path: Path, line: str, said: str) -> None:
    message, place = refusal(tmp_path, line, orders=False)
    assert message.startswith(f"{place}: ") and said in message, message


def test_orders_of_a_preset_are_those_of_its_library(tmp_path: Path) -> None:
    body = "def on_bar(self, bar, position, orders):\n    orders.{}\n    return aj.KEEP"
    buys = declared(tmp_path, class_with(body.format("buy(size=0.5, sl=None)")))
    assert "orders.buy(size=0.5)" in generate(buys, engine="backtesting.py").text
    sends = declared(tmp_path, class_with(body.format("market(1.0)")))
    with pytest.raises(
        aj.StrategyError, match=r"orders has no method 'market' \(it has buy, sell, close, cancel_all\)"
    ):
        generate(sends, engine="backtesting.py")
    assert collect_source(sends).entry == "Mine__on_bar"


@aj.strategy
class Guarded:
    """Buys two at the second bar, with a stop, a target or both, and sells nothing by itself."""

    form: int = 0

    def on_bar(self, bar, position, orders):
        if bar.index == 0:
            if self.form == 0:
                orders.bracket(2.0, stop=90.0)
            elif self.form == 1:
                orders.bracket(2.0, 90.0, None)
            elif self.form == 2:
                orders.bracket(2.0, None, 110.0)
            elif self.form == 3:
                orders.bracket(2.0, target=110.0, limit=100.0)
            elif self.form == 4:
                orders.bracket(2.0, stop=90.0, target=110.0)
            elif self.form == 5:
                orders.bracket(2.0, stop=-90.0)
        return aj.KEEP


def bars(*prices: tuple[float, float, float, float]) -> aj.MarketData:
    index = pd.date_range("2024-01-01", periods=len(prices), freq="D", tz="UTC", name="time")
    frame = pd.DataFrame(prices, columns=["open", "high", "low", "close"], index=index)
    return aj.load(frame.assign(volume=1000.0))


def test_a_bracket_may_have_a_stop_alone_or_a_target_alone(tmp_path: Path) -> None:
    calm = (100.0, 101.0, 99.0, 100.0)
    rising, falling = (100.0, 112.0, 99.0, 111.0), (100.0, 101.0, 88.0, 89.0)
    for name, last in (("up", rising), ("down", falling)):
        many = aj.grid(
            Guarded, bars(calm, calm, last, calm), {"form": range(6)}, n_jobs=1, cash=1000.0, out=tmp_path / name
        )
        assert many.frame["error"].isna().all()
        stops, targets = name == "down", name == "up"
        closed = [stops, stops, targets, targets, True, False]
        assert many.frame["n_trades"].tolist() == [float(done) for done in closed]
        profit = np.where(closed, 2 * (10.0 if targets else -10.0), 0.0)
        assert many.frame["final_equity"].tolist() == [*(1000.0 + profit[:5]), 1000.0]
    rejects = aj.backtest(Guarded(form=5), bars(calm, calm), cash=1000.0).events
    assert (rejects["reason"] == "bad_price").sum() == 1


@pytest.mark.parametrize(
    ("record", "name", "said"),
    [
        (Bar(0, 0, 1.0, 1.0, 1.0, 1.0, 0.0, 0), "datetime", "bar has no attribute 'datetime': write bar.time"),
        (Bar(0, 0, 1.0, 1.0, 1.0, 1.0, 0.0, 0), "closing", "bar has no attribute 'closing'; did you mean bar.close?"),
        (Position(0.0, 0.0, -1, 1.0, 1.0), "size", "position has no attribute 'size': write position.quantity"),
        (Path("x"), "size", "has no attribute 'size'"),
    ],
)
def test_plain_python_says_the_same_of_what_a_helper_asks_for(record: object, name: str, said: str) -> None:
    with pytest.raises(AttributeError) as raised:
        getattr(record, name)
    assert said in plainly(raised.value)


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="runs this file itself")
def test_plain_python_refuses_the_same() -> None:
    assert_pass_in_plain_python("tests/strategies/test_newcomers.py", "foreign_habit or helper", 32)
