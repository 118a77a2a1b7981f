"""A run's directory: everything needed to resume, replay and verify it."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.errors import ResultsError
from admf_jit.results.adoption import Places, adopt
from admf_jit.results.arrow_columns import pool, to_numbers
from admf_jit.results.atomic import remove_leftovers
from admf_jit.results.block import ResultBlock
from admf_jit.results.columns import check_names, schema, to_table
from admf_jit.results.growing_table import GrowingTable
from admf_jit.results.join import FileSources
from admf_jit.results.lock import DirectoryLock
from admf_jit.results.manifest import (
    MANIFEST_NAME,
    check_same_work,
    check_shape,
    grid_key,
    read_manifest,
    write_manifest,
)
from admf_jit.results.null_markets import NULL_NAME
from admf_jit.results.parts import (
    FOR_A_WHILE,
    RESUME_HINT,
    DamagedError,
    PartReader,
    groups_of,
    read_rows,
    scan,
    scan_rows,
    write_rows,
)
from admf_jit.results.period_rows import PERIODS, PERIODS_NAME, PeriodFile
from admf_jit.results.ranking import count_statuses
from admf_jit.results.row import ContainerResult
from admf_jit.results.stored import StoredTable

if TYPE_CHECKING:
    import pyarrow as pa

RESULTS_NAME = "results.parquet"
PARTS_NAME = "parts"
RUNNING = "running"
FINISHED = "finished"
# The most work that a kill can lose, against a flush of the disk for every batch however small.
_SECONDS_PER_PART = 1.0
# So many rows are converted when they are added, while containers are run, and not at the end, when all wait for it. It
# takes longer than to run a few containers, whose rows wait for the next part.
_MANY = 100
_PART = "part-"
_PART_NAME = re.compile(r"part-[0-9]{6,12}\.parquet")


class RunDirectory:
    """The files of one run: `manifest.json`, `parts/*.parquet` while it goes on, then `results.parquet`.

    A run holds the directory's lock from `create` until `close` (or the end of a `with` block), and may be
    killed at any moment: whatever reached the disk as a part is used by the next `create(..., resume=True)`, and the
    table that comes out has the same bytes. The table grows beside the parts meanwhile, hidden until it is whole.
    `open` reads without the lock.
    """

    def __init__(
        self, path: Path, manifest: dict[str, Any], lock: DirectoryLock | None, *, ordered: bool = True
    ) -> None:
        self.path = path
        self.manifest = manifest
        #: What was found damaged and is made again, a line each.
        self.damaged: list[str] = []
        self._lock = lock
        self._grid = grid_key(manifest)
        self._schema = schema(manifest["columns"]["swept"], manifest["columns"]["metrics"])
        self._ordered = ordered
        self._waiting: list[pa.Table | ResultBlock] = []
        self._growing: GrowingTable | None = None
        self._last_part = time.monotonic()
        self._periods = PeriodFile(path, manifest[PERIODS]) if PERIODS in manifest else None
        self._next_part = 1 + max((int(part.stem.removeprefix(_PART)) for part in self._parts()), default=0)

    @classmethod
    def create(
        cls,
        path: Path,
        manifest: Mapping[str, Any],
        *,
        swept: Mapping[str, str],
        metrics: Sequence[str],
        resume: bool = False,
        ordered: bool = True,
        places: Callable[[], Iterable[Places]] = tuple,
        beside: Sequence[str] = (),
    ) -> RunDirectory:
        """Start a run in `path`, or with `resume` go on with the one that is there.

        `swept` gives the column type of each swept name (see `columns.swept_types`). Damaged files of a run that is
        resumed are removed and named in `damaged`. Where its grid was another one, `places` tells the containers of
        the new one, and the rows of those that are stored are carried over. The table is sorted by index, or with
        `ordered` false left as its rows finished. Names in ``beside`` may be there before the run. Raises ResultsError
        when the directory already holds something and `resume` is false, when it holds a run of other work (config,
        data, strategy or versions differ) or rows that the new grid does not have, or when another process is writing
        to it.
        """
        check_names(swept, metrics)
        if path.exists() and not path.is_dir():
            raise ResultsError(f"{path}: is a file; expected a directory, or a name that does not exist yet")
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise ResultsError(f"{path}: cannot be made a directory ({problem.strerror})") from None
        _refuse_foreign(path, resume, beside)
        _refuse_odd_files(path)
        lock = DirectoryLock(path)
        try:
            columns = {"swept": dict(swept), "metrics": list(metrics)}
            started = {**manifest, "status": RUNNING, "columns": columns}
            remove_leftovers(path)
            remove_leftovers(path / PARTS_NAME)
            run = cls(path, started, lock, ordered=ordered)
            if resume and (path / MANIFEST_NAME).exists():
                before = read_manifest(path)
                check_same_work(path, before, started)
                run._carry_over(places, before)
                write_manifest(path, started)
            else:
                run._begin()
            return run
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path) -> RunDirectory:
        """Return the run in `path` for reading; ResultsError when there is none."""
        manifest = read_manifest(path)
        check_shape(path, manifest)
        return cls(path, manifest, None)

    def add(self, results: ResultBlock | Sequence[ContainerResult]) -> None:
        """Take finished containers, and write a part once a second's worth has come together."""
        block = results if isinstance(results, ResultBlock) else ResultBlock.of(results)
        if len(block) and self._periods is not None and block.periods is not None:
            self._periods.add(np.asarray(block.index, np.int64), block.periods)
        if len(block):
            self._waiting.append(to_table(block, self._schema) if len(block) >= _MANY else block)
        if time.monotonic() - self._last_part >= _SECONDS_PER_PART:
            self.flush()

    def replace_periods(self, index: NDArray[np.int64], periods: NDArray[np.float64]) -> None:
        """Write other sums by period of rows whose containers did not fail, and which are on the disk."""
        assert self._periods is not None
        self._periods.replace(index, periods)

    def flush(self) -> None:
        """Write what was added and is not on the disk yet as a part, and what makes a whole group to the table."""
        if self._waiting:
            with self._table() as table:
                for part, rows in self._write_waiting():
                    table.add_written(part, rows)
                table.write_whole_groups()
        self._last_part = time.monotonic()

    def _write_waiting(self) -> list[tuple[Path, pa.Table]]:
        """Write what is waiting as parts of a group at the most, and return their names and rows."""
        if not self._waiting:
            return []
        self._write_periods()
        written = [(self._write_part(rows), rows) for rows in groups_of(self._gathered())]
        self._waiting = []
        return written

    def _write_periods(self) -> None:
        """Bring the periods of what is waiting to the disk: before the rows, which say that a container is done."""
        if self._periods is not None:
            self._periods.flush()

    def _gathered(self) -> pa.Table:
        """What is waiting, in one piece: blocks may be of one row each."""
        import pyarrow as pa

        tables = [to_table(rows, self._schema) if isinstance(rows, ResultBlock) else rows for rows in self._waiting]
        return pa.concat_tables(tables).combine_chunks(pool())

    def _write_part(self, table: pa.Table) -> Path:
        directory = self.path / PARTS_NAME
        directory.mkdir(exist_ok=True)
        path = directory / f"{_PART}{self._next_part:06}.parquet"
        write_rows(path, table, self._grid, compression=FOR_A_WHILE)
        self._next_part += 1
        return path

    @contextlib.contextmanager
    def _table(self) -> Iterator[GrowingTable]:
        """The table that grows, with all rows that are on the disk; dropped on an error, and begun anew after it."""
        try:
            if self._growing is None:
                self._growing = GrowingTable(self.path / RESULTS_NAME, self._schema, self._grid, ordered=self._ordered)
                for file in self._files():
                    self._growing.add_file(file)
            yield self._growing
        except BaseException:
            self._drop_table()
            raise

    def _drop_table(self) -> None:
        if self._growing is not None:
            growing, self._growing = self._growing, None
            growing.close()

    def completed(self) -> NDArray[np.int64]:
        """Return the indices of the containers whose rows are on the disk, int64, rising."""
        files = FileSources.of_a_run(self._schema)
        return np.unique(np.concatenate([np.zeros(0, np.int64), *(files.index(file) for file in self._files())]))

    def rows(self, indices: NDArray[np.int64]) -> pa.Table:
        """Return the rows of some containers, int64 (n,), sorted by index, while the run goes on.

        What is waiting is written as a part before. A row is there once, also where a run was killed before the parts
        of its table were removed. Raises ResultsError where a file is damaged.
        """
        import pyarrow as pa

        self.flush()
        found = []

        def select(table: pa.Table) -> None:
            chosen = np.flatnonzero(np.isin(to_numbers(table.column("index")), indices))
            found.append(table.take(chosen))

        for file in self._files():
            scan_rows(file, self._schema, select)
        table = pa.concat_tables(found).sort_by("index")
        _, first = np.unique(to_numbers(table.column("index")), return_index=True)
        return table if len(first) == len(table) else table.take(first)

    def finish(
        self, *, expected: int, told: Callable[[StoredTable], Mapping[str, Any]] = lambda rows: {}, **facts: Any
    ) -> StoredTable:
        """Write the rest of `results.parquet`, mark the run finished, and return what is in that.

        `facts` go into the manifest, and so does what `told` says of all rows. Raises ResultsError when the number of
        rows is not `expected`: a table with a hole must not look like a finished run. No more than some tens of
        thousands of rows are in memory at a time.
        """
        self._write_periods()
        if self._is_whole(expected):
            counts = count_statuses(StoredTable(self.path / RESULTS_NAME, self._schema))
            return self._finished(counts, told, facts)
        with self._table() as table:
            if self._waiting:
                table.add_table(self._gathered())
            table.finish(expected)
            counts = table.counts
        self._drop_table()
        self._waiting = []
        return self._finished(counts, told, facts)

    def _is_whole(self, expected: int) -> bool:
        """Whether the table of a run that is resumed, which was held to its checksum then, has all rows already."""
        if self._waiting or self._files() != [self.path / RESULTS_NAME]:
            return False
        return StoredTable(self.path / RESULTS_NAME, self._schema).num_rows == expected

    def _finished(
        self,
        counts: Mapping[str, int],
        told: Callable[[StoredTable], Mapping[str, Any]],
        facts: Mapping[str, Any],
    ) -> StoredTable:
        stored = StoredTable(self.path / RESULTS_NAME, self._schema)
        if self._periods is not None:
            facts = {**facts, PERIODS: {**self.manifest[PERIODS], "sha256": self._periods.digest()}}
        self.update(status=FINISHED, counts=dict(sorted(counts.items())), **facts, **told(stored))
        for part in self._parts():
            part.unlink()
        # A hidden file of the system may be in it.
        with contextlib.suppress(OSError):
            (self.path / PARTS_NAME).rmdir()
        return stored

    def update(self, **facts: Any) -> None:
        """Add facts to the manifest and write it."""
        self.manifest.update(facts)
        write_manifest(self.path, self.manifest)

    def table(self) -> pa.Table:
        """Return the results of a finished run; ResultsError when it has not come to its end."""
        return read_rows(self._results(), self._schema)

    def stored(self) -> StoredTable:
        """Return the results of a finished run where they lie, held to their checksum; ResultsError as for `table`."""
        stored = StoredTable(self._results(), self._schema)
        stored.verify()
        return stored

    def _results(self) -> Path:
        path = self.path / RESULTS_NAME
        if not path.exists():
            raise ResultsError(
                f"{self.path}: the run has not finished (no {RESULTS_NAME}); resume it by `grid ... --resume` "
                "(from Python resume=True)"
            )
        return path

    def close(self) -> None:
        """Write what is waiting and give up the lock; what is there can be resumed."""
        if self._lock is not None:
            try:
                self._drop_table()
                self._write_waiting()
            finally:
                self._lock.release()
                self._lock = None

    def __enter__(self) -> RunDirectory:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _parts(self) -> list[Path]:
        return sorted(file for file in (self.path / PARTS_NAME).glob(f"{_PART}*") if _PART_NAME.fullmatch(file.name))

    def _files(self) -> list[Path]:
        return [file for file in (self.path / RESULTS_NAME, *self._parts()) if file.exists()]

    def _begin(self) -> None:
        """Make the first files of a new run, the manifest first; of one that cannot be begun none is left."""
        try:
            write_manifest(self.path, self.manifest)
            if self._periods is not None:
                self._periods.begin()
        except BaseException:
            (self.path / MANIFEST_NAME).unlink(missing_ok=True)
            if self._periods is not None:
                self._periods.path.unlink(missing_ok=True)
            raise

    def _carry_over(self, places: Callable[[], Iterable[Places]], before: Mapping[str, Any]) -> None:
        """Remove damaged files, and write the rows of an earlier grid again as rows of this one.

        The new parts are there before the old ones go, so that a kill in between loses nothing.
        """
        foreign: list[Path] = []
        swept = self.manifest["columns"]["swept"]
        for file in self._files():
            try:
                with PartReader(file) as part:
                    ours = part.grid == self._grid
                if ours:
                    scan_rows(file, self._schema)
                else:
                    scan(file, lambda table: None)
                    foreign.append(file)
            except DamagedError as problem:
                said = str(problem).removesuffix(RESUME_HINT)
                self.damaged.append(f"{said}; it is removed, and its containers are run again")
                file.unlink()
        if not foreign:
            lost = None if self._periods is None else self._periods.go_on(before.get(PERIODS, {}).get("sha256"))
            self.damaged += [] if lost is None or not self._files() else [lost]
            return
        moving = None if self._periods is None else self._periods.moving(foreign)
        for table in adopt(self.path, foreign, places, self._schema, swept):
            self._write_part(table)
            if moving is not None:
                moving.take(table)
        for file in foreign:
            file.unlink()
        if moving is not None:
            moving.put_in_place()


def _refuse_foreign(path: Path, resume: bool, beside: Sequence[str]) -> None:
    """Refuse a directory that holds a run (unless resumed) or anything else, but for some names."""
    if resume and (path / MANIFEST_NAME).exists():
        return
    found = sorted(
        entry.name for entry in path.iterdir() if not entry.name.startswith(".") and entry.name not in beside
    )
    if found:
        advice = (
            "add --resume (from Python resume=True) to go on with the run in it, or choose another directory with --out"
            if (path / MANIFEST_NAME).exists()
            else "choose another directory with --out"
        )
        raise ResultsError(f"{path}: not empty (has {found[0]}); expected a new or empty directory. Please {advice}.")


def _refuse_odd_files(path: Path) -> None:
    """Refuse a directory whose files are links or are not ours: they are written to and deleted as the run goes on."""
    parts = path / PARTS_NAME
    if os.path.lexists(parts) and (parts.is_symlink() or not parts.is_dir()):
        raise ResultsError(f"{parts}: is not a plain directory; expected that of the parts of a run. Please remove it.")
    ours = [path / name for name in (RESULTS_NAME, MANIFEST_NAME, PERIODS_NAME, NULL_NAME)]
    if parts.is_dir():
        ours += (file for file in sorted(parts.iterdir()) if not file.name.startswith("."))
    for file in ours:
        if not os.path.lexists(file):
            continue
        if file.is_symlink() or not file.is_file():
            raise ResultsError(f"{file}: is not a plain file; expected one of a run. Please remove it.")
        if file.parent == parts and not _PART_NAME.fullmatch(file.name):
            raise ResultsError(f"{file}: is not a part of a run (part-000001.parquet, ...). Please remove it.")
