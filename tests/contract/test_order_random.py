"""Random cases of the order engine: what must hold in each, and that they come to everything that can happen."""

import math
from collections import Counter
from typing import Any

import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.config import load_config
from tests.contract.order_cases import Case, configuration, decide_of
from tests.reference.indicators import sma
from tests.reference.order_engine import run
from tests.reference.order_random_cases import Before, RandomCase, random_case
from tests.reference.order_records import Event, Outcome
from tests.reference.order_settings import OrderSettings

CASES = 400
HOUR = 3_600_000_000_000
KINDS = {
    "BAR", "FEATURES", "SIGNAL", "ORDER", "FILL", "REJECT", "CANCEL", "POSITION_OPEN", "POSITION_CLOSE",
    "PORTFOLIO_UPDATE", "RISK_BREACH", "FINANCING",
}  # fmt: skip
REASONS = {
    "CANCEL": {
        "expired", "cancelled", "oco", "replaced", "position_closed", "nothing_to_reduce", "not_filled",
        "end_of_data", "after_exit_time", "halted",
    },
    "REJECT": {"bad_price", "below_lot_size", "insufficient_cash", "insufficient_margin", "after_exit_time"},
    "RISK_BREACH": {
        "maintenance_margin", "max_position", "max_gross_exposure", "max_net_exposure", "max_orders_per_day",
        "max_daily_loss", "max_drawdown", "halted", "equity_exhausted",
    },
    "ORDER": {
        "modified", "stop_loss", "take_profit", "trailing_stop", "max_holding", "exit_time", "close_at_end",
        "maintenance_margin", "max_daily_loss", "max_drawdown",
    },
}  # fmt: skip


@aj.strategy
class Impulses:
    """Calls whatever its stream of whole numbers says, at levels on the grid around the close."""

    stream: int = 1
    busyness: int = 20
    grid: float = 1.0
    unit: float = 1.0
    period: int = 1
    average = ta.sma("period")
    word = 0
    last = 0

    def draw(self, n):  # type: ignore[no-untyped-def]
        self.word = (self.word * 1103515245 + 12345) % 2147483648
        return (self.word // 65536) % n

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        if self.word == 0:
            self.word = self.stream + 1000003 * bar.symbol
        answer = aj.KEEP
        if self.draw(100) >= self.busyness:
            return answer
        if orders.count() > 12:
            orders.cancel_all()
        for _ in range(1 + self.draw(3)):
            call = self.draw(22)
            quantity = (1 + self.draw(20)) * self.unit
            if self.draw(2) == 0:
                quantity = -quantity
            if position.quantity != 0.0 and self.draw(3) == 0:
                quantity = -position.quantity
            level = bar.close + (self.draw(17) - 8) * self.grid
            other = bar.close + (self.draw(17) - 8) * self.grid
            if self.average > bar.close:
                quantity = -quantity
            if self.draw(70) == 0:
                level = -level
            if self.draw(70) == 0:
                other = -other
            if self.draw(70) == 0:
                quantity = 0.001 * quantity
            tif = self.draw(5)
            until = bar.time + self.draw(40) * 3_600_000_000_000
            if tif != 2:
                until = 0  # it is for GTD alone
            reduce = self.draw(4) == 0
            some = self.last - self.draw(5)
            if call < 4:
                answer = aj.LONG
            elif call < 6:
                answer = aj.SHORT
            elif call < 8:
                answer = aj.FLAT
            elif call == 8:
                self.last = orders.market(quantity, reduce)
            elif call == 9:
                self.last = orders.limit(quantity, level, tif, until, reduce)
            elif call == 10:
                self.last = orders.stop(quantity, level, tif, until, reduce)
            elif call == 11:
                self.last = orders.stop_limit(quantity, level, other, tif, until, reduce)
            elif call == 12:
                self.last = orders.trailing_amount(quantity, (1 + self.draw(8)) * self.grid, reduce)
            elif call == 13:
                self.last = orders.trailing_percent(quantity, (1 + self.draw(8)) * 0.0078125, reduce)
            elif call == 14:
                self.last = orders.trailing_atr(quantity, 0.5 * (1 + self.draw(4)), reduce)
            elif call == 15:
                self.last = orders.market_on_close(quantity, reduce)
            elif call == 16:
                self.last = orders.bracket(quantity, level, other, 0.0)
            elif call == 17:
                self.last = orders.bracket(quantity, level, other, bar.close + (self.draw(9) - 4) * self.grid)
            elif call == 18:
                first = orders.limit(quantity, level, tif, until, reduce)
                self.last = orders.stop(quantity, other, tif, until, reduce)
                orders.oco(first, self.last)
            elif call == 19:
                if orders.is_working(some):
                    orders.cancel(some)
            elif call == 20:
                orders.modify(some, math.nan, level, other)
            else:
                orders.modify(some, quantity, math.nan, math.nan)
        return answer


def case_of(drawn: RandomCase) -> Case:
    """What the adapters of every engine take."""
    moments = pd.Timestamp("2024-01-02", tz="UTC") + pd.to_timedelta(drawn.before.hours + drawn.hours, unit="h")
    index = pd.DatetimeIndex(moments, name="time")
    rows = [*drawn.before.rows[0], *drawn.rows]
    frame = pd.DataFrame(rows, columns=["open", "high", "low", "close", "volume"], index=index)
    leverage = drawn.settings.margin["leverage"] if drawn.settings.margin else 1.0
    unit = leverage * drawn.settings.cash / drawn.rows[0][0] / 15
    parameters = {"stream": drawn.stream, "busyness": drawn.busyness, "grid": drawn.grid, "unit": unit}
    return impulses(frame, drawn.settings, parameters, drawn.before)


def impulses(frame: pd.DataFrame, settings: OrderSettings, parameters: dict[str, Any], before: Before) -> Case:
    """A case of `Impulses` with its average, some of whose bars come before bar 0."""
    parameters = {**parameters, "period": before.period}
    return Case(
        frame, settings, Impulses, parameters, 0, len(before.hours), before.history, before.begin,
        lambda bars, given: {"average": sma(bars.close, given["period"])}, before.period - 1,
    )  # fmt: skip


def played(case: Case) -> Outcome:
    """Let the reference play a case; the random numbers of its slippage are as good as any."""
    draws = iter(range(1, 1_000_000))
    return run(
        case.bars, case.settings, decide_of(case, case.bars), warmup=case.warmup, begin=case.begin,
        uniform=lambda: next(draws) * 0.37 % 1,
    )  # fmt: skip


def check(drawn: RandomCase, outcome: Outcome) -> None:
    """Assert what holds in every container."""
    events, settings = outcome.events, drawn.settings
    assert [event.sequence for event in events] == list(range(len(events)))
    assert all(event.cause < event.sequence and (event.cause >= 0) == (event.kind != "BAR") for event in events)
    cash, position, filled, working = settings.cash, 0.0, Counter[int](), dict[int, float]()
    for event in events:
        if event.kind == "FINANCING":
            cash -= event.value
        elif event.kind == "ORDER":
            working[event.order] = event.quantity
        elif event.kind in ("CANCEL", "REJECT") and not (
            event.kind == "REJECT" and events[event.cause].kind != "ORDER"
        ):
            assert event.order in working, event
        elif event.kind == "FILL":
            assert events[event.cause].kind == "ORDER" and events[event.cause].order == event.order
            assert event.quantity != 0.0 and event.price > 0 and event.fee >= 0
            cash = cash - (event.quantity * event.price + event.fee)
            position += event.quantity
            filled[event.bar] += abs(event.quantity)  # type: ignore[assignment]
            if settings.margin is None and event.quantity > 0:
                assert cash >= 0, event
            _check_price(drawn, event)
        elif event.kind == "PORTFOLIO_UPDATE":
            assert (event.fee, event.quantity, event.value) == (cash, position, cash + position * event.price), event
    if outcome.status != "order_book_overflow":
        assert (outcome.cash, outcome.positions) == (cash, [position])
        assert outcome.equity[-1] == cash + position * drawn.rows[len(outcome.equity) - 1][3]
    if settings.max_volume_share is not None:
        for bar, quantity in filled.items():
            assert quantity <= settings.max_volume_share * drawn.rows[bar][4] * (1 + 1e-12), (bar, quantity)


def _check_price(drawn: RandomCase, fill: Event) -> None:
    """A fill lies within its bar, but for slippage."""
    _, high, low, _, _ = drawn.rows[fill.bar]
    if drawn.settings.slippage is None and drawn.settings.tick_size == 0.0:
        assert low <= fill.price <= high and fill.value == 0.0, fill


def test_random_cases_hold_together_and_come_to_everything() -> None:
    kinds: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    statuses: Counter[str] = Counter()
    for seed in range(CASES):
        drawn = random_case(seed)
        outcome = played(case_of(drawn))
        check(drawn, outcome)
        statuses[outcome.status] += 1
        kinds.update(event.kind for event in outcome.events)
        reasons.update((event.kind, event.reason) for event in outcome.events)
    assert set(kinds) == KINDS
    for kind, wanted in REASONS.items():
        missing = [reason for reason in wanted if not reasons[kind, reason]]
        assert not missing, (kind, missing)
    assert set(statuses) == {"done", "equity_exhausted", "order_book_overflow"}, statuses


@pytest.mark.parametrize("part", range(4))
def test_the_settings_of_random_cases_are_taken_by_the_configuration(part: int) -> None:
    for seed in range(part * 25, part * 25 + 25):
        blocks = configuration(random_case(seed).settings)
        load_config({"data": {"source": "sample"}, "strategy": {"type": "buy_and_hold"}, **blocks})


def test_the_same_seed_gives_the_same_case_and_the_same_events() -> None:
    assert random_case(5) == random_case(5) != random_case(6)
    assert played(case_of(random_case(5))).events == played(case_of(random_case(5))).events
