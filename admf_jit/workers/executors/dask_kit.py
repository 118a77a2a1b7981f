"""What a host needs before it runs batches of a sweep: bars, generated modules, and the arrays that these read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from admf_jit.data.store import open_store
from admf_jit.data.transfer import sha256_of
from admf_jit.strategies.cache import kernels_digest
from admf_jit.workers.batch import BatchInputs, BatchTask

if TYPE_CHECKING:
    from admf_jit.workers.batch import Runnable
    from admf_jit.workers.limits import Limits


@dataclass(frozen=True)
class Kit:
    """What all batches of a sweep have in common, with paths of the machine that it was packed on.

    ``name`` is a digest of all of it, ``store_digest`` that of the bars in the store, ``digest`` that of the bars as
    batches see them. ``files`` are the names of modules and arrays with their SHA-256.
    """

    name: str
    store: Path
    store_digest: str
    digest: str
    n_history: int
    module: Runnable
    files: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, task: BatchTask) -> Kit:
        """What the hosts of a task need."""
        store_digest = open_store(task.store).digest
        files = tuple(sorted((path.name, sha256_of(path)) for path in paths_in(task.module)))
        # Of two files with the same code each has its own lines, which the messages of failed containers name.
        module = repr(with_paths(task.module, lambda path: Path(path.name)))
        said = repr((kernels_digest(), store_digest, task.digest, task.n_history, files, module))
        name = hashlib.sha256(said.encode()).hexdigest()
        return cls(name, task.store, store_digest, task.digest, task.n_history, task.module, files)

    def fits(self, task: BatchTask) -> bool:
        """Whether a task needs this kit, and no other."""
        return (task.module is self.module or task.module == self.module) and (
            (task.store, task.digest, task.n_history) == (self.store, self.digest, self.n_history)
        )

    def moved(self, store: Path, folder: Path) -> Kit:
        """The kit with the paths of another machine, which has its files in ``folder``."""
        return replace(self, store=store, module=with_paths(self.module, lambda path: folder / path.name))


@dataclass(frozen=True)
class Work:
    """A batch, but for the kit that it needs."""

    inputs: BatchInputs
    limits: Limits | None
    in_turn: bool
    n_results: int
    own_process: bool
    ends: tuple[int, ...]
    measures: tuple[str, ...]

    @classmethod
    def of(cls, task: BatchTask) -> Work:
        """The work of a task."""
        return cls(task.inputs, task.limits, task.in_turn, task.n_results, task.own_process, task.ends, task.measures)

    def task(self, kit: Kit) -> BatchTask:
        """The task on the machine that has ``kit``."""
        return BatchTask(
            store=kit.store,
            digest=kit.digest,
            module=kit.module,
            inputs=_own_arrays(self.inputs),
            limits=self.limits,
            in_turn=self.in_turn,
            n_results=self.n_results,
            n_history=kit.n_history,
            own_process=self.own_process,
            ends=self.ends,
            measures=self.measures,
        )


def paths_in(value: Any) -> Iterator[Path]:
    """Every path in the fields of a dataclass, and of those in them."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from paths_in(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from paths_in(getattr(value, field.name))


def with_paths(value: Any, place: Callable[[Path], Path]) -> Any:
    """The same with ``place`` of every path in the place of the path."""
    if isinstance(value, Path):
        return place(value)
    if isinstance(value, tuple):
        return tuple(with_paths(part, place) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: with_paths(getattr(value, field.name), place) for field in fields(value)})
    return value


def _own_arrays(inputs: BatchInputs) -> BatchInputs:
    """The same as compiled code takes it: what came over the network may be read-only, which is another type."""
    own: dict[str, Any] = {
        name: None if part is None else np.require(part, requirements=["C", "A", "W"])
        for name, part in vars(inputs).items()
    }
    return BatchInputs(**own)
