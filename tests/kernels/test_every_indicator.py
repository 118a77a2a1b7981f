"""Every indicator that is registered: against its definition, and without a look ahead. In plain Python.

A new indicator is tested once its file is there: its definition is a function of its name in `tests/reference/`.
"""

from types import ModuleType

import numpy as np
import pytest
from numba import config

from admf_jit.strategies.indicators import KINDS
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
EARLY = {"fisher"}
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


@pytest.mark.skipif(config.DISABLE_JIT, reason="the other tests are plain Python already")
def test_all_of_it_in_plain_python() -> None:
    assert_pass_in_plain_python(__file__, "definition or later", len(CASES) * (len(MARKETS) + 1))
