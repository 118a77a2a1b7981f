"""What comes below the first rows of a text file, of which its shape is seen."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from admf_jit.data import load
from admf_jit.errors import DataError
from tests.data.shapes import HEADER, MINUTES, epoch, rows

TIMES = (np.arange(8_000, dtype=np.int64) * 60 * 10**9 + MINUTES[0]).tolist()
LINES = rows(epoch(10**9), times=TIMES)


def written(tmp_path: Path, lines: list[str], header: str = HEADER) -> Path:
    path = tmp_path / "long.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    assert path.stat().st_size > 128 * 1024
    return path


def changed(number: int, line: str) -> list[str]:
    return [*LINES[:number], line, *LINES[number + 1 :]]


def test_quotes_far_down(tmp_path: Path) -> None:
    plain = load(written(tmp_path, LINES))
    cells = LINES[7_000].split(",")
    for place in range(6):
        quoted = ",".join(f'"{cell}"' if place == at else cell for at, cell in enumerate(cells))
        assert load(written(tmp_path, changed(7_000, quoted))).digest == plain.digest
    thousands = load(written(tmp_path, changed(7_000, ",".join(cells[:5]) + ',"12,345"')))
    assert thousands.volume[0, 7_000] == 12_345 and thousands.close.tobytes() == plain.close.tobytes()


def test_a_quoted_comma_in_a_column_that_is_not_used(tmp_path: Path) -> None:
    lines = [line + (',"a, b"' if number == 7_000 else ",x") for number, line in enumerate(LINES)]
    assert load(written(tmp_path, lines, HEADER + ",Remark")).digest == load(written(tmp_path, LINES)).digest


def test_a_row_of_another_width_far_down(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"row 7002 has 7 cells, and the header 6"):
        load(written(tmp_path, changed(7_000, LINES[7_000] + ",1")))
    with pytest.raises(DataError, match=r"row 7002 has 5 cells, and the header 6"):
        load(written(tmp_path, changed(7_000, LINES[7_000].rpartition(",")[0])))
    footer = load(written(tmp_path, [*LINES, "Total rows: 8000"]))
    assert footer.n_bars == 8_000 and any("Total rows" in note for note in footer.notes)


@pytest.mark.parametrize("text", ["sep=;\n", "sep=,", "\n\nsep=;\n\n"])
@pytest.mark.parametrize("options", [{}, {"header": True}, {"header": False}, {"columns": {"close": "Last"}}])
def test_a_line_that_states_the_separator_and_nothing_else(tmp_path: Path, text: str, options: dict[str, Any]) -> None:
    (tmp_path / "none.csv").write_text(text)
    with pytest.raises(DataError, match=r"none\.csv: has no rows"):
        load(tmp_path / "none.csv", **options)


@pytest.mark.parametrize("cell", ["x1704189600", "n/a!", '"17a"'])
def test_one_bad_time_among_epochs_is_one_bad_row(tmp_path: Path, cell: str) -> None:
    bad = f"{cell},{LINES[7_000].split(',', 1)[1]}"
    with pytest.raises(
        DataError, match=r"1 bad row of 8000 .*\n  row 7002, column 'Date': .*: expected a date or time"
    ):
        load(written(tmp_path, changed(7_000, bad)))


def test_a_row_that_is_longer_than_a_block(tmp_path: Path) -> None:
    names = [f"S{number:04}" for number in range(2_200)]
    header = ",".join(["time", *(f"{name}_{field}" for name in names for field in ("open", "high", "low", "close"))])
    cells = "".join(f",{price:.30f}" for price in (1.25, 2.5, 1.0, 1.75))
    path = tmp_path / "wide.csv"
    path.write_text("\n".join([header, *(f"2024-01-0{day}" + cells * len(names) for day in (1, 2, 3))]))
    assert len(cells) * len(names) > 256 * 1024
    assert load(path, symbols=["S0007"]).close.tolist() == [[1.75] * 3]
