"""`aj.check` of strategies with indicators of their own."""

import admf_jit as aj
from tests.long import only_long
from tests.strategies.test_custom_indicators import Custom
from tests.strategies.test_nested import FRAME
from tests.strategies.test_vector_indicators import Vector

pytestmark = only_long


def test_indicators_of_ones_own_do_not_look_ahead() -> None:
    for strategy, indicators in ((Custom, {"period": [4]}), (Vector, {"threshold": [0.0]})):
        report = aj.check(strategy, aj.load(FRAME), indicators, cuts=4)
        assert not [one for one in report.findings if one.kind == "look-ahead"], str(report)
        assert not [one for one in report.findings if one.kind == "not checked"], str(report)
