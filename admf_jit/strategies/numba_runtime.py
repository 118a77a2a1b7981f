"""Numba's runtime for reference counts, from the disk.

All machine code calls it, and Numba compiles it anew in every process. That runs LLVM's optimizer and code generator
in a process that otherwise only loads what is compiled: 20 MB of LLVM's code and tables, for eight small functions.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import tempfile
from pathlib import Path
from typing import Any

from numba import config
from numba.core.codegen import JITCodeLibrary
from numba.core.registry import cpu_target
from numba.core.runtime import rtsys

from admf_jit.strategies.cache import cache_directory
from admf_jit.strategies.cache_age import hold
from admf_jit.strategies.ready_code import ready_code

#: Lengths of the object code and of the bitcode, which follow the SHA-256 of all that comes after it.
_LENGTHS = struct.Struct("<QQ")
_DIGEST_BYTES = hashlib.sha256().digest_size


def start_runtime() -> None:
    """Start Numba's runtime in this process, unless it is there, with the machine code that the cache has of it."""
    if not config.DISABLE_JIT:
        rtsys.initialize(_Context(cpu_target.target_context))


class _Context:
    """What Numba's runtime asks of a target context: how functions are called, and a library to compile it in."""

    def __init__(self, context: Any) -> None:
        self.call_conv = context.call_conv
        self._codegen = context.codegen()

    def codegen(self) -> _Context:
        """What makes libraries."""
        return self

    def create_library(self, name: str) -> _KeptLibrary:
        """A library that is compiled once on this machine."""
        return _KeptLibrary(self._codegen, name)


class _KeptLibrary(JITCodeLibrary):  # type: ignore[misc]
    """A library of functions that are the same in every process, kept in the folder of compiled strategies."""

    def __init__(self, codegen: Any, name: str) -> None:
        super().__init__(codegen, name)
        # The folder stands for versions and compiler flags, this for the processor.
        processor = hashlib.sha256(repr(codegen.magic_tuple()).encode()).hexdigest()
        self._path = cache_directory() / f"{name}_{processor[:16]}.bin"
        self._modules: list[Any] = []

    def add_ir_module(self, ir_module: Any) -> None:
        """Note what would be compiled."""
        self._modules.append(ir_module)

    def _kept(self) -> tuple[bytes, bytes] | None:
        kept = _read(self._path)
        if kept is not None:
            hold(self._path.parent)
            return kept
        ready = ready_code()
        return None if ready is None else _read(ready.folder / f"{self.name}.bin")

    def finalize(self) -> None:
        """Load the functions, or compile and keep them where they are not on the disk."""
        kept = self._kept()
        if kept is not None:
            # Numba makes a library of a state, and makes it of this one where it asks for a new one.
            self._unserialize(_Maker(self), (self.name, "object", kept))
            return
        for module in self._modules:
            super().add_ir_module(module)
        self.enable_object_caching()
        super().finalize()
        _, _, state = self.serialize_using_object_code()
        _write(self._path, *state)


class _Maker:
    """Makes one library only, which is there already."""

    def __init__(self, library: _KeptLibrary) -> None:
        self._library = library

    def create_library(self, name: str) -> _KeptLibrary:
        """The library."""
        assert name == self._library.name
        return self._library


def _read(path: Path) -> tuple[bytes, bytes] | None:
    """Object code and bitcode, or None where they are not there whole: LLVM would end the process over any damage."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    body = content[_DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != content[:_DIGEST_BYTES] or len(body) < _LENGTHS.size:
        return None
    lengths = _LENGTHS.unpack_from(body)
    if sum(lengths) != len(body) - _LENGTHS.size:
        return None
    return body[_LENGTHS.size : _LENGTHS.size + lengths[0]], body[_LENGTHS.size + lengths[0] :]


def _write(path: Path, code: bytes, bitcode: bytes) -> None:
    body = _LENGTHS.pack(len(code), len(bitcode)) + code + bitcode
    # What cannot be kept is compiled again next time; whoever writes strategies there says what is wrong.
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(body).digest() + body)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)  # every process would leave one on a disk that is full
