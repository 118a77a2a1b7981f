"""What is given from outside for every bar, many columns of it: signals as codes, or quantities of orders."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Kinds, and the dtype of each: a code is that of a signal (``admf_kernels.minimal.signal_codes``).
CODES, QUANTITIES = "codes", "quantities"
DTYPES = {CODES: "|i1", QUANTITIES: "<f8"}


@dataclass(frozen=True, eq=False)
class Given:
    """Columns that containers are run by, one each: (n_columns, n_bars), the history's bars first, read-only."""

    kind: str
    names: tuple[str, ...]
    values: NDArray[Any]

    @property
    def file(self) -> str:
        """The name of its file in a store."""
        return f"{self.kind}.npy"

    @property
    def said(self) -> str:
        """What a digest says of it besides its bytes."""
        return f"{self.kind} of {len(self.names)} columns"

    def from_bar(self, first: int) -> "Given":
        """The same without the first bars."""
        values = np.ascontiguousarray(self.values[:, first:])
        values.flags.writeable = False
        return replace(self, values=values)
