"""The folder of everything that is kept from one process to the next."""

import os
from pathlib import Path

import platformdirs

#: Set to a folder to keep compiled strategies and checked market data there instead of in the user's cache folder.
CACHE_VARIABLE = "ADMF_JIT_CACHE_DIR"


def cache_root() -> Path:
    """``$ADMF_JIT_CACHE_DIR``, or the user's cache folder."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen) if chosen else platformdirs.user_cache_path("admf_jit")


def store_folder() -> Path:
    """The folder of the stores that are kept there."""
    return cache_root() / "data"
