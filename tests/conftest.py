"""What the whole suite shares: one cache of compiled strategies, kept for the next session too."""

import os
from pathlib import Path

from hypothesis import settings

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "admf_jit"

# Set before anything of the package is imported, so that worker processes and subprocesses inherit it.
os.environ.setdefault("ADMF_JIT_CACHE_DIR", str(CACHE))

# The first example of a test may compile.
settings.register_profile("compiling", deadline=None)
settings.load_profile("compiling")
