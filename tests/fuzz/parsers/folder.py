"""Folders that targets write their inputs to: in memory, and gone with the process."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def scratch(name: str) -> Path:
    """Return a new folder of this process."""
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
