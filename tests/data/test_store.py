import hashlib
import json
import multiprocessing
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import admf_jit.data.store as store_module
from admf_jit.data import generate_sample, load, open_store, write_store
from admf_jit.data.bar_columns import COLUMNS
from admf_jit.data.market_data import MarketData, build
from admf_jit.errors import DataError
from tests.data.bars import market


@pytest.fixture
def data() -> MarketData:
    time = np.array([0, 1, 2, 3, 7, 8, 9], np.int64) * 60 * 10**9
    return market(time, n_symbols=2, timezone="Asia/Tokyo", notes=("a note",))


@pytest.fixture
def store(tmp_path: Path, data: MarketData) -> Path:
    return write_store(data, tmp_path / "deep" / "store")


def edit(store: Path, **changes: object) -> None:
    manifest = json.loads((store / "manifest.json").read_text())
    (store / "manifest.json").write_text(json.dumps({**manifest, **changes}))


def test_round_trip(store: Path, data: MarketData) -> None:
    back = open_store(store, verify=True)
    for name in ("name", "symbols", "timeframe", "timezone", "digest", "gaps", "notes", "allow_nonpositive"):
        assert getattr(back, name) == getattr(data, name)
    for column in COLUMNS:
        assert np.array_equal(getattr(back, column), getattr(data, column))
    assert back.directory == store
    assert back.gaps.count == len(back.gaps.longest) == 1


def test_columns_are_mapped_read_only(store: Path) -> None:
    close = open_store(store).close
    assert type(close) is np.ndarray
    assert isinstance(close.base, np.memmap)
    assert not close.flags.writeable


def test_load_opens_a_store_and_selects_from_it(store: Path, data: MarketData) -> None:
    assert load(store).directory == store
    assert load(str(store), symbols="S1").digest == data.select("S1").digest
    assert load(store, timezone="UTC").timezone == "UTC"
    with pytest.raises(DataError, match="'1h' was asked for, but made has 1m bars"):
        load(store, timeframe="1h")


def test_the_manifest_says_what_is_stored(store: Path, data: MarketData) -> None:
    manifest = json.loads((store / "manifest.json").read_text())
    assert manifest["format"] == "admf_jit market data"
    assert manifest["version"] == 3
    assert (manifest["rows"], manifest["first_time"]) == (7, "1970-01-01T00:00:00Z")
    assert manifest["columns"]["close"]["shape"] == [2, 7]
    assert manifest["columns"]["clock"]["shape"] == [7]
    assert manifest["columns"]["clock"]["sha256"] == hashlib.sha256((store / "clock.npy").read_bytes()).hexdigest()
    assert manifest["missing_bars"] == [0, 0]
    assert manifest["notes"] == ["a note"]
    assert manifest["digest"] == data.digest


@settings(max_examples=25, deadline=None)
@given(
    n_symbols=st.integers(1, 3),
    steps=st.lists(st.integers(1, 10**15), min_size=1, max_size=20),
    seed=st.integers(0, 2**32),
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"]),
)
def test_any_data_comes_back_with_the_same_digest(tmp_path_factory, n_symbols, steps, seed, zone) -> None:
    random = np.random.default_rng(seed)
    time = np.cumsum([10**18, *steps])
    prices = np.sort(random.uniform(1e-6, 1e6, (4, n_symbols, len(time))), axis=0)
    low, start, close, high = prices
    values = {
        "open": start,
        "high": high,
        "low": low,
        "close": close,
        "volume": random.uniform(0, 9, close.shape),
    }
    data = build("made", tuple(f"S{row}" for row in range(n_symbols)), time, values, timezone=zone)
    directory = write_store(data, tmp_path_factory.mktemp("any") / "store")
    assert open_store(directory, verify=True).digest == data.digest
    assert load(data.frame(), name="S0").digest == data.digest


def test_a_store_is_replaced_whole_and_nothing_is_left_beside_it(store: Path) -> None:
    mapped = open_store(store)
    other = generate_sample("1d", sessions=10)
    write_store(other, store)
    assert open_store(store, verify=True).digest == other.digest
    assert mapped.close[0, 0] == 100.0
    assert [entry.name for entry in store.parent.iterdir()] == ["store"]


def test_what_killed_writers_left_is_removed_a_day_later(tmp_path: Path, data: MarketData) -> None:
    names = [
        f".{name}.{32 * digit}.{suffix}" for name in ("store", "other") for digit in "1f" for suffix in ("tmp", "old")
    ]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "close.npy").touch()
        if "1" in name:
            os.utime(tmp_path / name, (0, 0))
    write_store(data, tmp_path / "store")
    kept = [name for name in names if "other" in name or "f" * 32 in name]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([*kept, "store"])


def test_the_same_content_is_left_in_place_and_a_damaged_one_replaced(store: Path, data: MarketData) -> None:
    before = (store / "close.npy").stat().st_ino
    write_store(data, store)
    assert (store / "close.npy").stat().st_ino == before
    (store / "close.npy").write_bytes(b"")
    write_store(data, store)
    assert open_store(store, verify=True).digest == data.digest


def test_other_people_s_files_are_left_alone(tmp_path: Path, data: MarketData) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(DataError, match="is a directory with other content"):
        write_store(data, tmp_path)
    with pytest.raises(DataError, match="is a file; a store is a directory"):
        write_store(data, tmp_path / "thesis.tex")
    (tmp_path / "empty").mkdir()
    assert open_store(write_store(data, tmp_path / "empty")).digest == data.digest


def write_often(directory: Path, sessions: int) -> None:
    for extra in range(5):
        write_store(generate_sample("1d", sessions=sessions + extra), directory)


def test_two_processes_may_write_the_same_store(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_often, args=(tmp_path / "store", 10 * (n + 1))) for n in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert open_store(tmp_path / "store", verify=True).n_bars in (14, 24)
    assert [entry.name for entry in tmp_path.iterdir()] == ["store"]


def test_a_store_replaced_while_it_is_read_is_read_again(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, read = generate_sample("1d", sessions=10), store_module.read_manifest

    def replaced_after(directory: Path):
        manifest = read(directory)
        if manifest.digest != other.digest:
            write_store(other, store)
        return manifest

    monkeypatch.setattr(store_module, "read_manifest", replaced_after)
    monkeypatch.setattr(store_module, "_holds", lambda target, data: False)
    assert open_store(store).digest == other.digest


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, data: MarketData) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"store: cannot be written \("):
        write_store(data, tmp_path / "file" / "store")


def test_a_flipped_bit_is_found_by_verify(store: Path) -> None:
    content = bytearray((store / "low.npy").read_bytes())
    content[-1] ^= 1
    (store / "low.npy").write_bytes(content)
    open_store(store)
    with pytest.raises(DataError, match=r"low\.npy: SHA-256 is .* manifest\.json says"):
        open_store(store, verify=True)


def test_a_changed_manifest_is_found_by_verify(store: Path) -> None:
    edit(store, timezone="UTC")
    with pytest.raises(DataError, match="digest of the data is"):
        open_store(store, verify=True)


def test_what_follows_from_the_columns_is_verified(store: Path) -> None:
    edit(store, missing_bars=[0, 1])
    assert open_store(store).missing_bars == (0, 1)
    with pytest.raises(DataError, match=r"missing_bars are \(0, 0\), manifest.json says \(0, 1\)"):
        open_store(store, verify=True)
    edit(store, missing_bars=[0, 0])
    replace(store, "clock", open_store(store).clock + 1)
    with pytest.raises(DataError, match="clock is not that of Asia/Tokyo"):
        open_store(store, verify=True)


def test_a_store_of_an_older_version_is_written_anew(store: Path, data: MarketData) -> None:
    edit(store, version=1)
    (store / "clock.npy").unlink()
    with pytest.raises(DataError, match="version is 1"):
        open_store(store)
    write_store(data, store)
    assert np.array_equal(open_store(store, verify=True).clock, data.clock)


def replace(store: Path, column: str, values: np.ndarray) -> None:
    np.save(store / f"{column}.npy", values, allow_pickle=True)
    manifest = json.loads((store / "manifest.json").read_text())
    content = (store / f"{column}.npy").read_bytes()
    manifest["columns"][column].update(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    edit(store, columns=manifest["columns"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones((2, 6)), r"holds <f8 of shape \(2, 6\), manifest.json says <f8 of \(2, 7\)"),
        (np.ones((2, 7), np.float32), r"holds <f4 of shape \(2, 7\)"),
        (np.asfortranarray(np.ones((2, 7))), "is stored in Fortran order"),
        (np.full((2, 7), None), "is not a readable .npy file"),
    ],
)
def test_a_column_unlike_the_manifest_is_refused(store: Path, values: np.ndarray, message: str) -> None:
    replace(store, "close", values)
    with pytest.raises(DataError, match=rf"close\.npy: {message}"):
        open_store(store)


def test_nothing_is_unpickled(store: Path, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "exploded",))

    content = pickle.dumps(Bomb())
    (store / "close.npy").write_bytes(content)
    manifest = json.loads((store / "manifest.json").read_text())
    manifest["columns"]["close"]["bytes"] = len(content)
    edit(store, columns=manifest["columns"])
    with pytest.raises(DataError, match="is not a readable .npy file"):
        open_store(store)
    assert not (tmp_path / "exploded").exists()


def test_no_file_outside_the_directory_is_read(store: Path, tmp_path: Path) -> None:
    manifest = json.loads((store / "manifest.json").read_text())
    manifest["columns"]["close"]["file"] = "../../secret.npy"
    edit(store, columns=manifest["columns"])
    assert open_store(store).close[0, 0] == 100.0
    (store / "close.npy").rename(tmp_path / "close.npy")
    (store / "close.npy").symlink_to(tmp_path / "close.npy")
    with pytest.raises(DataError, match=r"close\.npy: is missing or not a plain file"):
        open_store(store)


def test_truncated_and_missing_files_are_refused(store: Path) -> None:
    content = (store / "high.npy").read_bytes()
    (store / "high.npy").write_bytes(content[:-8])
    with pytest.raises(
        DataError, match=rf"high\.npy: has {len(content) - 8} bytes, manifest\.json says {len(content)}"
    ):
        open_store(store)
    (store / "high.npy").unlink()
    with pytest.raises(DataError, match=r"high\.npy: is missing"):
        open_store(store)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "x"}, "format is not"),
        ({"version": 1}, "version is 1, this program reads 3; write the store again"),
        ({"rows": -1}, "rows is '-1', which is not what a store has there"),
        ({"rows": True}, "rows is 'True'"),
        ({"symbols": ["A", "A"]}, "symbols is"),
        ({"symbols": []}, "symbols is"),
        ({"columns": {}}, "columns is"),
        ({"gaps": [[1, 2]]}, "gaps is"),
        ({"gaps": {"count": 1, "missing": 1, "longest": [[1, 2]]}}, "gaps is"),
        ({"gaps": {"count": 1, "missing": 1, "longest": [[1, 2, 2**63]]}}, "gaps is"),
        ({"gaps": {"count": 0, "missing": 1, "longest": [[1, 2, 1]]}}, "gaps is"),
        ({"gaps": {"count": 2, "missing": 1, "longest": []}}, "gaps is"),
        ({"gaps": {"count": 1, "missing": 1, "longest": [[1, 2, 3]]}}, "gaps is"),
        ({"gaps": {"count": 1, "missing": 1, "longest": [[2, 1, 1]]}}, "gaps is"),
        ({"gaps": {"count": 1, "missing": 1, "longest": [[1, 2, 0]]}}, "gaps is"),
        ({"allow_nonpositive": 1}, "allow_nonpositive is"),
        ({"stated_bars_per_year": 0.0}, "stated_bars_per_year is"),
        ({"stated_bars_per_year": "252"}, "stated_bars_per_year is"),
        ({"delisted": {"A": -1.0}}, "delisted is"),
        ({"delisted": {"A": 1}}, "delisted is"),
        ({"delisted": {"nobody": 1.0}}, "delisted names symbols that the store does not have"),
        ({"calendar": "XNYS"}, "calendar is"),
        ({"calendar": {"name": "XNYS"}}, "calendar is"),
        ({"calendar": {"name": "XNYS", "sessions": 1, "begins": 0}}, "calendar is"),
        ({"calendar": {"name": "XNYS", "sessions": "1", "begins": 86_400 * 10**9}}, "calendar is"),
        ({"missing_bars": [0, -1]}, "missing_bars is"),
        ({"missing_bars": [0]}, "missing_bars has 1 number, one a symbol is expected"),
        ({"notes": "x"}, "notes is"),
        ({"digest": None}, "digest is"),
    ],
)
def test_a_wrong_manifest_is_refused(store: Path, change: dict, message: str) -> None:
    edit(store, **change)
    with pytest.raises(DataError, match=rf"manifest\.json: {message}"):
        open_store(store)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = (
    "name", "symbols", "timeframe", "timezone", "rows", "columns", "digest", "missing_bars", "gaps", "notes",
    "allow_nonpositive", "stated_bars_per_year", "delisted", "calendar",
)  # fmt: skip


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(place=st.sampled_from([(), ("columns", "close"), *((key,) for key in KEYS)]), value=ANYTHING)
def test_any_manifest_is_that_of_the_same_bars_or_refused(
    store: Path, data: MarketData, place: Any, value: Any
) -> None:
    genuine = (store / "manifest.json").read_text()
    manifest: Any = json.loads(genuine)
    if place:
        inner = manifest
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = value
    else:
        manifest = value
    (store / "manifest.json").write_text(json.dumps(manifest))
    try:
        assert load(store).digest == data.digest
    except DataError as error:
        assert str(store) in str(error)
    finally:
        (store / "manifest.json").write_text(genuine)


def test_what_is_no_store_is_refused(tmp_path: Path, store: Path) -> None:
    with pytest.raises(DataError, match=r"is not a store \(no manifest\.json\)"):
        load(tmp_path)
    (store / "manifest.json").write_text("{")
    with pytest.raises(DataError, match=r"manifest\.json: cannot be read"):
        open_store(store)
    (store / "manifest.json").write_text('{"format": "admf_jit market data", "version": 3}')
    with pytest.raises(DataError, match="has no 'name'"):
        open_store(store)


def test_the_history_of_a_part_is_not_written(tmp_path: Path) -> None:
    part = load("sample", symbols="ALFA", timeframe="1d", start="2016-01-01")
    assert part.n_history > 0
    write_store(part, tmp_path / "part")
    again = load(tmp_path / "part")
    assert (again.n_history, again.n_bars) == (0, part.n_bars)
    assert again.close.tobytes() == part.close.tobytes()
    assert again.digest != part.digest, "the same bars after no history give other results"
    open_store(tmp_path / "part", verify=True)
