"""What Dask's workers do on their hosts: they say what they are, take what they lack, and run batches in forks.

Everything here is called by ``dask_hosts`` and ``dask_executor`` on the machine that runs the sweep.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from admf_jit.data.cache_folder import store_folder
from admf_jit.data.transfer import Piece, accept_store, draft_folder, find_store, sha256_of, write_piece
from admf_jit.errors import WorkerError
from admf_jit.results.manifest import machine
from admf_jit.strategies.cache import cache_directory, kernels_digest
from admf_jit.strategies.compiled import compile_once
from admf_jit.strategies.numba_runtime import start_runtime
from admf_jit.workers.batch import BatchOutcome, run_task
from admf_jit.workers.executors.dask_kit import Kit, Work
from admf_jit.workers.forked import CAN_FORK, ForkedBatch, wait_for
from admf_jit.workers.known_answer import known_answer
from admf_jit.workers.limits import Ended

#: Dask's resource of a worker that bounds the containers that it holds at a time.
CONTAINERS = "containers"
#: What bounds nothing.
UNBOUNDED = 2**53


@dataclass(frozen=True)
class HostReport:
    """What a worker says of its host. ``place`` is the folder of its cache there.

    ``memory`` is what the worker may take, ``total_memory`` what the host has, in bytes.
    ``answer`` is that of the known container, or None where the versions differ from those that were asked for.
    """

    hostname: str
    place: str
    versions: dict[str, str]
    processor: str
    threads: int
    memory: int
    total_memory: int
    containers: int
    answer: str | None


class CancelledError(Exception):
    """Nobody waits for the batch any more."""


def own_versions() -> dict[str, str]:
    """The versions that have to be the same on every host."""
    from admf_jit import __version__

    return {
        "admf_jit": __version__,
        **{name: version(name) for name in ("numba", "llvmlite", "numpy")},
        "kernels": kernels_digest()[:16],
    }


async def report(expected: dict[str, str], dask_worker: Any) -> HostReport:
    """Say what this host is, and run the known container if its versions are those that are expected."""
    found = own_versions()
    answer = await asyncio.to_thread(_answer) if found == expected else None
    state, total = dask_worker.state, psutil.virtual_memory().total
    return HostReport(
        socket.gethostname(),
        str(store_folder().resolve()),
        found,
        str(machine()["processor"]),
        state.nthreads,
        dask_worker.memory_manager.memory_limit or total,
        total,
        int(min(state.total_resources.get(CONTAINERS, UNBOUNDED), UNBOUNDED)),
        answer,
    )


async def lacking(kit: Kit) -> tuple[bool, list[str]]:
    """Whether the bars of a kit are missing in this host's cache, and the files that are."""
    return await asyncio.to_thread(_lacking, kit)


async def take(kit: Kit, transfer: str, piece: Piece, *, of_store: bool) -> None:
    """Take a piece of the store of a kit, or of one of its files."""
    draft = draft_folder(kit.store_digest, transfer) if of_store else _draft(transfer)
    await asyncio.to_thread(write_piece, draft, piece)


async def keep(kit: Kit, transfer: str, *, of_store: bool) -> None:
    """Keep what was taken whole: the store, or files."""
    if of_store:
        await asyncio.to_thread(accept_store, kit.store_digest, transfer)
    else:
        await asyncio.to_thread(_keep_files, kit, transfer)


async def make_ready(kit: Kit, resources: dict[str, int], dask_worker: Any) -> None:
    """Compile or load the modules of a kit that is here, and tell Dask's scheduler that its batches can run here."""
    await asyncio.to_thread(_load, kit)
    await dask_worker.set_resources(**resources)


def run_part(name: str, work: Work) -> tuple[str, BatchOutcome | Ended]:
    """Run a batch over the kit with this name as it is run on one machine: in a process forked for it and watched.

    Returns the address of this worker with what came of it.
    """
    from distributed import get_worker

    worker, task = get_worker(), work.task(_kits[name])
    if task.limits is None or not CAN_FORK:
        with _lock:
            return worker.address, run_task(task)
    # No process is forked while another thread holds what it may need.
    with _lock:
        batch = ForkedBatch(task)
    with closing(batch):
        return worker.address, wait_for(batch, _cancelled_check(worker))


#: Kits that are ready in this process, by name.
_kits: dict[str, Kit] = {}
#: Held by whoever loads, compiles or forks.
_lock = threading.Lock()


def _answer() -> str:
    with _lock:
        return known_answer()


def _lacking(kit: Kit) -> tuple[bool, list[str]]:
    folder = cache_directory()
    missing = [name for name, digest in kit.files if not _is_there(folder / name, digest)]
    return find_store(kit.store_digest, kit.store) is None, missing


def _is_there(path: Path, digest: str) -> bool:
    try:
        return sha256_of(path) == digest
    except OSError:
        return False


def _draft(transfer: str) -> Path:
    return cache_directory() / f"files-{transfer}.tmp"


def _keep_files(kit: Kit, transfer: str) -> None:
    draft, folder, expected = _draft(transfer), cache_directory(), dict(kit.files)
    try:
        for path in draft.iterdir():
            if sha256_of(path) != expected[path.name]:
                raise WorkerError(f"{path}: is not what was sent")
            os.replace(path, folder / path.name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _load(kit: Kit) -> None:
    store = find_store(kit.store_digest, kit.store)
    if store is None:
        raise WorkerError(f"{store_folder()}: the bars that were sent are gone")
    here = kit.moved(store, cache_directory())
    with _lock:
        start_runtime()
        compile_once(here.module.load, cache_directory() / f"kit_{kit.name[:16]}.py")
        _kits[kit.name] = here


def _cancelled_check(worker: Any) -> Callable[[], None]:
    """What raises CancelledError once the task of this thread was cancelled, or its worker has lost its scheduler."""
    key = worker.get_current_task()

    def check() -> None:
        state = None
        with contextlib.suppress(RuntimeError):  # the worker's own thread may be changing it
            state = worker.state.tasks.get(key)
        if state is None or state.state == "cancelled" or worker.status.name in ("closing", "closed", "failed"):
            raise CancelledError(key)

    return check
