"""A strategy that prints, run as a script: what comes out, and how often."""

from typing import Any

import admf_jit as aj
from admf_jit.testing import generate_test_data


@aj.strategy
class Printing:
    """Prints at every bar, and raises at one of them."""

    fails_at: int = 0

    def on_bar(self, bar: Any, position: Any) -> Any:
        print("bar", bar.index)
        if bar.index == self.fails_at:
            raise ValueError("enough")
        return aj.LONG


if __name__ == "__main__":
    data = generate_test_data(6, seed=4)
    print("before")
    assert aj.backtest(Printing(fails_at=100), data, intrabar="bounds").error is None  # type: ignore[call-arg]
    print("between")
    failed = aj.backtest(Printing(fails_at=2), data, raise_errors=False)  # type: ignore[call-arg]
    print(failed.error)
