"""Pages of the compiler's library, given back to the system once everything is compiled and loaded.

LLVM's start-up code, and loading, read some 50 MB of a library that nothing calls afterwards. They would stay resident
as long as the process does, a quarter of what a small sweep takes. They are clean pages of a file: the system keeps it
in its cache as long as nobody else needs the memory, and maps it again where LLVM is called after all.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Iterator

from admf_jit.strategies import compiled

_LIBRARY = "libllvmlite.so"
_MADV_DONTNEED = 4
#: Less than this is not worth a call.
_LEAST_BYTES = 1024**2
#: How many strategies were loaded when pages were given back last.
_loaded = -1


def give_back_llvm_memory() -> None:
    """Give back what of LLVM's library is resident, where strategies were loaded since this was last called.

    The first call gives back what the start-up code has read, so that it is not there beside what loading needs.
    """
    global _loaded
    # A number, because this is asked before every batch: to look at each module by its name would copy the page that
    # the name is in, where a process that was forked from this one still shares it.
    loaded = len(compiled._loaded)
    if loaded != _loaded and sys.platform == "linux":
        _loaded = loaded
        library = ctypes.CDLL(None)
        for begin, end in list(clean_mappings(_LIBRARY)):
            library.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), _MADV_DONTNEED)


def clean_mappings(name: str) -> Iterator[tuple[int, int]]:
    """Begin and end of the read-only mappings of a library that are worth it, and lose nothing.

    A page that was written to, by the dynamic linker or a debugger, is anonymous ever since: it cannot be read again
    from the file, so a mapping with any such page is left alone.
    """
    try:
        with open("/proc/self/smaps", encoding="utf-8", errors="surrogateescape") as file:
            said = file.read()
    except OSError:
        return  # a system that shows no process its own memory
    for header in re.finditer(rf"^([0-9a-f]+)-([0-9a-f]+) r-.p .*/{re.escape(name)}\n", said, re.MULTILINE):
        resident, written = (_kibibytes(field, said, header.end()) for field in ("Rss", "Anonymous"))
        if resident * 1024 >= _LEAST_BYTES and written == 0:
            yield int(header[1], 16), int(header[2], 16)


def _kibibytes(field: str, said: str, begin: int) -> int:
    found = re.compile(rf"^{field}: +(\d+) kB$", re.MULTILINE).search(said, begin)
    assert found is not None
    return int(found[1])
