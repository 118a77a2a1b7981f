"""Strategies that ask whether they are long, short or flat share an answer for each: the same bits."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

import admf_jit as aj
from admf_jit import ta
from admf_jit.config import load_config
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.sharing import looks_at_side, why_bar_by_bar, why_position_dependent
from admf_jit.strategies.source import collect_source
from admf_jit.workflow.prepare import prepare
from admf_kernels.constants import FLAT, KEEP, LONG, SHORT
from admf_kernels.minimal.signal_codes import RAISED, UNKNOWN, by_side, direction_of, mark_acting
from tests.contract.markets import Market, markets
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.contract.samples import MARKET
from tests.contract.test_isolation_minimal import BLOCKS, SIZES, assert_same_bits, both, column
from tests.long import how_many, long


@aj.strategy
class Entering:
    """Enters on one rule and leaves on another: arithmetic alone."""

    fast: int = 3
    slow: int = 9
    band: float = 0.001
    quick = ta.sma("fast")
    calm = ta.sma("slow")

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        gap = self.quick / self.calm - 1.0
        if position.quantity == 0:
            if gap > self.band:
                return aj.LONG
            return aj.SHORT if gap < -self.band else aj.KEEP
        if position.quantity > 0.0:
            return aj.FLAT if gap < 0.0 else aj.KEEP
        return aj.FLAT if gap > self.band else aj.KEEP


SWEPT = {"fast": [2, 5], "band": [0.0, 0.004]}


@long
@settings(max_examples=how_many(20, 600))
@given(
    market=markets(),
    sizes=SIZES,
    blocks=BLOCKS,
    exits=st.sampled_from([{}, {}, {"stop_loss": 0.01, "take_profit": 0.03}, {"trailing_stop": 0.02}]),
)
def test_answers_by_side_come_to_the_same_bits(
    market: Market, sizes: list[float], blocks: dict[str, Any], exits: Any
) -> None:
    swept = {**SWEPT, "position_size": sizes}
    definition = definition_of(Entering)
    assert_same_bits(*both(aj.load(market.frame()), "x:Entering", swept, definition, **blocks, exits=exits))


@aj.strategy
class Troubled:
    """Comes to grief on one side alone, on a line of its own, or answers there with codes of entries and exits."""

    trouble: int = 0
    average = ta.sma(4)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        above = bar.close > self.average
        if position.quantity < 0.0:
            if self.trouble == 1:
                raise ValueError("not while short")
            if self.trouble == 4:
                return 7
            return aj.LONG if above else aj.KEEP
        if not position.quantity:
            if self.trouble == 2 and bar.index > 60:
                raise ValueError("not while flat")
            if self.trouble == 5 and bar.index > 60:
                return -128
            return aj.signals(above, False, bar.close < 0.999 * self.average, False)
        if self.trouble == 3:
            share = 10 // (self.trouble - 3)
            return aj.FLAT if share > 0 else aj.KEEP
        if self.trouble == 6:
            return aj.signals(False, not above, not above, False)
        return aj.FLAT if bar.close < self.average else aj.KEEP


def test_what_fails_on_one_side_fails_there_alone_with_the_same_words() -> None:
    data = aj.load(MARKET.frame())
    blocks: tuple[dict[str, Any], ...] = ({}, {"exits": {"stop_loss": 0.03}})
    for exits in blocks:
        minimal, full = both(data, "x:Troubled", {"trouble": list(range(7))}, definition_of(Troubled), **exits)
        assert_same_bits(minimal, full)
        words = ["", "ValueError: not while short", "ValueError: not while flat", "ZeroDivisionError", "", "", ""]
        for error, said in zip(minimal[1], words, strict=True):
            assert said in (error or "")
        assert [error is None for error in minimal[1]] == [True, False, False, False, False, False, True]
        assert "share = 10 //" in minimal[1][3], "the line is named"
        assert minimal[0][0, column("n_trades")] > 10 and minimal[0][6, column("n_trades")] > 10


def test_plain_python_comes_to_the_same_bits() -> None:
    """The test above once more with compilation off; plain Python and compiled code are compared elsewhere."""
    assert_pass_in_plain_python(__file__, "test_what_fails_on_one_side or test_a_code_says", 2)


@njit
def _decoded(triples: Any, codes: Any, found: Any, acting: Any) -> None:
    for place in range(len(triples)):
        codes[place] = by_side(triples[place, 0], triples[place, 1], triples[place, 2])
        for side in range(-1, 2):
            found[place, side + 1] = direction_of(np.int64(codes[place]), float(side))
    mark_acting(codes, acting)


def test_a_code_says_for_each_side_what_was_answered_there() -> None:
    answers = (SHORT, FLAT, LONG, KEEP, RAISED, UNKNOWN)
    triples = np.array(list(itertools.product(answers, repeat=3)))
    codes, found = np.zeros(len(triples), np.int8), np.zeros_like(triples)
    acting = np.zeros((3, -(-len(triples) // 64)), np.uint64)
    _decoded(triples, codes, found, acting)
    assert np.array_equal(found, triples) and len(set(codes.tolist())) == 216
    assert not set(codes.tolist()) & {*answers, *range(16, 32)}, "other codes keep their meaning"
    for place, triple in enumerate(triples):
        for side in (-1, 0, 1):
            acts = bool(int(acting[side + 1, place // 64]) >> (place % 64) & 1)
            assert acts == (triple[side + 1] not in (KEEP, side)), (triple, side)


@aj.strategy
class Evaluator:
    """Every form of the question for the side."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if position.quantity:
            return aj.FLAT if 0.0 <= position.quantity else aj.KEEP
        if not position.quantity and position.quantity != 0:
            return aj.SHORT
        return aj.KEEP if position.quantity else aj.LONG


@aj.strategy
class Measuring:
    """Asks how much it holds."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.FLAT if position.quantity > 1.0 else aj.LONG


@aj.strategy
class Chained:
    """Compares with two numbers at once."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.FLAT if 0.0 < position.quantity < 5.0 else aj.LONG


@aj.strategy
class Taking:
    """Has the quantity under a name of its own."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        held = position.quantity
        return aj.FLAT if held > 0.0 else aj.LONG


@aj.strategy
class Entry:
    """Asks for the side, and for the price of the entry too."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.FLAT if position.quantity > 0.0 and bar.close > position.entry_price else aj.LONG


def is_long(position):  # type: ignore[no-untyped-def]
    return position.quantity > 0.0


@aj.strategy
class Handing:
    """Hands its position on."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        return aj.FLAT if is_long(position) else aj.LONG


@pytest.mark.parametrize(
    ("strategy", "shares"),
    [
        (Evaluator, True),
        (Entering, True),
        (Measuring, False),
        (Chained, False),
        (Taking, False),
        (Entry, False),
        (Handing, False),
    ],
)
def test_only_questions_for_the_side_are_shared(strategy: type, shares: bool) -> None:
    definition = definition_of(strategy)
    source = collect_source(definition)
    reason = why_position_dependent(source)
    assert (reason is None) == shares and why_bar_by_bar(definition, source) is None
    assert looks_at_side(source) == shares
    if shares:
        minimal, full = both(aj.load(MARKET.frame()), f"x:{strategy.__name__}", {}, definition)
        assert_same_bits(minimal, full)
    else:
        assert reason is not None and reason.endswith("(position) than whether it is long, short or flat")


def test_arithmetic_by_side_is_answered_many_bars_at_a_time() -> None:
    config = load_config({"name": "by-side", "data": {"source": "sample"}, "strategy": {"type": "x:Entering"}})
    prepared = prepare(config, definition=definition_of(Entering), data=aj.load(MARKET.frame()))
    assert prepared.runner.module.unguarded is not None
