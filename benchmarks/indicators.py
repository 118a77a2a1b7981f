"""Indicators beside TA-Lib's C, one column at a time and swept: `python -m benchmarks.indicators [NAME ...]`.

Both compute the same column of a million bars, in one process each, one after the other; the best of several calls
counts. TA-Lib is installed in an environment of its own (`make oracles`).
"""

import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from admf_jit.strategies.compiled import load_function
from admf_jit.strategies.indicators import KINDS, kind_against
from admf_jit.strategies.shared import RECORD_COLUMN, compile_column
from tests.oracles.ta_lib.ask import Columns, seconds
from tests.oracles.ta_lib.counterparts import COUNTERPARTS, Counterpart

BARS, REPEATS = 1_000_000, 5


def bars(n: int = BARS) -> Columns:
    """Minutes of a market with prices in hundredths."""
    generator = np.random.default_rng(7)
    close = np.round(100.0 * np.cumprod(1.0 + 0.0004 * generator.standard_normal(n)), 2)
    open_ = np.concatenate([close[:1], close[:-1]])
    high = np.round(np.maximum(open_, close) * (1.0 + 0.0003 * generator.random(n)), 2)
    low = np.round(np.minimum(open_, close) * (1.0 - 0.0003 * generator.random(n)), 2)
    volume = generator.integers(1, 5000, n).astype(float)
    return {"open": open_, "high": high, "low": low, "close": close, "volume": volume}


def _recorder(one: Counterpart, columns: Columns) -> tuple[Callable[[], None], NDArray[np.float64]]:
    """What writes the outputs, compiled, and the array that it writes them to: float64 (n_outputs, n_bars)."""
    kind = KINDS[one.name]
    kind = kind_against(kind, "volume") if "against" in kind.inputs else kind
    record = load_function(compile_column(kind)[0], RECORD_COLUMN).function
    n = len(columns["close"])
    given = [np.arange(n) // 390, *(columns[name] for name in ("open", "high", "low", "close", "volume", "close"))]
    for array in given:
        array.flags.writeable = False
    outputs, arguments = np.empty((len(kind.outputs), n)), np.array(one.arguments, np.float64)
    return lambda: record(*given, arguments, outputs), outputs


def columns_of(one: Counterpart, columns: Columns) -> NDArray[np.float64]:
    """Its outputs at every bar."""
    record, outputs = _recorder(one, columns)
    record()
    return outputs


def ours(one: Counterpart, columns: Columns, repeats: int = REPEATS) -> float:
    """Seconds of processor time for a column, compiled before."""
    record, _ = _recorder(one, columns)
    took = []
    for _ in range(repeats):
        started = time.process_time()
        record()
        took.append(time.process_time() - started)
    return min(took)


def compare(names: list[str], columns: Columns) -> list[tuple[Counterpart, float, float]]:
    """Nanoseconds a bar of ours and of TA-Lib's, for each indicator of these names, or for all."""
    chosen = [one for one in COUNTERPARTS if not names or one.name in names]
    calls = [(one.call, int(one.arguments[0]) if one.arguments else 0) for one in chosen]
    theirs = seconds(calls, columns, REPEATS)
    scale = 1e9 / len(columns["close"])
    return [(one, ours(one, columns) * scale, there * scale) for one, there in zip(chosen, theirs, strict=True)]


def main() -> None:
    """Print a table."""
    print("| indicator | ns a bar | TA-Lib | TA-Lib / admf_jit |\n|---|---|---|---|")
    ratios = []
    for one, here, there in compare(sys.argv[1:], bars()):
        ratios.append(there / here)
        print(f"| {one.name} | {here:.2f} | {there:.2f} | {there / here:.2f} |", flush=True)
    mean, fast = float(np.exp(np.mean(np.log(ratios)))), sum(ratio >= 1 for ratio in ratios)
    print(f"\n{fast} of {len(ratios)} at least as fast; geometric mean {mean:.2f}")


if __name__ == "__main__":
    main()
