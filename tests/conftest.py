"""One cache of compiled strategies for the whole session, and for the next one: compiling takes most of the time."""

import os
from pathlib import Path

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "admf_jit"

# Before anything of the package is imported, so that worker processes and subprocesses inherit it.
os.environ.setdefault("ADMF_JIT_CACHE_DIR", str(CACHE))
