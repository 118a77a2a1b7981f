"""The rows of a text file one by one: for finding a place in it, which errors need, and not for reading it."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.opening import Encoding, Packed, text_lines
from admf_jit.data.shape import Shape
from admf_jit.errors import DataError
from admf_jit.wording import counted

_MOST_FOOTERS = 20


@dataclass(frozen=True)
class Rows:
    """The rows of a text file, one by one: for finding a place in it, and not for reading it."""

    file: Packed
    encoding: Encoding
    shape: Shape
    origin: str

    def __iter__(self) -> "Iterator[tuple[int, list[str]]]":
        """Yield the line and the cells of all rows that are neither blank nor comment."""
        lines = text_lines(self.file, self.encoding)
        for _ in range(self.shape.lines):
            next(lines, None)
        reader = csv.reader(lines, delimiter=self.shape.separator)
        before = 0
        csv.field_size_limit(1 << 30)
        for cells in reader:
            line, before = self.shape.lines + before + 1, reader.line_num
            text = self.shape.separator.join(cells).strip(" \t\r\n\x1a\0")
            if text and not (self.shape.comment is not None and text.startswith(self.shape.comment)):
                yield line, cells

    def numbers(self) -> NDArray[np.int64]:
        """Return the line of each row that was read."""
        width = len(self.shape.names)
        lines: list[int] = []
        reader_lines = text_lines(self.file, self.encoding)
        for _ in range(self.shape.lines):
            next(reader_lines, None)
        reader = csv.reader(reader_lines, delimiter=self.shape.separator)
        before = 0
        for cells in reader:
            if len(cells) == width:
                lines.append(self.shape.lines + before + 1)
            before = reader.line_num
        return np.array(lines, np.int64)

    def footers(self) -> tuple[str, ...]:
        """Return a note of the lines after the last row that are no rows; an odd row before it raises DataError."""
        width = len(self.shape.names)
        odd: list[tuple[int, list[str]]] = []
        for line, cells in self:
            if len(cells) != width and len(odd) <= _MOST_FOOTERS:
                odd.append((line, cells))
            elif odd:
                break
        else:
            if all(re.match(r"\s*\"?[^\d\s.+-]", cells[0]) and len(cells) < width for _, cells in odd):
                shown = [self.shape.separator.join(cells).strip()[:60] for _, cells in odd[:1]]
                return (*self._padding(), *(f"lines after the last row are left out: {text!r}" for text in shown))
        line, cells = odd[0]
        what = "the header" if self.shape.has_header else "other rows"
        shown = [self.shape.separator.join(cells).strip()[:80]]
        raise DataError(
            f"{self.origin}: row {line} has {counted(len(cells), 'cell')}, and {what} {width}: "
            f"{shown[0]!r}; expected rows of {width} cells"
        )

    def _padding(self) -> tuple[str, ...]:
        """Return a note of the lines that hold NUL bytes and nothing else."""
        lines = (line for line in text_lines(self.file, self.encoding) if "\0" in line)
        count = sum(not line.strip("\0 \t\r\n") for line in lines)
        return (f"{counted(count, 'line')} of NUL bytes left out",) if count else ()

    def bad_byte(self, used: list[int]) -> DataError:
        """Return the refusal that names the first byte in a used column that is no UTF-8."""
        position = 0
        with self.file.open() as stream:
            for number, line in enumerate(_byte_lines(stream), 1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    cells = next(csv.reader([line.decode("latin-1")], delimiter=self.shape.separator), [])
                    for place in used:
                        if place >= len(cells):
                            continue
                        cell = cells[place].encode("latin-1")
                        try:
                            cell.decode("utf-8")
                        except UnicodeDecodeError as error:
                            byte = position + max(line.find(cell), 0) + error.start
                            return DataError(
                                f"{self.origin}: row {number}, column {self.shape.names[place]!r}: byte {byte} of the "
                                f"file is 0x{cell[error.start]:02x}, which is no text in UTF-8; say encoding: latin-1 "
                                "if it is that"
                            )
                position += len(line)
        return DataError(f"{self.origin}: is not text in UTF-8; say encoding: latin-1 or what it is")


def _byte_lines(stream: Any) -> Iterator[bytes]:
    rest = b""
    while content := bytes(stream.read(1 << 20)):
        *lines, rest = (rest + content).split(b"\n")
        yield from (line + b"\n" for line in lines)
    if rest:
        yield rest
