"""Sources: what a person names as data, read to market data before a part of it is chosen."""

import glob
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.frames import from_object, is_columns, is_records, is_rows
from admf_jit.data.ingest import ingest
from admf_jit.data.kept import kept
from admf_jit.data.manifest import MANIFEST
from admf_jit.data.market_data import MarketData
from admf_jit.data.merge import Part, combine, part_of
from admf_jit.data.opening import PARQUET_SUFFIXES, Packed, is_readable, members_of
from admf_jit.data.readers import read_file
from admf_jit.data.sample import generate_sample
from admf_jit.data.store import is_store, open_store
from admf_jit.data.symbols import is_span
from admf_jit.errors import DataError, closest

#: A path, a pattern such as "bars/*.csv", "sample", or whatever holds a table: a frame, Arrow, records, rows.
OneSource = Any
Source = OneSource | Sequence[OneSource] | Mapping[str, OneSource]


@dataclass(frozen=True)
class Request:
    """How sources are read: everything besides them that decides what comes of them."""

    options: ReadingOptions = ReadingOptions()
    timezone: str | None = None
    timeframe: str | None = None
    symbols: tuple[str, ...] | None = None
    keep: bool = True

    @property
    def key(self) -> str:
        """Text that is the same for requests that get the same bars of the same bytes."""
        return repr((self.options.model_dump_json(), self.timezone, self.timeframe, self.symbols))


def read_source(source: Source, request: Request, name: str | None = None) -> MarketData:
    """Read one source, or several on one axis; a mapping tells the symbol of each, a list takes theirs.

    With ``keep``, what came of files is kept in the cache folder for the next time.
    """
    if isinstance(source, Mapping) and not is_columns(source):
        return _of_mapping(source, request)
    several = isinstance(source, list | tuple) and not is_rows(source) and not is_records(source)
    sources: list[OneSource] = list(source) if several else [source]
    if not sources:
        raise DataError("data: no source is named")
    if len(sources) == 1:
        return _read_one(sources[0], request, name)
    if all(isinstance(one, str | Path) and _stored_at(one) is None and str(one) != "sample" for one in sources):
        files = [file for one in sources for file in _files(one)]
        return _of_files(files, request, None)
    return _combined([part for one in sources for part in _parts(one, request, None)], request, None)


def _read_one(source: OneSource, request: Request, name: str | None) -> MarketData:
    if not isinstance(source, str | Path):
        return _combined(_parts(source, request, name), request, name)
    data = _stored(source, request)
    if data is not None:
        return data
    found = _files(source)
    return _of_files(found, request, None if len(found) == 1 else _title(source))


def _of_mapping(source: Mapping[str, OneSource], request: Request) -> MarketData:
    for key in source:
        if not isinstance(key, str) or not key:
            raise DataError(f"data: {key!r} is not a symbol: the keys of a mapping are texts")
    if request.symbols is not None:
        chosen = {key: one for key, one in source.items() if key in request.symbols}
        source = chosen if len(chosen) == len(request.symbols) else source
    everything = replace(request, symbols=None)
    parts = [part_of(_only(read_source(one, everything, key), key)) for key, one in source.items()]
    if not parts:
        raise DataError("data: no source is named")
    return _combined(parts, everything, None)


def _only(data: MarketData, symbol: str) -> MarketData:
    """Return the bars that a mapping gives for `symbol`: under that name in the data, or the data's only ones."""
    if symbol in data.symbols:
        return replace(data.select(symbol), name=symbol)
    if data.n_symbols > 1:
        raise DataError(f"data: {symbol!r} is not in {data.name}, which has {', '.join(data.symbols)}")
    bars = replace(part_of(data).bars[0], symbol=symbol)
    return combine([replace(part_of(data), name=symbol, bars=(bars,), known=(symbol,))])


def _combined(parts: Sequence[Part], request: Request, name: str | None) -> MarketData:
    return combine(parts, name=name, timeframe=request.timeframe, asked=request.symbols, options=request.options)


def _of_files(files: Sequence[Packed], request: Request, name: str | None) -> MarketData:
    def read() -> MarketData:
        parts = [_of_file(file, request, alone=len(files) == 1) for file in files]
        return _combined(parts, request, name)

    if not request.keep:
        return read()
    at_once = not all(file.suffix in PARQUET_SUFFIXES for file in files)
    return kept([file.path for file in files], request.key, read, at_once=at_once)


def _of_file(file: Packed, request: Request, *, alone: bool) -> Part:
    table = read_file(file, request.options)
    if not alone and is_span(table.name) and table.fields.symbol is None:
        # A folder BTCUSDT with 2024-01.csv, 2024-02.csv in it.
        table = replace(table, name=f"{file.path.resolve().parent.name}-{table.name}")
    return replace(ingest(table, request.options, request.timezone, request.symbols), own=True)


def _parts(source: OneSource, request: Request, name: str | None) -> list[Part]:
    """Return what one of several sources holds."""
    if isinstance(source, MarketData):
        return [part_of(_in_zone(source, request.timezone))]
    if isinstance(source, str | Path):
        data = _stored(source, request)
        if data is not None:
            return [part_of(data)]
        return [_of_file(file, request, alone=False) for file in _files(source)]
    table = from_object(source, "data frame", name or "data", request.options)
    return [ingest(table, request.options, request.timezone, request.symbols)]


def _stored(source: str | Path, request: Request) -> MarketData | None:
    """Return the sample or the store that is named, None for what has to be read."""
    if str(source) == "sample":
        return _in_zone(generate_sample(request.timeframe), request.timezone)
    path = _stored_at(source)
    return None if path is None else _in_zone(open_store(path, verify=True), request.timezone)


def _stored_at(source: str | Path) -> Path | None:
    path = Path(source).expanduser()
    if not path.is_dir():
        return None
    damaged = any(path.glob("*.npy"))
    return path if is_store(path) or damaged or not any(_readable_in(path)) else None


def _files(source: str | Path) -> list[Packed]:
    """Return the files that a path, a folder or a pattern names, in the order of their names."""
    path = Path(source).expanduser()
    if path.is_dir():
        paths = list(_readable_in(path))
    elif path.exists():
        if not path.is_file():
            raise DataError(f"{path}: is neither a file nor a directory, such as a pipe or a device")
        paths = [path]
    elif any(character in str(source) for character in "*?["):
        paths = [Path(one) for one in sorted(glob.glob(str(path), recursive=True)) if Path(one).is_file()]
        if not paths:
            raise DataError(f"data: no file is called as {str(source)!r} says")
    else:
        raise DataError(_not_found(path))
    return [member for one in paths for member in members_of(one)]


def _readable_in(folder: Path) -> Iterator[Path]:
    """Yield the files of bars in a folder and those below it, by name; hidden ones and other kinds are passed over."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.name != MANIFEST and path.is_file() and is_readable(path.name):
            yield path


def _title(source: str | Path) -> str | None:
    path = Path(source).expanduser()
    return path.resolve().name if path.is_dir() else None


def _not_found(path: Path) -> str:
    folder = path.parent
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    hint = closest(path.name, [*names, "sample"])
    return f"data: {str(path)!r} does not exist" + (f"; did you mean {hint!r}?" if hint else "")


def _in_zone(data: MarketData, timezone: str | None) -> MarketData:
    return data if timezone is None else data.in_zone(timezone)
