"""Files on their way to another machine: in pieces here, and written to a draft there, until they are whole."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from admf_jit.data.cache_folder import store_folder
from admf_jit.data.kept import note_use, take_in
from admf_jit.data.manifest import MANIFEST, read_manifest
from admf_jit.data.store import open_store, put_in_place
from admf_jit.errors import DataError

#: Bytes of a piece: so much of a file is in memory at a time, on either side and on the way.
PIECE_BYTES = 4 * 1024**2


def files_of_store(store: Path) -> list[Path]:
    """Return the files of a store."""
    manifest = read_manifest(store)
    given = [manifest.given["kind"]] if manifest.given else []
    return [*(store / f"{file}.npy" for file in (*manifest.files.values(), *given)), store / MANIFEST]


class Piece(NamedTuple):
    """Some bytes of a file, by the file's name, and where in it they begin."""

    name: str
    begin: int
    content: bytes


def pieces_of(path: Path) -> Iterator[Piece]:
    """The pieces of a file, one at least."""
    with path.open("rb") as file:
        begin = 0
        while (content := file.read(PIECE_BYTES)) or not begin:
            yield Piece(path.name, begin, content)
            if not content:
                return
            begin += len(content)


def write_piece(draft: Path, piece: Piece) -> None:
    """Write a piece to its place in a file of the folder ``draft``. A piece that comes again changes nothing."""
    if piece.name != os.path.basename(piece.name) or piece.name in ("", ".", ".."):
        raise DataError(f"{piece.name!r}: is no name of a file; expected one without a folder")
    draft.mkdir(parents=True, exist_ok=True)
    path = draft / piece.name
    with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o666), "wb") as file:
        file.seek(piece.begin)
        file.write(piece.content)


def draft_folder(digest: str, transfer: str) -> Path:
    """Where a store is received: beside its place. ``transfer``, 32 hexadecimal digits, tells transfers apart."""
    return store_folder() / f".{digest[:32]}.{transfer}.tmp"


def find_store(digest: str, path: Path) -> Path | None:
    """The store of the bars with this digest in this machine's cache: at ``path``, or at its own place; else None.

    It is held to its digest first.
    """
    for place in (path, store_folder() / digest[:32]):
        if not place.is_relative_to(store_folder()):
            continue
        try:
            if open_store(place, verify=True).digest == digest:
                note_use(place)
                return place
        except DataError:  # none is there, or it is damaged
            continue
    return None


def accept_store(digest: str, transfer: str) -> Path:
    """Put a store that was received whole in its place in the cache; DataError where it is not what was sent."""
    draft, place = draft_folder(digest, transfer), store_folder() / digest[:32]
    try:
        data = open_store(draft, verify=True)
        if data.digest != digest:
            raise DataError(f"{draft}: digest of the data is {data.digest}, and {digest} was sent")
        put_in_place(draft, place, data)
        take_in(place)
        return place
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
