"""NUL bytes: what a writer leaves that asks for room ahead, or that was cut off."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from admf_jit.data import load
from admf_jit.errors import DataError
from tests.data.shapes import BASIC, HEADER, MINUTES, check, epoch, rows
from tests.data.shapes import DAILY as PLAIN

TEXT = "\n".join(BASIC).encode() + b"\n"
LONG = np.arange(20_000, dtype=np.int64) * 60 * 10**9 + MINUTES[0]
LONG_TEXT = "\n".join([HEADER, *rows(epoch(10**9), times=LONG.tolist())]).encode() + b"\n"


@pytest.mark.parametrize("count", [1, 500, 3_000_000])
@pytest.mark.parametrize("text", [TEXT, LONG_TEXT, TEXT.split(b"\n", 1)[1]], ids=["short", "long", "no header"])
def test_nul_bytes_at_the_end_are_left_out_and_said(tmp_path: Path, text: bytes, count: int) -> None:
    (tmp_path / "plain.csv").write_bytes(text)
    (tmp_path / "padded.csv").write_bytes(text + bytes(count))
    plain, padded = (load(tmp_path / name, name="x", keep=False) for name in ("plain.csv", "padded.csv"))
    assert padded.close.tobytes() == plain.close.tobytes()
    assert padded.time.tobytes() == plain.time.tobytes()
    said = f"{count:,} NUL byte{'s' * (count > 1)} after the last row left out"
    assert [note for note in padded.notes if said in note] and not any("NUL" in note for note in plain.notes)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_wide_characters_keep_their_own_zeros(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "wide.csv"
    for count in (0, 1, 600, 601):
        path.write_bytes(TEXT.decode().encode(encoding) + bytes(count))
        options = {} if encoding == "utf-16" else {"encoding": encoding}
        data = load(path, keep=False, **options)
        check(data, PLAIN)
        assert sum(f"{count} NUL byte" in note for note in data.notes) == (count > 0)


def test_lines_of_nul_bytes_are_said_too(tmp_path: Path) -> None:
    head, *rest = TEXT.splitlines(keepends=True)
    path = tmp_path / "lines.csv"
    path.write_bytes(head + b"".join(rest[:6]) + bytes(80) + b"\n" + b"".join(rest[6:]))
    data = load(path)
    check(data, PLAIN)
    assert "1 line of NUL bytes left out" in data.notes
    packed = tmp_path / "lines.csv.gz"
    packed.write_bytes(gzip.compress(TEXT + bytes(200)))
    assert "1 line of NUL bytes left out" in load(packed).notes


@pytest.mark.parametrize("last", [b"2024-02-01,180.", b"2024-02-01,180.1,181.2,179.9,180.4,1", TEXT.splitlines()[-1]])
def test_a_row_that_the_padding_cuts_off_is_refused(tmp_path: Path, last: bytes) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes(TEXT + last + bytes(300))
    with pytest.raises(DataError, match=r"cut\.csv: ends in 300 NUL bytes after '2024.*a row that may be cut off; del"):
        load(path)


def test_nul_bytes_before_the_table(tmp_path: Path) -> None:
    path = tmp_path / "before.csv"
    for text in (bytes(60) + TEXT, bytes(60) + b"\n" + TEXT):
        path.write_bytes(text)
        data = load(path)
        check(data, PLAIN)
        assert "NUL bytes before the rows left out" in data.notes


def test_rows_of_cells_between_spaces_are_found_again(tmp_path: Path) -> None:
    lines = TEXT.replace(b",", b" ").splitlines(keepends=True)
    path = tmp_path / "spaces.txt"
    path.write_bytes(b"".join(lines[:3]) + lines[3].replace(b".", b".\0", 1) + b"".join(lines[4:]))
    with pytest.raises(DataError, match=r"1 bad row of 12 .*\n  row 4, column 'Open'"):
        load(path)


def test_nothing_but_nul_bytes(tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_bytes(bytes(4096))
    with pytest.raises(DataError, match=r"none\.csv: holds nothing but 4,096 NUL bytes"):
        load(tmp_path / "none.csv")


def test_nul_bytes_in_a_cell_are_a_bad_cell(tmp_path: Path) -> None:
    lines = TEXT.splitlines(keepends=True)
    path = tmp_path / "cell.csv"
    path.write_bytes(b"".join(lines[:5]) + bytes(5000) + b"".join(lines[5:]))
    with pytest.raises(DataError, match=r"1 bad row of 12 .*\n  row 6, column 'Date'.*\.\.\.: expected") as refused:
        load(path)
    assert len(str(refused.value)) < 400
