"""The benchmark to beat."""

import admf_jit as aj


@aj.strategy
class BuyAndHold:
    """Long from the first bar to the last."""

    def on_bar(self, bar, position):
        """Stay long."""
        return aj.LONG
