"""Dividends and splits of raw prices: columns that pay positions and change them, and their orders (section 14)."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numba import config as numba_config

import admf_jit as aj
from tests.accounting import check_accounting
from tests.contract.changed_cases import agree_over_symbols, agreed_events
from tests.contract.order_cases import Call, Case, frame_of, play, scripted
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.contract.portfolio_cases import Drifting
from tests.contract.position_readers import Managed
from tests.contract.samples import MARKET, Scripted
from tests.contract.test_order_random import Impulses
from tests.live.fed import both
from tests.long import long
from tests.reference.order_portfolio_cases import PortfolioCase

RATIOS = (2.0, 3.0, 0.5, 0.1, 1.5, 1.0)
NAMES: dict[str, Any] = {"dividends": "dividend", "splits": "split"}


def columns(seed: int, n: int, level: float) -> dict[str, list[float]]:
    """Dividends and splits of ``n`` bars, most of which have none."""
    g = np.random.default_rng([seed, 41])
    dividend = np.where(g.random(n) < 0.1, g.choice((0.001, 0.01, 0.0625), n) * level, np.nan)
    split = np.where(g.random(n) < 0.06, g.choice(RATIOS, n), g.choice((np.nan, 0.0), n))
    return {"dividend": dividend.tolist(), "split": split.tolist()}


def acted_on(case: Case, seed: int) -> Case:
    own = columns(seed, len(case.frame), float(case.frame["low"].min()))
    return replace(case, frame=case.frame.assign(**own), settings=replace(case.settings, **NAMES))


def acted_on_all(drawn: PortfolioCase, seed: int) -> PortfolioCase:
    n = len(drawn.before.hours) + len(drawn.hours)
    own = []
    for number, rows in enumerate(drawn.rows):
        level = min(row[2] for row in rows if row is not None)
        own.append(columns(seed + 1000 * number, n, level))
    return replace(drawn, own=tuple(own), settings=replace(drawn.settings, **NAMES))


@long
def test_random_cases_agree_with_the_reference() -> None:
    seen = {(event.kind, event.reason) for event in agreed_events(acted_on)}
    assert {("FINANCING", "dividend"), ("SPLIT", "split"), ("ORDER", "split"), ("CANCEL", "split")} <= seen


@long
@pytest.mark.parametrize("strategy", [Impulses, Drifting])
def test_random_cases_of_several_symbols_agree_with_the_reference(strategy: Any) -> None:
    agree_over_symbols(strategy, acted_on_all)


# Five shares bought at 90, 0.5 a share on bar 2, three for two on bar 3, one to ten on bar 5.
SHARES = [
    (90.0, 91.0, 89.0, 90.0, 1.0),
    (90.0, 93.0, 89.0, 93.0, 0.0),
    (92.5, 94.0, 92.0, 93.0, 0.0),
    (62.0, 63.0, 61.0, 62.0, 0.0),
    (62.0, 65.0, 61.0, 64.0, 0.0),
    (640.0, 641.0, 630.0, 640.0, 2.0),
    (650.0, 651.0, 640.0, 645.0, 0.0),
]
DIVIDEND = [np.nan, np.nan, 0.5, np.nan, np.nan, np.nan, np.nan]
SPLIT = [np.nan, 1.0, np.nan, 1.5, np.nan, 0.1, 0.0]


def shares(rows: Any = SHARES) -> Any:
    return aj.load(frame_of(*rows).assign(dividend=DIVIDEND, split=SPLIT), extra=["dividend", "split"])


def test_a_ledger_by_hand() -> None:
    sizing = {"type": "quantity", "quantity": 5}
    one = aj.backtest(Scripted(), shares(), cash=1000.0, lot_size=1, sizing=sizing, **NAMES)
    events = one.events
    paid = events[events["reason"] == "dividend"]
    assert paid[["bar", "price", "quantity", "value"]].to_numpy().tolist() == [[2, 0.5, 5.0, -2.5]]
    split = events[events["kind"] == "SPLIT"]
    # 7.5 shares are 7, and half of one at 62; 0.7 of one are none, at 640.
    assert split[["bar", "price", "quantity", "value"]].to_numpy().tolist() == [
        [3, 62.0, 7.0, 1.5],
        [5, 640.0, 0.0, 0.1],
    ]
    assert split["fee"].tolist() == pytest.approx([31.0, 448.0])
    # 550, 552.5 after the dividend, 583.5 after the half share, 1,031.5 after the rest; nothing is left to sell.
    assert one.equity.tolist() == pytest.approx([1000.0, 1015.0, 1017.5, 1017.5, 1031.5, 1031.5, 1031.5])
    (trade,) = one.trades.to_dict("records")
    assert trade["profit"] == pytest.approx(31.0 + 448.0 - 450.0)
    assert trade["entry_price"] == pytest.approx(600.0) and trade["quantity"] == pytest.approx(0.75)
    assert trade["exit_reason"] == "split" and trade["exit_bar"] == 5
    check_accounting(one, 1000.0, rounding=1e-12)


def test_a_short_pays_dividends_and_is_split() -> None:
    rows = [(*row[:4], {0: 3.0}.get(t, 0.0)) for t, row in enumerate(SHARES)]
    one = aj.backtest(Scripted(), shares(rows), cash=1000.0, sizing={"type": "quantity", "quantity": 4}, **NAMES)
    paid = one.events[one.events["reason"] == "dividend"]
    assert paid["value"].tolist() == [2.0] and paid["quantity"].tolist() == [-4.0]
    split = one.events[one.events["kind"] == "SPLIT"]
    assert split["quantity"].tolist() == pytest.approx([-6.0, -0.6]) and split["fee"].tolist() == [0.0, 0.0]
    # 1000 + 4 * 90 - 2, less 0.6 * 645
    assert one.equity.iloc[-1] == pytest.approx(1358.0 - 0.6 * 645.0)


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_working_orders_are_split_by_hand(engine: str) -> None:
    frame = frame_of(*SHARES).assign(dividend=np.nan, split=[np.nan, np.nan, np.nan, 1.5, np.nan, np.nan, np.nan])
    case = scripted(
        frame,
        Call(0, "limit", 3, 80.0),
        Call(0, "stop", -5, 75.5),
        Call(0, "trailing_amount", -2, 9.0),
        Call(0, "limit", 0.5, 80.0),
        cash=1000.0,
        lot_size=0.5,
        tick_size=0.25,
        **NAMES,
    )
    got = play(engine, case)
    # Limits down and stops of sales down, to the tick: 53.33, 50.33; 4.5 and 7.5 are whole halves, 0.75 is 0.5.
    assert got.ordered("split") == [(3, 1, 53.25, 4.5), (3, 2, 50.25, -7.5), (3, 3, 56.5, -3.0), (3, 4, 53.25, 0.5)]


def test_the_equity_of_a_split_is_that_of_adjusted_prices() -> None:
    raw = MARKET.frame()
    split = np.where(np.arange(len(raw)) == 150, 4.0, np.nan)
    prices = ["open", "high", "low", "close"]
    after = raw.copy()
    after.loc[after.index[150:], prices] /= 4.0
    adjusted = raw.copy()
    adjusted[prices] /= 4.0
    data = aj.load(after.assign(split=split, volume=1.0), extra=["split"])
    one = aj.backtest("buy_and_hold", data, splits="split", exits={"max_holding_bars": 250})
    same = aj.backtest("buy_and_hold", aj.load(adjusted.assign(volume=1.0)), exits={"max_holding_bars": 250})
    assert one.equity.tolist() == same.equity.tolist()
    assert one.trades["profit"].tolist() == same.trades["profit"].tolist()


def market(n: int | None = None) -> Any:
    frame = MARKET.frame().iloc[:n]
    own = columns(3, len(frame), float(frame["low"].min()))
    return aj.load(frame.assign(**own), extra=["dividend", "split"])


def test_every_form_has_the_same_bits() -> None:
    data = market()
    account = {"exits": {"stop_loss": 0.02, "trailing_stop": {"type": "amount", "amount": 3.0}}, "lot_size": 1}
    swept: dict[str, Any] = {"position_size": [0.5, 1.0], "account.splits": [None, "split"]}
    for strategy, evaluated in (("sma_crossover", "together"), (Managed, None)):
        if strategy is Managed:
            with pytest.raises(aj.ConfigError, match="position.highest_since_entry, which over a split"):
                aj.grid(strategy, data, swept)
            continue
        forms = [
            aj.grid(strategy, data, swept, isolation=isolation, master_seed=1, dividends="dividend", **account)
            for isolation in ("full", "minimal")
        ]
        assert forms[1].manifest["isolation"]["evaluated"] == evaluated
        assert forms[0].frame["result_hash"].tolist() == forms[1].frame["result_hash"].tolist()
        assert forms[0].frame["result_hash"].nunique() == 4


def test_live_has_the_same_events() -> None:
    again_at = 10**9 if numba_config.DISABLE_JIT else 17
    fields = {"account": dict(NAMES), "exits": {"stop_loss": 0.03}}
    expected, got, error, ended = both("sma_crossover", market(120), 40, again_at=again_at, **fields)
    assert (error, ended) == (None, None) and expected.tobytes() == got.tobytes()


@pytest.mark.parametrize(
    ("column", "keywords", "says"),
    [
        (-1.0, {"splits": "value"}, "column 'value' of data is -1 at bar 0 .*expected how many new shares"),
        (-1.0, {"dividends": "value"}, "column 'value' of data is -1 at bar 0 .*expected amounts a share above 0"),
        (1e6, {"dividends": "value"}, "is 1e.06 at bar 1 .*below the close of the bar before"),
        (2.0, {"splits": "values"}, "account.splits: no column is called 'values'.*did you mean 'value'"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(column: float, keywords: dict[str, Any], says: str) -> None:
    data = aj.load(MARKET.frame().assign(value=column), extra=["value"])
    with pytest.raises(aj.ConfigError, match=says):
        aj.backtest("sma_crossover", data, **keywords)


def test_several_symbols_are_paid_and_split_each_for_itself() -> None:
    frames = {name: frame_of(*((*row[:4], 1.0) for row in SHARES)) for name in ("A", "B")}
    frames["A"] = frames["A"].assign(dividend=DIVIDEND, split=np.nan)
    frames["B"] = frames["B"].assign(dividend=np.nan, split=[np.nan, np.nan, np.nan, 1.5, np.nan, np.nan, np.nan])
    data = aj.load(frames, extra=["dividend", "split"])
    one = aj.backtest(
        "buy_and_hold", data, portfolio=True, cash=1000.0, sizing={"type": "quantity", "quantity": 4}, **NAMES
    )
    told = one.events[one.events["reason"].isin(["dividend", "split"])]
    assert told[["bar", "symbol", "kind"]].to_numpy().tolist() == [[2, "A", "FINANCING"], [3, "B", "SPLIT"]]
    assert isinstance(one.equity, pd.Series) and one.equity.iloc[3] == 1000.0 - 720.0 + 2.0 + 4 * 62.0 + 6 * 62.0


def test_plain_python_has_the_same() -> None:
    assert_pass_in_plain_python(__file__, "by_hand or short_pays or same_bits or live or adjusted or each_for", 8)
