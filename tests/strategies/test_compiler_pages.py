"""LLVM's pages are given back once strategies are loaded, and nothing that was written is lost."""

import ctypes
import mmap
import os
import subprocess
import sys
from pathlib import Path

import pytest

from admf_jit.strategies.llvm_memory import clean_mappings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which pages are resident")

MEGABYTE = 1024**2
SIZE = 8 * MEGABYTE
SCRIPT = """
from pathlib import Path
from types import ModuleType
from numba import njit
from admf_jit.strategies import compiled
from admf_jit.strategies.llvm_memory import clean_mappings, give_back_llvm_memory

def resident():
    with open("/proc/self/smaps") as file:
        found, ours = 0, False
        for line in file:
            if not line.split()[0].endswith(":"):
                ours = line.rstrip().endswith("libllvmlite.so")
            elif ours and line.startswith("Rss:"):
                found += int(line.split()[1])
    return found // 1024

double = njit(lambda value: 2 * value)
assert double(21) == 42
print(resident())
give_back_llvm_memory()
print(resident())
assert double(21.0) == 42.0
print(resident())
give_back_llvm_memory()
print(resident())
compiled._loaded[Path("first.py")] = ModuleType("first")
give_back_llvm_memory()
print(resident())
assert double(1.5j) == 3.0j, "LLVM still compiles"
print(resident())
give_back_llvm_memory()
print(resident())
"""


def test_the_compilers_pages_are_given_back_at_first_and_where_something_was_loaded():
    environment = os.environ | {"NUMBA_DISABLE_JIT": "0"}
    found = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment, check=False)
    assert found.returncode == 0, found.stderr
    compiled, at_first, anew, untouched, given_back, again, kept = map(int, found.stdout.split())
    assert compiled > 40 and at_first < 8
    # What nobody gave back; the system may take some of it, where other processes need memory.
    assert anew > 20 and untouched > 20
    assert given_back < 8
    assert again > 20 and kept > 20


@pytest.fixture
def mapped(tmp_path):
    """A function that maps a file as the dynamic linker does a library, all of it resident."""
    kept = []
    c = ctypes.CDLL(None)

    def make(name, *, write_to_it, size=SIZE):
        path = tmp_path / name
        path.write_bytes(b"x" * size)
        with path.open("rb") as file:
            pages = mmap.mmap(file.fileno(), size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        kept.append(pages)
        assert sum(pages[:: mmap.PAGESIZE]) > 0
        if write_to_it:
            pages[3 * MEGABYTE] = 1
        begin = ctypes.addressof(ctypes.c_char.from_buffer(pages))
        assert c.mprotect(ctypes.c_void_p(begin), ctypes.c_size_t(size), mmap.PROT_READ) == 0
        return Path(name).name, (begin, begin + size)

    return make


def test_a_clean_mapping_is_found(mapped):
    name, place = mapped("clean.so", write_to_it=False)
    assert list(clean_mappings(name)) == [place]
    assert list(clean_mappings("other.so")) == []


def test_a_mapping_that_was_written_to_is_left_alone(mapped):
    name, _ = mapped("written.so", write_to_it=True)
    assert list(clean_mappings(name)) == []


def test_a_small_mapping_is_left_alone(mapped):
    name, _ = mapped("small.so", write_to_it=False, size=MEGABYTE // 2)
    assert list(clean_mappings(name)) == []
