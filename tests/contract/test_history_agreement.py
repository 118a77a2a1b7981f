"""Rows of grids with a history agree with the reference in every isolation, whatever evaluation.start is."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import admf_jit as aj
from admf_kernels.constants import METRIC_NAMES
from tests.contract.compare import api_settings, compare_metrics
from tests.contract.markets import Market, Span
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.contract.test_isolation_minimal import both
from tests.reference.bars import Bars
from tests.reference.costs import Settings
from tests.reference.engine import Outcome, run
from tests.reference.strategies import BUILT_IN

CASES = 24
#: Parameters that decide a warm-up, and what else is swept: two containers each, whose warm-ups differ.
SWEPT: dict[str, dict[str, list[Any]]] = {
    "sma_crossover": {"fast_period": [3], "slow_period": [9, 26]},
    "ema_crossover": {"fast_period": [3], "slow_period": [8, 31]},
    "donchian_breakout": {"entry_period": [6, 24], "exit_period": [4]},
    "rsi_reversion": {"period": [5, 17], "lower": [41.7], "upper": [59.1]},
    "macd_cross": {"fast_period": [3], "slow_period": [8, 21], "signal_period": [4]},
    "momentum": {"period": [2, 22], "threshold": [0.0013]},
}
ACCOUNT = Settings(cash=12_345.67, commission={"type": "percent", "rate": 0.001}, position_size=0.3)


def case_of(seed: int) -> tuple[str, Any, Span, str]:
    """A built-in strategy, bars, which of them are evaluated, and `evaluation.start`."""
    g = random.Random(seed)
    frame = Market(g.choice(["walk", "jumps"]), seed, 90, 100.0, 0.02, g.choice(["1min", "1h", "1D"])).frame()
    span = Span(g.choice([0, 2, 11, 40]), g.choice(["all", "all", "none", 1, 14]))
    return list(SWEPT)[seed % len(SWEPT)], frame, span, g.choice(["own", "common"])


def outcomes(name: str, bars: Bars, start: str) -> list[Outcome]:
    """What the reference makes of each container."""
    (axis,) = (axis for axis in SWEPT[name] if len(SWEPT[name][axis]) > 1)
    given = {key: values[0] for key, values in SWEPT[name].items()}
    strategies = [BUILT_IN[name](bars, **{**given, axis: value}) for value in SWEPT[name][axis]]
    latest = max(strategy.warmup for strategy in strategies) - bars.n_history
    begin = max(0, latest) if start == "common" else 0
    return [run(bars, strategy, ACCOUNT, begin=begin) for strategy in strategies]


def account_of(settings: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    """The blocks `account` and `execution` of the reference's settings."""
    given = {name: value for name, value in api_settings(settings).items() if value is not None}
    return given, {name: given.pop(name) for name in ("fill", "close_at_end")}


@pytest.mark.parametrize("part", range(2))
def test_rows_agree_in_full_and_minimal(part: int) -> None:
    seen: Counter[str] = Counter()
    account, execution = account_of(ACCOUNT)
    for seed in range(part, CASES, 2):
        name, frame, span, start = case_of(seed)
        expected = outcomes(name, span.bars(frame), start)
        blocks = {"account": account, "execution": execution, "evaluation": {"start": start}}
        for rows, errors in both(span.data(frame), name, SWEPT[name], **blocks):
            assert errors == (None, None), seed
            for row, outcome in zip(rows, expected, strict=True):
                compare_metrics(dict(zip(METRIC_NAMES, row.tolist(), strict=True)), outcome, ACCOUNT.cash)
        first = [next((event.bar for event in one.events if event.kind == "FEATURES"), None) for one in expected]
        seen["warm at bar 0"] += first == [0, 0]
        seen["warm in part"] += first[0] == 0 != first[1]
        seen["common and later"] += start == "common" and first[0] == first[1] != 0
    assert min(seen[name] for name in ("warm at bar 0", "warm in part", "common and later")) > 0, seen


def test_a_process_of_its_own_agrees_too(tmp_path: Path) -> None:
    frame, span = Market("walk", 3, 90, 100.0, 0.02, "1h").frame(), Span(20, 12)
    many = aj.grid(
        "sma_crossover", span.data(frame), SWEPT["sma_crossover"], isolation="process", n_jobs=1, out=tmp_path,
        **api_settings(ACCOUNT),
    )  # fmt: skip
    expected = outcomes("sma_crossover", span.bars(frame), "own")
    assert many.frame["final_equity"].tolist() == [outcome.equity[-1] for outcome in expected]
    # 12 bars before bar 0: an average of 9 is warm there, one of 26 at bar 13.
    assert many.frame["first_evaluated_bar"].tolist() == [0, 13]


def test_plain_python_agrees_too() -> None:
    assert_pass_in_plain_python(__file__, "test_rows_agree", 2)
