"""What a strategy answers at every bar, as codes of one byte that all containers with the same parameters share.

This is for strategies whose answer does not depend on the position. Whether an answer leads to anything depends on
the position all the same, so there is a mask of the bars that do for each of the three: short, flat, long.
"""

import numpy as np

from ..answers import resolved
from ..bits import WORD, equal_bits
from ..compilation import hot_kernel, kernel
from ..constants import KEEP, LONG, SHORT, SIGNALS

#: Codes for what ends a container: ``on_bar`` raised, or answered with what is no direction.
RAISED = -128
UNKNOWN = -127
#: Bars of one mask.
MASK_BARS = WORD


@kernel
def answer_code(answer):
    """The code of an answer, a whole number: the answer itself where it means something."""
    known = (answer >= SHORT and answer <= LONG) or answer == KEEP or (answer >= SIGNALS and answer < 2 * SIGNALS)
    return answer if known else UNKNOWN


@hot_kernel
def row_of(quantity):
    """The row of ``acting`` that belongs to a held quantity."""
    return int(quantity > 0.0) - int(quantity < 0.0) + 1


@kernel
def mark_acting(answers, acting):
    """Set the bits of the bars whose answer leads to something.

    ``answers`` int8 (n_bars,); ``acting`` uint64 (3, ceil(n_bars / MASK_BARS) or more), a row for each of short, flat
    and long: bit b of word w stands for bar ``w * MASK_BARS + b``. Those of bars that there are not are 0.
    """
    n_bars = answers.shape[0]
    signals = False
    for t in range(n_bars):
        signals |= (answers[t] >= SIGNALS) & (answers[t] < 2 * SIGNALS)
    for word in range((n_bars + MASK_BARS - 1) // MASK_BARS):
        first = word * MASK_BARS
        if signals or first + MASK_BARS > n_bars:
            codes = answers[first : min(first + MASK_BARS, n_bars)]
            for held in range(-1, 2):
                acting[held + 1, word] = _acting_bits(codes, held)
        else:
            kept = equal_bits(answers, first, KEEP)
            for held in range(-1, 2):
                acting[held + 1, word] = ~(kept | equal_bits(answers, first, held))


@kernel
def _acting_bits(codes, held):
    bits = np.uint64(0)
    for place in range(codes.shape[0]):
        direction = resolved(np.int64(codes[place]), float(held))
        acts = (direction != KEEP) & (direction != held)
        bits |= np.uint64(acts) << np.uint64(place)
    return bits
