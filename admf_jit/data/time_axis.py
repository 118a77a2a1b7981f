"""Tables that have a row for every bar: matched to the bars by their times, or by their length where they have none."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.frames import refuse_lazy
from admf_jit.data.market_data import MarketData
from admf_jit.data.times import NOT_A_TIME, parse_times
from admf_jit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def aligned_to(data: MarketData, table: Any, name: str) -> tuple[tuple[str, ...], NDArray[Any]]:
    """Return a table's column names and its cells, (n_bars, n_columns), a row for each bar of ``data``.

    ``table`` is a frame or series of pandas or polars, an Arrow table, or an array (n_bars,) or (n_bars, n_columns). An
    index or a column of times decides the row of each bar; a bar without a row, and a row without a bar, raise
    DataError, as does a length that differs where there are no times.
    """
    names, cells, time = _taken(table, name, data)
    if time is None:
        if len(cells) != data.n_bars:
            raise DataError(f"{name}: has {len(cells):,} rows, and the data has {data.n_bars:,} bars")
        return names, cells
    rows = np.argsort(time, kind="stable")
    time = time[rows]
    twice = np.flatnonzero(np.diff(time) == 0)
    if len(twice):
        raise DataError(f"{name}: has {moment_text(time[twice[0]])} twice; expected one row a bar")
    for odd, said in (
        (np.setdiff1d(time, data.time), "is no bar of the data"),
        (np.setdiff1d(data.time, time), "is a bar without a row"),
    ):
        if len(odd):
            more = f" (and {len(odd) - 1:,} more)" if len(odd) > 1 else ""
            raise DataError(
                f"{name}: {moment_text(odd[0])} {said}{more}; the bars are from {moment_text(data.time[0])} to "
                f"{moment_text(data.time[-1])}: give a row for each, such as signals.reindex(data.frame().index, ...)"
            )
    return names, cells if np.array_equal(rows, np.arange(len(rows))) else cells[rows]


def moment_text(time: Any) -> str:
    """A time in ns as messages have it, in UTC."""
    return str(np.datetime64(int(time), "ns")).removesuffix(".000000000") + "Z"


def _taken(table: Any, name: str, data: MarketData) -> tuple[tuple[str, ...], NDArray[Any], NDArray[np.int64] | None]:
    import pandas as pd

    if hasattr(table, "__arrow_c_stream__") and not isinstance(table, pd.DataFrame | pd.Series):
        table = _from_arrow(table, name)
    if isinstance(table, pd.Series):
        table = table.to_frame(table.name if table.name is not None else name)
    if isinstance(table, pd.DataFrame):
        labels: list[object] = list(table.columns)
        names = tuple("|".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in labels)
        twice = next((one for one in names if names.count(one) > 1), None) if len(set(names)) < len(names) else None
        if twice is not None:
            raise DataError(f"{name}: several columns are called {twice!r}; expected a name for each")
        if not names:
            raise DataError(f"{name}: has no columns")
        return names, table.to_numpy(), _times(table.index, name, data)
    refuse_lazy(table, name)
    array = np.asarray(table)
    if array.ndim not in (1, 2) or array.size == 0:
        raise DataError(f"{name}: has shape {array.shape}; expected (bars,) or (bars, columns)")
    array = array[:, np.newaxis] if array.ndim == 1 else array
    return tuple(map(str, range(array.shape[1]))), array, None


def _from_arrow(table: Any, name: str) -> "pd.DataFrame | pd.Series[Any]":
    import pandas as pd
    import pyarrow as pa

    try:
        rows = pa.RecordBatchReader.from_stream(table)
    except (pa.ArrowInvalid, TypeError):  # a series
        return pd.Series(pa.chunked_array(table).to_pandas())
    frame: pd.DataFrame = rows.read_all().to_pandas()
    times = [column for column in frame.columns if pd.api.types.is_datetime64_any_dtype(frame[column].dtype)]
    if len(times) > 1:
        raise DataError(f"{name}: several columns are times: {', '.join(map(repr, times))}; leave one of them")
    return frame.set_index(times[0]) if times else frame


def _times(index: "pd.Index[Any]", name: str, data: MarketData) -> NDArray[np.int64] | None:
    """The times of an index in ns; None for row numbers."""
    import pandas as pd

    if isinstance(index, pd.MultiIndex):
        raise DataError(f"{name}: rows have {index.nlevels} levels; expected times alone")
    if pd.api.types.is_integer_dtype(index.dtype):
        if not isinstance(index, pd.RangeIndex) or (index.start, index.step) != (0, 1):
            raise DataError(f"{name}: the index holds whole numbers; expected times, or rows numbered from 0")
        return None
    zone = None if getattr(index, "tz", None) is not None else data.timezone
    times = parse_times(pd.Series(index), "index", name, zone=zone).nanoseconds
    if (times == NOT_A_TIME).any():
        raise DataError(f"{name}: {index[int(np.argmax(times == NOT_A_TIME))]!r} in the index is no time")
    return times
