"""Machine code that was compiled before the package was installed, for a level of processors instead of one.

A folder of it holds a file for each function and signature, as Numba's cache holds them, and an index with the SHA-256
of each: LLVM would end the process over a damaged one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from numba.core.caching import FunctionCache, IndexDataCacheFile

#: Name of the index of a folder.
INDEX = "index.json"
#: How the names of its files end.
SUFFIX = ".code"


class ReadyCode:
    """The machine code in ``folder``; ``digests`` has the SHA-256 of each file, by function and signature."""

    def __init__(self, folder: Path, digests: dict[str, str]) -> None:
        self.folder = folder
        self._digests = digests

    def read(self, name: str) -> Any | None:
        """What Numba's cache would hold of the function, or None where it is not there whole."""
        wanted = self._digests.get(name)
        if wanted is None:
            return None
        file = name + SUFFIX
        try:
            if hashlib.sha256((self.folder / file).read_bytes()).hexdigest() != wanted:
                return None
        except OSError:
            return None
        return IndexDataCacheFile(str(self.folder), name, None)._load_data(file)


def name_of(filename_base: str, key: tuple[Any, ...]) -> str:
    """Name of a function and signature in a folder: from the key in Numba's cache, without the processor in it."""
    signature, _, code = key
    return hashlib.sha256(repr((filename_base, str(signature), code)).encode()).hexdigest()[:32]


class ReadyCache(FunctionCache):  # type: ignore[misc]
    """Numba's cache on the disk, which also looks into the folder of ``use_ready_code``."""

    def _load_overload(self, sig: Any, target_context: Any) -> Any:
        found = super()._load_overload(sig, target_context)
        if found is not None or _ready is None:
            return found
        key = self._index_key(sig, target_context.codegen())
        payload = _ready.read(name_of(self._impl.filename_base, key))
        return None if payload is None else self._impl.rebuild(target_context, payload)


_ready: ReadyCode | None = None


def use_ready_code(ready: ReadyCode | None) -> None:
    """From now on look for machine code in the folder of ``ready`` too, before anything is compiled."""
    global _ready
    _ready = ready
