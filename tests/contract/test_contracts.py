"""Contracts whose price of 1 is worth more or less than 1: section 13 of the model.

The reference plays the same market in money: its prices are those of the case, and the engine gets these divided by the
multiplier, a power of 2, so that both come to the same bits.
"""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.strategies.compiled import compile_strategy
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.generate import ORDER_ENGINE, PORTFOLIO_ENGINE
from tests.contract.order_cases import Played, frame_of, play, played_by
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.contract.portfolio_cases import NAMES, Drifting, play_compiled, play_reference
from tests.contract.position_readers import Managed
from tests.contract.samples import MARKET, Scripted
from tests.contract.test_order_agreement import difference, result_of
from tests.contract.test_order_random import Impulses, case_of
from tests.live.fed import both
from tests.long import how_many, long, plain_unless_long
from tests.reference.order_portfolio_cases import portfolio_case
from tests.reference.order_random_cases import random_case
from tests.reference.order_settings import OrderSettings

MULTIPLIER = 4.0
PRICES = ["open", "high", "low", "close"]


def in_points(settings: OrderSettings) -> OrderSettings:
    """Settings of a market whose prices are divided by the multiplier."""
    slippage, exits = settings.slippage, dict(settings.exits)
    if slippage is not None and slippage["type"] == "fixed":
        slippage = {**slippage, "amount": slippage["amount"] / MULTIPLIER}
    trailing = exits.get("trailing_stop")
    if isinstance(trailing, dict) and trailing["type"] == "amount":
        exits["trailing_stop"] = {**trailing, "amount": trailing["amount"] / MULTIPLIER}
    contract = {"multiplier": MULTIPLIER}
    tick = settings.tick_size / MULTIPLIER
    return replace(settings, slippage=slippage, exits=exits, tick_size=tick, contract=contract)


def in_money(played: Played) -> Played:
    """What was played, with all prices times the multiplier."""
    events = [
        replace(
            event,
            price=event.price * MULTIPLIER,
            value=event.value * (MULTIPLIER if event.kind in ("ORDER", "CANCEL") else 1.0),
        )
        for event in played.events
    ]
    return replace(played, events=events)


@long
def test_random_cases_agree_with_the_reference() -> None:
    compiled = compile_strategy(definition_of(Impulses), ORDER_ENGINE)
    for seed in range(how_many(40, 500)):
        case = case_of(random_case(seed))
        frame, given = case.frame.copy(), case.parameters
        frame[PRICES] /= MULTIPLIER
        points = replace(
            case,
            frame=frame,
            settings=in_points(case.settings),
            parameters={**given, "grid": given["grid"] / MULTIPLIER},
        )
        got = played_by(result_of(compiled, points))
        found = difference(play("reference", case, got.seed), in_money(got))
        assert found is None, (seed, case.settings, found)


@long
@plain_unless_long
@pytest.mark.parametrize("strategy", [Impulses, Drifting])
def test_random_cases_of_several_symbols_agree_with_the_reference(strategy: Any) -> None:
    compiled = compile_strategy(definition_of(strategy), PORTFOLIO_ENGINE)
    for seed in range(how_many(6, 100)):
        drawn = portfolio_case(seed, weights=strategy is Drifting)

        def scaled(rows: Any) -> Any:
            return [None if row is None else (*(price / MULTIPLIER for price in row[:4]), row[4]) for row in rows]

        points = replace(
            drawn,
            rows=[scaled(rows) for rows in drawn.rows],
            before=replace(drawn.before, rows=[scaled(rows) for rows in drawn.before.rows]),
            settings=in_points(drawn.settings),
            grid=drawn.grid / MULTIPLIER,
            delisted={number: price / MULTIPLIER for number, price in drawn.delisted.items()},
        )
        got = play_compiled(compiled, points, strategy)
        found = difference(play_reference(drawn, strategy, got.seed), in_money(played_by(got)))
        assert found is None, (seed, drawn.settings, found)


@long
@plain_unless_long
def test_symbols_of_an_account_have_multipliers_of_their_own() -> None:
    compiled = compile_strategy(definition_of(Drifting), PORTFOLIO_ENGINE)
    factors = dict(zip(NAMES, (4.0, 0.5, 8.0, 1.0), strict=True))
    for seed in range(how_many(6, 100)):
        drawn = portfolio_case(seed, weights=True)
        # Ticks and amounts are of all symbols.
        exits = {key: value for key, value in drawn.settings.exits.items() if key != "trailing_stop"}
        bare = replace(drawn.settings, tick_size=0.0, slippage={"type": "percent", "rate": 0.001}, exits=exits)
        drawn = replace(drawn, settings=bare, grid=0.0)

        def scaled(rows: Any, number: int) -> Any:
            by = factors[NAMES[number]]
            return [None if row is None else (*(price / by for price in row[:4]), row[4]) for row in rows]

        points = replace(
            drawn,
            rows=[scaled(rows, number) for number, rows in enumerate(drawn.rows)],
            before=replace(drawn.before, rows=[scaled(rows, number) for number, rows in enumerate(drawn.before.rows)]),
            settings=replace(bare, contract={"multiplier": factors}),
            delisted={number: price / factors[NAMES[number]] for number, price in drawn.delisted.items()},
        )
        got = played_by(play_compiled(compiled, points, Drifting))
        # Of the whole account and several symbols nothing has a price.
        told = [replace(event, price=event.price * factors[event.symbol]) for event in got.events]
        found = difference(play_reference(drawn, Drifting, got.seed), replace(got, events=told))
        assert found is None, (seed, drawn.settings, found)


def test_profits_of_several_contracts_add_up() -> None:
    data = aj.load({"ES": frame_of(*FUTURE), "CL": frame_of(*[(*(p / 50 for p in row[:4]), row[4]) for row in FUTURE])})
    keywords = {**ACCOUNT, "tick_size": 0.0, "slippage": 0.0, "commission": 0.0, "cash": 200_000.0}
    contract = {"multiplier": {"ES": 50, "CL": 1000}}
    sizing = {"type": "quantity", "quantity": 1}
    one = aj.backtest(Scripted(), data, contract=contract, sizing=sizing, portfolio=True, **keywords)
    profits = dict(zip(one.trades["symbol"], one.trades["profit"], strict=True))
    assert profits == {"ES": 500.0, "CL": pytest.approx(200.0)}  # 50 * 10 and 1000 * 0.2
    assert one.equity.iloc[-1] == pytest.approx(200_700.0)
    returns = dict(zip(one.trades["symbol"], one.trades["return"], strict=True))
    assert returns == {"ES": 500 / 200_000, "CL": pytest.approx(200 / 80_000)}


# Two contracts of 50 a point: bought at 4000.25 (one tick of slippage), sold at 4009.75, 2.5 each and way.
FUTURE = [
    (3990.0, 3995.0, 3985.0, 3990.0, 1.0),
    (4000.0, 4010.0, 3995.0, 4005.0, 0.0),
    (4004.0, 4012.0, 4001.0, 4010.0, 2.0),
    (4010.0, 4015.0, 4008.0, 4012.0, 0.0),
]
ACCOUNT = {
    "cash": 40_000.0,
    "tick_size": 0.25,
    "lot_size": 1.0,
    "commission": {"type": "per_share", "rate": 2.5},
    "slippage": {"type": "fixed", "amount": 0.25},
    "margin": {"leverage": 12.0, "maintenance": 0.05},
}


@pytest.mark.parametrize(
    "contract", [{"multiplier": 50.0}, {"tick_value": 12.5}, {"multiplier": {"ES": 50, "CL": 1000}}]
)
def test_a_ledger_by_hand(contract: dict[str, Any]) -> None:
    data = aj.load({"ES": frame_of(*FUTURE)})
    one = aj.backtest(Scripted(), data, contract=contract, sizing={"type": "quantity", "quantity": 2}, **ACCOUNT)
    fills = one.events[one.events["kind"] == "FILL"]
    assert fills["price"].tolist() == [4000.25, 4009.75] and fills["quantity"].tolist() == [2.0, -2.0]
    assert fills["fee"].tolist() == [5.0, 5.0]
    assert fills["value"].tolist() == [25.0, 25.0]  # slippage: 2 * 50 * 0.25
    # 40,000 - 5 and 2 * 50 * (4005 - 4000.25), then (4010 - 4000.25), then what was earned: 2 * 50 * 9.5 - 10.
    assert one.equity.tolist() == [40_000.0, 40_470.0, 40_970.0, 40_940.0]
    (trade,) = one.trades.to_dict("records")
    assert trade["profit"] == 940.0 and trade["return"] == 940.0 / (2 * 50 * 4000.25)
    assert one.metrics["slippage_paid"] == 50.0 and one.metrics["best_trade"] == trade["return"]


def test_sizes_and_margin_are_those_of_contracts() -> None:
    data = aj.load({"ES": frame_of(*FUTURE)})
    bare = {key: value for key, value in ACCOUNT.items() if key not in ("slippage", "commission")}
    # A fraction of 0.5 of 2,000,000 is 1,000,000 / (50 * 3990) = 5.01 contracts.
    for sizing, contracts in (
        ({"type": "fraction", "fraction": 0.5}, 5.0),
        ({"type": "cash", "amount": 600_000.0}, 3.0),
        ({"type": "risk", "risk": 0.005}, 2.0),  # 10,000 / (50 * 3990 * 0.02)
    ):
        one = aj.backtest(
            Scripted(),
            data,
            contract={"multiplier": 50},
            sizing=sizing,
            exits={"stop_loss": 0.02},
            **{**bare, "cash": 2e6},
        )
        assert one.fills["quantity"].iloc[0] == contracts, sizing
    # 12 times 40,000 pays for 2 contracts of 200,000, and not for 3.
    one = aj.backtest(Scripted(), data, contract={"multiplier": 50}, sizing={"type": "quantity", "quantity": 3}, **bare)
    assert one.fills["quantity"].iloc[0] == 2.0


@aj.strategy
class Gains:
    """Leaves as soon as two contracts have gained 475."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position:
            return aj.FLAT if position.unrealized_profit == 475.0 and position.equity == 40_470.0 else aj.KEEP
        return aj.LONG


def test_on_bar_sees_money() -> None:
    data = aj.load({"ES": frame_of(*FUTURE)})
    for keywords in ({}, {"portfolio": True}):
        one = aj.backtest(
            Gains(),
            data,
            contract={"multiplier": 50},
            sizing={"type": "quantity", "quantity": 2},
            **ACCOUNT,
            **keywords,
        )
        assert one.trades["exit_bar"].tolist() == [2]


def test_every_form_has_the_same_bits() -> None:
    data = aj.load(MARKET.frame())
    for strategy, evaluated in (("sma_crossover", "together"), (Managed, "on every bar")):
        swept: dict[str, Any] = {"position_size": [0.5, 1.0], "account.contract.multiplier": [1.0, 2.5]}
        forms = [
            aj.grid(strategy, data, swept, contract={"multiplier": 2.5}, isolation=isolation, master_seed=1)
            for isolation in ("full", "minimal")
        ]
        assert forms[1].manifest["isolation"]["evaluated"] == evaluated
        assert forms[0].frame["result_hash"].tolist() == forms[1].frame["result_hash"].tolist()


def test_a_multiplier_of_one_changes_no_bit() -> None:
    data = aj.load(MARKET.frame())
    without, one = aj.backtest("sma_crossover", data), aj.backtest("sma_crossover", data, contract={"multiplier": 1})
    assert without.metrics == one.metrics and without.equity.tolist() == one.equity.tolist()


def test_live_has_the_same_events() -> None:
    data = aj.load(MARKET.frame().iloc[:120])
    fields = {"account": {"contract": {"multiplier": 2.5}}}
    expected, got, error, ended = both("sma_crossover", data, 40, again_at=10**9, **fields)
    assert (error, ended) == (None, None) and expected.tobytes() == got.tobytes()


TWO = pd.concat({name: MARKET.frame() for name in ("ES", "CL")}, names=["symbol"]).reset_index()


@pytest.mark.parametrize(
    ("keywords", "says"),
    [
        ({"contract": {"multiplier": 0}}, "account.contract.multiplier: .*expected a number > 0"),
        ({"contract": {}}, "expected one of multiplier and tick_value"),
        ({"contract": {"tick_value": 5.0}}, "contract.tick_value is given without tick_size"),
        ({"contract": {"multiplier": {"ES": 50}}}, "'CL' is in the data and not in the mapping"),
        ({"contract": {"multiplier": 2}, "preset": "vectorbt"}, "account.contract"),
    ],
)
def test_what_is_no_contract_is_refused_by_name(keywords: dict[str, Any], says: str) -> None:
    with pytest.raises(aj.ConfigError, match=says):
        aj.grid("sma_crossover", aj.load(TWO), {"symbol": ["ES", "CL"]}, **keywords)


def test_several_symbols_pass_in_plain_python() -> None:
    assert_pass_in_plain_python(__file__, "of_several_symbols_agree or multipliers_of_their_own", 3)
