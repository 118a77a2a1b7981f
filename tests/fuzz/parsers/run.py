"""Runs: whatever stands in a manifest, a part or the results, rows that are read are those that were written.

The first byte says what is done, and what the rest of the input is: the manifest, the bytes of the results or of a
part, the name of a part, or (`FORGED`) a JSON text of columns. From these a part with the right checksum is made, as
whoever edits one on purpose would: then it is refused, or has every column that a run has.
"""

import contextlib
import io
import json
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from admf_jit.cli.report import print_report
from admf_jit.config import load_config
from admf_jit.errors import AdmfError, ConfigError, ResultsError
from admf_jit.results import RunDirectory
from admf_jit.results.adoption import Places
from admf_jit.results.columns import checksum
from admf_jit.results.parts import read_part, write_rows
from admf_kernels.constants import METRIC_NAMES
from tests.fuzz.parsers.folder import scratch
from tests.fuzz.parsers.trees import ODD, changed
from tests.results.conftest import METRICS, SWEPT, make_result

MANIFEST, RESULTS, PART, NAME, FORGED = range(5)
_ROWS = [make_result(index, failed=index == 3) for index in range(5)]
_CONFIG = {
    "data": {"source": "sample"},
    "strategy": {"type": "sma_crossover"},
    "optimization": {"parameters": {"fast_period": [1, 2], "threshold": 0.5}, "objective": "sharpe_ratio"},
}
_STATED = {
    "config": load_config(_CONFIG).model_dump(mode="json"),
    "data": {"digest": "d1"},
    "strategy": {"digest": "s1"},
    "versions": {"kernels": "k1"},
}
# A grid with another value runs the same containers and more: their rows are carried over.
_LARGER = json.loads(json.dumps(_STATED))
_LARGER["config"]["optimization"]["parameters"]["fast_period"] = [1, 2, 3]
_PLACES = [
    Places(
        [row.container_id for row in _ROWS],
        np.array([row.index + 2 for row in _ROWS]),
        {name: [row.swept[name] for row in _ROWS] for name in SWEPT},
    )
]
_USED = {"containers": 5, "worker_seconds": 1.0, "largest_batch_bytes": 9, "memory_limit": None, "cpu_limit": 0.5}


def _create(path: Path, stated: dict[str, Any], resume: bool = False) -> RunDirectory:
    return RunDirectory.create(path, stated, swept=SWEPT, metrics=METRICS, resume=resume, places=lambda: _PLACES)


def _genuine() -> tuple[Path, Path]:
    """A run that has come to its end, and one that was killed after two parts."""
    folder = scratch("run")
    with _create(folder / "finished", _STATED) as run:
        run.add(_ROWS)
        run.finish(expected=5, accounting={"x": {**_USED, "time_limit": 300.0}}, timings={"seconds": 1.5})
    with _create(folder / "killed", _STATED) as run:
        for some in (_ROWS[:2], _ROWS[2:]):
            run.add(some)
            run.flush()
    return folder / "finished", folder / "killed"


_FINISHED, _KILLED = _genuine()
_WORK = scratch("runs") / "run"
_PART_PATH = "parts/part-000001.parquet"
_TABLE, _GRID = read_part(_FINISHED / "results.parquet")
_CHECKSUM = checksum(_TABLE)
_EXPECTED = {row["container_id"]: row for row in _TABLE.select(["container_id", "status", *METRICS[:4]]).to_pylist()}
_COLUMNS = {
    field.name: [str(field.type), _TABLE.column(field.name).slice(0, 2).to_pylist()]
    for field in _TABLE.schema
    if field.name != "profit_factor"
}
_COLUMNS["profit_factor"] = ["double", [1.5, None]]
_MANIFEST = json.loads((_FINISHED / "manifest.json").read_text())
_TYPES = [
    "int64",
    "int32",
    "double",
    "float",
    "string",
    "large_string",
    "bool",
    "binary",
    "null",
    "uint64",
    "date32",
    "timestamp[ns]",
]
_KEYS = [*_MANIFEST, "swept", "metrics", "digest", "parameters", "objective", "direction", "x", *_COLUMNS, *_USED]
_VALUES = [
    *ODD,
    "sharpe_ratio",
    "maximize",
    *_COLUMNS,
    *METRIC_NAMES,
    "double",
    "int64",
    _MANIFEST["config"],
    _MANIFEST["columns"],
    *_MANIFEST["accounting"].values(),
]
_CELLS = [*ODD, "ok", "failed", "timeout", "crashed", f"{1:016x}", f"{9:016x}", *_TYPES, *_COLUMNS.values()]


def _forged(columns: dict[str, Any], grid: str) -> bytes:
    return bytes([FORGED]) + json.dumps({"columns": columns, "grid": grid}).encode()


SEEDS = [
    bytes([MANIFEST]) + (_FINISHED / "manifest.json").read_bytes(),
    bytes([RESULTS]) + (_FINISHED / "results.parquet").read_bytes(),
    bytes([PART]) + (_KILLED / _PART_PATH).read_bytes(),
    bytes([NAME]) + b"part-000007.parquet",
    bytes([NAME]) + b"part-x.parquet",
    _forged(_COLUMNS, _GRID),
    _forged(_COLUMNS, "other"),
]
SEEDS += [bytes([seed[0] + 5 * way]) + seed[1:] for seed in SEEDS for way in (1, 2)]
DICTIONARY = [
    *_KEYS,
    *_TYPES,
    "PAR1",
    "part-",
    ".parquet",
    "admf_jit.rows_sha256",
    "ARROW:schema",
    "NaN",
    "Infinity",
    "[" * 50,
    "null",
]
LONGEST = 6000


def check(data: bytes) -> bool:
    """Put the input in its place; then read the run and report on it, or resume it as it was or as a larger grid."""
    first, content = (data[0], data[1:]) if data else (0, data)
    kind, way = first % 5, first // 5 % 3
    if way == 0 and kind in (MANIFEST, RESULTS):
        return _read(kind, content)
    return _resume(kind, content, _LARGER if way == 2 else _STATED)


def _laid(genuine: Path, kind: int, content: bytes) -> bool:
    """Lay out a run with the input in its place; False where the system has no such name, or Arrow no such columns."""
    shutil.rmtree(_WORK, ignore_errors=True)
    shutil.copytree(genuine, _WORK, copy_function=shutil.copyfile)
    if kind == MANIFEST:
        (_WORK / "manifest.json").write_bytes(content)
    elif kind == RESULTS:
        (_WORK / "results.parquet").write_bytes(content)
    elif kind == PART:
        (_WORK / _PART_PATH).write_bytes(content)
    elif kind == NAME:
        name = content.decode("utf-8", "surrogateescape").replace("/", "").replace("\0", "")
        if name in ("", ".", "..") or len(content) > 200:
            return False
        shutil.copyfile(genuine / _PART_PATH, _WORK / "parts" / name)
    else:
        try:
            stated = json.loads(content)
            arrays = {
                name: pa.array(values, pa.type_for_alias(kind)) for name, (kind, values) in stated["columns"].items()
            }
            write_rows(_WORK / _PART_PATH, pa.table(arrays), str(stated["grid"]))
        except Exception:  # no such table, or none that has a checksum
            return False
    return True


def _read(kind: int, content: bytes) -> bool:
    if not _laid(_FINISHED, kind, content):
        return False
    try:
        run = RunDirectory.open(_WORK)
        table = run.table()
        with contextlib.redirect_stdout(io.StringIO()):
            print_report(_WORK, table, run.manifest, top=3, as_json=len(content) % 2 == 0)
    except ConfigError as error:  # the objective is not among the columns
        assert kind == MANIFEST and "optimization.objective" in str(error)
        return False
    except ResultsError as error:
        assert str(_WORK) in str(error), error
        str(error).encode(errors="surrogateescape")
        return False
    assert checksum(table) == _CHECKSUM
    return True


def _resume(kind: int, content: bytes, stated: dict[str, Any]) -> bool:
    if not _laid(_FINISHED if kind in (MANIFEST, RESULTS) else _KILLED, kind, content):
        return False
    try:
        with _create(_WORK, stated, resume=True) as run:
            done = set(run.completed().tolist())
            assert all(str(_WORK) in line for line in run.damaged)
            moved = _moved(stated)
            run.add([row for row in moved if row.index not in done])
            table = run.finish(expected=len(done | {row.index for row in moved})).read()
    except AdmfError as error:
        assert str(_WORK) in str(error), error
        str(error).encode(errors="surrogateescape")
        return False
    found = {row["container_id"]: row for row in table.select(["container_id", "status", *METRICS[:4]]).to_pylist()}
    if kind != FORGED:
        assert found.keys() == _EXPECTED.keys() and all(_same(found[key], _EXPECTED[key]) for key in found)
    assert checksum(table) == checksum(RunDirectory.open(_WORK).table())
    left = {path.name for path in _WORK.iterdir()} - {".lock"}
    assert left == {"manifest.json", "results.parquet"} or kind == NAME
    return True


def _moved(stated: dict[str, Any]) -> list[Any]:
    if stated is _STATED:
        return _ROWS
    return [replace(row, index=row.index + 2) for row in _ROWS]


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(value == other[name] or (value != value and other[name] != other[name]) for name, value in one.items())


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Change a manifest or the columns of a forged part as trees, and bytes of what is stored."""
    if not data or chance.random() < 0.05:
        return chance.choice(SEEDS)
    first, content = data[0], data[1:]
    if chance.random() < 0.1:
        first = (first % 5 + 5 * chance.randrange(3)) & 0xFF
    kind, head = first % 5, bytes([first])
    if kind in (MANIFEST, FORGED) and chance.random() < 0.85:
        try:
            tree = json.loads(content)
            if kind == FORGED and isinstance(tree, dict) and chance.random() < 0.2:
                tree["grid"] = chance.choice((_GRID, "other", ""))
            else:
                tree = changed(tree, chance, _KEYS, _VALUES if kind == MANIFEST else _CELLS)
            return head + json.dumps(tree).encode()
        except (ValueError, TypeError, RecursionError, ArithmeticError, LookupError):
            return SEEDS[0]
    start = chance.randint(0, len(content))
    if chance.random() < 0.4:
        flipped = bytearray(content)
        if flipped:
            flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        return head + bytes(flipped)
    word = chance.choice(DICTIONARY).encode("utf-8", "replace")
    return head + content[:start] + word + content[start + chance.choice((0, 1, len(word), 40)) :]
