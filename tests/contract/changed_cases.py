"""Random cases that a test changes, held to the reference: of one symbol, and of several."""

from collections.abc import Callable, Iterator
from typing import Any

from admf_jit.strategies.compiled import compile_strategy
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.generate import ORDER_ENGINE, PORTFOLIO_ENGINE
from tests.contract.order_cases import Case, play, played_by
from tests.contract.portfolio_cases import Drifting, play_compiled, play_reference
from tests.contract.test_order_agreement import difference, result_of
from tests.contract.test_order_random import Impulses, case_of
from tests.long import how_many
from tests.reference.order_portfolio_cases import PortfolioCase, portfolio_case
from tests.reference.order_random_cases import random_case


def agreed_events(change: Callable[[Case, int], Case]) -> Iterator[Any]:
    """Hold random cases as ``change`` makes them, by seed, to the reference; their events, one case after the other."""
    compiled = compile_strategy(definition_of(Impulses), ORDER_ENGINE)
    for seed in range(how_many(40, 500)):
        case = change(case_of(random_case(seed)), seed)
        got = played_by(result_of(compiled, case))
        found = difference(play("reference", case, got.seed), got)
        assert found is None, (seed, case.settings, found)
        yield from got.events


def agree_over_symbols(strategy: Any, change: Callable[[PortfolioCase, int], PortfolioCase]) -> None:
    """Hold random cases of several symbols to the reference, as ``change`` makes them, by seed."""
    compiled = compile_strategy(definition_of(strategy), PORTFOLIO_ENGINE)
    for seed in range(how_many(6, 100)):
        drawn = change(portfolio_case(seed, weights=strategy is Drifting), seed)
        got = play_compiled(compiled, drawn, strategy)
        found = difference(play_reference(drawn, strategy, got.seed), played_by(got))
        assert found is None, (seed, drawn.settings, found)
