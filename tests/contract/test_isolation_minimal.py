"""Isolation minimal comes to the same bits as full, for every strategy and setting that it takes; the rest says why."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import admf_jit as aj
from admf_jit import ta
from admf_jit.config import load_config
from admf_jit.data import generate_sample
from admf_jit.strategies.declaration import definition_of
from admf_jit.workers.batch import run_task
from admf_jit.workflow.prepare import prepare
from tests.contract.fingerprint import rows_of
from tests.contract.markets import Market, Span, markets, spans
from tests.contract.samples import MARKET, Everything, Fragile
from tests.long import how_many, long

SWEPT: dict[str, dict[str, list[Any]]] = {
    "sma_crossover": {"fast_period": [2, 5], "signal_threshold": [0.0, 0.01], "allow_short": [False, True]},
    "ema_crossover": {"fast_period": [2, 5], "slow_period": [9], "allow_short": [False, True]},
    "rsi_reversion": {"period": [3, 9], "allow_short": [False, True]},
    "bollinger_reversion": {"period": [5, 12], "width": [0.0, 1.5], "allow_short": [False, True]},
    "donchian_breakout": {"entry_period": [4, 10], "exit_period": [3], "allow_short": [False, True]},
    "macd_cross": {"fast_period": [3], "slow_period": [8], "signal_period": [4], "allow_short": [False, True]},
    "momentum": {"period": [1, 7], "threshold": [0.0, 0.02], "allow_short": [False, True]},
    "buy_and_hold": {},
}
#: Kinds of costs with amounts that matter beside the cash of the account, and those that do not.
COMMISSIONS = st.sampled_from(
    [
        {"type": "none"},
        {"type": "percent", "rate": 0.001},
        {"type": "percent", "rate": 0.9},
        {"type": "fixed", "amount": 7.5},
        {"type": "fixed", "amount": 4000.0},
        {"type": "per_share", "rate": 0.01, "minimum": 5.0},
        {"type": "percent", "rate": 0.001, "amount": 0.5, "minimum": 4.0, "maximum": 9.0},
        {"type": "per_share", "rate": 0.1, "minimum": 1.0, "maximum": 6.0},
        {"type": "maker_taker", "maker": 0.0, "taker": 0.002},
        {"type": "tiered", "tiers": [{"up_to": 20_000, "rate": 0.01}, {"rate": 0.001}]},
    ]
)
SLIPPAGES = st.sampled_from(
    [
        {"type": "none"},
        {"type": "percent", "rate": 0.002},
        {"type": "fixed", "amount": 0.3},
        {"type": "spread", "spread": 0.003},
    ]
)


def _blocks(lot: float, tick: float, fill: str, close_at_end: bool, commission: Any, slippage: Any) -> dict[str, Any]:
    account = {"cash": 10_000.0, "commission": commission, "slippage": slippage, "lot_size": lot, "tick_size": tick}
    return {"account": account, "execution": {"fill": fill, "close_at_end": close_at_end}}


#: Blocks of a configuration that market orders depend on, and sizes of positions.
BLOCKS = st.builds(
    _blocks,
    st.sampled_from([0.0, 0.0, 0.1, 1.0, 50.0]),
    st.sampled_from([0.0, 0.0, 0.01, 0.25]),
    st.sampled_from(["next_open", "same_close"]),
    st.booleans(),
    COMMISSIONS,
    SLIPPAGES,
)
STARTS = st.sampled_from(["own", "own", "common"])
SIZES = st.sampled_from([[0.09, 0.1], [0.45, 0.5], [0.9, 1.0]])


def both(
    data: Any,
    strategy: Any,
    swept: dict[str, list[Any]],
    definition: Any = None,
    shares: str = "signals",
    **blocks: Any,
) -> Any:
    """Run a sweep's containers in both forms: (metrics, errors) of minimal, where they share that, and of full."""
    results = []
    for isolation in ("minimal", "full"):
        execution = {**blocks.get("execution", {}), "optimization_phase": {"isolation": isolation}}
        fields = {**blocks, "data": {"source": "sample"}, "strategy": {"type": strategy}, "execution": execution}
        config = load_config({**fields, "name": "both", "optimization": {"parameters": swept}})
        prepared = prepare(config, definition=definition, data=data)
        assert prepared.isolation.used == isolation, prepared.isolation.reason
        assert prepared.isolation.shares == (shares if isolation == "minimal" else "nothing")
        outcome = run_task(prepared.task(list(prepared.grid), prepared.limits(1)))
        results.append((outcome.metrics, outcome.errors))
    return results


def assert_same_bits(minimal: Any, full: Any) -> None:
    assert minimal[1] == full[1]
    differing = np.argwhere(minimal[0].view(np.int64) != full[0].view(np.int64))
    assert not len(differing), [(place, minimal[0][tuple(place)], full[0][tuple(place)]) for place in differing[:5]]


@pytest.mark.parametrize("strategy", SWEPT)
@long
@settings(max_examples=how_many(10, 250))
@given(market=markets(), span=spans(), start=STARTS, sizes=SIZES, blocks=BLOCKS)
def test_every_built_in_comes_to_the_same_bits(
    strategy: str, market: Market, span: Span, start: str, sizes: list[float], blocks: dict[str, Any]
) -> None:
    swept = {**SWEPT[strategy], "position_size": sizes}
    assert_same_bits(*both(span.data(market.frame()), strategy, swept, **blocks, evaluation={"start": start}))


@aj.strategy
class Signalling:
    """Answers with codes of entries and exits, on an average of days and one of lagged bars."""

    period: int = 3
    scale: float = 1.0
    days = ta.sma("period", timeframe="1d")
    lagged = ta.ema("period", lag=1)
    move = ta.momentum("period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        steep = bar.close / self.scale > 1.01 * self.lagged / self.scale
        return aj.signals(
            bar.close > self.days, bar.close < self.lagged, self.move < 0.0 and not steep, bar.close > 1.02 * self.days
        )


@aj.strategy
class Ratio:
    """Arithmetic whose divisor can be zero: then it raises, in both forms at the same bar."""

    period: int = 3
    scale: float = 1.0
    move = ta.momentum("period")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        share = bar.close / self.move / self.scale
        if share > 20.0:
            return aj.LONG
        return aj.FLAT if share < -20.0 else None


def test_every_indicator_comes_to_the_same_bits() -> None:
    minimal, full = both(aj.load(MARKET.frame()), "x:Everything", {"period": [5, 6, 9]}, definition_of(Everything))
    assert_same_bits(minimal, full)
    assert len({float(value) for value in minimal[0][:, 0]}) == 3


def test_longer_timeframes_lags_and_signals_come_to_the_same_bits() -> None:
    data = generate_sample("5m", sessions=12).select("ALFA")
    swept = {"period": [2, 3, 30], "position_size": [0.5, 1.0]}
    minimal, full = both(data, "x:Signalling", swept, definition_of(Signalling))
    assert_same_bits(minimal, full)
    assert min(minimal[0][:4, column("n_trades")]) > 3
    # Thirty days are never complete, so nothing is asked.
    assert list(minimal[0][4:, column("n_trades")]) == [0.0, 0.0]


def column(name: str) -> int:
    from admf_kernels.constants import METRIC_NAMES

    return METRIC_NAMES.index(name)


def test_a_failure_has_the_same_words_and_the_same_bar() -> None:
    frame = MARKET.frame()
    frame["volume"] = 1000.0
    frame.iloc[100, frame.columns.get_loc("volume")] = 5000.0
    swept = {"trouble": [-4, 0, 1, 2, 5]}
    minimal, full = both(aj.load(frame), "x:Fragile", swept, definition_of(Fragile))
    assert_same_bits(minimal, full)
    assert [error is None for error in minimal[1]] == [True, True, False, False, True]
    assert "share = 10 //" in minimal[1][2] and "(bar 100," in minimal[1][2]


@pytest.mark.parametrize("shape", ["rests", "walk"])
def test_a_divisor_that_may_be_zero_raises_where_python_would(shape: str) -> None:
    data = aj.load(Market(shape, 7, 220, 100.0, 0.01, "1h").frame())
    swept = {"period": [1, 4], "scale": [0.0, 1.0]}
    minimal, full = both(data, "x:Ratio", swept, definition_of(Ratio))
    assert_same_bits(minimal, full)
    raised = ["ZeroDivisionError" in (error or "") for error in minimal[1]]
    # A scale of 0 always divides by zero; a move is 0 on a market that rests.
    assert raised == [True, shape == "rests", True, shape == "rests"]


def test_a_ruined_short_fails_at_the_same_bar() -> None:
    closes = [100.0] * 30 + [100.0 * 1.05**bar for bar in range(1, 60)] + [90.0] * 40
    data = aj.load(bars(closes))
    swept = {"period": [3], "allow_short": [True], "position_size": [0.3, 0.9, 1.0]}
    minimal, full = both(data, "rsi_reversion", swept)
    assert_same_bits(minimal, full)
    errors = [error or "" for error in minimal[1]]
    assert all("equity is used up" in error for error in errors) and len(set(errors)) == 3, errors


def bars(closes: list[float]) -> Any:
    import pandas as pd

    times = pd.date_range("2024-01-01", periods=len(closes), freq="D", tz="UTC", name="time")
    frame = pd.DataFrame({name: closes for name in ("open", "high", "low", "close")}, index=times)
    frame["volume"] = 1.0
    return frame


@pytest.mark.parametrize("cash", [1e308, 1e-290])
def test_money_beyond_all_measure_ends_alike(cash: float) -> None:
    data = aj.load(Market("jumps", 3, 200, 1e-3, 0.05, "1h").frame())
    swept = {"fast_period": [2, 5], "slow_period": [9], "position_size": [0.1, 1.0]}
    for commission in ({"type": "none"}, {"type": "percent", "rate": 0.01}):
        assert_same_bits(*both(data, "sma_crossover", swept, account={"cash": cash, "commission": commission}))


def test_columns_that_do_not_fit_are_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from admf_jit.workers import columns

    data = aj.load(MARKET.frame())
    swept = {"fast_period": [2, 3, 5], "slow_period": [9, 20], "position_size": [0.5, 1.0]}
    caches, results = [], []
    for capacity in (columns.COLUMN_BYTES, 8 * 2 * data.n_bars):
        monkeypatch.setattr(columns, "COLUMN_BYTES", capacity)
        columns.column_cache.cache_clear()
        results.append(both(data, "sma_crossover", swept)[0])
        caches.append(columns.column_cache())
    roomy, tight = caches
    columns.column_cache.cache_clear()
    assert_same_bits(*results)
    assert roomy.computed == 5, "each average once, whatever it is used for"
    assert tight.computed > 5 and tight.kept_bytes <= tight.capacity_bytes


def test_the_future_changes_no_answer() -> None:
    from admf_jit.workers.minimal import signals_of

    whole = aj.load(MARKET.frame())
    part = aj.load(MARKET.frame().iloc[:-40])
    config = load_config({"name": "cut", "data": {"source": "sample"}, "strategy": {"type": "macd_cross"}})
    found = []
    for data in (whole, part):
        prepared = prepare(config, data=data)
        inputs = prepared.inputs.build([prepared.grid.container(0)])
        found.append(signals_of(prepared.runner.module, prepared.data, 0, inputs.parameters[0]))
    assert len(set(found[1].tolist())) > 2
    assert np.array_equal(found[0][: len(found[1])], found[1])


@aj.strategy
class Stateful:
    """Counts."""

    asked = 0

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        self.asked += 1
        return aj.LONG if self.asked % 9 < 5 else aj.FLAT


@aj.strategy
class Wealthy:
    """Looks at its equity."""

    average = ta.sma(4)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.FLAT if position.equity > 10_000.0 else aj.LONG


@aj.strategy
class Chancy:
    """Draws."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.LONG if self.random.uniform() < 0.5 else aj.FLAT


REASONS: list[tuple[Any, dict[str, Any], str, str]] = [
    (Stateful, {}, "nothing", "keeps state of its own (asked), and there are no indicators"),
    (Wealthy, {"account": {"borrow_rate": 0.02}}, "indicators", "which account.borrow_rate changes at every bar"),
    (Wealthy, {}, "indicators", "than whether it is long, short or flat"),
    (Chancy, {}, "nothing", "draws random numbers, and there are no indicators"),
    (None, {"execution": {"preset": "vectorbt"}}, "indicators", "preset vectorbt keeps its own rules"),
    (None, {"execution": {"event_capacity": 1}}, "indicators", "event_capacity is below 2"),
    (None, {"execution": {"portfolio": True}}, "nothing", "trades several symbols"),
    (None, {"execution": {"optimization_phase": {"isolation": "full"}}}, "nothing", "isolation is full"),
    (
        None,
        {"execution": {"optimization_phase": {"shared_services": ["market_data"]}}},
        "nothing",
        "shared_services has no indicators",
    ),
]


@pytest.mark.parametrize(("strategy", "blocks", "shares", "reason"), REASONS)
def test_what_cannot_be_shared_says_why(strategy: Any, blocks: dict[str, Any], shares: str, reason: str) -> None:
    definition = None if strategy is None else definition_of(strategy)
    named = "sma_crossover" if strategy is None else f"x:{strategy.__name__}"
    config = load_config({"name": "own", "data": {"source": "sample"}, "strategy": {"type": named}, **blocks})
    prepared = prepare(config, definition=definition, data=aj.load(MARKET.frame()))
    isolation = prepared.isolation
    assert (isolation.used, isolation.shares) == ("full" if shares == "nothing" else "minimal", shares)
    assert reason in isolation.described


def test_a_sweep_is_minimal_by_itself_and_its_rows_are_those_of_full(tmp_path: Any) -> None:
    data = aj.load(MARKET.frame())
    swept = {"fast_period": [3, 5], "slow_period": [10, 20], "position_size": [0.5, 1.0]}
    runs = [
        aj.grid("sma_crossover", data, swept, n_jobs=n_jobs, isolation=isolation, out=tmp_path / f"{n_jobs}{isolation}")
        for n_jobs, isolation in ((1, "auto"), (2, "minimal"), (1, "full"), (1, "process"))
    ]
    used = [run.manifest["isolation"]["used"] for run in runs]
    assert used == ["minimal", "minimal", "full", "process"]
    # Nothing has compiled the engine of lone containers, which only a replay needs.
    assert "compiled" not in vars(runs[0]._prepare())
    assert all(rows_of(run) == rows_of(runs[0]) for run in runs)
    written = {
        (tmp_path / f"{n_jobs}{form}" / "results.parquet").read_bytes() for n_jobs, form in ((1, "auto"), (1, "full"))
    }
    assert len(written) == 1, "the very bytes of the table"


def test_many_containers_side_by_side_part_where_some_cannot_trade(tmp_path: Any) -> None:
    data = aj.load(MARKET.frame())
    # Lots that the small positions do not fill, fees that the small account cannot pay, and more than go side by side.
    swept = {
        "account.position_size": [0.02 * place for place in range(1, 41)],
        "account.cash": [700.0, 20_000.0],
        "allow_short": [False, True],
        "fast_period": [2, 3],
    }
    account: dict[str, Any] = {"lot_size": 5.0, "commission": {"type": "fixed", "amount": 30.0}}
    runs = {
        isolation: aj.grid("sma_crossover", data, swept, isolation=isolation, out=tmp_path / isolation, **account)
        for isolation in ("minimal", "full")
    }
    minimal, full = ((tmp_path / isolation / "results.parquet").read_bytes() for isolation in runs)
    assert minimal == full, "the very bytes of the table"
    trades = runs["full"].frame["n_trades"]
    assert (trades == 0).any() and (trades > 0).any() and trades.nunique() > 5


def test_the_last_lot_that_cash_pays_for_to_the_cent_is_bought() -> None:
    frame = bars([163.3] * 30)
    frame["open"] = frame["high"] = 163.4
    # 3519 lots and their fee; divided by 163.4 * 1.001 it comes to 3518.9999999999995.
    paid = 3519.0 * 163.4 + 3519.0 * 163.4 * 0.001
    account = {"cash": paid, "lot_size": 1.0, "commission": {"type": "percent", "rate": 0.001}}
    swept = {"position_size": [1.0 - 1e-5 * step for step in range(40)]}
    minimal, full = both(aj.load(frame), "buy_and_hold", swept, account=account)
    assert_same_bits(minimal, full)
    assert minimal[0][:, column("final_equity")] == pytest.approx(3519 * 163.3, rel=1e-12)
