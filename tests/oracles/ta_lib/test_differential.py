"""Indicators against TA-Lib itself, to 1e-12 of the largest value, or 1e-9 of a million bars. For `make oracles` alone.

TA-Lib keeps running sums in plain doubles, whose rounding stays in the window: so markets that would show that, and not
a difference of rules, are left to the exact definitions in `tests/kernels/test_every_indicator.py`.
"""

import numpy as np
import pytest

from benchmarks.indicators import bars, columns_of
from tests.kernels.indicator_cases import market, warmup_of
from tests.oracles.ta_lib.ask import Columns, outputs
from tests.oracles.ta_lib.counterparts import COUNTERPARTS, Counterpart

MARKETS = {"days": lambda: market("days"), "still": lambda: market("still"), "long": lambda: bars(1_000_000)}
#: Of the largest value in sight: what a million plain additions may lose.
NEAR = {"days": 1e-12, "still": 1e-12, "long": 1e-9}


@pytest.fixture(scope="module", params=MARKETS)
def answered(request: pytest.FixtureRequest) -> tuple[str, Columns, dict[Counterpart, np.ndarray]]:
    columns = MARKETS[request.param]()
    calls = [(one.call, int(one.arguments[0]) if one.arguments else 0) for one in COUNTERPARTS]
    return request.param, columns, dict(zip(COUNTERPARTS, outputs(calls, columns), strict=True))


@pytest.mark.parametrize("one", COUNTERPARTS, ids=lambda one: f"{one.name}-{'-'.join(map(str, one.arguments))}")
def test_values_are_those_of_ta_lib(one: Counterpart, answered: tuple) -> None:
    name, columns, theirs = answered
    if name == "still" and not one.still:
        pytest.skip("what stands still has another value there, which the trading model says")
    if name == "long" and not one.long:
        pytest.skip("rounding decides which of two prices is the higher one")
    wanted, found = theirs[one], columns_of(one, columns)
    first = warmup_of(one.name, one.arguments)
    begins = max(int(np.flatnonzero(~np.isnan(row))[0]) for row in wanted)
    if one.name != "supertrend" and not one.fades:
        assert begins == first, "TA-Lib begins at another bar"
    if first + one.fades >= found.shape[1]:
        pytest.skip("TA-Lib begins otherwise, and there are too few bars for that to fade")
    found, wanted = found[:, first + one.fades :], wanted[:, first + one.fades :]
    for ours, there in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, there, rtol=1e-9, atol=NEAR[name] * max(1.0, float(np.abs(there).max())))
