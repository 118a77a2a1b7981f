"""The shape of a text file, seen from its first lines: separator, lines before the table, header or none."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.header_lines import LEVELS, decode_names, is_level, is_price, is_row, leveled
from admf_jit.data.headerless import names_by_content
from admf_jit.data.numbers import looks_like_number
from admf_jit.data.opening import Encoding, split_lines
from admf_jit.data.spellings import plain
from admf_jit.errors import DataError
from admf_jit.wording import counted

_SEPARATORS = ",;\t|"
_COMMENTS = "#%"
#: So many lines may stand before the table.
_MOST_BEFORE = 100
_SAMPLE = 400


@dataclass(frozen=True)
class Shape:
    """What was seen: `names` of the columns, for a wide table the `symbols` they belong to, and the first `rows`."""

    separator: str
    names: tuple[str, ...]
    symbols: tuple[str | None, ...]
    has_header: bool
    #: Lines before the first row, and the bytes that they and the mark of the encoding take.
    lines: int
    offset: int
    comment: str | None
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    @property
    def numbering(self) -> str:
        """How messages number the rows."""
        if not self.has_header:
            return "numbered as lines of the file"
        return f"numbered as lines of the file, the header is row {self.header_line}"

    @property
    def header_line(self) -> int:
        """The line of the file that names the columns."""
        return self.lines

    def cells(self, column: int) -> list[str]:
        """Return what the first rows hold in a column."""
        return [row[column] for row in self.rows if column < len(row)]


def shape_of(head: bytes, whole: bool, encoding: Encoding, options: ReadingOptions, origin: str) -> Shape:
    """Return the shape of a file that begins with `head`, which is all of it where `whole`."""
    # Byte by byte, so that a place in the text is one in the file; names are decoded on their own.
    text = encoding.decode(head[encoding.mark :]) if encoding.is_wide else head[encoding.mark :].decode("latin-1")
    lines = split_lines(text)
    if not whole and len(lines) > 1:
        lines.pop()
    lines = lines[: (options.skip_lines or 0) + _MOST_BEFORE + _SAMPLE]
    return _Look(lines, encoding, options, origin).shape()


class _Look:
    def __init__(self, lines: list[str], encoding: Encoding, options: ReadingOptions, origin: str) -> None:
        self.lines, self.encoding, self.options, self.origin = lines, encoding, options, origin
        self.first = options.skip_lines or 0
        if not any(line.strip() for line in lines[self.first :]):
            raise DataError(f"{origin}: is empty" + (f" after {self.first} lines" if self.first else ""))
        self.comment = options.comment
        stated = options.separator or self._stated_separator()
        if not any(line.strip() for line in lines[self.first :]):
            raise DataError(f"{origin}: has no rows, a line that states the separator and nothing else")
        self.separator = stated or self._separator()
        self.cells = [self._split(self._decoded(line)) for line in lines]

    def shape(self) -> Shape:
        width, found = self._width(), self._header()
        if found is None and (self.options.names is None and self.options.columns is None) and width < 5:
            raise DataError(self._no_table(width))
        if found is None:
            return self._without_header(width)
        return self._with_header(found, width)

    def _stated_separator(self) -> str | None:
        """Return what a line such as `sep=;` states, as Excel writes it."""
        for place in range(self.first, min(len(self.lines), self.first + 3)):
            stated = re.fullmatch(r'"?sep=(.)"?\s*', self.lines[place])
            if stated:
                self.first = place + 1
                return stated.group(1)
        return None

    def _separator(self) -> str:
        """Return the separator by which most lines have the same number of cells, five or more."""
        best, chosen = (0, 0), ","
        for separator in (*_SEPARATORS, " "):
            widths = Counter(len(_split(line, separator)) for line in self.lines[self.first :] if line.strip())
            width, count = max(widths.items(), key=lambda entry: (entry[0] >= 5, entry[1], entry[0]))
            if separator == " " and best[0]:
                break
            if width >= (5 if separator == " " else 2) and ((width >= 5) * count, width) > best:
                best, chosen = ((width >= 5) * count, width), separator
        return chosen

    def _decoded(self, line: str) -> str:
        """Return a line in its own letters: those of the encoding, or the bytes where it is in another one."""
        if self.encoding.is_wide or line.isascii():
            return line
        try:
            return line.encode("latin-1").decode(self.encoding.name)
        except UnicodeDecodeError:
            return line

    def _split(self, line: str) -> list[str]:
        return _split(line, self.separator)

    def _is_comment(self, place: int) -> bool:
        line = self.lines[place].lstrip()
        return line[:1] in ((self.comment,) if self.comment else tuple(_COMMENTS)) and bool(line)

    def _candidates(self) -> list[int]:
        """Return the places of lines that are neither blank nor comment."""
        places = [place for place in range(self.first, len(self.lines)) if self.lines[place].strip()]
        return [place for place in places if not self._is_comment(place)]

    def _width(self) -> int:
        places = self._candidates()
        widths = Counter(len(self.cells[place]) for place in places[-_SAMPLE:])
        return max(widths.items(), key=lambda entry: (entry[1], entry[0]))[0] if widths else 0

    def _header(self) -> int | None:
        """Return the place of the line that names the columns, or None where there is none."""
        options = self.options
        if options.header is False:
            return None
        if options.header or (options.skip_lines is not None and options.columns and not options.names):
            return self._candidates()[0] if self._candidates() else None
        wanted = self._wanted()
        for place in range(self.first, min(len(self.lines), self.first + _MOST_BEFORE)):
            names = self._names(place)
            named = sum(is_price(name) for name in names)
            if named >= 3 or (wanted and wanted <= {plain(name) for name in names}):
                return place
            if self._is_comment(place) or not self.lines[place].strip():
                continue
            if is_row(self.cells[place]):
                return self._line_before(place)
        return None

    def _line_before(self, row: int) -> int | None:
        """Return the line above the first row where it can be a header: as many names, and none a number."""
        before = [place for place in self._candidates() if place < row]
        if self.options.names is not None or not before:
            return None
        cells = self.cells[before[-1]]
        alike = len(cells) in (len(self.cells[row]), len(self.cells[row]) - 1)
        return before[-1] if alike and len(cells) > 1 and not any(map(looks_like_number, cells)) else None

    def _wanted(self) -> set[str]:
        columns = (self.options.columns or {}).values()
        names = [name for entry in columns if entry for name in ([entry] if isinstance(entry, str) else entry)]
        return {plain(name) for name in names}

    def _names(self, place: int) -> list[str]:
        """Return the cells of a line that may name the columns, in their own letters."""
        line = self.lines[place].rstrip("\r\n")
        if not self.encoding.is_wide:
            line = decode_names(line.encode("latin-1"), self.encoding)
        line = line.lstrip()
        if line[:1] and line[:1] in _COMMENTS:
            line = line[1:].lstrip()
        return [name.strip().strip("\ufeff") for name in _split(line, self.separator)]

    def _with_header(self, place: int, width: int) -> Shape:
        names = self._names(place)
        rows_from = place + 1
        levels: list[list[str]] = []
        for following in range(place + 1, min(len(self.lines), place + 4)):
            level = self._names(following)
            if len(level) != len(names) or len(self.cells[following]) != len(names):
                break
            if not is_level(self.cells[following]) or self._is_comment(following):
                break
            levels.append(level)
            rows_from = following + 1
        symbols: tuple[str | None, ...] = (None,) * len(names)
        notes: tuple[str, ...] = ()
        above = self._level_above(place, names)
        if above is not None or levels:
            names, symbols, unknown = leveled(names, ([above] if above else []) + levels)
            shown = [self.separator.join(level)[:60] for level in unknown if level is not above]
            notes = tuple(f"a line below the header is left out: {text!r}" for text in shown)
        names, extra = self._widened(names, width, rows_from)
        if self.options.names is not None:
            names = list(self.options.names)
            symbols = (None,) * len(names)
            if len(names) != len(self._names(place)):
                raise DataError(
                    f"{self.origin}: names has {counted(len(names), 'name')}, and row {place + 1} has "
                    f"{counted(len(self._names(place)), 'column')}"
                )
        symbols = (*symbols, *(None,) * (len(names) - len(symbols)))
        return self._made(names, symbols, rows_from, True, notes)

    def _level_above(self, place: int, names: list[str]) -> list[str] | None:
        """Return the cells of the line above where these are the symbols of a table with two lines of header."""
        if place == self.first:
            return None
        above, prices = self._names(place - 1), [name for name in names if is_price(name)]
        if len(above) != len(names) or sum(map(bool, above)) < 4:
            return None
        named = plain(above[0]) in LEVELS and bool(above[0])
        return above if named or len(set(prices)) < len(prices) else None

    def _widened(self, names: list[str], width: int, rows_from: int) -> tuple[list[str], int]:
        """Give a name to cells that every row has beyond the header: nothing at the end, or an index in front."""
        rows = [self.cells[place] for place in self._candidates() if place >= rows_from]
        if width != len(names) + 1 or not rows or any(len(row) != width for row in rows[:20]):
            return names, 0
        if all(not row[-1].strip() for row in rows):
            return [*names, ""], 1
        in_front = [row[0].strip().strip('"') for row in rows[:20]]
        if all(cell.isdigit() for cell in in_front) and in_front[:2] in (["0", "1"], ["1", "2"]):
            return ["", *names], 1
        return names, 0

    def _without_header(self, width: int) -> Shape:
        places = [place for place in self._candidates() if len(self.cells[place]) == width]
        if not places:
            raise DataError(self._no_table(width))
        rows = [self.cells[place] for place in places]
        for place in self._candidates():
            # A damaged first row is no line before the table.
            if place < places[0] and is_row(self.cells[place]):
                raise DataError(
                    f"{self.origin}: row {place + 1} has {counted(len(self.cells[place]), 'cell')}, and other rows "
                    f"{width}: {self.lines[place].strip()[:80]!r}; expected rows of {width} cells"
                )
        options = self.options
        if options.names is not None:
            if len(options.names) != width:
                raise DataError(
                    f"{self.origin}: names has {counted(len(options.names), 'name')}, and the rows have "
                    f"{counted(width, 'column')}"
                )
            first = next((place for place in places if is_row(self.cells[place])), places[0])
            header = options.header is not False and first != places[0]
            return self._made(list(options.names), (None,) * width, first if header else places[0], header, ())
        names, note = names_by_content(rows, self.origin)
        return self._made(names, (None,) * width, places[0], False, (note,))

    def _made(
        self, names: Sequence[str], symbols: Sequence[str | None], rows_from: int, header: bool, notes: tuple[str, ...]
    ) -> Shape:
        before = "".join(self.lines[:rows_from])
        size = len(before.encode(self.encoding.name)) if self.encoding.is_wide else len(before)
        rows = [self.cells[place] for place in self._candidates() if place >= rows_from]
        comment = self.comment
        if comment is None:
            seen = [
                self.lines[place].lstrip()[:1] for place in range(rows_from, len(self.lines)) if self._is_comment(place)
            ]
            comment = seen[0] if seen else None
        return Shape(
            self.separator, tuple(names), tuple(symbols), header, rows_from, self.encoding.mark + size, comment,
            tuple(tuple(row) for row in rows), notes,
        )  # fmt: skip

    def _no_table(self, width: int) -> str:
        place = next((place for place in self._candidates()), self.first)
        shown = decode_names(self.lines[place].strip()[:60].encode("latin-1", "replace"), self.encoding)
        if width < 2:
            return f"{self.origin}: row {place + 1} has no separator (comma, semicolon, tab or |): {shown!r}"
        return (
            f"{self.origin}: no line names open, high, low and close, and rows of {width} columns are no bars without "
            f"a header: {shown!r}"
        )


def _split(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=separator), [])
    except csv.Error:  # a zero, or half of a quote
        return line.rstrip("\r\n").split(separator)
