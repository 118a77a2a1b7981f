"""The normal distribution: probabilities and quantiles from the standard library.

`math.erfc` is exact to about 1e-15 relative in both tails, `statistics.NormalDist.inv_cdf` (Wichura's algorithm AS 241)
to about 1e-15 relative. Tails are never computed as one minus the other tail, which would lose digits there.
"""

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from admf_jit.statistics.checks import Floats

EULER_GAMMA = 0.5772156649015329
_erfc = np.vectorize(math.erfc, otypes=[np.float64])
_inverse = np.vectorize(NormalDist().inv_cdf, otypes=[np.float64])


def below(z: npt.ArrayLike) -> Floats:
    """Return the probability that a standard normal number is at most `z`."""
    return np.asarray(0.5 * _erfc(np.negative(z) / math.sqrt(2.0)))


def above(z: npt.ArrayLike) -> Floats:
    """Return the probability that a standard normal number is above `z`."""
    return below(np.negative(z))


def quantile(probability: npt.ArrayLike) -> Floats:
    """Return the number that a standard normal one is below with this probability, which lies between 0 and 1."""
    return np.asarray(_inverse(probability))
