"""The process of a command: what is set for it before anything else is loaded, and how it ends."""

import gc
import os

#: Python looks for garbage once so many objects have come together. By default that is done so often while modules are
#: loaded that it takes a tenth of a short command.
_OBJECTS = 50_000


def command() -> int:
    """Run the command that the process was started for, and return its exit status."""
    # NumPy would start a thread for each core, and nothing here uses them: parallelism is across containers.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(_OBJECTS)

    from admf_jit.cli.main import main

    status = main()
    # The system takes the memory back at once; Python would look through all of it first.
    gc.freeze()
    return status
