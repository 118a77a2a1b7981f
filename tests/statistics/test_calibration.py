"""Tests of the 5 % level reject noise as often as they say (`make test-long`)."""

from tests.long import only_long
from tests.statistics.calibration import AT_THE_LEVEL, shares

pytestmark = only_long


def test_five_percent_are_five_percent() -> None:
    made = shares(10_000)
    assert made.keys() >= AT_THE_LEVEL
    outside = {name: made[name] for name in AT_THE_LEVEL if not 0.044 <= made[name] <= 0.056}
    assert not outside
    # What the others are for.
    assert made["deflated_sharpe_ratio"] < 0.02
    assert made["superior_predictive_ability, lower"] >= made["superior_predictive_ability, consistent"]
    assert made["benjamini_yekutieli, both sides"] < made["holm, both sides"] < 0.056
    assert made["probabilistic_sharpe_ratio, 2012, of correlated returns"] > 0.1
