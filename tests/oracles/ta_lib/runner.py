"""Answers calls with TA-Lib: runs inside `.oracles/ta_lib` alone.

``runner.py FOLDER``: reads ``calls.json``, a list of [call, n, repeats], and ``o.npy`` .. ``v.npy``; writes an array of
outputs (n_outputs, n_bars) for each, ``0.npy`` and so on, and the fewest seconds that a call took to ``seconds.json``.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import talib


def main() -> None:
    folder = Path(sys.argv[1])
    columns = {name: np.load(folder / f"{name}.npy") for name in "ohlcv"}
    functions = {name: getattr(talib, name) for name in talib.get_functions()}
    seconds = []
    for place, (call, n, repeats) in enumerate(json.loads((folder / "calls.json").read_text())):
        code, took = compile(f"({call},)", "call", "eval"), []
        names = {**functions, **columns, "n": n}
        for _ in range(max(repeats, 1)):
            started = time.process_time()
            answer = eval(code, names)
            took.append(time.process_time() - started)
        seconds.append(min(took))
        if repeats == 0:
            rows = [row for part in answer for row in (part if isinstance(part, tuple | list) else [part])]
            np.save(folder / f"{place}.npy", np.array(rows, np.float64))
    (folder / "seconds.json").write_text(json.dumps(seconds))


if __name__ == "__main__":
    main()
