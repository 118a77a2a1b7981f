"""Opening a file: what it is packed with and which encoding its text has, seen from its first bytes."""

import codecs
import contextlib
import io
import lzma
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from admf_jit.errors import DataError
from admf_jit.wording import counted

CSV_SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".asc", ".prn")
PARQUET_SUFFIXES = (".parquet", ".pq")
FEATHER_SUFFIXES = (".feather", ".arrow", ".ipc")
JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
READ_SUFFIXES = (*CSV_SUFFIXES, *PARQUET_SUFFIXES, *FEATHER_SUFFIXES, *JSON_SUFFIXES)
PACKED_SUFFIXES = (".gz", ".bz2", ".zst", ".zstd", ".xz", ".lz4", ".zip")
_MAGIC = (
    (b"\x1f\x8b", "gzip"), (b"BZh", "bz2"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\x04\x22\x4d\x18", "lz4"),
    (b"\xfd7zXZ\x00", "xz"), (b"PK\x03\x04", "zip"),
)  # fmt: skip
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
HEAD = 128 * 1024
#: Of the last row before padding, for a message; a multiple of any character's bytes.
_SHOWN_BYTES = 256
_MOST_SHOWN = 60


@dataclass(frozen=True)
class Packed:
    """A file, or a member of a zip file, and how its bytes are had."""

    path: Path
    member: str | None = None
    #: Bytes that are read of a file that is not packed; what follows them is padding.
    end: int | None = None

    @property
    def origin(self) -> str:
        """What messages call it."""
        return str(self.path) if self.member is None else f"{self.path}/{self.member}"

    @property
    def stem(self) -> str:
        """Its name without the suffixes of format and packing."""
        return stem_of(self.member or self.path.name)

    @property
    def suffix(self) -> str:
        """The suffix that tells the format, in lower case."""
        return suffix_of(self.member or self.path.name)

    @property
    def is_packed(self) -> bool:
        """Whether its size says nothing of how many bytes it has."""
        return self.member is not None or _packing(self.path) is not None

    def open(self) -> Any:
        """Return its bytes, unpacked, as a file that Arrow and Python can read."""
        import pyarrow as pa

        if self.member is not None:
            return zipfile.ZipFile(self.path).open(self.member)
        kind = _packing(self.path)
        if kind is None:
            whole = pa.OSFile(str(self.path), "rb")
            return whole if self.end is None else whole.get_stream(0, self.end)
        if kind == "xz":
            return lzma.open(self.path, "rb")
        return pa.CompressedInputStream(pa.OSFile(str(self.path), "rb"), kind)

    def head(self, size: int = HEAD) -> tuple[bytes, bool]:
        """Return its first bytes, and whether these are all."""
        with self.reading(), self.open() as file:
            content = bytes(file.read(size + 1))
        return content[:size], len(content) <= size

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what goes wrong with the bytes into an error that names the file."""
        try:
            yield
        except DataError:
            raise
        except (OSError, EOFError, lzma.LZMAError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            reason = (str(getattr(error, "strerror", None) or error).splitlines() or [type(error).__name__])[0][:200]
            raise DataError(f"{self.origin}: cannot be read ({reason})") from None


def suffix_of(name: str) -> str:
    """Return the suffix that tells the format of a file's name, without those of packing; '' where there is none."""
    path = PurePath(name)
    while path.suffix.lower() in PACKED_SUFFIXES:
        path = path.with_suffix("")
    # The end of `ES.Last` or `2024.01` is no format.
    return path.suffix.lower()


def stem_of(name: str) -> str:
    """Return a file's name without the suffixes of format and packing."""
    path = PurePath(name)
    while path.suffix.lower() in PACKED_SUFFIXES:
        path = path.with_suffix("")
    return path.stem if path.suffix.lower() in READ_SUFFIXES else path.name


def is_readable(name: str) -> bool:
    """Tell a file's name by which its format is known."""
    path = PurePath(name)
    if path.name.startswith((".", "__MACOSX")) or "__MACOSX" in path.parts:
        return False
    packed = path.suffix.lower() in PACKED_SUFFIXES
    return suffix_of(name) in READ_SUFFIXES or (packed and not suffix_of(name)) or path.suffix.lower() == ".zip"


def members_of(path: Path) -> list[Packed]:
    """Return what there is to read at the path of a file: itself, or what its archive holds."""
    file = Packed(path)
    with file.reading():
        if _packing(path) != "zip":
            return [file]
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if any(entry.flag_bits & 1 for entry in entries):
            raise DataError(f"{path}: is locked by a password; unpack it first")
    named = sorted(entry.filename for entry in entries if is_readable(entry.filename))
    # A text beside other files is a report on them, as HistData packs it.
    named = [name for name in named if suffix_of(name) != ".txt"] or named
    if not named:
        raise DataError(f"{path}: holds no file of bars; known are {', '.join(READ_SUFFIXES)}")
    return [Packed(path, name) for name in named]


def _packing(path: Path) -> str | None:
    with path.open("rb") as file:
        start = file.read(8)
    return next((kind for magic, kind in _MAGIC if start.startswith(magic)), None)


@dataclass(frozen=True)
class Encoding:
    """How bytes become text: `name`, the length of the mark before it, and whether somebody named it."""

    name: str
    mark: int
    named: bool = False

    @property
    def is_wide(self) -> bool:
        """Whether a character of ASCII takes more than its byte."""
        return self.name.startswith(("utf-16", "utf-32"))

    def decode(self, content: bytes) -> str:
        """Return text for looking at; what cannot be decoded is shown as a replacement."""
        return content.decode(self.name, "replace")


def encoding_of(head: bytes, named: str | None) -> Encoding:
    """Return the encoding of a file that begins with `head`: as its mark says, as named, or UTF-16 by its zeros."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, len(mark))
    if named is not None:
        name = codecs.lookup(named).name
        return Encoding({"utf-16": "utf-16-le", "utf-8-sig": "utf-8"}.get(name, name), 0, named=True)
    sample = head.rstrip(b"\0")[:1000]  # padding says nothing of the characters
    even, odd = sample[::2].count(0), sample[1::2].count(0)  # of two bytes one is 0; in a run of zeros both are
    if len(sample) >= 4 and max(even, odd) >= len(sample) // 4 and min(even, odd) * 10 <= max(even, odd):
        return Encoding("utf-16-le" if odd > even else "utf-16-be", 0)
    return Encoding("utf-8", 0)


def without_padding(file: Packed, named: str | None) -> tuple[Packed, tuple[str, ...]]:
    """Return a text file without the NUL bytes at its end, and a note of them; a row cut off by them raises DataError.

    Writers that ask for room ahead, and those that were cut off, leave such. A packed file is returned as it is.
    """
    size = file.path.stat().st_size
    end = 0 if file.is_packed else _end_of_content(file.path, size)
    if file.is_packed or end == size:
        return file, ()
    if not end:
        raise DataError(f"{file.origin}: holds nothing but {counted(size, 'NUL byte')}")
    head, _ = replace(file, end=end).head()
    encoding = encoding_of(head, named)
    if encoding.is_wide:
        width = 4 if encoding.name.startswith("utf-32") else 2
        end = min(size, -(-end // width) * width)
    if end == size:
        return file, ()
    count = counted(size - end, "NUL byte")
    with file.path.open("rb") as content:
        content.seek(max(0, end - _SHOWN_BYTES))
        last = encoding.decode(content.read(end - content.tell()))
    if not last.endswith(("\n", "\r")):
        raise DataError(
            f"{file.origin}: ends in {count} after {split_lines(last)[-1][-_MOST_SHOWN:]!r}, a row that may be cut "
            "off; delete the bytes from the first of them on, and the row with them if it is not whole"
        )
    return replace(file, end=end), (f"{count} after the last row left out: a writer that was cut off leaves such",)


def _end_of_content(path: Path, size: int) -> int:
    """Return how many bytes a file has without the NUL bytes at its end."""
    with path.open("rb") as content:
        end = size
        while end > 0:
            begin = max(0, end - HEAD)
            content.seek(begin)
            kept = content.read(end - begin).rstrip(b"\0")
            if kept:
                return begin + len(kept)
            end = begin
    return 0


def text_lines(file: Packed, encoding: Encoding) -> Iterator[str]:
    """Yield the lines of a file with their ends, for finding a place in it; only errors need this."""
    with file.open() as stream:
        stream.read(encoding.mark)
        raw = io.BufferedReader(_Raw(stream), 1 << 20)
        yield from io.TextIOWrapper(raw, encoding.name, "replace", newline="")


class _Raw(io.RawIOBase):
    """An Arrow stream as Python's layers want it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self._stream.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)


def split_lines(text: str) -> list[str]:
    """Return lines with their ends; only CR and LF end one."""
    return re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+", text)
