"""The store: a directory of one `.npy` file per column and a manifest, mapped read-only by every worker.

A store appears complete or not at all: it is written next to its place and renamed into it. Its column files
have fixed names, so a manifest cannot point outside the directory, and nothing in it is ever unpickled.
"""

import contextlib
import glob
import hashlib
import io
import json
import mmap
import os
import shutil
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.bar_columns import as_fields, count_missing, digest, dtype_of
from admf_jit.data.consistency import inconsistency
from admf_jit.data.gaps import Gap, Gaps
from admf_jit.data.given import DTYPES as GIVEN_DTYPES
from admf_jit.data.given import Given
from admf_jit.data.manifest import MANIFEST, Manifest, files_of, read_manifest
from admf_jit.data.market_data import MarketData
from admf_jit.errors import DataError

_ATTEMPTS = 20
_SECONDS_ABANDONED = 86_400


def write_store(data: MarketData, directory: str | Path) -> Path:
    """Write `data` as a store at `directory` and return that path; a store already there is replaced.

    Two processes may write the same store: each rename is whole, and the last one stays. A directory that
    holds anything but a store is left alone and raises DataError. A store with the same content is left as it
    is. The history of the data is not written: what is loaded from the store begins with its first bar.
    """
    data = data.without_history()
    target = Path(directory)
    _refuse_foreign(target)
    if _holds(target, data):
        return target
    try:
        with _draft_of(target) as draft:
            columns = {column: np.ascontiguousarray(values) for column, values in data.columns.items()}
            files = files_of(tuple(data.extra))
            entries = {name: _write_column(column, draft / f"{files[name]}.npy") for name, column in columns.items()}
            if data.given is not None:
                entries[data.given.kind] = _write_column(data.given.values, draft / data.given.file)
            _write_manifest(Manifest.of(data, entries).as_json(), draft, durable=True)
            put_in_place(draft, target, data)
    except OSError as error:
        raise DataError(f"{target}: cannot be written ({error})") from None
    return target


def move_to_store(data: MarketData, directory: Path) -> MarketData:
    """Write `data` as a store of a cache, and return it mapped from there; as it is where that cannot be written.

    Each column is mapped as soon as it is written: where nobody else holds `data`, its memory is free for the next one.
    Nothing is waited for until it is on the disk, and each column has a CRC-32: a power cut may damage such a store,
    which is verified before each use, and can be written again. `note_digest` writes its digest, once it is needed.
    """
    entries: dict[str, dict[str, Any]] = {}
    with contextlib.suppress(OSError, DataError):
        _refuse_foreign(directory)
        with _draft_of(directory) as draft:
            for column, file in files_of(tuple(data.extra)).items():
                path = draft / f"{file}.npy"
                entries[column] = _write_column(data.columns[column], path, durable=False)
                data = replace(data, **as_fields({**data.columns, column: _mapped(path)}))
            if data.given is not None:
                path = draft / data.given.file
                entries[data.given.kind] = _write_column(data.given.values, path, durable=False)
                data = replace(data, given=replace(data.given, values=_mapped(path)))
            _write_manifest(Manifest.of(data, entries).as_json(), draft, durable=False)
            put_in_place(draft, directory, data)
        return replace(data, directory=directory)
    return data


@contextlib.contextmanager
def _draft_of(target: Path) -> Iterator[Path]:
    """Make a directory beside `target` to write it in; what is left there in the end is deleted."""
    _remove_abandoned(target)
    draft = target.parent / f".{target.name}.{uuid.uuid4().hex}.tmp"
    try:
        draft.mkdir(parents=True)
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def open_store(directory: str | Path, verify: bool = False, *, own: bool = False) -> MarketData:
    """Map the store at `directory` read-only.

    With `verify`, its content is first held to its SHA-256 and to the rules of bars. A store of the cache, which nobody
    but this program writes (`own`), is held to the CRC-32 of each column, and the digest that is noted there is taken.

    A missing or unreadable store, and a file that differs from the manifest in size, dtype or shape, raise
    DataError.
    """
    path = Path(directory)
    for _ in range(_ATTEMPTS):
        before = _identity(path)
        try:
            data = _open(path, verify, own)
        except (DataError, OSError) as error:
            if _identity(path) != before:
                continue
            if isinstance(error, DataError):
                raise
            raise DataError(f"{path}: cannot be read ({error})") from None
        if _identity(path) == before:
            return data
    raise DataError(f"{path}: other processes keep replacing this store; try again when they are done")


def _identity(path: Path) -> tuple[int, int] | None:
    """Tell one directory from another that is put in its place while it is being read."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_ctime_ns


def _open(path: Path, verify: bool, own: bool) -> MarketData:
    manifest = read_manifest(path)
    columns: dict[str, Any] = {column: _map_column(path, manifest, column) for column in manifest.files}
    given = None
    if manifest.given:
        kind, names = manifest.given["kind"], tuple(manifest.given["names"])
        given = Given(kind, names, _map_column(path, manifest, kind))
    if verify:
        _verify(path, manifest, columns, own, given)
    return MarketData(
        name=manifest.name,
        symbols=manifest.symbols,
        timeframe=manifest.timeframe,
        timezone=manifest.timezone,
        **as_fields(columns),
        known_digest=manifest.digest,
        missing_bars=manifest.missing_bars,
        known_gaps=Gaps(
            manifest.gaps["count"], manifest.gaps["missing"], tuple(Gap(*gap) for gap in manifest.gaps["longest"])
        ),
        directory=path,
        notes=manifest.notes,
        allow_nonpositive=manifest.allow_nonpositive,
        stated_bars_per_year=manifest.stated_bars_per_year,
        delisted=manifest.delisted,
        calendar=manifest.calendar_ref,
        given=given,
    )


def is_store(path: Path) -> bool:
    """Tell whether `path` is a directory with a manifest in it."""
    return (path / MANIFEST).is_file()


def _remove_abandoned(target: Path) -> None:
    """Delete what writers of this store left that were killed in the middle: what nobody has touched for a day."""
    for leftover in target.parent.glob(f".{glob.escape(target.name)}.{'[0-9a-f]' * 32}.*"):
        with contextlib.suppress(OSError):
            if leftover.suffix in (".tmp", ".old") and time.time() - leftover.stat().st_mtime > _SECONDS_ABANDONED:
                shutil.rmtree(leftover, ignore_errors=True)


def _refuse_foreign(target: Path) -> None:
    if target.is_dir() and not is_store(target) and any(target.iterdir()):
        raise DataError(f"{target}: is a directory with other content and no {MANIFEST}; choose another place")
    if target.exists() and not target.is_dir():
        raise DataError(f"{target}: is a file; a store is a directory, choose another place")


def _holds(target: Path, data: MarketData) -> bool:
    try:
        present = open_store(target, verify=True)
    except DataError:
        return False
    return (present.digest, present.name, present.notes) == (data.digest, data.name, data.notes)


def note_digest(directory: Path, digest: str) -> None:
    """Write the digest into the manifest of a store that `move_to_store` wrote, so that no process needs it again."""
    with contextlib.suppress(OSError, DataError):
        manifest = read_manifest(directory)
        if manifest.digest is None:
            draft = f".{MANIFEST}.{uuid.uuid4().hex}"
            _write_manifest(replace(manifest, digest=digest).as_json(), directory, durable=False, name=draft)
            os.replace(directory / draft, directory / MANIFEST)


def _write_manifest(document: dict[str, Any], draft: Path, *, durable: bool, name: str = MANIFEST) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False)
    with (draft / name).open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        _finish(file, durable)


def _write_column(column: NDArray[Any], path: Path, *, durable: bool = True) -> dict[str, Any]:
    """Write a column as a `.npy` file; return its size and the SHA-256 of the file, or the column's CRC-32."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, np.lib.format.header_data_from_array_1_0(column))
    header, content = buffer.getvalue(), column.reshape(-1).view(np.uint8).data
    with path.open("wb") as file:
        file.write(header)
        file.write(content)
        _finish(file, durable)
    entry: dict[str, Any] = {"bytes": len(header) + len(content)}
    if durable:
        checksum = hashlib.sha256(header)
        checksum.update(content)
        entry["sha256"] = checksum.hexdigest()
    else:
        entry["crc32"] = zlib.crc32(content)
    return entry


def _finish(file: IO[Any], durable: bool) -> None:
    if durable:
        file.flush()
        os.fsync(file.fileno())


def put_in_place(draft: Path, target: Path, data: MarketData) -> None:
    """Rename `draft` to `target`; a store in the way is renamed aside first, unless it holds `data`."""
    aside = draft.with_suffix(".old")
    reason: OSError | None = None
    for _ in range(_ATTEMPTS):
        try:
            draft.rename(target)
            return
        except OSError as error:
            reason = error
        if _holds(target, data):
            return
        _refuse_foreign(target)
        try:
            target.rename(aside)
        except FileNotFoundError:
            continue
        shutil.rmtree(aside, ignore_errors=True)
    raise DataError(f"{target}: cannot be put in place, even in {_ATTEMPTS} attempts ({reason})")


def _map_column(directory: Path, manifest: Manifest, column: str) -> NDArray[Any]:
    path = directory / f"{manifest.files.get(column, column)}.npy"
    entry = manifest.columns[column]
    if path.is_symlink() or not path.is_file():
        raise DataError(f"{path}: is missing or not a plain file; write the store again")
    if path.stat().st_size != entry["bytes"]:
        raise DataError(f"{path}: has {path.stat().st_size} bytes, {MANIFEST} says {entry['bytes']}")
    try:
        mapped = _mapped(path)
    except Exception as error:  # a header can break whatever NumPy parses it with
        raise DataError(f"{path}: is not a readable .npy file ({_first_line(error)})") from None
    shape = manifest.shape(column)
    dtype = GIVEN_DTYPES.get(column) or dtype_of(column)
    if mapped.dtype.str != dtype or mapped.shape != shape:
        raise DataError(f"{path}: holds {mapped.dtype.str} of shape {mapped.shape}, {MANIFEST} says {dtype} of {shape}")
    if not mapped.flags.c_contiguous:
        raise DataError(f"{path}: is stored in Fortran order; a store's columns are in C order")
    return mapped


def _mapped(path: Path) -> NDArray[Any]:
    """Map a `.npy` file read-only, as a plain array over the map: compiled code has no type for the subclass."""
    return np.asarray(np.lib.format.open_memmap(path, mode="r"))


def _verify(
    directory: Path, manifest: Manifest, columns: dict[str, NDArray[Any]], own: bool, given: Given | None
) -> None:
    """Hold the columns to the digest, and to the rules of bars, which a digest that was forged too says nothing of."""

    def let_go() -> None:
        """Give back what was read: a page that is used after all is still in the system's cache."""
        for pages in maps:
            pages.madvise(mmap.MADV_DONTNEED)

    bases: list[Any] = [column.base for column in columns.values()]
    maps: list[mmap.mmap] = [base._mmap for base in bases] if hasattr(mmap, "MADV_DONTNEED") else []
    if manifest.digest is None or (own and all("crc32" in entry for entry in manifest.columns.values())):
        mapped = columns if given is None else {**columns, given.kind: given.values}
        _hold_to_checksums(directory, manifest, mapped, let_go)
    else:
        _hold_to_digest(directory, manifest, columns, let_go, given)
    begins = 0 if manifest.calendar_ref is None else manifest.calendar_ref.begins
    broken = inconsistency(
        columns, manifest.timezone, let_go, allow_nonpositive=manifest.allow_nonpositive, begins=begins
    )
    if broken:
        raise DataError(f"{directory}: {broken}; write the store again from the bars it was made of")
    missing = count_missing(columns["close"])
    if missing != manifest.missing_bars:
        raise DataError(f"{directory}: missing_bars are {missing}, {MANIFEST} says {manifest.missing_bars}")
    let_go()


def _hold_to_checksums(
    directory: Path, manifest: Manifest, columns: dict[str, NDArray[Any]], let_go: Callable[[], None]
) -> None:
    for name, column in columns.items():
        found, expected = zlib.crc32(column.reshape(-1).view(np.uint8).data), manifest.columns[name]["crc32"]
        if found != expected:
            raise DataError(
                f"{directory / manifest.files.get(name, name)}.npy: CRC-32 is {found}, {MANIFEST} says {expected}"
            )
        let_go()


def _hold_to_digest(
    directory: Path,
    manifest: Manifest,
    columns: dict[str, NDArray[Any]],
    let_go: Callable[[], None],
    given: Given | None = None,
) -> None:
    found = digest(
        manifest.symbols,
        manifest.timeframe,
        manifest.timezone,
        columns,
        let_go,
        manifest.stated_bars_per_year,
        manifest.delisted,
        manifest.calendar_ref,
        given,
    )
    if found != manifest.digest:
        _name_the_file(directory, manifest)
        raise DataError(f"{directory}: digest of the data is {found}, {MANIFEST} says {manifest.digest}")


def _name_the_file(directory: Path, manifest: Manifest) -> None:
    """Raise DataError with the column's file that is not what was written, if it is one of them."""
    more = {manifest.given["kind"]: manifest.given["kind"]} if manifest.given else {}
    for column, file in {**manifest.files, **more}.items():
        expected = manifest.columns[column].get("sha256")
        if expected is not None and (found := _sha256(directory / f"{file}.npy")) != expected:
            raise DataError(f"{directory / file}.npy: SHA-256 is {found}, {MANIFEST} says {expected}")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
