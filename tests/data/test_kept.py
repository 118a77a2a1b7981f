"""Files that were read before, and the stores that are kept of them."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from admf_jit.data import MarketData, kept, load, open_store, source
from admf_jit.data.cache_folder import CACHE_VARIABLE, store_folder
from admf_jit.data.kept import DAYS_KEPT, USED_NAME, prune_stores
from admf_jit.data.merge import Part
from admf_jit.data.table import Table
from admf_jit.testing import generate_test_data
from admf_jit.workflow.run_data import map_data

DAY = 86_400


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return store_folder()


@pytest.fixture(params=["csv", "parquet"])
def bars(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    frame = generate_test_data(60, seed=3).frame()
    path = tmp_path / f"SPY_1d.{request.param}"
    frame.to_csv(path) if request.param == "csv" else frame.to_parquet(path)
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A name for every time that a file is really read."""
    seen: list[str] = []
    genuine = source.ingest

    def ingest(table: Table, *request: Any) -> Part:
        seen.append(table.name)
        return genuine(table, *request)

    monkeypatch.setattr(source, "ingest", ingest)
    return seen


def used(path: Path, **options: Any) -> MarketData:
    """The bars of a file as a run has them: one of Parquet is kept when it is run."""
    data = load(path, **options)
    return data if path.suffix == ".csv" else map_data(data)[0]


def said(data: MarketData) -> tuple[Any, ...]:
    return data.digest, data.name, data.symbols, data.timeframe, data.timezone, data.gaps, data.notes, data.missing_bars


def test_the_same_bytes_are_read_once(cache: Path, bars: Path, reads: list[str]) -> None:
    plain = load(bars, keep=False)
    assert not cache.exists() and reads == ["SPY_1d"]
    first, second = used(bars), used(bars)
    assert len(reads) == 2
    assert said(first) == said(second) == said(plain)
    assert first.directory is not None and first.directory == second.directory
    assert open_store(first.directory, verify=True).digest == plain.digest


def test_a_file_of_text_is_kept_when_it_is_read_and_one_of_parquet_when_it_is_run(cache: Path, bars: Path) -> None:
    data = load(bars)
    assert list(cache.glob("*/manifest.json")) == ([] if data.directory is None else [data.directory / "manifest.json"])
    assert (data.directory is None) == (bars.suffix == ".parquet")
    mapped, store = map_data(data)
    assert mapped.directory == store and said(mapped) == said(data)
    assert map_data(data)[0] is mapped or bars.suffix == ".csv"
    assert load(bars).directory == store and len(list(cache.glob("*/manifest.json"))) == 1


def test_what_is_made_of_a_file_is_not_kept_for_it(cache: Path, bars: Path) -> None:
    called = load(bars, name="mine", keep=True)
    assert map_data(called)[0].name == "mine"
    moment = str(called.frame().index[20])
    assert map_data(load(bars, start=moment))[0].n_history == 20
    assert used(bars).name == "SPY_1d"


def test_a_part_of_a_kept_file_is_the_part_of_the_file(cache: Path, bars: Path, reads: list[str]) -> None:
    whole = used(bars)
    moment = str(whole.frame().index[20])
    assert load(bars, start=moment).digest == load(bars, start=moment, keep=False).digest != whole.digest
    assert len(reads) == 2


def test_other_bytes_another_zone_or_another_name_are_read_anew(cache: Path, bars: Path, reads: list[str]) -> None:
    before = load(bars)
    there = load(bars, timezone="Asia/Tokyo")
    assert there.timezone == "Asia/Tokyo" and there.digest != before.digest
    renamed = bars.rename(bars.with_name(f"QQQ_1d{bars.suffix}"))
    assert load(renamed).symbols == ("QQQ",)
    frame = generate_test_data(60, seed=4).frame()
    reads.clear()
    status = renamed.stat()
    frame.to_csv(renamed) if renamed.suffix == ".csv" else frame.to_parquet(renamed)
    os.utime(renamed, ns=(status.st_atime_ns, status.st_mtime_ns))  # no clock tells
    assert load(renamed).digest == load(renamed, keep=False).digest != before.digest
    assert reads == ["QQQ_1d", "QQQ_1d"]


@pytest.mark.parametrize("damage", ["bit", "missing", "manifest"])
def test_a_damaged_store_is_not_used_and_is_mended(cache: Path, bars: Path, reads: list[str], damage: str) -> None:
    data = used(bars)
    assert data.directory is not None
    column = data.directory / "close.npy"
    if damage == "bit":
        content = bytearray(column.read_bytes())
        content[-3] ^= 1
        column.unlink()
        column.write_bytes(content)
    elif damage == "missing":
        column.unlink()
    else:
        (data.directory / "manifest.json").write_text("{")
    again = used(bars)
    assert len(reads) == 2 and said(again) == said(data)
    assert used(bars).close.tobytes() == data.close.tobytes()
    assert len(reads) == 2


def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, bars: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    assert load(bars).digest == load(bars).digest
    assert len(reads) == 2


def store(folder: Path, name: str, *, days: float, size: int = 10) -> Path:
    made = folder / name
    made.mkdir(parents=True)
    (made / "close.npy").write_bytes(bytes(size))
    (made / USED_NAME).touch()
    then = time.time() - days * DAY
    os.utime(made / USED_NAME, (then, then))
    return made


def test_what_nobody_used_for_a_month_goes(tmp_path: Path) -> None:
    old = store(tmp_path, "0" * 32, days=DAYS_KEPT + 1)
    again = store(tmp_path, "1" * 32 + "-again", days=DAYS_KEPT + 2)
    spared = store(tmp_path, "2" * 32, days=DAYS_KEPT + 3)
    stays = [store(tmp_path, "3" * 32, days=DAYS_KEPT - 1), spared, store(tmp_path, "my own", days=400)]
    assert prune_stores(tmp_path, spared=spared) == [again, old]
    assert sorted(tmp_path.iterdir()) == sorted(stays)


def test_the_longest_unused_go_where_all_together_are_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 250)
    stores = [store(tmp_path, str(days) * 32, days=days, size=100) for days in (4, 3, 2, 1)]
    assert prune_stores(tmp_path) == stores[:2]
    assert prune_stores(tmp_path) == []


def test_a_load_notes_its_day_and_makes_room(cache: Path, bars: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unused = store(cache, "0" * 32, days=DAYS_KEPT + 1)
    data = used(bars)
    assert data.directory is not None
    assert not unused.exists()
    then = time.time() - 20 * DAY
    os.utime(data.directory / USED_NAME, (then, then))
    load(bars)
    assert time.time() - (data.directory / USED_NAME).stat().st_mtime < DAY


def test_what_was_written_to_while_it_was_read_is_not_kept(
    cache: Path, bars: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine, before = source.ingest, bars.read_bytes()

    def ingest(table: Table, *request: Any) -> Part:
        bars.write_bytes(before + b" ")
        return genuine(table, *request)

    monkeypatch.setattr(source, "ingest", ingest)
    assert load(bars).directory is None
    assert not cache.exists()
