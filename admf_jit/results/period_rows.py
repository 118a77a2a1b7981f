"""What each container did in each period of bars: a file beside the table, a row for each index of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from admf_jit.data.transfer import sha256_of
from admf_jit.errors import ResultsError
from admf_jit.results.atomic import refusal_explained
from admf_jit.results.parts import PartReader
from admf_kernels.constants import PERIOD_FIELDS

if TYPE_CHECKING:
    import pyarrow as pa

PERIODS_NAME = "periods.npy"
#: Key of a manifest.
PERIODS = "periods"
#: The file while its rows are moved to another grid.
_MOVED = ".periods-moved.npy"
_N_FIELDS = len(PERIOD_FIELDS)


@dataclass(frozen=True)
class Periods:
    """The periods of one sweep, as bars behind their last ones: those of the blocks, of the months, and of both."""

    blocks: tuple[int, ...]
    months: Mapping[str, int]

    @property
    def ends(self) -> tuple[int, ...]:
        """Where sums are noted: the ends of blocks and of months, rising."""
        return tuple(sorted({*self.blocks, *self.months.values()}))

    def facts(self) -> dict[str, Any]:
        """For the manifest."""
        return {"blocks": list(self.blocks), "months": dict(self.months)}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Periods:
        """The periods that a manifest says."""
        return cls(tuple(facts["blocks"]), dict(facts["months"]))


def facts_of(sweeps: Sequence[Periods], rows: int) -> dict[str, Any]:
    """For the manifest: the periods of each sweep of a run, and the shape of the file."""
    most = max(len(one.ends) for one in sweeps)
    return {"shape": [rows, most, _N_FIELDS], "fields": list(PERIOD_FIELDS), "sweeps": [one.facts() for one in sweeps]}


class PeriodFile:
    """The file of a run that goes on: rows wait in memory until ``flush`` brings them to the disk."""

    def __init__(self, directory: Path, facts: Mapping[str, Any]) -> None:
        self.path = directory / PERIODS_NAME
        self._shape = tuple(facts["shape"])
        self._waiting: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []

    def _is_whole(self) -> bool:
        """Whether the file is there, and of this shape."""
        try:
            return bool(_mapped(self.path).shape == self._shape)
        except (OSError, ValueError, EOFError):
            return False

    def begin(self) -> None:
        """Make the file anew; it takes no room on the disk before rows are written."""
        with refusal_explained(self.path):
            np.lib.format.open_memmap(self.path, mode="w+", dtype=np.float64, shape=self._shape)

    def add(self, index: NDArray[np.int64], numbers: NDArray[np.float64]) -> None:
        """Take the periods of some containers, float64 (n, n_periods * len(PERIOD_FIELDS))."""
        self._waiting.append((index, numbers.copy()))

    def replace(self, index: NDArray[np.int64], numbers: NDArray[np.float64]) -> None:
        """Write other numbers at once; a row without any, as that of a container that failed, keeps none."""
        self.flush()
        rows = _mapped(self.path).reshape(self._shape[0], -1)
        there = ~np.isnan(rows[index]).all(axis=1)
        self.add(index[there], numbers[there])
        self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        if not self._waiting:
            return
        with refusal_explained(self.path):
            stored = _mapped(self.path, "r+")
            rows = stored.reshape(len(stored), -1)
            for index, numbers in self._waiting:
                rows[index, : numbers.shape[1]] = numbers
                rows[index, numbers.shape[1] :] = np.nan
            stored.flush()
        self._waiting = []

    def go_on(self, digest: str | None) -> str | None:
        """Take up the file of a run that is resumed; a sentence where it cannot be, and is begun anew.

        ``digest`` is that of a finished run. Whatever was moved to another grid is put in place.
        """
        moved = self.path.with_name(_MOVED)
        if moved.exists():
            moved.replace(self.path)
        if self._is_whole() and digest in (None, self.digest()):
            return None
        self.begin()
        return f"{self.path}: is not what was written; the sums by period of the rows that are there are lost"

    def moving(self, files: Sequence[Path]) -> MovingPeriods:
        """What takes the periods of an earlier grid, whose rows are in ``files``, to their places in this one."""
        return MovingPeriods(self.path, self._shape, files)

    def digest(self) -> str | None:
        """SHA-256 of the file, None where there is none."""
        return sha256_of(self.path) if self.path.is_file() else None


class MovingPeriods:
    """Periods on their way from the places of one grid to those of another, in a file that is hidden meanwhile."""

    def __init__(self, path: Path, shape: tuple[int, ...], files: Sequence[Path]) -> None:
        self._path, self._moved = path, path.with_name(_MOVED)
        try:
            self._before: NDArray[np.float64] = _mapped(path)
        except (OSError, ValueError, EOFError):
            self._before = np.empty((0, *shape[1:]))
        self._places: dict[str, int] = {}
        for file in files:
            with PartReader(file) as part:
                ids, index = (part.column(name).to_pylist() for name in ("container_id", "index"))
            self._places |= dict(zip(ids, index, strict=True))
        with refusal_explained(path):
            self._now = np.lib.format.open_memmap(self._moved, mode="w+", dtype=np.float64, shape=shape)

    def take(self, table: pa.Table) -> None:
        """Take the periods of rows that have their new places."""
        if self._before.shape[1:] != self._now.shape[1:]:
            return
        for identifier, index in zip(
            table.column("container_id").to_pylist(), table.column("index").to_pylist(), strict=True
        ):
            place = self._places[identifier]
            if place < len(self._before):
                self._now[index] = self._before[place]

    def put_in_place(self) -> None:
        """Give the file its name, when no row of the earlier grid is left."""
        self._now.flush()
        self._moved.replace(self._path)


def read_periods(directory: Path, manifest: Mapping[str, Any]) -> NDArray[np.float64]:
    """The periods of a finished run, float64 (n_rows, n_periods, len(PERIOD_FIELDS)), mapped from its file.

    Raises ResultsError where the run has none, or the file is not what was written.
    """
    path, facts = directory / PERIODS_NAME, manifest.get(PERIODS)
    if facts is None:
        raise ResultsError(
            f"{directory}: the run has no sums by period; expected one with statistics.periods or statistics.months"
        )
    if path.is_symlink() or not path.is_file():
        raise ResultsError(f"{path}: is not there; expected the sums by period of the run. Please run it again.")
    if facts.get("sha256") != sha256_of(path):
        raise ResultsError(f"{path}: is not what was written (its SHA-256 differs). Please run the sweep again.")
    numbers: NDArray[np.float64] = _mapped(path)
    return numbers


def size_on_disk(shape: Sequence[int]) -> int:
    """Bytes that the file takes."""
    return 8 * int(np.prod([int(n) for n in shape]))


def _mapped(path: Path, mode: Literal["r", "r+"] = "r") -> np.memmap[Any, np.dtype[np.float64]]:
    """The numbers of a file, mapped; one that would have to be unpickled is refused."""
    return np.lib.format.open_memmap(path, mode=mode)
