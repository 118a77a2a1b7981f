"""Stores that were swapped, cut, flipped, linked or forged: what is loaded is what was written, or nothing."""

import hashlib
import io
import json
import os
import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from admf_jit.data import generate_sample, load, write_store
from admf_jit.data.bar_columns import COLUMNS, count_missing, digest
from admf_jit.errors import DataError
from tests.data.bars import frame
from tests.fuzz.parsers.samples import two_symbols


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return write_store(two_symbols(), tmp_path / "store")


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_swapped_for_another_of_its_shape_is_found_by_loading(store: Path, column: str) -> None:
    path = store / f"{column}.npy"
    np.save(path, np.load(path)[..., ::-1].copy())
    with pytest.raises(DataError, match=rf"{column}\.npy: SHA-256 is|clock is not that"):
        load(store)


def test_two_columns_swapped_with_each_other_are_found_by_loading(store: Path) -> None:
    (store / "low.npy").rename(store / "x")
    (store / "open.npy").rename(store / "low.npy")
    (store / "x").rename(store / "open.npy")
    with pytest.raises(DataError, match=r"open\.npy: SHA-256 is"):
        load(store)


@pytest.mark.parametrize("column", ["time", "close"])
def test_every_flipped_bit_is_found_or_changes_nothing(store: Path, column: str) -> None:
    path, genuine = store / f"{column}.npy", (store / f"{column}.npy").read_bytes()
    expected = load(store).digest
    found = 0
    for place in range(len(genuine)):
        path.write_bytes(genuine[:place] + bytes([genuine[place] ^ (1 << place % 8)]) + genuine[place + 1 :])
        try:
            assert load(store).digest == expected
        except DataError as error:
            found += 1
            assert str(store) in str(error)
    # What is left is the padding of the header.
    assert found >= len(genuine) - 64


@pytest.mark.parametrize("column", ["time", "session", "high"])
def test_every_cut_is_found(store: Path, column: str) -> None:
    path, genuine = store / f"{column}.npy", (store / f"{column}.npy").read_bytes()
    for length in range(0, len(genuine), 5):
        path.write_bytes(genuine[:length])
        with pytest.raises(DataError, match=rf"{column}\.npy: has {length} bytes, manifest\.json says"):
            load(store)


def forge(store: Path, column: str, values: np.ndarray) -> None:
    """Put a column in a store, and make its manifest agree with it."""
    file = io.BytesIO()
    np.save(file, values)
    (store / f"{column}.npy").write_bytes(file.getvalue())
    manifest = json.loads((store / "manifest.json").read_text())
    entry = manifest["columns"][column]
    entry.update(bytes=len(file.getvalue()), sha256=hashlib.sha256(file.getvalue()).hexdigest())
    columns = {name: np.load(store / f"{name}.npy") for name in COLUMNS}
    manifest["digest"] = digest(manifest["symbols"], manifest["timeframe"], manifest["timezone"], columns)
    manifest["missing_bars"] = list(count_missing(columns["close"]))
    (store / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("column", "place", "value", "message"),
    [
        ("time", 3, 0, "bar 3: times must rise"),
        ("session", 3, 10**12, "session is not that of Asia/Tokyo"),
        ("session", 0, -1, "session is not that of Asia/Tokyo"),
        ("clock", 2, -5, "clock is not that of Asia/Tokyo"),
        ("open", (0, 2), -1.0, "symbol 0, bar 2: prices must be positive"),
        ("high", (1, 2), np.inf, "symbol 1, bar 2: prices must be positive"),
        ("low", (0, 1), 1e9, "symbol 0, bar 1: prices must be positive"),
        ("close", (0, 1), np.nan, "symbol 0, bar 1: prices must be positive"),
        ("volume", (1, 1), np.nan, "symbol 1, bar 1: volume must be finite"),
        ("volume", (1, 0), 5.0, "symbol 1, bar 0: prices must be positive"),
    ],
)
def test_a_store_forged_with_all_its_digests_still_has_to_hold_bars(store, column, place, value, message) -> None:
    values = np.load(store / f"{column}.npy")
    values[place] = value
    forge(store, column, values)
    with pytest.raises(DataError, match=message):
        load(store)


def test_an_honest_edit_with_all_its_digests_is_another_data_set(store: Path) -> None:
    before = load(store).digest
    forge(store, "volume", np.load(store / "volume.npy") * 2)
    assert load(store).digest != before


@pytest.mark.parametrize("name", ["../../secret.npy", "/etc/passwd", "close.npy/../../x", "\\\\host\\x"])
@pytest.mark.parametrize("key", ["file", "path", "directory"])
def test_names_in_a_manifest_lead_nowhere(store: Path, key: str, name: str) -> None:
    manifest = json.loads((store / "manifest.json").read_text())
    manifest[key] = manifest["columns"]["close"][key] = name
    (store / "manifest.json").write_text(json.dumps(manifest))
    assert load(store).digest == two_symbols().digest


@pytest.mark.parametrize("name", ["manifest.json", "close.npy", "time.npy"])
@pytest.mark.parametrize("kind", ["link", "absolute link", "link to a device", "directory", "pipe"])
def test_what_is_no_plain_file_of_the_folder_is_refused(store: Path, tmp_path: Path, name: str, kind: str) -> None:
    genuine = tmp_path / name
    (store / name).rename(genuine)
    if kind == "directory":
        (store / name).mkdir()
    elif kind == "pipe":
        os.mkfifo(store / name)
    else:
        target = {"link": Path("..") / name, "absolute link": genuine, "link to a device": "/dev/zero"}[kind]
        (store / name).symlink_to(target)
    with pytest.raises(DataError, match=rf"{name}: is (missing or )?not a plain file"):
        load(store)


@pytest.mark.parametrize("zone", ["../../etc/passwd", "/etc/localtime", "America", "", "\x00", "posixrules/../UTC", 5])
def test_a_zone_in_a_manifest_is_no_path(store: Path, zone: object) -> None:
    manifest = json.loads((store / "manifest.json").read_text())
    (store / "manifest.json").write_text(json.dumps({**manifest, "timezone": zone}))
    with pytest.raises(DataError, match=r"manifest\.json: timezone"):
        load(store)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "1" * 5000, '{"format": "admf_jit market data", "version": ' + "[" * 900]
)
def test_a_manifest_too_deep_to_be_read_is_refused(store: Path, text: str) -> None:
    (store / "manifest.json").write_text(text)
    with pytest.raises(DataError, match=r"manifest\.json: cannot be read"):
        load(store)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\x93NUMPY\x01\x00\xff\xff(", b"\x93NUMPY"]
)
def test_other_things_that_numpy_reads_are_refused(store: Path, content: bytes) -> None:
    (store / "close.npy").write_bytes(content)
    manifest = json.loads((store / "manifest.json").read_text())
    manifest["columns"]["close"]["bytes"] = len(content)
    (store / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DataError, match=r"close\.npy: is not a readable \.npy file"):
        load(store)


class Bomb:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("name", ["bars.csv", "bars.parquet", "bars.pq"])
def test_a_pickle_under_another_name_is_not_unpickled(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    with pytest.raises(DataError, match=rf"{name}: "):
        load(tmp_path / name)
    assert not (tmp_path / "exploded").exists()


def test_a_pickle_in_the_metadata_of_parquet_is_not_unpickled(tmp_path: Path) -> None:
    bars = pa.Table.from_pandas(frame())
    bomb = pickle.dumps(Bomb(tmp_path / "exploded"))
    hints = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": bomb}
    fields = [field.with_metadata(hints) for field in bars.schema]
    hostile = pa.Table.from_arrays(bars.columns, schema=pa.schema(fields, metadata=bars.schema.metadata))
    pq.write_table(hostile, tmp_path / "bars.parquet")
    load(tmp_path / "bars.parquet", keep=False)
    assert not (tmp_path / "exploded").exists()


def test_a_table_larger_than_memory_is_refused_before_it_is_read(tmp_path: Path, monkeypatch) -> None:
    import psutil

    frame(2000).to_parquet(tmp_path / "bars.parquet")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 100_000}))
    with pytest.raises(DataError, match="2,000 rows of 6 columns need about 0.0 GiB of memory, and 0.0 GiB are free"):
        load(tmp_path / "bars.parquet")


def test_a_pipe_is_no_source(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "bars.csv")
    with pytest.raises(DataError, match="is neither a file nor a directory"):
        load(tmp_path / "bars.csv")


def test_a_store_put_in_the_place_of_another_is_other_data(store: Path) -> None:
    before = load(store).digest
    write_store(generate_sample("1d", sessions=10), store)
    assert load(store).digest != before
