"""Numba's runtime is compiled once on a machine, and loaded in every process after that."""

import os
import subprocess
import sys

import pytest

from admf_jit.strategies import numba_runtime
from admf_jit.strategies.cache import CACHE_VARIABLE

#: An array that machine code makes and hands over is counted by the runtime, and freed by it.
SCRIPT = """
import gc
import numpy as np
from admf_jit.strategies.numba_runtime import start_runtime
from numba import njit
from numba.core.runtime import rtsys

start_runtime()
loaded = rtsys.library._disable_inspection
start_runtime()

@njit
def doubled(values):
    copy = np.empty_like(values)
    for k in range(len(values)):
        copy[k] = 2.0 * values[k]
    return copy

before = rtsys.get_allocation_stats()
total = sum(doubled(np.arange(1000.0)).sum() for _ in range(5))
gc.collect()
after = rtsys.get_allocation_stats()
print(loaded, total, after.alloc - before.alloc, after.free - before.free)
"""


def started(folder):
    """Whether a new process loads the runtime, and that it works."""
    environment = os.environ | {CACHE_VARIABLE: str(folder), "NUMBA_NRT_STATS": "1", "NUMBA_DISABLE_JIT": "0"}
    found = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment, check=False)
    assert found.returncode == 0, found.stderr
    loaded, total, allocated, freed = found.stdout.split()
    assert float(total) == 5 * 999_000.0
    assert int(allocated) == int(freed) > 0
    return loaded == "True"


def kept_file(folder):
    (found,) = folder.glob("*/nrt_*.bin")
    return found


def test_the_runtime_is_compiled_once_and_then_loaded(tmp_path):
    assert not started(tmp_path)
    content = kept_file(tmp_path).read_bytes()
    assert started(tmp_path)
    assert kept_file(tmp_path).read_bytes() == content


def test_a_damaged_runtime_is_compiled_again_and_replaced(tmp_path):
    assert not started(tmp_path)
    path = kept_file(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    assert not started(tmp_path)
    assert path.read_bytes() == content
    assert started(tmp_path)


def test_a_folder_that_cannot_be_written_is_no_hindrance(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert not started(blocked)


@pytest.mark.parametrize("length", [0, 31, 32, 40, 47, 48, 60])
def test_what_is_not_whole_is_not_read(tmp_path, length):
    path = tmp_path / "kept.bin"
    numba_runtime._write(path, b"object", b"bitcode")
    assert numba_runtime._read(path) == (b"object", b"bitcode")
    path.write_bytes(path.read_bytes()[:length])
    assert numba_runtime._read(path) is None


def test_nothing_is_left_where_the_disk_refuses(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("no space left")

    monkeypatch.setattr(numba_runtime.os, "replace", refuse)
    numba_runtime._write(tmp_path / "kept.bin", b"object", b"bitcode")
    assert list(tmp_path.iterdir()) == []
