"""Run a few grids and print every result bit; tests run this in processes with modes of their own."""

import hashlib
import json
from typing import Any

import numpy as np

import admf_jit as aj
from admf_kernels.constants import COUNT_NAMES
from tests.contract.samples import MARKET, Everything

COSTS = {"commission": {"type": "percent", "rate": 0.001}, "slippage": {"type": "fixed", "amount": 0.01}}
NUMBERS = ["sequence", "cause", "bar", "price", "quantity", "value", "fee"]


def rows_of(many: Any) -> list[dict[str, str]]:
    """Return the rows of a grid with floats as hexadecimal, so that equal means the same bits."""
    frame = many.frame.copy()
    # A column without any error and one with some have different types, and so different blanks.
    frame["error"] = frame["error"].astype(object).where(frame["error"].notna(), "")
    # Counts turn into floats in a column that a failed row leaves a hole in.
    counts = ["max_drawdown_duration", "n_trades", "risk_breaches", "liquidations", *COUNT_NAMES]
    rows = frame.astype(dict.fromkeys(counts, float)).to_dict("records")
    return [
        {name: value.hex() if isinstance(value, float) else str(value) for name, value in row.items()} for row in rows
    ]


def digest_of_events(one: Any) -> str:
    """Return a digest of every event of a backtest."""
    numbers = np.ascontiguousarray(one.events[NUMBERS].to_numpy(dtype=np.float64))
    kinds = ",".join(one.events["kind"].astype(str))
    return hashlib.sha256(numbers.tobytes() + kinds.encode()).hexdigest()


def fingerprint() -> dict[str, Any]:
    """Run the grids."""
    data = aj.load(MARKET.frame())
    averages = {"fast_period": [3, 5], "slow_period": [10, 20], "position_size": [0.5, 1.0]}
    crossover = aj.grid("sma_crossover", data, averages, n_jobs=1, **COSTS)
    periods = {"period": [5, 9]}
    everything = aj.grid(Everything, data, periods, n_jobs=1, fill="same_close", position_size=0.3, **COSTS)
    full = aj.grid("sma_crossover", data, averages, n_jobs=1, isolation="full", **COSTS)
    assert [run.manifest["isolation"]["used"] for run in (crossover, full)] == ["minimal", "full"]
    return {
        "crossover": rows_of(crossover),
        "crossover, full isolation": rows_of(full),
        "everything": rows_of(everything),
        "events": [digest_of_events(crossover.container(3)), digest_of_events(everything.container(1))],
    }


if __name__ == "__main__":
    print(json.dumps(fingerprint()))
