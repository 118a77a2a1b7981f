"""`python -m tests.torture.command`: `grid` with a part for each batch, where the system refuses things."""

from __future__ import annotations

import _posixsubprocess
import argparse
import errno
import itertools
import os
import resource
import sys
from collections.abc import Callable
from typing import Any

from admf_jit.cli import main
from admf_jit.results import run_directory
from admf_jit.workers.executors import choice


def refuse_after(calls: int, function: Callable[..., Any], number: int) -> Callable[..., Any]:
    """The function as it is `calls` times, and refused by the system with that error from then on."""
    counted = itertools.count()

    def refusing(*arguments: Any) -> Any:
        if next(counted) >= calls:
            raise OSError(number, os.strerror(number))
        return function(*arguments)

    return refusing


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.torture.command")
    parser.add_argument("--file-size", type=int, help="no file may become larger, in bytes")
    parser.add_argument("--handles", type=int, help="no more open files than these")
    parser.add_argument("--forks", type=int, help="so many forks, and no memory for another one")
    parser.add_argument("--workers", type=int, help="so many processes can be started, and no other one")
    parser.add_argument("--pool", action="store_true", help="workers, as for a process too large to be forked")
    arguments, words = parser.parse_known_args()
    run_directory._SECONDS_PER_PART = 0.0
    if arguments.file_size is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (arguments.file_size, arguments.file_size))
    if arguments.handles is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (arguments.handles, arguments.handles))
    if arguments.forks is not None:
        os.fork = refuse_after(arguments.forks, os.fork, errno.ENOMEM)
    if arguments.workers is not None:
        starting = refuse_after(arguments.workers, _posixsubprocess.fork_exec, errno.EAGAIN)
        _posixsubprocess.fork_exec = starting
    if arguments.pool:
        choice.MOST_FORKED_BYTES = 0
    sys.exit(main(words))
