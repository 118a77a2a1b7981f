"""What a process that was killed leaves in shared memory.

Worker processes are reached through named semaphores, a few bytes each, which loky's tracker removes once the process
that made them and its workers are gone. Where the tracker was killed with them, or had not been told yet, nobody does.
"""

import contextlib
import time
from pathlib import Path

_FOLDER = Path("/dev/shm")
#: Orphaned workers take up to a second to see that they are, and the tracker waits for the last of them.
_SECONDS_FOR_THE_TRACKER = 3.0


def remove_shared_memory_of(process: int) -> None:
    """Remove the semaphores of a process that is dead, once its tracker had time to do that itself."""
    deadline = time.monotonic() + _SECONDS_FOR_THE_TRACKER
    while (left := sorted(_FOLDER.glob(f"sem.loky-{process}-*"))) and time.monotonic() < deadline:
        time.sleep(0.05)
    for path in left:
        with contextlib.suppress(OSError):
            path.unlink()
