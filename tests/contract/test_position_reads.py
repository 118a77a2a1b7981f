"""What ``on_bar`` reads of its position and the trades before, in every engine and isolation."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

import admf_jit as aj
from admf_jit.config import load_config
from admf_jit.strategies.compiled import CompiledStrategy, compile_strategy
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.generate import ORDER_ENGINE, PLAIN_ENGINE, PORTFOLIO_ENGINE, generate
from admf_jit.workflow.prepare import prepare
from tests.contract.order_cases import Case, Played, play, played_by
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.contract.portfolio_cases import play_compiled, play_reference
from tests.contract.position_readers import Asking, Cooling, Managed, Saying
from tests.contract.samples import MARKET
from tests.contract.test_order_agreement import difference, result_of, same
from tests.contract.test_order_random import Impulses, case_of
from tests.live.fed import both
from tests.long import how_many, long, plain_unless_long
from tests.reference.indicators import sma
from tests.reference.order_portfolio_cases import portfolio_case
from tests.reference.order_random_cases import random_case
from tests.reference.order_settings import OrderSettings

N_SAID = 13
CASES = how_many(12, 500)
SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"fill": "same_close"},
    {"exits": {"stop_loss": 0.03, "take_profit": 0.04}, "max_volume_share": 0.5},
)


def saying_case(seed: int) -> Case:
    drawn = random_case(seed)
    # A lot would round what is said, and a small book has no room for it.
    return replace(case_of(drawn), strategy=Saying, settings=replace(drawn.settings, lot_size=0.0, order_capacity=256))


def what_is_said(played: Played) -> list[float]:
    return [event.quantity for event in played.events if (event.kind, event.reason) == ("REJECT", "bad_price")]


def assert_says_the_same(expected: Played, got: Played, who: Any) -> None:
    found = difference(expected, got)
    assert found is None, (who, found)
    for place, (a, b) in enumerate(zip(what_is_said(expected), what_is_said(got), strict=False)):
        # A profit is a difference of values traded.
        assert same(a, b, 1e6 if place % N_SAID in (1, 6) else 1.0), (who, place % N_SAID, place // N_SAID, a, b)


@pytest.fixture(scope="module")
def saying() -> CompiledStrategy:
    """The strategy that says what it reads, on the order engine."""
    return compile_strategy(definition_of(Saying), ORDER_ENGINE)


@long
def test_random_cases_say_what_the_reference_says(saying: Any) -> None:
    exits: Counter[float] = Counter()
    children: set[float] = set()
    for seed in range(CASES):
        case = saying_case(seed)
        got = played_by(result_of(saying, case))
        expected = play("reference", case, got.seed)
        assert_says_the_same(expected, got, seed)
        exits.update(what_is_said(expected)[7::N_SAID])
        children |= {*what_is_said(expected)[11::N_SAID], *what_is_said(expected)[12::N_SAID]}
    assert len(children) > 20
    told = {name for name in aj.Exit if exits[name + 0.125]}
    assert told >= {aj.Exit.STRATEGY, aj.Exit.STOP_LOSS, aj.Exit.TAKE_PROFIT, aj.Exit.TRAILING_STOP}


@long
@plain_unless_long
def test_several_symbols_say_what_the_reference_says() -> None:
    compiled = compile_strategy(definition_of(Saying), PORTFOLIO_ENGINE)
    for seed in range(how_many(3, 100)):
        drawn = portfolio_case(seed, weights=False)
        drawn = replace(drawn, settings=replace(drawn.settings, lot_size=0.0, order_capacity=256))
        got = play_compiled(compiled, drawn, Saying)
        assert_says_the_same(play_reference(drawn, Saying, got.seed), played_by(got), seed)


@pytest.mark.parametrize("strategy", [Managed, Asking, Cooling])
@pytest.mark.parametrize("settings", SETTINGS)
def test_strategies_without_orders_agree_with_the_reference(strategy: Any, settings: dict[str, Any]) -> None:
    case = Case(
        MARKET.frame(), OrderSettings(cash=10_000.0, commission={"type": "percent", "rate": 0.001}, **settings),
        strategy, definition_of(strategy).defaults,
        indicators=lambda bars, given: {"average": sma(bars.close, given["fast"])}, warmup=2,
    )  # fmt: skip
    got = play("compiled", case)
    found = difference(play("reference", case, got.seed), got)
    assert found is None and len(got.fills) > 20, found


@pytest.mark.parametrize("strategy", [Managed, Asking, Cooling])
def test_every_form_has_the_same_bits(strategy: Any) -> None:
    data = aj.load(MARKET.frame())
    last = {Managed: {"longest": [2, 9]}, Asking: {"room": [0.0, 0.01]}, Cooling: {"pause": [0, 3]}}[strategy]
    for settings in ({}, {"exits.stop_loss": [None, 0.02], "exits.take_profit": [0.03]}):
        swept: dict[str, Any] = {"fast": [2, 5], "position_size": [0.5, 1.0], **last, **settings}
        forms = [
            aj.grid(strategy, data, swept, isolation=isolation, master_seed=1) for isolation in ("full", "minimal")
        ]
        assert forms[0].frame["result_hash"].tolist() == forms[1].frame["result_hash"].tolist()
    # The order engine comes to what the plain one does, where no rule of its own applies.
    plain = aj.backtest(strategy(), data)
    other = aj.backtest(strategy(), data, exits={"max_holding_bars": 10**6})
    assert plain.equity.tolist() == other.equity.tolist() and len(plain.trades) > 20


@plain_unless_long
def test_a_portfolio_of_one_symbol_has_the_same_equity() -> None:
    data = aj.load(MARKET.frame())
    for strategy in (Managed, Asking, Cooling):
        plain, other = aj.backtest(strategy(), data), aj.backtest(strategy(), data, portfolio=True)
        assert plain.equity.tolist() == other.equity.tolist() and len(plain.trades) > 20


@pytest.mark.parametrize(
    ("strategy", "evaluated", "says"),
    [
        (Managed, "in blocks between fills", "more of its position"),
        (Asking, "in blocks between fills", "more of its position"),
        (Cooling, "on every bar", "the trades before .bars_since_exit, last_profit, last_exit"),
    ],
)
def test_what_is_read_decides_how_it_is_evaluated(strategy: Any, evaluated: str, says: str) -> None:
    config = load_config({"data": {"source": "sample"}, "strategy": {"type": "buy_and_hold"}})
    prepared = prepare(config, definition=definition_of(strategy), data=aj.load(MARKET.frame()))
    assert prepared.isolation.used == "minimal" and prepared.isolation.evaluated == evaluated
    assert says.replace(".", "(", 1) in str(prepared.isolation.reason)


def test_what_is_not_read_is_not_there() -> None:
    for engine in (PLAIN_ENGINE, ORDER_ENGINE, PORTFOLIO_ENGINE):
        texts = [generate(definition_of(strategy), engine=engine).text for strategy in (Impulses, Cooling)]
        for word in ("since__high", "position__", "context.trades", "class Position"):
            assert [word in text for text in texts] == [False, True], (engine, word)


@pytest.mark.parametrize("strategy", [Managed(), Cooling(), Saying(unit=2.0)])
@pytest.mark.parametrize("exits", [{}, {"stop_loss": 0.02}])
def test_live_has_the_same_events(strategy: Any, exits: dict[str, Any]) -> None:
    data = aj.load(MARKET.frame().iloc[:140])
    expected, got, error, ended = both(strategy, data, 40, again_at=10**9, **({"exits": exits} if exits else {}))
    assert (error, ended) == (None, None)
    assert expected.tobytes() == got.tobytes() and len(got) > 300


def test_a_preset_does_not_tell_of_the_trades_before() -> None:
    with pytest.raises(aj.StrategyError, match=r"position.bars_since_exit is not told under preset vectorbt"):
        aj.backtest(Cooling(), aj.load(MARKET.frame()), preset="vectorbt")


def test_a_preset_tells_of_what_is_held() -> None:
    for preset, sizing in (("vectorbt", {"type": "quantity", "quantity": 1.0}), ("backtesting.py", None)):
        one = aj.backtest(Managed(longest=5, room=0.9), aj.load(MARKET.frame()), preset=preset, sizing=sizing)
        assert one.trades["holding"].max() >= 5 and len(one.trades) > 10


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("position.pnl", "write position.unrealized_profit"),
        ("position.bars_since_entry", "write position.bars_held"),
        ("position.last_profits", "did you mean position.last_profit?"),
    ],
)
def test_other_names_are_answered(line: str, says: str, tmp_path: Any) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(
        "import admf_jit as aj\n\n\n@aj.strategy\nclass Wrong:\n    def on_bar(self, bar, position):\n"
        f"        return aj.LONG if {line} > 1 else aj.FLAT\n"
    )
    with pytest.raises(aj.StrategyError, match=says):
        aj.backtest(f"{file}:Wrong", MARKET.frame())


def test_they_pass_in_plain_python() -> None:
    assert_pass_in_plain_python(
        __file__, "agree_with_the_reference or live_has or several_symbols or portfolio_of_one", 17
    )
