"""No built-in strategy sees a later bar: without the last bars, or with others, nothing before changes."""

import pandas as pd
import pytest

import admf_jit as aj
from tests.contract.samples import MARKET, Everything
from tests.reference.strategies import BUILT_IN

NUMBERS = ["price", "quantity", "value", "fee"]
COSTS = {"commission": {"type": "percent", "rate": 0.001}, "slippage": {"type": "percent", "rate": 0.0005}}


def happened(strategy: object, frame: pd.DataFrame, fill: str) -> pd.DataFrame:
    parameters = {"allow_short": True} if isinstance(strategy, str) and strategy != "buy_and_hold" else None
    keywords = {"parameters": parameters} if parameters else {}
    events = aj.backtest(strategy, aj.load(frame), fill=fill, position_size=0.3, **COSTS, **keywords).events
    numbers = events[NUMBERS].to_numpy(dtype="float64", copy=True).view("int64")
    bits = pd.DataFrame(numbers, columns=NUMBERS, index=events.index)
    return pd.concat([events[["sequence", "cause", "kind", "bar"]].astype({"kind": str}), bits], axis=1)


@pytest.mark.parametrize("strategy", [*BUILT_IN, Everything()], ids=[*BUILT_IN, "everything"])
@pytest.mark.parametrize("fill", ["next_open", "same_close"])
def test_what_happened_does_not_depend_on_later_bars(strategy: object, fill: str) -> None:
    frame = MARKET.frame()
    whole = happened(strategy, frame, fill)
    assert (whole["kind"] == "FILL").any()
    for last in (1, 2, 40):
        kept = len(frame) - last
        changed = frame.copy()
        changed.iloc[kept:] *= 1.7
        before = whole[whole["bar"] < kept]
        pd.testing.assert_frame_equal(before, happened(strategy, frame.iloc[:kept], fill))
        other = happened(strategy, changed, fill)
        pd.testing.assert_frame_equal(before, other[other["bar"] < kept])
