"""Constant arrays of a user's module, kept in files beside the compiled code, where every process maps them.

They are passed to compiled code and not compiled in, so that they may be as long as memory holds, and other values need
no other code.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.strategies.cache import cache_directory
from admf_jit.strategies.cache_age import DAYS_KEPT
from admf_kernels.passed_arrays import bind_arrays

_NAME = "array_{}.npy"


@dataclass(frozen=True, eq=False)
class ConstantArray:
    """An array that a strategy reads: contiguous, in the byte order of the machine."""

    values: NDArray[Any]

    @functools.cached_property
    def digest(self) -> str:
        """What its values, its type and its shape are."""
        said = f"{self.values.dtype.str} {self.values.shape} ".encode()
        digest = hashlib.sha256(said)
        digest.update(self.values.data)  # no copy
        return digest.hexdigest()


def constant_array(values: NDArray[Any]) -> ConstantArray | None:
    """What is passed for an array of numbers or bools; None for one of anything else, or without dimensions."""
    if values.dtype.kind not in "biuf" or values.dtype.itemsize > 8 or values.ndim == 0:
        return None
    return ConstantArray(np.ascontiguousarray(values, values.dtype.newbyteorder("=")))


def keep_arrays(arrays: Iterable[ConstantArray]) -> tuple[Path, ...]:
    """Write arrays to the cache folder, if they are new, and return their files."""
    return tuple(_keep(array) for array in arrays)


def _keep(array: ConstantArray) -> Path:
    directory = cache_directory()
    path = directory / _NAME.format(array.digest[:32])
    with contextlib.suppress(OSError):
        os.utime(path)
        return path
    directory.mkdir(parents=True, exist_ok=True)
    _forget_old(directory)
    # Others may look at the same moment: the file appears whole or not at all.
    handle, temporary = tempfile.mkstemp(dir=directory, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        np.save(file, array.values)
    os.replace(temporary, path)
    return path


def _forget_old(directory: Path) -> None:
    """Delete arrays that nobody has used for a month."""
    oldest = time.time() - DAYS_KEPT * 86_400
    for path in directory.glob(_NAME.format("*")):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()


@functools.cache
def _mapped(path: Path) -> NDArray[Any]:
    """The array of a file. It stays mapped: compiled code may read it for as long as the process lives."""
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except ValueError:  # nothing can be mapped of an array without elements
        with path.open("rb") as file:
            return np.lib.format.read_array(file, allow_pickle=False)


def bind(module: str, paths: Iterable[Path]) -> None:
    """Let the generated module of this name read the arrays of these files, in the order of its slots."""
    bind_arrays(module, [_mapped(path) for path in paths])
