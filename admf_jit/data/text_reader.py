"""Text files of bars: their shape is seen from the head, their rows are read by Arrow."""

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.columns import Columns, identify
from admf_jit.data.numbers import NULL_CELLS, Style, is_null, looks_like_number, style_of
from admf_jit.data.opening import Packed, encoding_of, without_padding
from admf_jit.data.shape import shape_of
from admf_jit.data.streamed import NotFixedError, Streamed, streamed
from admf_jit.data.table import Table
from admf_jit.data.text_rows import Rows
from admf_jit.errors import DataError
from admf_jit.wording import counted

if TYPE_CHECKING:
    import pandas as pd

#: What fits in the cache of a core is read fastest. A row is never longer than a block.
_BLOCK = 256 * 1024
_BYTES_OF_A_CELL = 1024
#: Kinds of columns that have no room for another kind of cell.
_FIXED = ("number", "integer", "moment")
#: Local times as Arrow reads them by itself.
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?")
_MOST_STYLES = 1000


def read_text(file: Packed, options: ReadingOptions) -> Table:
    """Read a text file; rows are numbered as lines of the file, with the first one as row 1.

    Blank lines are skipped but counted. A line with more or fewer cells than the others raises DataError that names it,
    unless it is a comment or a footer after the last row.
    """
    with file.reading():
        file, padding = without_padding(file, options.encoding)
        head, whole = file.head()
        if not head:
            raise DataError(f"{file.origin}: is empty")
        return _Reader(file, head, whole, options, padding).table()


class _Reader:
    def __init__(
        self, file: Packed, head: bytes, whole: bool, options: ReadingOptions, padding: tuple[str, ...] = ()
    ) -> None:
        self.file, self.options, self.origin = file, options, file.origin
        self.encoding = encoding_of(head, options.encoding)
        self.shape = shape_of(head, whole, self.encoding, options, self.origin)
        zeros = not self.encoding.is_wide and b"\0" in head[: self.shape.offset]
        self.notes = (*self.shape.notes, *padding, *(["NUL bytes before the rows left out"] if zeros else []))
        self.quoted = b'"' in head[self.shape.offset :]
        self.fields = self._fields()
        self.style = self._style()
        self.rows = Rows(file, self.encoding, self.shape, self.origin)

    def _fields(self) -> Columns:
        shape = self.shape
        return identify(shape.names, self.origin, self.options, shape.cells, shape.symbols, self.file.stem)

    def _numbers(self) -> tuple[list[int], list[int]]:
        groups = self.fields.groups
        prices = sorted({place for group in groups for place in group.used - set(group.volume)})
        others = {place for group in groups for place in group.volume} | set(self.fields.extra.values())
        return prices, sorted(others - set(prices))

    def _style(self) -> Style:
        prices, volumes = (
            [cell for place in places for cell in self.shape.cells(place) if not is_null(cell)]
            for places in self._numbers()
        )
        return style_of(prices, volumes, self.options.decimal, self.options.thousands, self.origin)

    def _style_of(self, columns: "dict[int, pd.Series[Any]]") -> Style:
        """Return the style of the numbers, with what cells below the head show of it."""
        prices, volumes = (
            [cell for place in places for cell in self._styled_cells(place, columns[place])]
            for places in self._numbers()
        )
        return style_of(prices, volumes, self.options.decimal, self.options.thousands, self.origin)

    def _styled_cells(self, place: int, column: "pd.Series[Any]") -> list[str]:
        """Return the cells of the head, and the odd ones of a column that was read as text."""
        cells = self.shape.cells(place)
        if column.dtype == "string":
            odd = ~column.str.match(rf"^(?:{self.style.plain.pattern})$").fillna(True)
            cells += [str(cell) for cell in column[odd].unique()[:_MOST_STYLES].tolist()]
        return [cell for cell in cells if looks_like_number(cell) and not is_null(cell)]

    def table(self) -> Table:
        """Read the rows of the columns that are used."""
        if not self.shape.rows and not self._has_rows():
            raise DataError(f"{self.origin}: has no rows")
        types = self._types()
        notes = self.notes
        found, skip = None, False
        quoted = self.quoted or len(types) < len(self.shape.names)
        while found is None:  # each of them happens once at most
            try:
                found = self._read(types, skip=skip, quoted=quoted)
            except _NotAsInTheHeadError:
                types = {place: "text" if kind in _FIXED else kind for place, kind in types.items()}
            except _OddRowError:
                if not quoted:  # a quoted cell may hold separators
                    quoted = True
                    continue
                if skip:
                    raise DataError(f"{self.origin}: cannot be read as rows of {len(self.shape.names)} cells") from None
                notes, skip = (*notes, *self.rows.footers()), True
        columns: dict[int, pd.Series[Any]] = {}
        for place in self.fields.used:
            columns[place] = _column(found, str(place), by_byte=skip and self._codec(skip) == "latin-1")
        n_rows = len(next(iter(columns.values())))
        table = Table(
            self.origin, self.file.stem, self.shape.names, self.fields, columns, n_rows, self.shape.numbering,
            self.rows.numbers, self._style_of(columns), notes,
        )  # fmt: skip
        return self._without_blanks(self._without_comments(self._without_headers(table)))

    def _has_rows(self) -> bool:
        return any(True for _ in self.rows)

    def _types(self) -> dict[int, str]:
        """Return how each column is read: as numbers, as whole numbers, as text, or as names of few values."""
        fields, shape = self.fields, self.shape
        kinds = dict.fromkeys(fields.used, "text")
        prices, volumes = self._numbers()
        plain = self.style.plain
        for place in (*prices, *volumes):
            if all(plain.fullmatch(cell) or cell in NULL_CELLS for cell in shape.cells(place)):
                kinds[place] = "number"
        for place in fields.codes:
            kinds[place] = "name"
        if len(fields.time) == 1 and not self._comments_possible():
            cells = shape.cells(fields.time[0])
            # With a format, 01022024 is text: as a number it would lose the zero that the format needs.
            unnamed = self.options.date_format is None
            if cells and unnamed and all(re.fullmatch(r"\d{1,19}", cell) for cell in cells):
                kinds[fields.time[0]] = "integer"
            if cells and unnamed and all(_ISO.fullmatch(cell) for cell in cells):
                kinds[fields.time[0]] = "moment"
        return kinds

    def _comments_possible(self) -> bool:
        return self.shape.comment is not None

    def _read(self, kinds: dict[int, str], *, skip: bool, quoted: bool) -> Any:
        """Read the columns; `skip` leaves out rows of another number of cells, about which `footers` has decided.

        Not `quoted`, a quote is no number and no time; where nothing else is read, one cannot be missed.
        """
        quoted = quoted or any(kind not in _FIXED for kind in kinds.values())
        import pyarrow as pa
        import pyarrow.csv as pc

        types = {
            "number": pa.float64(), "integer": pa.int64(), "moment": pa.timestamp("ns"), "text": pa.large_string(),
            "name": pa.dictionary(pa.int32(), pa.binary()),
        }  # fmt: skip
        names = [str(place) for place in range(len(self.shape.names))]
        stream = self.file.open()
        try:
            _skip(stream, self.shape.offset)
            reader = pc.open_csv(
                stream,
                read_options=pc.ReadOptions(
                    column_names=names,
                    encoding=self._codec(skip),
                    block_size=max(_BLOCK, _BYTES_OF_A_CELL * len(names)),
                ),
                parse_options=pc.ParseOptions(
                    delimiter=self.shape.separator,
                    quote_char='"' if quoted else False,
                    ignore_empty_lines=True,
                    invalid_row_handler=_skipped if skip else None,
                ),
                convert_options=pc.ConvertOptions(
                    include_columns=[str(place) for place in kinds],
                    column_types={str(place): types[kind] for place, kind in kinds.items()},
                    null_values=NULL_CELLS if "number" in kinds.values() else [""],
                    strings_can_be_null=False,
                    decimal_point=self.style.decimal,
                ),
            )
            return streamed(reader, reader.schema, self._rows_expected())
        except NotFixedError:
            raise _NotAsInTheHeadError from None
        except pa.ArrowInvalid as error:
            raise self._refusal(str(error), kinds) from None
        except UnicodeError as error:
            raise DataError(f"{self.origin}: is not text in {self.encoding.name} ({error})") from None
        finally:
            stream.close()

    def _rows_expected(self) -> int:
        """Return about how many rows there are, by the size of the first ones; none of a packed file, whose size is not
        known.
        """
        rows = self.shape.rows
        if self.file.is_packed or not rows:
            return 0
        width = sum(len(cell) + 1 for row in rows for cell in row) / len(rows)
        return int(self.file.path.stat().st_size / max(width, 1.0) * 1.1) + 1

    def _codec(self, skip: bool) -> str:
        if self.encoding.name not in ("utf-8", "ascii"):
            return self.encoding.name
        # A row that is skipped is handed over as text, and may be none in UTF-8; byte by byte all is.
        return "latin-1" if skip else "utf8"

    def _refusal(self, text: str, kinds: dict[int, str]) -> Exception:
        if "Empty CSV" in text:
            return DataError(f"{self.origin}: has no rows")
        if "CSV parse error" in text:
            return _OddRowError()
        if "UTF8" in text or "UTF-8" in text:
            return self.rows.bad_byte(self.fields.used)
        if "straddling" in text:
            return DataError(f"{self.origin}: has a line of more than {_BLOCK // 1024} KiB, which is no row of bars")
        if "conversion error" in text and any(kind in _FIXED for kind in kinds.values()):
            return _NotAsInTheHeadError()
        return DataError(
            f"{self.origin}: cannot be read as rows of {len(self.shape.names)} cells ({text.splitlines()[0][:200]})"
        )

    def _without_headers(self, table: Table) -> Table:
        """Leave out lines of names between the rows, as in files that were put one after the other."""
        if not self.shape.has_header:
            return table
        same = np.ones(table.n_rows, np.bool_)
        for place in (*table.fields.time, *(place for group in table.fields.groups for place in group.prices.values())):
            column = table.columns[place]
            if column.dtype != "string":
                return table
            same &= (column.str.strip().str.strip('"') == self.shape.names[place]).fillna(False).to_numpy(np.bool_)
        if not same.any():
            return table
        return table.part(np.flatnonzero(~same), f"{counted(int(same.sum()), 'more line')} of column names left out")

    def _without_blanks(self, table: Table) -> Table:
        """Leave out rows of empty cells, which spreadsheets write for blank lines."""
        time = table.columns[table.fields.time[0]]
        if not (time.dtype == "string" or time.hasnans):
            return table
        blank = (time.isna() | (time == "")).fillna(True).to_numpy(np.bool_)
        if not blank.any():
            return table
        for place in table.fields.used:
            column = table.columns[place]
            empty = column.isna() | (column.astype("string").str.strip() == "")
            blank &= empty.fillna(True).to_numpy(np.bool_)
        return table.part(np.flatnonzero(~blank)) if blank.any() else table

    def _without_comments(self, table: Table) -> Table:
        first = table.columns.get(0)
        if self.shape.comment is None or first is None or first.dtype != "string":
            return table
        comment = first.str.lstrip().str.startswith(self.shape.comment).fillna(False).to_numpy(np.bool_)
        return table.part(np.flatnonzero(~comment)) if comment.any() else table


class _NotAsInTheHeadError(Exception):
    """A later row holds another kind of cell than the first rows."""


class _OddRowError(Exception):
    """A row has another number of cells than the others."""


def _skipped(row: Any) -> str:
    return "skip"


def _skip(stream: Any, count: int) -> None:
    while count > 0:
        count -= len(stream.read(min(count, 1 << 20))) or count


def _column(found: Streamed, name: str, *, by_byte: bool = False) -> "pd.Series[Any]":
    """Take a column out of what was read."""
    import pandas as pd

    if name in found.arrays:
        return pd.Series(found.arrays.pop(name), copy=False)
    column = _as_series(found.rest, name, by_byte=by_byte)
    found.rest = found.rest.drop_columns([name])
    return column


def _as_series(table: Any, name: str, *, by_byte: bool = False) -> "pd.Series[Any]":
    """Take a column out of an Arrow table, without a Python object for any cell."""
    import pandas as pd
    import pyarrow as pa

    column = table.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        if isinstance(column, pa.ChunkedArray):
            column = column.unify_dictionaries().combine_chunks()
        values = column.dictionary.to_pylist()
        names = [_decoded(value.decode().encode("latin-1") if by_byte else value) for value in values]
        codes = column.indices.to_numpy(zero_copy_only=False)
        place = {name: rank for rank, name in enumerate(dict.fromkeys(names))}
        rank = np.array([place[name] for name in names], np.int64)
        return pd.Series(pd.Categorical.from_codes(rank[codes], pd.Index(list(place))))
    if pa.types.is_large_string(column.type):
        return pd.Series(column, dtype=pd.StringDtype("pyarrow"))
    return pd.Series(column.to_numpy(), copy=False)


def _decoded(value: bytes) -> str:
    for name in ("utf-8", "gb18030"):
        try:
            text = value.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8" or re.search(r"[\u4e00-\u9fff]{2}", text):
            return text
    return value.decode("latin-1")
