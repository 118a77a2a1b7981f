"""Readers: a CSV or Parquet file, or a pandas frame, to a table of cells as they were written."""

import csv
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from admf_jit.data.columns import identify
from admf_jit.data.room import want_of_room
from admf_jit.data.table import Table
from admf_jit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

CSV_SUFFIXES = (".csv", ".tsv", ".txt")
PARQUET_SUFFIXES = (".parquet", ".pq")
_SEPARATORS = ",;\t|"
_FROM_ZERO = "numbered from 0: the first row is row 0"


def read_csv(path: Path) -> Table:
    """Read a text file with a header line; the separator is the one of `, ; tab |` that the header has most
    of.

    Rows are numbered as lines of the file. Blank lines are skipped but counted. A line with more fields than
    the header raises DataError; the cells that a short line lacks are found by the validation.
    """
    import pandas as pd

    header, header_line, separator = _header(path)
    fields = identify(header, str(path))
    text = {*fields.time, *(() if fields.symbol is None else (fields.symbol,))}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                path, sep=separator, header=None, names=list(range(len(header))), index_col=False,
                skiprows=header_line, skip_blank_lines=False, dtype=dict.fromkeys(text, "str"),
                keep_default_na=False, na_values=[""], encoding="utf-8-sig", low_memory=False,
                **_exact_floats(),
            )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        detail = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise DataError(
            f"{path}: cannot be read as rows of {len(header)} fields, as in the header ({detail})"
        ) from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not text in UTF-8 ({error.reason} at byte {error.start})") from None
    line = np.arange(len(frame), dtype=np.int64) + header_line + 1
    filled = frame.notna().any(axis=1).to_numpy()
    frame = frame[filled]
    columns = tuple(frame.iloc[:, position].reset_index(drop=True) for position in range(frame.shape[1]))
    numbering = f"numbered as lines of the file, the header is row {header_line}"
    return Table(str(path), path.stem, tuple(header), columns, line[filled], numbering)


def _exact_floats() -> dict[str, Any]:
    """Return the option that makes `read_csv` round as Python does; since pandas 3.1 it always does."""
    import pandas as pd

    version = tuple(int(part) for part in pd.__version__.split(".")[:2])
    return {} if version >= (3, 1) else {"float_precision": "round_trip"}


def _header(path: Path) -> tuple[list[str], int, str]:
    """Return the column names, the line they are on (from 1), and the separator."""
    number, line = 0, ""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            while not line.strip():
                number, line = number + 1, file.readline()
                if not line:
                    raise DataError(f"{path}: is empty")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not text in UTF-8 ({error.reason} at byte {error.start})") from None
    separator = max(_SEPARATORS, key=line.count)
    if separator not in line:
        raise DataError(f"{path}: row {number} has no separator (comma, semicolon, tab or |): {line.strip()[:60]!r}")
    return next(csv.reader([line.rstrip("\r\n")], delimiter=separator)), number, separator


def read_parquet(path: Path) -> Table:
    """Read a Parquet file, with the index that pandas may have stored in its metadata."""
    import pandas as pd
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(path)
        full = want_of_room(metadata.num_rows, metadata.num_columns)
        if full:
            raise DataError(f"{path}: {full}")
        frame = pd.read_parquet(path, engine="pyarrow")
    except DataError:
        raise
    except Exception as error:  # whatever metadata that pandas does not expect makes it stumble over
        reason = (str(error).splitlines() or [""])[0][:200]
        raise DataError(f"{path}: is not a readable Parquet file ({type(error).__name__}: {reason})") from None
    return from_frame(frame, str(path), path.stem)


def from_frame(frame: "pd.DataFrame", origin: str, name: str) -> Table:
    """Take a pandas frame: its index counts as columns unless it is a plain row number.

    Columns of two levels, a field and a symbol in either order (as from yfinance), become long format.
    There a row in which a symbol has nothing, but another one has a bar, is a bar that it does not have.
    """
    import pandas as pd

    if isinstance(frame.columns, pd.MultiIndex):
        frame = _stacked(frame, origin)
    columns = [frame.iloc[:, position].reset_index(drop=True) for position in range(frame.shape[1])]
    header: list[object] = list(frame.columns)
    if not (type(frame.index) is pd.RangeIndex and frame.index.name is None):
        levels = [frame.index.get_level_values(level) for level in range(frame.index.nlevels)]
        columns = [*(pd.Series(level) for level in levels), *columns]
        header = ["" if level.name is None else level.name for level in levels] + header
    row = np.arange(len(frame), dtype=np.int64)
    return Table(origin, name, tuple(header), tuple(columns), row, _FROM_ZERO)


def _stacked(frame: "pd.DataFrame", origin: str) -> "pd.DataFrame":
    import pandas as pd

    if frame.columns.nlevels != 2 or frame.index.nlevels != 1:
        raise DataError(f"{origin}: columns have {frame.columns.nlevels} levels; 1, or a field and a symbol, are read")
    fields = ("open", "high", "low", "close")
    named = [{str(value).lower() for value in frame.columns.get_level_values(level)} for level in (0, 1)]
    level = next((level for level in (0, 1) if named[level].issuperset(fields)), None)
    if level is None:
        raise DataError(f"{origin}: neither level of the columns names open, high, low and close")
    parts = []
    nobody = frame.isna().to_numpy().all(axis=1)
    for symbol in dict.fromkeys(frame.columns.get_level_values(1 - level)):
        part = frame.xs(symbol, axis=1, level=1 - level)
        kept = np.flatnonzero(part.notna().to_numpy().any(axis=1) | nobody)
        parts.append(part.iloc[kept].assign(symbol=str(symbol)))
    stacked: pd.DataFrame = pd.concat(parts)
    return stacked
