"""Strategies that look at more of their position than the side, evaluated in blocks: bitwise identical to `full`."""

from typing import Any

import pytest
from hypothesis import given, reject, settings

import admf_jit as aj
from admf_jit import ta
from admf_jit.config import load_config
from admf_jit.data import generate_sample
from admf_jit.errors import ConfigError
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.sharing import arithmetic_of, looks_at_position, why_bar_by_bar, why_position_dependent
from admf_jit.strategies.source import collect_source
from admf_jit.workflow.isolation import IN_BLOCKS
from admf_jit.workflow.prepare import prepare
from tests.contract.markets import Market, markets
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.contract.samples import MARKET
from tests.contract.test_isolation_minimal import BLOCKS, SIZES, assert_same_bits, bars, both, column
from tests.contract.test_isolation_minimal_orders import ACCOUNT, EXECUTION, EXITS, RISK
from tests.long import how_many, long


@aj.strategy
class Stopping:
    """Has a stop beyond the price of its entry and a longest holding of its own: arithmetic that divides by nothing."""

    fast: int = 3
    slow: int = 9
    stop: float = 0.01
    longest: int = 20
    quick = ta.sma("fast")
    calm = ta.sma("slow")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position.quantity == 0.0:
            return aj.LONG if self.quick > self.calm else aj.SHORT
        away = position.entry_price * self.stop
        if position.quantity > 0.0 and bar.close < position.entry_price - away:
            return aj.FLAT
        if position.quantity < 0.0 and bar.close > position.entry_price + away:
            return aj.LONG
        return aj.FLAT if bar.index - position.entry_bar >= self.longest else aj.KEEP


@aj.strategy
class Gaining:
    """Divides by the price of its entry, which is 0 while it holds nothing: asked twice in different ways."""

    fast: int = 3
    target: float = 0.02
    quick = ta.sma("fast")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position.quantity > 0.0 and bar.close / position.entry_price - 1.0 > self.target:
            return aj.FLAT
        return aj.LONG if bar.close > self.quick else aj.KEEP


@aj.strategy
class Counting:
    """Looks at its money."""

    fast: int = 3
    enough: float = 10_050.0
    quick = ta.sma("fast")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position.equity > self.enough and position.cash < 0.9 * position.equity:
            return aj.FLAT
        if bar.close > self.quick:
            return aj.LONG
        return aj.SHORT if position.cash > 100.0 * bar.close / self.quick else aj.KEEP


def is_losing(position, close):  # type: ignore[no-untyped-def]
    return position.quantity * (close - position.entry_price) < -50.0


@aj.strategy
class Helped:
    """Hands its position on, and answers with codes of entries and exits: no arithmetic."""

    fast: int = 3
    quick = ta.sma("fast")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        losing = is_losing(position, bar.close)
        above = bar.close > self.quick
        return aj.signals(above and not losing, losing, not above, above or losing)


SWEPT: dict[type, dict[str, list[Any]]] = {
    Stopping: {"fast": [2, 5], "stop": [0.003, 0.05], "longest": [2, 40]},
    Gaining: {"fast": [2, 5], "target": [0.0, 0.05]},
    Counting: {"fast": [2, 5], "enough": [9_000.0, 10_050.0]},
    Helped: {"fast": [2, 5]},
}


@pytest.mark.parametrize("strategy", SWEPT)
@long
@settings(max_examples=how_many(12, 400))
@given(market=markets(), sizes=SIZES, blocks=BLOCKS)
def test_market_orders_come_to_the_same_bits(
    strategy: type, market: Market, sizes: list[float], blocks: dict[str, Any]
) -> None:
    compare(aj.load(market.frame()), strategy, {**SWEPT[strategy], "position_size": sizes}, **blocks)


def compare(data: Any, strategy: type, swept: dict[str, list[Any]], shares: str = "indicators", **blocks: Any) -> Any:
    """Run both forms, which come to the same bits: what minimal came to."""
    minimal, full = both(data, f"x:{strategy.__name__}", swept, definition_of(strategy), shares, **blocks)
    assert_same_bits(minimal, full)
    return minimal


@pytest.mark.parametrize("strategy", SWEPT)
@pytest.mark.parametrize("calm", [True, False])
@long
@settings(max_examples=how_many(8, 200))
@given(market=markets(), exits=EXITS, account=ACCOUNT, execution=EXECUTION, risk=RISK)
def test_every_setting_comes_to_the_same_bits(
    strategy: type, calm: bool, market: Market, exits: Any, account: Any, execution: Any, risk: Any
) -> None:
    if calm:
        # Without rules that look at every bar, so that bars are stepped over.
        exits.pop("exit_at", None)
        if exits.get("trailing_stop", {}).get("type") == "atr":
            del exits["trailing_stop"]
        looks = ("pyramiding", "margin", "interest_rate", "borrow_rate")
        account = {key: value for key, value in account.items() if key not in looks}
        risk = {}
    blocks = {"account": {"cash": 10_000.0, **account}, "execution": execution, "exits": exits, "risk": risk}
    try:
        compare(aj.load(market.frame()), strategy, SWEPT[strategy], **blocks)
    except ConfigError:
        reject()  # some settings exclude each other


def test_every_rule_leads_to_something() -> None:
    data = aj.load(MARKET.frame())
    for strategy, swept in SWEPT.items():
        metrics, errors = compare(data, strategy, swept, account={"cash": 10_000.0})
        assert errors == (None,) * len(errors)
        assert metrics[:, column("n_trades")].min() > 3, strategy
        assert len(set(metrics[:, column("final_equity")])) == len(metrics), "each parameter matters"


@pytest.mark.parametrize("strategy", [Stopping, Gaining])
def test_groups_of_any_size_over_several_tiles_come_to_the_same_bits(strategy: type) -> None:
    """More bars than a tile has, and groups of 1, 3 and 19 containers across the borders of sets of eight."""
    data = generate_sample("1m", sessions=34).select("ALFA")
    assert data.n_bars > 12_000
    many = {"fast": [2, 3, 5], "position_size": [0.05 * place for place in range(1, 20)]}
    fixed: dict[str, list[Any]] = {"target": [0.0005]} if strategy is Gaining else {}
    for swept in ({"fast": list(range(2, 13))}, {"fast": [2, 3, 5], "position_size": [0.2, 0.5, 1.0]}, many):
        metrics, _ = compare(data, strategy, {**swept, **fixed}, account={"lot_size": 5.0})
        assert metrics[:, column("n_trades")].min() > 50


@aj.strategy
class Troubled:
    """Comes to grief with what it holds, on a line of its own."""

    trouble: int = 0
    average = ta.sma(4)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if self.trouble == 1 and position.quantity > 0.0 and bar.index - position.entry_bar > 8:
            raise ValueError("held for too long")
        if self.trouble == 2 and bar.close / position.entry_price > 0.0 and bar.index > 60:
            return aj.KEEP
        if self.trouble == 3 and position.quantity < 0.0 and position.equity > 100.0:
            return 7
        if self.trouble == 4 and position.cash < 9_000.0 and 10 // (self.trouble - 4) > 20:
            return aj.FLAT
        if self.trouble == 5 and position.quantity == 0.0:
            return -128
        if position.quantity > 0.0 and bar.close < 0.98 * position.entry_price:
            return aj.SHORT
        return aj.LONG if bar.close > self.average else aj.KEEP


@aj.strategy
class Dividing:
    """Arithmetic that divides by the price of its entry whether there is one or not."""

    first: int = 30
    average = ta.sma(4)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        gain = 0.0 if bar.index < self.first else bar.close / position.entry_price - 1.0
        if gain > 0.03:
            return aj.FLAT
        return aj.LONG if bar.close > self.average else aj.KEEP


def test_failures_have_the_same_words_and_the_same_bar() -> None:
    data = aj.load(MARKET.frame())
    swept = {"trouble": list(range(6)), "position_size": [0.5, 0.9]}
    words = ["", "ValueError: held for too long", "ZeroDivisionError", "something else", "ZeroDivisionError", ""]
    blocks: tuple[dict[str, Any], ...] = ({}, {"exits": {"stop_loss": 0.03}}, {"risk": {"max_daily_loss": 0.05}})
    for block in blocks:
        account = {"cash": 10_000.0}
        _, errors = compare(data, Troubled, swept, account=account, **block)
        for place, error in enumerate(errors):
            assert words[place // 2] in (error or "")
            assert (error is None) == (place // 2 == 0)
        _, errors = compare(data, Dividing, {"first": [0, 30, 250]}, account=account, **block)
        assert all("ZeroDivisionError" in (error or "") and "gain = " in (error or "") for error in errors[:1])


LEFT = (0.0, 0.01, 0.02, 0.01, 0.0, 0.01)


@aj.strategy
class Running:
    """A loop that ends, and an index that exists, for the ages only that a position of this test comes to."""

    fast: int = 3
    quick = ta.sma("fast")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position.quantity == 0.0:
            return aj.LONG if bar.close > self.quick else aj.KEEP
        left, price = 6 - (bar.index - position.entry_bar), bar.close
        while left != 0:
            left -= 1
            price = price * 0.999 + 0.0001
        return aj.KEEP if price > LEFT[bar.index - position.entry_bar] else aj.FLAT


@aj.strategy
class OneSided:
    """A loop that ends while flat or long, and would not while short, which it never is."""

    fast: int = 3
    quick = ta.sma("fast")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        left = 3
        if position.quantity < 0.0:
            left = -1
        while left != 0:
            left -= 1
        return aj.LONG if bar.close > self.quick else aj.FLAT


def test_nobody_is_asked_about_a_bar_that_no_container_comes_to() -> None:
    """Where ``on_bar`` is no arithmetic: it might never end."""
    data = aj.load(MARKET.frame())
    for swept in ({"fast": [2]}, {"fast": [2, 5], "position_size": [0.4, 0.8]}):
        metrics, _ = compare(data, Running, swept, exits={"max_holding_bars": 5})
        assert metrics[:, column("n_trades")].min() > 20
        for block in ({}, {"exits": {"stop_loss": 0.05}}):
            metrics, _ = compare(data, OneSided, swept, **block)
            assert metrics[:, column("n_trades")].min() > 20


@aj.strategy
class Ruined:
    """Goes short with everything, and never ends once nothing is left."""

    fast: int = 3
    quick = ta.sma("fast")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        left = 0.0 if position.equity > -0.5 * position.cash else 0.5
        while left != 0.0:
            left -= 1.0
        return aj.SHORT if position.quantity == 0.0 else aj.KEEP


def test_nobody_is_asked_after_ruin() -> None:
    closes = [100.0] * 30 + [100.0 * 1.05**bar for bar in range(1, 150)]
    for block in ({}, {"exits": {"max_holding_bars": 1000}}):
        _, errors = compare(aj.load(bars(closes)), Ruined, {"fast": [2], "position_size": [0.5, 1.0]}, **block)
        assert all("equity is used up" in (error or "") for error in errors)


def test_few_bars_and_orders_that_are_refused_come_to_the_same_bits() -> None:
    """Answers that stay good for many bars, up to the last one."""
    few = aj.load(MARKET.frame().iloc[:40])
    whole = aj.load(MARKET.frame())
    for strategy, swept in SWEPT.items():
        for data in (few, whole):
            for block in ({}, {"exits": {"stop_loss": 0.02}}, {"account": {"lot_size": 1e6}}):
                metrics, _ = compare(data, strategy, swept, **block)
        assert metrics[:, column("n_trades")].max() == 0.0
        compare(whole, strategy, swept, account={"lot_size": 1e6}, exits={"stop_loss": 0.02})


def test_plain_python_comes_to_the_same_bits() -> None:
    """Tests above once more with compilation off; plain Python and compiled code are compared elsewhere."""
    assert_pass_in_plain_python(__file__, "test_failures or test_every_rule or test_nobody or test_few", 5)


@aj.strategy
class Taking:
    """Has the quantity under a name of its own, and no indicators."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        held = position.quantity
        return aj.FLAT if held > 20.0 else aj.LONG


@aj.strategy
class Renaming:
    """Has the position under a name of its own."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        mine = position
        return aj.FLAT if bar.close / mine.cash > 0.1 else aj.LONG


@aj.strategy
class ByEquity:
    """Divides by what is another number at every bar."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.FLAT if position.quantity * bar.close / position.equity > 0.9 else aj.LONG


EVERYTHING = {"quantity", "entry_price", "entry_bar", "cash"}


@pytest.mark.parametrize(
    ("strategy", "fields", "divisors"),
    [
        (Stopping, {"quantity", "entry_price", "entry_bar"}, set()),
        (Gaining, {"quantity", "entry_price"}, {"entry_price"}),
        (Counting, {"quantity", "cash"}, set()),
        (Helped, EVERYTHING, None),
        (Taking, {"quantity"}, set()),
        (Renaming, EVERYTHING, None),
        (ByEquity, {"quantity", "cash"}, None),
        (Dividing, {"quantity", "entry_price"}, {"entry_price"}),
    ],
)
def test_what_a_strategy_looks_at_is_known(strategy: type, fields: set[str], divisors: set[str] | None) -> None:
    definition = definition_of(strategy)
    source = collect_source(definition)
    assert looks_at_position(source) == fields and why_bar_by_bar(definition, source) is None
    arithmetic = arithmetic_of(definition, source)
    assert (None if arithmetic is None else set(arithmetic.position)) == divisors
    shares = "indicators" if definition.indicators else "nothing"
    compare(aj.load(MARKET.frame()), strategy, {}, shares)


def test_the_plan_and_the_manifest_say_how_containers_are_asked(tmp_path: Any) -> None:
    data = aj.load(MARKET.frame())
    config = load_config({"name": "own", "data": {"source": "sample"}, "strategy": {"type": "x:Stopping"}})
    isolation = prepare(config, definition=definition_of(Stopping), data=data).isolation
    assert isolation.evaluated == IN_BLOCKS and isolation.reason == why_position_dependent(
        collect_source(definition_of(Stopping))
    )
    assert isolation.described == (
        "minimal, indicators shared, evaluated in blocks between fills: "
        "on_bar looks at more of its position (position) than whether it is long, short or flat"
    )
    runs = {form: aj.grid(Stopping, data, {"fast": [2, 5]}, isolation=form, out=tmp_path / form) for form in FORMS}
    assert [run.manifest["isolation"]["evaluated"] for run in runs.values()] == [IN_BLOCKS, "on every bar"]
    written = {(tmp_path / form / "results.parquet").read_bytes() for form in FORMS}
    assert len(written) == 1, "the very bytes of the table"


FORMS = ("auto", "full")
