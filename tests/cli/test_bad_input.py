"""Whatever a command is pointed at, it answers in a sentence that names it, with status 2 and no traceback."""

import json
from pathlib import Path

import pytest

from admf_jit.cli import main
from admf_jit.data import write_store
from admf_jit.results import ContainerResult, RunDirectory
from tests.fuzz.parsers.samples import two_symbols
from tests.results.conftest import METRICS, make_result
from tests.results.test_run_directory import MANIFEST, create

SWEEP = (
    "data: {source: sample}\nstrategy: {type: sma_crossover}\noptimization: {parameters: {%s}, constraints: ['%s']}\n"
)
RANGE = "{start: 1, stop: 1000, step: 1}"
CONFIGS = {
    "aliases": "a: &a [1, 1]\nb: &b [*a, *a]\nc: *x\n",
    "deep": "[" * 1000,
    "tag": "data: !!python/object/apply:os.system [touch exploded]\n",
    "not utf-8": b"name: \xff\xfe",
    "escape": 'name: "\\Uffffffff"',
    "half a character": 'containers: {"\\ud800": {}}',
    "ten to the twelve": SWEEP % (", ".join(f"p{n}: {RANGE}" for n in range(4)), "fast_period < slow_period"),
    "code": SWEEP % ("fast_period: [1, 2]", '__import__("os").system("touch exploded") == 0'),
    "attributes": SWEEP % ("fast_period: [1, 2]", "fast_period.__class__.__mro__ == 1"),
    "deep names": SWEEP % ("fast_period: [1, 2]", "a" + ".b" * 490 + " > 1"),
    "power": SWEEP % ("fast_period: [1, 2]", "9 ** 9 ** 9 > fast_period"),
    "climbing strategy": "data: {source: sample}\nstrategy: {type: ../../../etc/passwd.py:A}\n",
    "no such data": "data: {source: ../../../etc/shadow.csv}\nstrategy: {type: sma_crossover}\n",
}


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert not (tmp_path / "exploded").exists()


def refused(capsys, *arguments: str) -> str:
    """Run a command that has to refuse, and return what it said."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("error: ") and "Traceback" not in captured.err
    captured.err.encode()
    assert len(captured.err) < 2000
    return captured.err


@pytest.mark.parametrize("command", ["validate", "grid", "plan"])
@pytest.mark.parametrize("name", CONFIGS)
def test_a_hostile_configuration(capsys, tmp_path, name, command):
    text = CONFIGS[name]
    path = tmp_path / "hostile.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    said = refused(capsys, command, str(path))
    assert "hostile.yaml" in said or "optimization." in said or "constraints" in said


@pytest.mark.parametrize(
    "override",
    [
        "optimization.constraints[" + "9" * 5000 + "]=1",
        "containers.\udcff.resources={}",
        "a=[",
        "data.source=" + "x" * 5000,
        "data.source=" + "/x" * 2500,
    ],
)
def test_a_hostile_override(capsys, tmp_path, override):
    path = tmp_path / "fine.yaml"
    path.write_text(SWEEP % ("fast_period: [1, 2]", "fast_period < slow_period"))
    assert main(["validate", str(path), "--set", override]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ") and len(captured.err) < 8000


FILES = {
    "empty.csv": b"",
    "nul.csv": b"date,open,high,low,close\n2024-01-02,1,\x00,1,1\n2024-01-03,1,1,1,1\n",
    "digits.csv": b"date,open,high,low,close\n" + (b"1" * 400 + b",1,1,1,1\n") * 2,
    "no times.csv": b"date,open,high,low,close\n" + b",1,1,1,1\n" * 3,
    "latin.csv": "date,open,high,low,close\n2024-01-02,é,1,1,1\n".encode("latin-1"),
    "cut.parquet": b"PAR1\x00\x00",
    "text.parquet": b"date,open",
    "bars.pkl": b"\x80\x04.",
}


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_of_bars(capsys, tmp_path, name):
    (tmp_path / name).write_bytes(FILES[name])
    assert name in refused(capsys, "ingest", name, "--out", "x.store")
    assert not (tmp_path / "x.store").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("manifest.json", b"[" * 5000), ("manifest.json", b"{}"), ("close.npy", b"PK\x03\x04"), ("time.npy", b"")],
)
def test_a_hostile_store(capsys, tmp_path, name, content):
    store = write_store(two_symbols(), tmp_path / "bars.store")
    (store / name).write_bytes(content)
    (tmp_path / "over.yaml").write_text("data: {source: bars.store, symbols: [AA]}\nstrategy: {type: buy_and_hold}\n")
    assert "bars.store" in refused(capsys, "validate", "over.yaml")
    assert "bars.store" in refused(capsys, "ingest", "bars.store", "--out", "other.store")


@pytest.mark.parametrize("command", ["report", "replay", "verify"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("manifest.json", b"[" * 5000),
        ("manifest.json", b"{}"),
        ("manifest.json", b"\xff"),
        ("results.parquet", b""),
        ("results.parquet", b"PAR1PAR1"),
    ],
)
def test_a_hostile_run(capsys, tmp_path, command, name, content):
    with create(tmp_path / "run") as run:
        run.add([make_result(0), make_result(1)])
        run.finish(expected=2)
    (tmp_path / "run" / name).write_bytes(content)
    assert "run" in refused(capsys, command, "run", *(["0"] if command == "replay" else []))


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"source": "../../../etc/shadow.csv"}},
        {"data": {"source": "sample", "timezone": "../../etc/passwd"}},
        {"strategy": {"type": "os:system"}},
        {"strategy": {"type": "../../x.py:A"}},
        {"account": {"cash": -1}},
        {"optimization": {"parameters": {f"p{n}": {"start": 1, "stop": 1000, "step": 1} for n in range(4)}}},
    ],
)
@pytest.mark.parametrize("command", ["replay", "verify"])
def test_a_run_whose_manifest_has_another_configuration(capsys, tmp_path, command, changes):
    with create(tmp_path / "run") as run:
        run.add([make_result(0), make_result(1)])
        run.finish(expected=2)
    path = tmp_path / "run" / "manifest.json"
    manifest = json.loads(path.read_text())
    optimization = {**manifest["config"]["optimization"], **changes.get("optimization", {})}
    base = {"data": {"source": "sample"}, "strategy": {"type": "buy_and_hold"}}
    manifest["config"] = {**base, **changes, "optimization": optimization}
    path.write_text(json.dumps(manifest))
    assert "run: the run cannot be prepared again" in refused(
        capsys, command, "run", *(["0"] if command == "replay" else [])
    )


def test_what_a_terminal_would_obey_is_shown_as_an_escape(capsys, tmp_path):
    (tmp_path / "hostile.yaml").write_text('"\\e[2J\\u202e": 1\n')
    said = refused(capsys, "validate", "hostile.yaml")
    assert "\\x1b[2J\\u202e: unknown key" in said and said.count("\x1b") == 0


def test_the_error_of_a_row_is_shown_without_what_a_terminal_would_obey(capsys, tmp_path):
    shown = (*METRICS, "total_return")
    with RunDirectory.create(tmp_path / "run", MANIFEST, swept={"\x1b[1m": "string"}, metrics=shown) as run:
        metrics = {**dict.fromkeys(shown, float("nan")), "n_trades": 0.0}
        ok = ContainerResult(0, "0" * 16, 1, {"\x1b[1m": "\x1b[31m"}, "ok", None, {**metrics, "sharpe_ratio": 1.0})
        run.add([ok, ContainerResult(1, "1" * 16, 1, {"\x1b[1m": "x"}, "failed", "bad\x1b[2J\nat line 3", metrics)])
        run.finish(expected=2)
    assert main(["report", "run"]) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out and "\\x1b[31m" in out and "bad\\x1b[2J\nat line 3" in out
