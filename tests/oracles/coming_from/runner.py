"""Run code of another engine over given bars, in that engine's environment: the file's text comes on standard input."""

import sys

import pandas as pd

bars = pd.read_csv(sys.argv[1], index_col="time", parse_dates=True)[["open", "high", "low", "close", "volume"]]
bars.index = bars.index.tz_localize(None)
bars.columns = bars.columns.str.title()
exec(compile(sys.stdin.read(), "coming-from.md", "exec"), {"pd": pd, "bars": bars, "__name__": "__main__"})
