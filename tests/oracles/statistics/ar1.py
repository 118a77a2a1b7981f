"""An autoregression of order one, along the first axis."""

import numpy as np
import numpy.typing as npt


def ar1(shocks: npt.NDArray[np.float64], coefficient: float) -> npt.NDArray[np.float64]:
    series = shocks.copy()
    for place in range(1, len(series)):
        series[place] = coefficient * series[place - 1] + shocks[place]
    return series
