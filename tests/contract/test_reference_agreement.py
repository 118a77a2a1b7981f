"""Every built-in strategy, in random markets and accounts, agrees with the reference in every number."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

import admf_jit as aj
from admf_jit.data import MarketData
from tests.contract.accounts import account_settings
from tests.contract.compare import api_settings, assert_agrees
from tests.contract.markets import STILL, Market, Span, markets, spans
from tests.long import how_many, long
from tests.reference.costs import Settings
from tests.reference.engine import run
from tests.reference.strategies import BUILT_IN

# Two ways of adding up an average differ by rounding, so a comparison closer than this may fall either way.
CLOSEST_CALL = 1e-10
EXAMPLES = how_many(30, 400)
PERIODS = st.integers(1, 12)
SIGNS = st.booleans()


def crossover() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "fast_period": st.integers(1, 9),
            "slow_period": st.integers(10, 30),
            "signal_threshold": st.sampled_from([0.0, 0.00037, 0.0031]),
            "allow_short": SIGNS,
        }
    )


PARAMETERS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "sma_crossover": crossover(),
    "ema_crossover": crossover(),
    "rsi_reversion": st.fixed_dictionaries(
        {
            "period": st.integers(2, 20),
            "lower": st.sampled_from([20.3, 41.7]),
            "upper": st.sampled_from([59.1, 80.9]),
            "allow_short": SIGNS,
        }
    ),
    "bollinger_reversion": st.fixed_dictionaries(
        {"period": st.integers(3, 25), "width": st.sampled_from([0.51, 1.03, 2.0]), "allow_short": SIGNS}
    ),
    "donchian_breakout": st.fixed_dictionaries(
        {"entry_period": st.integers(1, 25), "exit_period": st.integers(1, 25), "allow_short": SIGNS}
    ),
    "macd_cross": st.fixed_dictionaries(
        {
            "fast_period": st.integers(2, 9),
            "slow_period": st.integers(10, 26),
            "signal_period": st.integers(2, 9),
            "allow_short": SIGNS,
        }
    ),
    "momentum": st.fixed_dictionaries(
        {"period": st.integers(1, 25), "threshold": st.sampled_from([0.0, 0.013]), "allow_short": SIGNS}
    ),
    "buy_and_hold": st.just({}),
}


@st.composite
def cases(draw: st.DrawFn, name: str) -> tuple[Market, Span, dict[str, Any], Settings]:
    """Draw a market, what of it is evaluated, parameters and an account.

    What stands still never meets a threshold it would tie.
    """
    needs_movement = name in ("bollinger_reversion", "macd_cross")
    market = draw(markets(("walk", "jumps")) if needs_movement else markets())
    parameters = draw(PARAMETERS[name])
    if market.shape in STILL and parameters.get("signal_threshold") == 0.0:
        parameters = {**parameters, "signal_threshold": 0.00037}
    return market, draw(spans()), parameters, draw(account_settings(market.level))


@long
@pytest.mark.parametrize("name", list(BUILT_IN))
def test_built_in_strategy_agrees_with_the_reference(name: str) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(cases(name))
    def check(case: tuple[Market, Span, dict[str, Any], Settings]) -> None:
        market, span, parameters, account = case
        frame = market.frame()
        bars = span.bars(frame)
        strategy = BUILT_IN[name](bars, **parameters)
        seen["cases"] += 1
        seen["discarded"] += strategy.closest_call < CLOSEST_CALL
        assume(strategy.closest_call >= CLOSEST_CALL)
        outcome = run(bars, strategy, account)
        event("bankrupt" if outcome.bankrupt else "finished")
        seen["trades"] += len(outcome.trades)
        seen["bankrupt"] += outcome.bankrupt
        seen["with a history"] += bars.n_history > 0
        compare(name, parameters, span.data(frame), account, outcome)

    check()
    assert seen["discarded"] <= 0.05 * seen["cases"], seen
    assert seen["trades"] > 0 or name == "buy_and_hold", seen
    assert seen["with a history"] > 0, seen


def compare(name: str, parameters: dict[str, Any], data: MarketData, account: Settings, outcome: Any) -> None:
    result = aj.backtest(name, data, parameters=parameters, raise_errors=False, **api_settings(account))
    if outcome.bankrupt:
        assert result.status == "failed"
    else:
        assert_agrees(result, outcome, account)
