"""What was assumed about the data is said by every command that loads it."""

import json
from pathlib import Path

import pytest

from admf_jit.cli import main
from admf_jit.cli.ingest import READING_OPTIONS
from admf_jit.config import ReadingOptions
from admf_jit.data import load
from tests.data.shapes import DAYS, text_of

NOTES = (
    "times have no zone and are taken as UTC",
    "volume is that of '<TICKVOL>': '<VOL>' is 0 on every bar",
    "columns not used: <SPREAD>",
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    header = "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>"
    lines = [f"{text_of(time, '%Y.%m.%d')}\t10\t11\t9\t10\t5\t0\t1" for time in DAYS]
    (tmp_path / "EURUSD.csv").write_text("\n".join([header, *lines]))
    path = tmp_path / "config.yaml"
    path.write_text(
        "name: notes\ndata: {source: EURUSD.csv}\n"
        "strategy: {type: sma_crossover, parameters: {fast_period: 2, slow_period: 3}}\n"
    )
    return path


@pytest.mark.parametrize("command", ["validate", "plan", "run", "grid"])
def test_a_command_that_loads_prints_the_notes(
    config: Path, command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(config.parent)
    assert main([command, str(config)]) == 0
    lines = capsys.readouterr().err.splitlines()
    year = (str(load(config.with_name("EURUSD.csv")).annualisation),) if command in ("run", "grid") else ()
    assert [line for line in lines if line.startswith("note: ")] == [f"note: {note}" for note in (*NOTES, *year)]


def test_ingest_prints_the_notes(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, store = config.with_name("EURUSD.csv"), config.with_name("store")
    assert main(["ingest", str(source), "--out", str(store), "--json"]) == 0
    printed = capsys.readouterr()
    assert printed.err.splitlines() == [f"note: {note}" for note in NOTES]
    assert json.loads(printed.out)["notes"] == list(NOTES)
    assert load(store).notes == NOTES


def test_reading_options_are_the_same_everywhere(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(READING_OPTIONS) == list(ReadingOptions.model_fields) == list(ReadingOptions.added)
    source = config.with_name("odd.txt")
    lines = [f"{text_of(time, '%d/%m/%Y')};10,5;11;9;10;{place}" for place, time in enumerate(DAYS)]
    source.write_text("\n".join(["a line", "when;a;b;c;d;e", *lines]))
    columns = {"time": "when", "open": "a", "high": "b", "low": "c", "close": "d", "volume": "e"}
    options = {"columns": columns, "skip_lines": 1, "separator": ";", "decimal": ",", "date_format": "%d/%m/%Y"}
    python = load(source, **options)
    assert python.open[0, 0] == 10.5
    assert python.time.tolist() == DAYS
    flags = ["--columns", ",".join(f"{field}={name}" for field, name in columns.items()), "--skip-lines", "1"]
    flags += ["--separator", ";", "--decimal", ",", "--date-format", "%d/%m/%Y"]
    assert main(["ingest", str(source), "--out", str(config.with_name("store")), *flags]) == 0
    assert load(config.with_name("store")).digest == python.digest
    config.write_text(
        "data:\n  source: odd.txt\n  format:\n"
        "    columns: {time: when, open: a, high: b, low: c, close: d, volume: e}\n"
        "    skip_lines: 1\n    separator: ';'\n    decimal: ','\n    date_format: '%d/%m/%Y'\n"
        "strategy: {type: sma_crossover, parameters: {fast_period: 2, slow_period: 3}}\n"
    )
    capsys.readouterr()
    assert main(["validate", str(config), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data_digest"] == python.digest


@pytest.mark.parametrize(
    ("flag", "value", "message"),
    [
        ("--columns", "time", "--columns 'time': expected field=name"),
        ("--columns", "opn=Open", "columns: 'opn' is no field of a bar; .*did you mean 'open'"),
        ("--price", "typical", "price: is 'typical'; expected one of close, adjusted, bid, ask, mid"),
        ("--skip-lines", "many", "skip_lines: is 'many'; expected a whole number"),
        ("--encoding", "klingon", "encoding: is 'klingon'; expected the name of an encoding"),
        ("--zone-of-times", "New York", "zone_of_times: is 'New York'; expected an IANA time zone"),
    ],
)
def test_a_wrong_option_is_named(
    config: Path, flag: str, value: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import re

    source = config.with_name("EURUSD.csv")
    assert main(["ingest", str(source), "--out", str(config.with_name("store")), flag, value]) == 2
    assert re.search(message, capsys.readouterr().err)
