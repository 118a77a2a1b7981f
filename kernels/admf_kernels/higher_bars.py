"""Progress over the bars of a longer timeframe."""

from numba import int64

from .compilation import jitclass, kernel


@jitclass
class HigherCursor:
    """How many bars of a timeframe the indicators on it have taken: the number of the next one."""

    taken: int64

    def __init__(self):
        self.taken = 0


@kernel
def first_bar(completed, timeframe, n_before):
    """Bar at whose close ``n_before`` + 1 higher bars are complete; n_bars if they never are.

    ``completed`` is one symbol's, int64 (n_timeframes, n_higher), as in ``signatures``.
    """
    return completed[timeframe, min(n_before, completed.shape[1] - 1)]
