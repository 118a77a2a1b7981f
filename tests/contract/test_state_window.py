"""Windows in a strategy's state: what a deque of Python has, in every engine, every isolation and live."""

from collections import deque
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from tests.contract.samples import MARKET
from tests.live.fed import both
from tests.live.test_live_is_backtest import AGAIN_AT, assert_same
from tests.strategies.declare import declared, on_bar

BARS = MARKET.frame().iloc[:160]
TWO = pd.concat([BARS.assign(symbol="A"), BARS.assign(symbol="B", close=BARS.close.to_numpy()[::-1])])
TWO["high"], TWO["low"] = TWO[["open", "high", "close"]].max(axis=1), TWO[["open", "low", "close"]].min(axis=1)


@aj.strategy
class Ranges:
    """Looks at its last ranges, of which it takes those of every bar but each third one."""

    skip: int = 3
    recent = aj.window(7)
    moves = aj.window(4)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if bar.index % self.skip != 0:
            self.recent.append(bar.high - bar.low)
        self.moves.append(bar.close - bar.open)
        if not self.recent.full or len(self.moves) < 4:
            return aj.FLAT
        wide = self.recent[0] > self.recent.mean and self.recent.max > 1.5 * self.recent.min
        return (
            aj.LONG if wide and self.moves.sum > self.moves[3] and self.recent[len(self.recent) - 1] > 0.0 else aj.FLAT
        )


@aj.strategy
class Weighed:
    """Equal weights while the sum of closes has grown, else nothing."""

    sums = aj.window(5)

    def target_weights(self, market, weights):  # type: ignore[no-untyped-def]
        total = 0.0
        for i in range(len(weights)):
            total += market.close[i]
        self.sums.append(total)
        for i in range(len(weights)):
            weights[i] = 0.4 if self.sums.full and self.sums[0] > self.sums.mean else 0.0


def _answers(bars: pd.DataFrame, skip: int) -> list[bool]:
    recent: deque[float] = deque(maxlen=7)
    moves: deque[float] = deque(maxlen=4)
    found = []
    for t, bar in enumerate(bars.itertuples()):
        if t % skip:
            recent.append(bar.high - bar.low)
        moves.append(bar.close - bar.open)
        ready = len(recent) == 7 and len(moves) == 4
        wide = ready and recent[-1] > sum(recent) / 7 and max(recent) > 1.5 * min(recent)
        found.append(bool(wide and sum(moves) > moves[0] and recent[0] > 0.0))
    return found


def _fills(wanted: list[bool], bars: pd.DataFrame) -> list[pd.Timestamp]:
    turns = np.flatnonzero(np.diff(np.array(wanted, int), prepend=0))
    return [bars.index[turn + 1] for turn in turns if turn + 1 < len(bars)]


def _times(result: aj.BacktestResult, symbol: str | None = None) -> list[pd.Timestamp]:
    fills = result.fills if symbol is None else result.fills[result.fills.symbol == symbol]
    return pd.to_datetime(fills.time, utc=True).tolist()


def test_it_is_what_a_deque_says() -> None:
    one = aj.backtest(Ranges(), BARS)
    assert _times(one) == _fills(_answers(BARS, 3), BARS) and len(one.fills) > 10


def test_every_isolation_has_the_same_bits() -> None:
    swept = {"skip": [2, 3], "position_size": [0.5, 1.0]}
    full, minimal = (aj.grid(Ranges, BARS, swept, isolation=one, master_seed=1).frame for one in ("full", "minimal"))
    assert full["result_hash"].tolist() == minimal["result_hash"].tolist()
    assert full["error"].isna().all() and full["result_hash"].nunique() == 4


def test_each_symbol_has_one_of_its_own() -> None:
    shared = aj.backtest(Ranges(), TWO, portfolio=True, position_size=0.3)
    for symbol in "AB":
        own = TWO[TWO.symbol == symbol]
        assert _times(shared, symbol) == _fills(_answers(own, 3), own)


@pytest.mark.parametrize("bars", [BARS, TWO], ids=["one symbol", "portfolio"])
def test_live_keeps_it(bars: pd.DataFrame) -> None:
    more = {} if bars is BARS else {"execution": {"portfolio": True}}
    expected, got, _, _ = both(Ranges(), aj.load(bars), 40, again_at=AGAIN_AT, **more)
    assert_same(expected=expected, got=got)
    assert len(expected) > 200


def test_target_weights_have_one_for_all_symbols() -> None:
    result = aj.backtest(Weighed(), TWO)
    total = TWO.groupby(level=0).close.sum()
    known = (total > total.rolling(5).mean()).tolist()
    assert _times(result, "A")[0] == _fills(known, BARS)[0]
    assert result.error is None and len(result.fills) > 10


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("self.w.push(1.0)", "self.w, a window, has no 'push'; did you mean 'append'?"),
        ("self.w.mean()", "self.w.mean is no function: leave the brackets out"),
        ("self.w[-1]", r"self.w[-1]: [0] is the newest number, [1] the one before"),
        ("self.w = 1.0", "self.w is a window and cannot be assigned: write self.w.append(x)"),
        ("self.w[0] += 1.0", "self.w takes numbers at its end alone: self.w.append(x)"),
        ("print(self.w)", "self.w is a window: write self.w.mean, self.w[0], len(self.w) or self.w.append(x)"),
    ],
)
def test_what_a_window_does_not_have_is_said(tmp_path: Path, line: str, said: str) -> None:
    definition = declared(tmp_path, on_bar(f"{line}\nreturn aj.FLAT", fields="w = aj.window(3)"))
    with pytest.raises(aj.StrategyError) as refused:
        aj.backtest(definition.cls, BARS)
    assert said in str(refused.value)


@pytest.mark.parametrize("length", [0, -1, 2.0, "period", True, 100_001])
def test_a_length_is_a_whole_number(length: object) -> None:
    with pytest.raises(aj.StrategyError, match="expected a whole number from 1 to 100,000"):
        aj.window(length)  # type: ignore[arg-type]


def test_a_value_that_is_not_there_fails_the_container_with_its_line(tmp_path: Path) -> None:
    definition = declared(tmp_path, on_bar("self.w.append(bar.close)\nreturn self.w[1] > 0", fields="w = aj.window(3)"))
    error = aj.backtest(definition.cls, BARS, raise_errors=False).error
    assert error is not None and "IndexError" in error and "self.w[1] > 0" in error
