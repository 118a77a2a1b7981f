"""`init` writes what runs as it is, and `schema` accepts what is accepted and marks what is not."""

import json
import re
from pathlib import Path

import pytest
import yaml

from admf_jit.cli import main
from admf_jit.config import load_config
from admf_jit.config.schema import configuration_schema
from admf_jit.workflow import run_grid, validate

jsonschema = pytest.importorskip("jsonschema")
ROOT = Path(__file__).resolve().parents[2]
PLAIN = {"name": "plain", "data": {"source": "sample"}, "strategy": {"type": "sma_crossover"}}


@pytest.fixture(scope="module")
def schema():
    found = configuration_schema()
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


def as_json(text):
    """A configuration as an editor sees it: dates are texts."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def test_what_init_writes_runs_as_it_is(capsys, tmp_path, schema):
    assert main(["init", str(tmp_path / "mine")]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith(f"grid {tmp_path / 'mine' / 'config.yaml'}")
    path = tmp_path / "mine" / "config.yaml"
    config = load_config(path, ["optimization.parameters.slow_period=[30]"])
    run = run_grid(config, out=tmp_path / "run", n_jobs=1)
    assert run.stored.num_rows == 4 and run.failed == 0
    assert max(run.table.column("n_trades").to_pylist()) > 0
    assert list(schema.iter_errors(as_json(path.read_text()))) == []
    assert json.loads((tmp_path / "mine" / "admf_jit.schema.json").read_text()) == configuration_schema()


def test_rules_need_no_python(tmp_path, schema):
    assert main(["init", str(tmp_path / "mine"), "--rules"]) == 0
    folder = tmp_path / "mine"
    assert sorted(path.name for path in folder.iterdir()) == ["admf_jit.schema.json", "config.yaml"]
    facts = validate(load_config(folder / "config.yaml"))
    assert (facts["strategy"], facts["containers"]) == ("Rules", 28)
    assert list(schema.iter_errors(as_json((folder / "config.yaml").read_text()))) == []


def test_bars_of_ones_own_are_found_from_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my bars.csv").write_text("time,open,high,low,close,volume\n")
    assert main(["init", "mine", "--data", "my bars.csv"]) == 0
    assert load_config(tmp_path / "mine" / "config.yaml").data.source == str(tmp_path / "my bars.csv")


@pytest.mark.parametrize(
    ("options", "message"), [(["mine"], "config.yaml: is there already"), (["new", "--data", "no.csv"], "no such file")]
)
def test_nothing_is_overwritten_and_bars_have_to_be_there(capsys, tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.yaml").write_text("mine")
    assert main(["init", *options]) == 2
    assert message in capsys.readouterr().err
    assert (tmp_path / "mine" / "config.yaml").read_text() == "mine" and not (tmp_path / "new").exists()


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.name)
def test_every_example_is_accepted(schema, path):
    assert [error.message for error in schema.iter_errors(as_json(path.read_text()))] == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.name)
def test_every_block_of_the_pages_is_accepted(schema, path):
    for block in re.findall(r"^```yaml\n(.*?)^```$", path.read_text(), re.DOTALL | re.MULTILINE):
        given = as_json(block)
        if isinstance(given, dict):
            without = {key: value for key, value in PLAIN.items() if key != "strategy" or "strategies" not in given}
            assert [error.message for error in schema.iter_errors({**without, **given})] == [], block


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"acount": {}}, "'acount' was unexpected"),
        ({"account": {"cash": -1}}, "-1 is less than"),
        ({"account": {"cash": "100"}}, "'100' is not of type 'number'"),
        ({"execution": {"fill": "next"}}, "'next' is not one of"),
        ({"optimization": {"direction": "max"}}, "'max' is not one of"),
    ],
)
def test_a_mistake_is_marked(schema, wrong, message):
    assert any(message in error.message for error in schema.iter_errors({**PLAIN, **wrong}))


def test_the_command_prints_the_schema(capsys):
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == configuration_schema()
