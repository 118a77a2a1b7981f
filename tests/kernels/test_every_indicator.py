"""Every indicator that is registered: against its definition, and without a look ahead. In plain Python.

A new indicator is tested once its file is there: its definition is a function of its name in `tests/reference/`.
"""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numba import config

import admf_jit as aj
from admf_jit import ta
from admf_jit.strategies.compiled import feature_recorder
from admf_jit.strategies.declaration import definition_of as definition_of_class
from admf_jit.strategies.indicator_functions import feature_fields
from admf_jit.strategies.indicators import KINDS, TRADINGVIEW, Indicator
from tests.contract.plain_python import assert_pass_in_plain_python
from tests.kernels.indicator_cases import (
    MARKETS,
    N,
    Numbers,
    arguments_of,
    as_lists,
    market,
    outputs_of,
    warmup_of,
)
from tests.long import only_long
from tests.reference import indicator_averages, indicator_channels, indicator_oscillators, indicator_patterns

DEFINITIONS: tuple[ModuleType, ...] = (
    indicator_averages,
    indicator_channels,
    indicator_oscillators,
    indicator_patterns,
)
#: Those that tests/kernels/test_indicators.py and test_exact_windows.py compare, compiled.
COMMON = {name for name, kind in KINDS.items() if kind.common}
NAMES = sorted(set(KINDS) - COMMON)
CASES = [(name, arguments) for name in NAMES for arguments in arguments_of(name)]
#: Relative and absolute: of those whose definition takes functions of the C library, or other steps, a wider one.
CLOSE: dict[str, tuple[float, float]] = {}
#: Those whose definition has values before the last of their outputs begins.
EARLY = {"fisher", "ema_tradingview", "macd_tradingview"}
#: Columns of all indicators take minutes to compile: `make test-long` does.
only_compiled = [*only_long, pytest.mark.skipif(config.DISABLE_JIT, reason="plain Python is tested above")]
in_plain_python = pytest.mark.skipif(not config.DISABLE_JIT, reason="in plain Python, by the test at the end")


def definition_of(name: str):
    found = [getattr(module, name) for module in DEFINITIONS if hasattr(module, name)]
    assert found, f"{name} has no definition in tests/reference"
    return found[0]


def expected(name: str, arguments: tuple[float, ...], place: str) -> Numbers:
    values = definition_of(name)(as_lists(market(place)), *arguments)
    rows = [values[output] for output in KINDS[name].outputs] if isinstance(values, dict) else [values]
    return np.array([[np.nan if x is None else x for x in row] for row in rows], dtype=np.float64)


def named(case: object) -> str:
    return "-".join(f"{x:g}" for x in case) if isinstance(case, tuple) else str(case)


@in_plain_python
@pytest.mark.parametrize("place", MARKETS)
@pytest.mark.parametrize(("name", "arguments"), CASES, ids=named)
def test_values_are_those_of_the_definition(name: str, arguments: tuple[float, ...], place: str) -> None:
    found, wanted = outputs_of(name, arguments, market(place)), expected(name, arguments, place)
    first = warmup_of(name, arguments)
    assert first < N - 20 and not np.isnan(wanted[:, first:]).any()
    starts_early = name in EARLY or any(
        argument.choices and given for argument, given in zip(KINDS[name].arguments, arguments, strict=True)
    )
    assert starts_early or np.isnan(wanted[:, :first]).any(axis=0).all(), "it has a value before its warm-up is over"
    wanted[:, :first] = np.nan
    relative, absolute = CLOSE.get(name, (1e-12, 1e-12))
    np.testing.assert_allclose(found, wanted, rtol=relative, atol=absolute)


@in_plain_python
@pytest.mark.parametrize(("name", "arguments"), CASES, ids=named)
def test_nothing_before_depends_on_later_bars(name: str, arguments: tuple[float, ...]) -> None:
    bars = market("days")
    whole = outputs_of(name, arguments, bars)
    for kept in (1, 37, 90, N - 1):
        cut = outputs_of(name, arguments, {column: values[:kept] for column, values in bars.items()})
        assert np.array_equal(whole[:, :kept].view(np.int64), cut.view(np.int64)), kept


def recorded(names: list[str]) -> dict[str, Numbers]:
    """Every field of a strategy with these indicators, as a container computes them bar by bar."""

    def on_bar(self: Any, bar: Any, position: Any) -> None:
        """Trade nothing."""

    declared = {f"the_{name}": declare(name) for name in names}
    definition = definition_of_class(aj.strategy(type("Every", (), {**declared, "on_bar": on_bar})))
    bars = market("days")
    record, _ = feature_recorder(definition)
    fields = list(feature_fields(definition))
    values = np.full((len(fields), N), np.nan)
    columns = [bars[name] for name in ("session", "open", "high", "low", "close", "volume")]
    nothing = np.zeros((0, 6, 0)), np.zeros((0, 0), np.int64)
    for array in (*columns, *nothing):
        array.flags.writeable = False
    record(*columns, *nothing, np.zeros(0), np.ones(6, np.int64), values)
    return dict(zip(fields, values, strict=True))


def declare(name: str) -> Indicator:
    """The indicator, as a user declares it."""
    numbers = arguments_of(name)[0][: sum(not argument.choices for argument in KINDS[name].arguments)]
    if name.endswith(TRADINGVIEW):
        return getattr(ta, name.removesuffix(TRADINGVIEW))(*numbers, seed="tradingview")
    return getattr(ta, name)(*numbers)


def assert_streamed(names: list[str]) -> None:
    streamed = recorded(names)
    for name in names:
        arguments = arguments_of(name)[0]
        first = warmup_of(name, arguments)
        for output, column in zip(KINDS[name].outputs, outputs_of(name, arguments, market("days")), strict=True):
            field = f"the_{name}" if len(KINDS[name].outputs) == 1 else f"the_{name}__{output}"
            assert np.array_equal(streamed[field][first:].view(np.int64), column[first:].view(np.int64)), field


@in_plain_python
@pytest.mark.parametrize("begin", range(0, len(NAMES), 10))
def test_a_container_computes_what_is_shared(begin: int) -> None:
    """Bar by bar in a strategy of ten indicators, to the bit; the definition comes later."""
    assert_streamed(NAMES[begin : begin + 10])


@pytest.mark.parametrize("begin", [pytest.param(begin, marks=only_compiled) for begin in range(0, len(NAMES), 10)])
def test_compiled_it_is_the_same(begin: int) -> None:
    """Compiled, columns and containers alike, against the definition: what plain Python does has been tested before."""
    names = NAMES[begin : begin + 10]
    assert_streamed(names)
    for name in names:
        test_values_are_those_of_the_definition(name, arguments_of(name)[0], "days")


@pytest.mark.skipif(config.DISABLE_JIT, reason="the other tests are plain Python already")
def test_all_of_it_in_plain_python() -> None:
    assert_pass_in_plain_python(
        __file__, "definition or later or shared", len(CASES) * (len(MARKETS) + 1) + -(-len(NAMES) // 10)
    )
