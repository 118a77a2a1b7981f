"""Tables that are in memory already: pandas and polars frames, Arrow tables, and rows as exchanges return them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from datetime import time as clock_time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.columns import Columns, identify
from admf_jit.data.headerless import names_by_content
from admf_jit.data.numbers import Style, is_null, style_of
from admf_jit.data.spellings import PRICES, field_of
from admf_jit.data.table import Table
from admf_jit.errors import DataError
from admf_jit.wording import counted

if TYPE_CHECKING:
    import pandas as pd

_FROM_ZERO = "numbered from 0: the first row is row 0"
_SAMPLE = 200
#: What a row may hold; a datetime of pandas is one of Python.
_CELLS = (int, float, str, Decimal, np.number, date, clock_time, np.datetime64, type(None))


def from_object(source: object, origin: str, name: str, options: ReadingOptions) -> Table:
    """Take whatever holds a table: pandas, polars, Arrow, records, or rows such as those of ccxt."""
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        return from_frame(source, origin, name, options)
    if hasattr(source, "__arrow_c_stream__"):
        return from_arrow(_as_arrow(source, origin), origin, name, options)
    if isinstance(source, np.ndarray) and source.dtype.names:
        return from_frame(pd.DataFrame(source), origin, name, options)
    if is_rows(source) and hasattr(source[0], "_fields"):  # type: ignore[index]
        return from_frame(pd.DataFrame(list(source)), origin, name, options)  # type: ignore[call-overload]
    if isinstance(source, np.ndarray) and source.ndim == 2 or is_rows(source):
        return _from_rows(list(source), origin, name, options)  # type: ignore[call-overload]
    if is_records(source) or is_columns(source):
        return from_frame(pd.DataFrame(source), origin, name, options)  # type: ignore[call-overload]
    refuse_lazy(source, "data")
    raise DataError(
        'data: expected a path, "sample", a pandas DataFrame, an Arrow table, records or rows, not '
        f"{type(source).__name__}"
    )


def refuse_lazy(source: object, origin: str) -> None:
    """Refuse a query that was not run, and a data set that was not read, naming what gives its rows."""
    for method in ("collect", "to_table"):
        if callable(getattr(source, method, None)):
            raise DataError(
                f"{origin}: a {type(source).__name__} has no rows yet; expected what its {method}() returns"
            )


def is_rows(source: object) -> bool:
    """Tell a list of rows of times and numbers, as exchanges and databases return them."""
    if not isinstance(source, list | tuple) or not source or not isinstance(source[0], list | tuple | np.ndarray):
        return False
    return len(source[0]) >= 5 and all(isinstance(cell, _CELLS) for cell in source[0])


def is_records(source: object) -> bool:
    """Tell a list of mappings, one for each bar."""
    return isinstance(source, list | tuple) and bool(source) and all(isinstance(one, Mapping) for one in source[:3])


def is_columns(source: object) -> bool:
    """Tell a mapping of names to columns of values."""
    if not isinstance(source, Mapping) or sum(field_of(name) in PRICES for name in source) < 3:
        return False
    return not any(isinstance(column, str | Mapping) or not hasattr(column, "__len__") for column in source.values())


def _from_rows(rows: Sequence[Any], origin: str, name: str, options: ReadingOptions) -> Table:
    import pandas as pd

    width = len(rows[0])
    for number, row in enumerate(rows):
        if not isinstance(row, list | tuple | np.ndarray) or len(row) != width:
            raise DataError(f"{origin}: row {number} is not one of {width} cells, as row 0 is")
    frame = pd.DataFrame([list(row) for row in rows])
    note = ""
    if options.names is not None:
        if len(options.names) != frame.shape[1]:
            raise DataError(
                f"{origin}: names has {counted(len(options.names), 'name')}, and the rows have {frame.shape[1]} columns"
            )
        names = list(options.names)
    else:
        shown = [[_shown(cell) for cell in row] for row in frame.head(_SAMPLE).itertuples(index=False)]
        names, note = names_by_content(shown, origin)
    table = _of_series(names, [frame.iloc[:, place] for place in range(frame.shape[1])], (), origin, name, options)
    return table if not note else Table(**{**vars(table), "notes": (*table.notes, note)})


def _shown(cell: object) -> str:
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _as_arrow(source: Any, origin: str) -> Any:
    import pyarrow as pa

    if type(source).__name__ == "Series":  # of pandas or polars
        raise DataError(f"{origin}: is a series; expected a table of bars with open, high, low and close")
    try:
        found = pa.table(source)
    except Exception as error:  # whatever the library behind the stream raises
        reason = (str(error).splitlines() or [""])[0][:200]
        raise DataError(f"{origin}: is no table that Arrow can take ({type(error).__name__}: {reason})") from None
    return found


def from_arrow(table: Any, origin: str, name: str, options: ReadingOptions) -> Table:
    """Take an Arrow table; cells that Arrow has a type for become no Python objects."""
    import pandas as pd

    def column(place: int, rows: int | None = None) -> Any:
        found = table.column(place)
        try:
            return arrow_series(found if rows is None else found.slice(0, rows))
        except Exception as error:  # a type that pandas has no column for
            if rows is not None:
                return pd.Series([None] * rows)  # nothing to be seen; whether it is needed is another question
            reason = (str(error).splitlines() or [""])[0][:200]
            label = table.column_names[place]
            raise DataError(f"{origin}: column {label!r} cannot be read ({type(error).__name__}: {reason})") from None

    return _made(list(table.column_names), column, table.num_rows, (), origin, name, options)


def arrow_series(column: Any) -> Any:
    """Return an Arrow column as one of pandas, in one piece."""
    import pandas as pd
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind) and pa.types.is_string_view(kind.value_type):
        column = _without_views(column)
        kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pd.Series(column.cast(pa.large_string()), dtype=pd.StringDtype("pyarrow"))
    if (pa.types.is_integer(kind) or pa.types.is_floating(kind)) and not column.null_count:
        return pd.Series(column.to_numpy(), copy=False)
    if pa.types.is_integer(kind):
        whole = pd.Series(column, dtype=pd.ArrowDtype(kind))
        return whole.astype("Int64") if pa.types.is_signed_integer(kind) else whole.astype("UInt64")
    if pa.types.is_dictionary(kind) and not pa.types.is_string(kind.value_type):
        return column.cast(kind.value_type).to_pandas()
    return column.to_pandas()


def _without_views(column: Any) -> Any:
    """Return a dictionary of text, as categories of polars are, with text that pandas can take."""
    import pyarrow as pa

    chunks = [
        pa.DictionaryArray.from_arrays(chunk.indices, chunk.dictionary.cast(pa.large_string()))
        for chunk in getattr(column, "chunks", [column])
    ]
    return pa.chunked_array(chunks, pa.dictionary(column.type.index_type, pa.large_string()))


def from_frame(frame: "pd.DataFrame", origin: str, name: str, options: ReadingOptions) -> Table:
    """Take a pandas frame: its index counts as columns unless it is a plain row number.

    Columns of two levels, a field and a symbol in either order (as from yfinance), are a wide table: a row in which a
    symbol has nothing, but another one has a bar, is a bar that it does not have.
    """
    import pandas as pd

    labels: object = frame.columns
    if frame.shape[1] >= 5 and isinstance(labels, pd.RangeIndex):  # nobody named the columns
        return _from_rows(frame.to_numpy(object).tolist(), origin, name, options)
    symbols: list[str | None] = []
    header: list[object] = list(frame.columns)
    if isinstance(frame.columns, pd.MultiIndex):
        header, symbols = _levels(frame, origin)
    columns = [frame.iloc[:, position].reset_index(drop=True) for position in range(frame.shape[1])]
    if not (type(frame.index) is pd.RangeIndex and frame.index.name is None):
        levels = [frame.index.get_level_values(level) for level in range(frame.index.nlevels)]
        columns = [*(pd.Series(level) for level in levels), *columns]
        names = ["" if level.name is None else level.name for level in levels]
        header = names + header
        symbols = [*(None for _ in names), *symbols] if symbols else []
    return _of_series(header, columns, symbols, origin, name, options)


def _of_series(
    header: Sequence[object],
    columns: "Sequence[pd.Series[Any]]",
    symbols: Sequence[str | None],
    origin: str,
    name: str,
    options: ReadingOptions,
) -> Table:
    def column(place: int, rows: int | None = None) -> Any:
        return columns[place] if rows is None else columns[place].iloc[:rows]

    return _made(header, column, len(columns[0]) if columns else 0, symbols, origin, name, options)


def _levels(frame: "pd.DataFrame", origin: str) -> tuple[list[object], list[str | None]]:
    if frame.columns.nlevels != 2 or frame.index.nlevels != 1:
        raise DataError(f"{origin}: columns have {frame.columns.nlevels} levels; 1, or a field and a symbol, are read")
    values = [[str(value) for value in frame.columns.get_level_values(level)] for level in (0, 1)]
    named = [{field_of(value) for value in level} for level in values]
    level = next((level for level in (0, 1) if named[level].issuperset(PRICES)), None)
    if level is None:
        raise DataError(f"{origin}: neither level of the columns names open, high, low and close")
    fields, symbols = values[level], values[1 - level]
    known = [
        symbol if field_of(field) is not None and symbol else None
        for field, symbol in zip(fields, symbols, strict=True)
    ]
    return list(fields), list(known)


def _made(
    header: Sequence[object],
    column_of: Callable[..., Any],
    n_rows: int,
    symbols: Sequence[str | None],
    origin: str,
    name: str,
    options: ReadingOptions,
) -> Table:
    def samples(place: int) -> list[object]:
        column = _in_utc(column_of(place, _SAMPLE))
        return [None if gone else value for value, gone in zip(column.tolist(), column.isna().tolist(), strict=True)]

    names = tuple(str(one) for one in header)
    fields = identify(names, origin, options, samples, symbols, name)
    used = {place: _plain_column(column_of(place)) for place in fields.used}
    return Table(
        origin, name, names, fields, used, n_rows, _FROM_ZERO, lambda: np.arange(n_rows, dtype=np.int64),
        _style(fields, used, options, origin),
    )  # fmt: skip


def _in_utc(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """The same moments: a zone's clock is not known beyond the year 9999, where broken units put times."""
    import pandas as pd

    return column.dt.tz_convert("UTC") if isinstance(column.dtype, pd.DatetimeTZDtype) else column


def _plain_column(column: "pd.Series[Any]") -> "pd.Series[Any]":
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype) and not pd.api.types.is_string_dtype(column.cat.categories.dtype):
        return column.astype(column.cat.categories.dtype)
    return column


def _style(fields: Columns, columns: Mapping[int, Any], options: ReadingOptions, origin: str) -> Style:
    def texts(places: set[int]) -> list[str]:
        cells = (cell for place in sorted(places) for cell in columns[place].iloc[:_SAMPLE].tolist())
        return [cell for cell in cells if isinstance(cell, str) and not is_null(cell)]

    volumes = {place for group in fields.groups for place in group.volume}
    prices = {place for group in fields.groups for place in group.used} - volumes
    return style_of(texts(prices), texts(volumes), options.decimal, options.thousands, origin)
