"""Data that are moved to a store of the cache: written once, and their memory given back column by column."""

import json
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf_jit.data.store as store_module
from admf_jit.data import open_store
from admf_jit.data.bar_columns import COLUMNS
from admf_jit.data.market_data import MarketData
from admf_jit.data.store import move_to_store
from admf_jit.errors import DataError
from tests.data.bars import market

MINUTES = np.arange(50, dtype=np.int64) * 60 * 10**9


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


def test_the_digest_alone_finds_what_was_damaged(tmp_path: Path) -> None:
    directory = move_to_store(market(MINUTES), tmp_path / "store").directory
    assert directory is not None
    manifest = json.loads((directory / "manifest.json").read_text())
    assert not any("sha256" in entry for entry in manifest["columns"].values())
    content = bytearray((directory / "close.npy").read_bytes())
    content[-3] ^= 1
    (directory / "close.npy").write_bytes(content)
    with pytest.raises(DataError, match="digest of the data is"):
        open_store(directory, verify=True)


@pytest.mark.parametrize("broken", ["_write_manifest", "_put_in_place", "_write_column"])
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
