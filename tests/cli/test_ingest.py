import json

from admf_jit.cli import main
from admf_jit.data import open_store

ROWS = """\
time,open,high,low,close,volume
2024-01-02,10,11,9,10.5,100
2024-01-03,10.5,12,10,11,200
2024-01-04,11,11.5,10.5,11,150
"""


def test_a_file_becomes_a_data_set(capsys, tmp_path):
    source = tmp_path / "bars.csv"
    source.write_text(ROWS)
    assert main(["ingest", str(source), "--out", str(tmp_path / "store"), "--name", "mine", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    stored = open_store(tmp_path / "store")
    assert (stored.name, stored.n_bars) == ("mine", 3)
    assert (facts["name"], facts["bars"], facts["digest"]) == ("mine", 3, stored.digest)


def test_a_bad_row_is_named_and_nothing_is_written(capsys, tmp_path):
    source = tmp_path / "bars.csv"
    source.write_text(ROWS.replace("10.5,12,10,11,200", "10.5,12,10,-11,200"))
    assert main(["ingest", str(source), "--out", str(tmp_path / "store")]) == 2
    error = capsys.readouterr().err
    assert "bars.csv" in error and "close" in error and "-11" in error
    assert not (tmp_path / "store").exists()


def test_a_missing_source_is_named(capsys, tmp_path):
    assert main(["ingest", str(tmp_path / "no.csv"), "--out", str(tmp_path / "store")]) == 2
    assert "no.csv" in capsys.readouterr().err


def test_gaps_are_told_with_their_times(capsys, tmp_path):
    source = tmp_path / "bars.csv"
    minutes = [minute for minute in range(60) if not 20 <= minute < 25]
    rows = [f"2024-01-02T10:{minute:02},10,11,9,10,1" for minute in minutes]
    source.write_text("\n".join([ROWS.splitlines()[0], *rows]))
    assert main(["ingest", str(source), "--out", str(tmp_path / "store")]) == 0
    captured = capsys.readouterr()
    assert "gap: 2024-01-02T10:19:00 to 2024-01-02T10:25:00 UTC, 5 bars" in captured.out
    assert captured.err.startswith("note: ") and "UTC" in captured.err


def test_prices_of_delisted_symbols_are_stored(capsys, tmp_path):
    lines = ["time,symbol,open,high,low,close,volume"]
    for day in range(1, 7):
        lines += [f"2024-01-{day:02},{symbol},10,11,9,10,1" for symbol in "AB" if symbol == "B" or day < 4]
    source = tmp_path / "bars.csv"
    source.write_text("\n".join(lines))
    command = ["ingest", str(source), "--out", str(tmp_path / "store"), "--delisted"]
    assert main([*command, "A=0.5"]) == 0
    assert open_store(tmp_path / "store", verify=True).delisted == {"A": 0.5}
    assert main([*command, "A"]) == 2
    assert "--delisted 'A': expected symbol=price, such as ABC=0.5,XYZ=0" in capsys.readouterr().err
    assert main([*command, "B=1"]) == 2
    assert "'B' does not end before the other symbols" in capsys.readouterr().err
