"""External predictions: trades a column of your own model, entered and left at different thresholds.

Source: none; any model gives the column (docs/columns.md). A value counts as known at the close of its bar.
Bad at: all that the model is bad at. Nothing here can tell that it was trained on the bars which it predicts.
"""

import admf_jit as aj


@aj.strategy
class Predictions:
    """Long above the upper threshold, short below its negative; out where the prediction is weak or missing."""

    enter: float = aj.parameter(1.0, minimum=0.0)
    leave: float = aj.parameter(0.0, minimum=0.0)

    def on_bar(self, bar, position):
        """Compare the prediction with both thresholds."""
        prediction = bar.x.prediction
        if prediction > self.enter:
            return aj.LONG
        if prediction < -self.enter:
            return aj.SHORT
        side = 1.0 if position.quantity > 0.0 else -1.0
        return aj.KEEP if side * prediction > self.leave else aj.FLAT
