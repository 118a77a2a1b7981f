"""Funding of perpetual contracts: rates in a column, paid at the close by the position held (section 14)."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numba import config as numba_config

import admf_jit as aj
from tests.contract.changed_cases import agree_over_symbols, agreed_events
from tests.contract.order_cases import Case, frame_of
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.contract.portfolio_cases import Drifting
from tests.contract.position_readers import Managed
from tests.contract.samples import MARKET, Scripted
from tests.contract.test_order_random import Impulses
from tests.live.fed import both
from tests.long import long
from tests.reference.order_portfolio_cases import PortfolioCase

RATES = (0.001, -0.002, 0.0003, 0.04)


def rates(seed: int, n: int) -> list[float]:
    """Rates of ``n`` bars, most of which have none."""
    g = np.random.default_rng([seed, 14])
    return np.where(g.random(n) < 0.3, g.choice(RATES, n), g.choice((np.nan, 0.0), n)).tolist()


def funded(case: Case, seed: int) -> Case:
    frame = case.frame.assign(funding=rates(seed, len(case.frame)))
    return replace(case, frame=frame, settings=replace(case.settings, funding="funding"))


def funded_market(drawn: PortfolioCase, seed: int) -> PortfolioCase:
    n = len(drawn.before.hours) + len(drawn.hours)
    own = tuple({"funding": rates(seed + 1000 * number, n)} for number in range(len(drawn.rows)))
    return replace(drawn, own=own, settings=replace(drawn.settings, funding="funding"))


@long
def test_random_cases_agree_with_the_reference() -> None:
    assert sum(event.reason == "funding" for event in agreed_events(funded)) > 100


@long
@pytest.mark.parametrize("strategy", [Impulses, Drifting])
def test_random_cases_of_several_symbols_agree_with_the_reference(strategy: Any) -> None:
    agree_over_symbols(strategy, funded_market)


# Bought at the first open after the signal, sold at the close of bar 4 under the other rule.
PERPETUAL = [
    (100.0, 101.0, 99.0, 100.0, 1.0),
    (100.0, 111.0, 99.0, 110.0, 0.0),
    (110.0, 121.0, 109.0, 120.0, 0.0),
    (120.0, 131.0, 119.0, 130.0, 2.0),
    (130.0, 131.0, 120.0, 125.0, 3.0),
    (125.0, 126.0, 119.0, 120.0, 0.0),
]
COLUMN = [0.01, 0.001, np.nan, -0.002, 0.004, 0.003]
ACCOUNT: dict[str, Any] = {"cash": 1000.0, "sizing": {"type": "quantity", "quantity": 2}, "funding": "funding"}


def perpetual() -> Any:
    return aj.load(frame_of(*PERPETUAL).assign(funding=COLUMN), extra=["funding"])


def test_a_ledger_by_hand() -> None:
    one = aj.backtest(Scripted(), perpetual(), **ACCOUNT)
    told = one.events[one.events["reason"] == "funding"]
    # Bought at the open of bar 1, sold at that of bar 4, sold short at that of bar 5: bar 0 and bar 4 have no position.
    # 2 * 110 * 0.001, 2 * 130 * -0.002, -2 * 120 * 0.003
    assert told["bar"].tolist() == [1, 3, 5]
    assert told["value"].tolist() == pytest.approx([0.22, -0.52, -0.72])
    assert told["price"].tolist() == [110.0, 130.0, 120.0] and told["quantity"].tolist() == [2.0, 2.0, -2.0]
    assert (one.events["kind"][told["cause"]] == "BAR").all()
    # 1,000 + 2 * (130 - 100) + 2 * (125 - 120) + 0.22 + ...
    assert one.metrics["financing_paid"] == pytest.approx(-1.02)
    assert one.metrics["final_equity"] == pytest.approx(1000.0 + 60.0 + 10.0 + 1.02)
    assert one.trades["profit"].tolist() == [60.0]


def test_what_is_filled_at_the_close_comes_after_it() -> None:
    one = aj.backtest(Scripted(), perpetual(), fill="same_close", **ACCOUNT)
    told = one.events[one.events["reason"] == "funding"]
    # Bought at the close of bar 0, sold at that of bar 3, whose payment it makes; sold short at that of bar 4.
    assert told["bar"].tolist() == [1, 3, 5]
    assert told["value"].tolist() == pytest.approx([0.22, -0.52, -0.72])


def test_a_contract_pays_what_it_is_worth() -> None:
    one = aj.backtest(Scripted(), perpetual(), contract={"multiplier": 5}, **ACCOUNT | {"cash": 10_000.0})
    assert one.events[one.events["reason"] == "funding"]["value"].iloc[0] == pytest.approx(5 * 0.22)


def market(n: int | None = None) -> Any:
    frame = MARKET.frame().iloc[:n]
    return aj.load(frame.assign(funding=rates(3, len(frame))), extra=["funding"])


def test_every_form_has_the_same_bits() -> None:
    data = market()
    for strategy, evaluated in (("sma_crossover", "together"), (Managed, "in blocks between fills")):
        swept: dict[str, Any] = {"position_size": [0.5, 1.0], "account.funding": [None, "funding"]}
        for keywords in ({}, {"exits": {"stop_loss": 0.02}, "margin": {"leverage": 2}}):
            forms = [
                aj.grid(strategy, data, swept, isolation=isolation, master_seed=1, **keywords)
                for isolation in ("full", "minimal")
            ]
            assert forms[1].manifest["isolation"]["evaluated"] == evaluated
            rows = forms[0].frame
            assert rows["result_hash"].tolist() == forms[1].frame["result_hash"].tolist()
            assert (rows["financing_paid"] != 0.0).tolist() == rows["account.funding"].notna().tolist()


def test_a_column_without_payments_changes_no_bit() -> None:
    frame = MARKET.frame()
    data = aj.load(frame.assign(funding=np.where(np.arange(len(frame)) % 2, np.nan, 0.0)), extra=["funding"])
    without, one = aj.backtest("sma_crossover", data), aj.backtest("sma_crossover", data, funding="funding")
    assert without.metrics == one.metrics and without.equity.tolist() == one.equity.tolist()


def test_live_has_the_same_events() -> None:
    fields = {"account": {"funding": "funding"}}
    # In plain Python the state of a strategy cannot be kept.
    again_at = 10**9 if numba_config.DISABLE_JIT else 17
    expected, got, error, ended = both("sma_crossover", market(120), 40, again_at=again_at, **fields)
    assert (error, ended) == (None, None) and expected.tobytes() == got.tobytes()


@pytest.mark.parametrize(
    ("column", "keywords", "says"),
    [
        (0.001, {"funding": "funds"}, "account.funding: no column is called 'funds': the data has 'funding'"),
        (1.5, {"funding": "funding"}, "column 'funding' of data is 1.5 at bar 0 .*expected rates of a payment"),
        (0.001, {"funding": "funding", "preset": "vectorbt"}, "account.funding"),
        (0.001, {"funding": 3}, "account.funding"),
    ],
)
def test_what_is_no_column_of_rates_is_refused_by_name(column: float, keywords: dict[str, Any], says: str) -> None:
    data = aj.load(MARKET.frame().assign(funding=column), extra=["funding"])
    with pytest.raises(aj.ConfigError, match=says):
        aj.backtest("sma_crossover", data, **keywords)


def test_a_column_of_features_is_refused() -> None:
    features = pd.DataFrame({"time": MARKET.frame().index[::8], "funding": 0.001})
    with pytest.raises(aj.ConfigError, match="'funding' was joined as of each bar"):
        aj.backtest("sma_crossover", aj.load(MARKET.frame(), features=features), funding="funding")


def test_plain_python_has_the_same() -> None:
    assert_pass_in_plain_python(__file__, "by_hand or same_bits or live or at_the_close", 4)
