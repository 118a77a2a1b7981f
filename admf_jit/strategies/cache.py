"""Where compiled strategies are kept, and when a compiled one may be used again.

Numba looks only at the file of the cached function: after an edit of a kernel in another file it would bring the old
machine code back. So the folder's name is a digest of everything that machine code depends on.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import os
import platform
import sys
from pathlib import Path

import admf_kernels
import admf_presets
from admf_jit.data.cache_folder import CACHE_VARIABLE, cache_root

__all__ = ["CACHE_VARIABLE", "COMPILER_FLAGS", "cache_directory", "cache_root", "kernels_digest"]

#: Variables that change what Numba compiles.
COMPILER_FLAGS = (
    "NUMBA_BOUNDSCHECK",
    "NUMBA_DISABLE_JIT",
    "NUMBA_OPT",
    "NUMBA_CPU_NAME",
    "NUMBA_CPU_FEATURES",
)


@functools.cache
def kernels_digest() -> str:
    """SHA-256 of the kernels' sources, and of the versions that turn them into machine code."""
    digest = hashlib.sha256()
    for package in (admf_kernels, admf_presets):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            digest.update(path.relative_to(root.parent).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for name in ("numba", "llvmlite", "numpy"):
        digest.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    digest.update(f"python {sys.version_info[:2]} {platform.machine()}\n".encode())
    return digest.hexdigest()


def cache_directory() -> Path:
    """The folder for these kernels, these versions and these compiler flags."""
    flags = " ".join(f"{name}={os.environ.get(name, '')}" for name in COMPILER_FLAGS)
    digest = hashlib.sha256(f"{kernels_digest()} {flags}".encode()).hexdigest()
    return cache_root() / digest[:16]
