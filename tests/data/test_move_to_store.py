"""Data that are moved to a store of the cache: written once, and their memory given back column by column."""

import json
import os
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf_jit.data.store as store_module
from admf_jit.data import bar_columns, load, market_data, open_store, write_store
from admf_jit.data.bar_columns import COLUMNS
from admf_jit.data.cache_folder import CACHE_VARIABLE
from admf_jit.data.market_data import MarketData
from admf_jit.data.store import move_to_store, note_digest
from admf_jit.errors import DataError
from admf_jit.testing import generate_test_data
from admf_jit.workflow.run_data import map_data
from tests.data.bars import market

MINUTES = np.arange(50, dtype=np.int64) * 60 * 10**9


def manifest_of(directory: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((directory / "manifest.json").read_text())
    return found


def hold(data: MarketData, expected: MarketData) -> None:
    for column in COLUMNS:
        assert getattr(data, column).tobytes() == getattr(expected, column).tobytes()
        assert not getattr(data, column).flags.writeable
    assert (data.digest, data.gaps, data.notes) == (expected.digest, expected.gaps, expected.notes)


def test_it_is_the_same_data_and_mapped(tmp_path: Path) -> None:
    expected = market(MINUTES, n_symbols=2, notes=("a note",))
    moved = move_to_store(market(MINUTES, n_symbols=2, notes=("a note",)), tmp_path / "store")
    assert moved.directory == tmp_path / "store"
    assert all(isinstance(getattr(moved, column).base, np.memmap) for column in COLUMNS)
    hold(moved, expected)
    hold(open_store(tmp_path / "store", verify=True), expected)
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_each_column_is_let_go_of_before_the_next_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = [market(MINUTES)]
    columns = {column: weakref.ref(getattr(alone[0], column)) for column in COLUMNS}
    gone: list[list[str]] = []
    genuine = store_module._write_column

    def write(*arguments: Any, **options: Any) -> dict[str, Any]:
        gone.append([column for column, there in columns.items() if there() is None])
        return genuine(*arguments, **options)

    monkeypatch.setattr(store_module, "_write_column", write)
    move_to_store(alone.pop(), tmp_path / "store")
    assert gone == [list(COLUMNS[:written]) for written in range(len(COLUMNS))]


@pytest.mark.parametrize("noted", [False, True])
@pytest.mark.parametrize("column", COLUMNS)
def test_checksums_find_what_was_damaged(tmp_path: Path, column: str, noted: bool) -> None:
    moved = move_to_store(market(MINUTES), tmp_path / "store")
    assert moved.directory is not None
    if noted:
        note_digest(moved.directory, moved.digest)
    content = bytearray((moved.directory / f"{column}.npy").read_bytes())
    content[-3] ^= 1
    (moved.directory / f"{column}.npy").write_bytes(content)
    with pytest.raises(DataError, match=rf"{column}\.npy: CRC-32 is"):
        open_store(moved.directory, verify=True, own=True)
    with pytest.raises(DataError, match="digest of the data is|clock is not that of|CRC-32 is"):
        open_store(moved.directory, verify=True)


def test_the_digest_is_noted_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    path = tmp_path / "AAA.csv"
    frame = generate_test_data(60, seed=3).frame()
    frame.to_csv(path)
    data = load(path)
    assert data.directory is not None and data.known_digest is None
    assert manifest_of(data.directory)["digest"] is None
    for again in (data, load(path)):
        mapped, directory = map_data(again)
        assert directory == data.directory and mapped.digest == load(frame, name="AAA").digest
        assert manifest_of(directory)["digest"] == mapped.digest
    computed: list[str] = []
    genuine = bar_columns.digest
    for module in (store_module, market_data):
        monkeypatch.setattr(module, "digest", lambda *a, **k: computed.append("") or genuine(*a, **k))
    assert load(path).digest == mapped.digest and not computed
    assert open_store(data.directory).digest == mapped.digest and not computed
    assert open_store(data.directory, verify=True).digest == mapped.digest and computed


def test_a_part_of_a_kept_file_has_its_digest_noted_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    generate_test_data(60, seed=3).frame().to_csv(tmp_path / "AAA.csv")
    whole = load(tmp_path / "AAA.csv")
    part = load(tmp_path / "AAA.csv", start=str(whole.frame().index[20].date()))
    assert part.n_history > 0
    _, directory = map_data(part)
    assert manifest_of(directory)["digest"] == whole.digest != part.digest


def test_a_manifest_without_digest_and_checksums_is_refused(tmp_path: Path) -> None:
    directory = write_store(market(MINUTES), tmp_path / "store")
    (directory / "manifest.json").write_text(json.dumps({**manifest_of(directory), "digest": None}))
    with pytest.raises(DataError, match="digest is null, and not every column has a crc32"):
        open_store(directory)


def test_a_digest_that_cannot_be_noted_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = move_to_store(market(MINUTES), tmp_path / "store")
    assert moved.directory is not None

    def fail(*_: Any) -> None:
        raise OSError("read-only")

    monkeypatch.setattr(os, "replace", fail)
    note_digest(moved.directory, moved.digest)
    assert manifest_of(moved.directory)["digest"] is None
    hold(open_store(moved.directory, verify=True, own=True), moved)


@pytest.mark.parametrize("broken", ["_write_manifest", "put_in_place", "_write_column"])
def test_what_cannot_be_kept_is_still_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    genuine, calls = getattr(store_module, broken), []

    def fail(*arguments: Any, **options: Any) -> Any:
        calls.append(broken)
        if broken == "_write_column" and len(calls) < 5:
            return genuine(*arguments, **options)
        raise OSError("the disk is full")

    monkeypatch.setattr(store_module, broken, fail)
    data = move_to_store(market(MINUTES), tmp_path / "store")
    assert data.directory is None and calls
    hold(data, market(MINUTES))
    assert list(tmp_path.iterdir()) == []


def test_a_store_in_the_way_is_replaced_and_what_is_none_is_left_alone(tmp_path: Path) -> None:
    other = market(MINUTES[:20])
    move_to_store(market(MINUTES), tmp_path / "store")
    hold(move_to_store(market(MINUTES[:20]), tmp_path / "store"), other)
    hold(open_store(tmp_path / "store", verify=True), other)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me")
    assert move_to_store(market(MINUTES), tmp_path / "mine").directory is None
    assert (tmp_path / "mine" / "letter.txt").read_text() == "keep me"
