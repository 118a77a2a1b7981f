"""Play random cases of several symbols on the package and on the reference, and print what they differ in.

`python -m tests.contract.portfolio_agreement FIRST LAST`; with NUMBA_DISABLE_JIT=1 nothing is compiled.
"""

import sys
from collections.abc import Iterator
from typing import Any

from admf_jit.strategies.compiled import CompiledStrategy, compile_strategy
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.generate import PORTFOLIO_ENGINE
from tests.contract.order_cases import played_by
from tests.contract.portfolio_cases import NAMES, Drifting, play_compiled, play_reference
from tests.contract.test_order_agreement import difference
from tests.contract.test_order_random import Impulses
from tests.reference.order_portfolio_cases import portfolio_case

#: Told of the whole account, and so of none of the symbols.
WHOLE = ("PORTFOLIO_UPDATE", "FINANCING", "RISK_BREACH", "FEATURES")
#: Ways to run a case: all symbols with on_bar, all symbols with target weights, one symbol of several with on_bar.
WAYS = ("on_bar", "weights", "alone")
#: Cases that go by the last bit of a sum: 328 deals with what its own orders left of lots of 0.1, in 453 a stop
#: lies at an edge of the tick. In 494 a symbol has no two bars side by side, which data must have.
EDGES = {("on_bar", 328), ("alone", 328), ("on_bar", 453), ("on_bar", 494), ("alone", 494)}


def strategy_of(way: str) -> Any:
    """The strategy that plays the cases of a way."""
    return Drifting if way == "weights" else Impulses


def compiled_for(way: str) -> CompiledStrategy:
    """The strategy of a way, on the engine of several symbols."""
    return compile_strategy(definition_of(strategy_of(way)), PORTFOLIO_ENGINE)


def disagreement(way: str, compiled: CompiledStrategy, seed: int) -> str | None:
    """What the engines differ in on a case, or None."""
    strategy = strategy_of(way)
    drawn = portfolio_case(seed, weights=way == "weights")
    alone = NAMES[seed % len(drawn.rows)] if way == "alone" else ""
    got = play_compiled(compiled, drawn, strategy, alone)
    played, expected = played_by(got), play_reference(drawn, strategy, got.seed, alone)
    found = difference(expected, played)
    if found is None and expected.status == "done":
        for a, b in zip(expected.events, played.events, strict=True):
            if a.symbol != b.symbol and (a.kind not in WHOLE or a.order):
                found = f"symbol\nexpected {a}\n     got {b}"
                break
        else:
            found = _metrics(expected.metrics, played.metrics)
    return found and f"{way}, seed {seed}, {len(drawn.rows)} symbols, {drawn.rebalance}, {drawn.settings}: {found}"


def _metrics(expected: dict[str, float], got: dict[str, float]) -> str | None:
    """The first metric that differs; those of fast-growing sums of powers are held to less."""
    for name, value in expected.items():
        tolerance = 1e-6 if name in ("skewness", "kurtosis") else 1e-8
        same = got[name] == value or abs(got[name] - value) <= tolerance * max(1.0, abs(value))
        if not same and not (value != value and got[name] != got[name]):
            return f"{name}: expected {value}, got {got[name]}"
    return None


def disagreements(first: int, last: int) -> Iterator[str]:
    """What differs in the cases of some seeds, on every way."""
    for way in WAYS:
        compiled = compiled_for(way)
        for seed in range(first, last):
            found = disagreement(way, compiled, seed) if (way, seed) not in EDGES else None
            if found:
                yield found


if __name__ == "__main__":
    for told in disagreements(int(sys.argv[1]), int(sys.argv[2])):
        print(told)
