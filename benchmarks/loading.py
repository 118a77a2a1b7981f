"""Files of bars for `test_load.py`, and how they are read in a process of their own: by us, and by pandas.

`load` is `aj.load` as it is called by default, which keeps what came of a file of text in the cache, and notes where to
keep what came of Parquet once it is run; `read` is `keep=False`.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

KINDS = ("epochs", "iso", "parquet")
_MOST_MEMORY = 1200 * 1024**2
_SUFFIX = {"epochs": ".csv", "iso": ".csv", "parquet": ".parquet"}


def write(kind: str, n_rows: int, folder: Path, *, order: str = "rising") -> Path:
    """Write minutes around the clock; `order` is rising, falling or shuffled."""
    import pyarrow as pa
    import pyarrow.csv as csv
    import pyarrow.parquet as parquet

    chance = np.random.default_rng(1)
    close = np.round(1_000 + np.cumsum(chance.normal(0, 0.01, n_rows)), 2)
    start = np.round(close + chance.normal(0, 0.02, n_rows), 2)
    high, low = np.round(np.maximum(start, close) + 0.01, 2), np.round(np.minimum(start, close) - 0.01, 2)
    minutes = np.datetime64("2010-01-01", "m") + np.arange(n_rows)
    if order != "rising":
        minutes = minutes[::-1] if order == "falling" else chance.permutation(minutes)
    seconds = minutes.astype("datetime64[s]")
    moments: Any = {
        "epochs": lambda: seconds.astype(np.int64),
        "iso": lambda: pa.array(seconds).cast(pa.string()),
        "parquet": lambda: pa.array(seconds.astype("datetime64[ns]")),
    }[kind]()
    columns = {"open": start, "high": high, "low": low, "close": close, "volume": chance.integers(0, 9_999, n_rows)}
    table = pa.table({"time": moments, **columns})
    path = folder / f"{kind}-{order}{_SUFFIX[kind]}"
    if kind == "parquet":
        parquet.write_table(table, path)
    else:
        csv.write_csv(table, path)
    return path


def read(who: str, kind: str, path: Path) -> dict[str, Any]:
    """Read the file as `who` does, and return the processor time of that and the peak memory of the process."""
    import pandas as pd

    from admf_jit.data import load
    from admf_jit.errors import DataError

    _touch_memory()
    begin = time.process_time()
    said = ""
    if who == "pandas":
        if kind == "parquet":
            rows = len(pd.read_parquet(path))
        else:
            frame = pd.read_csv(path)
            frame["time"] = pd.to_datetime(frame["time"], unit="s" if kind == "epochs" else None)
            rows = len(frame)
    else:
        try:
            rows = load(path, keep=who == "load").n_bars
        except DataError as error:
            rows, said = 0, str(error)
    seconds = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": seconds, "peak": peak, "rows": rows, "said": said}


def _touch_memory() -> None:
    """Have a child write to as much memory as any reader needs, and give it back.

    A virtual machine gets free memory from its host at the first write to it, at up to 2 ms a MiB, and hands it back
    seconds after it was freed: ten times what the same pages cost otherwise, for whoever comes first.
    """
    child = os.fork()
    if child == 0:
        np.ones(_MOST_MEMORY // 8)
        os._exit(0)
    os.waitpid(child, 0)


if __name__ == "__main__":
    json.dump(read(sys.argv[1], sys.argv[2], Path(sys.argv[3])), sys.stdout)
