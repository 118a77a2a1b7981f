"""Signals and orders that are given from outside, a column of them for each container."""

import admf_jit as aj
from admf_jit.strategies.indicators import GIVEN, Indicator
from admf_kernels.constants import SIGNALS, SIGNALS_ANSWER

_BEYOND = SIGNALS_ANSWER - SIGNALS


@aj.strategy
class GivenSignals:
    """Does what the codes of a column say."""

    column: int = aj.parameter(0, minimum=0)

    code = Indicator(GIVEN, ("column",))

    def on_bar(self, bar, position):
        """Answer the code of this bar."""
        code = int(self.code)
        return code + _BEYOND if SIGNALS <= code < 2 * SIGNALS else code


@aj.strategy
class GivenOrders:
    """Sends a market order of the quantity that a column has, where it has one."""

    column: int = aj.parameter(0, minimum=0)

    quantity = Indicator(GIVEN, ("column",))

    def on_bar(self, bar, position, orders):
        """Order what this bar says."""
        if self.quantity != 0.0:
            orders.market(self.quantity)
        return aj.KEEP
