"""What docs/data.md tells a reader to type is understood."""

import re
import shlex
from pathlib import Path

import yaml

from admf_jit.cli.parser import parse
from admf_jit.config import ReadingOptions, load_config
from admf_jit.data import load

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
LINES = ["Datum;Eroeffnung;Open;High;Low;Schlusskurs;Close"]
LINES += [f"{day:02d}.03.2024;0;10,5;12;9;11,25;0" for day in range(4, 9)]


def test_every_option_is_on_the_page_and_no_other() -> None:
    table = PAGE[PAGE.index("| option |") : PAGE.index("```yaml")]
    rows = [row for row in table.splitlines() if row.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert named == list(ReadingOptions.model_fields)


def test_the_three_ways_of_the_page_are_the_same(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dax.csv").write_text("\n".join(LINES))
    block = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)[0]
    config = load_config({**yaml.safe_load(block), "strategy": {"type": "buy_and_hold"}}).data
    from_yaml = load(config.source, timezone=config.timezone, **config.format.model_dump(exclude_defaults=True))
    scope = {"aj": type("aj", (), {"load": staticmethod(load)})}
    exec(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)[0], scope)
    command = re.findall(r"^admf_jit (ingest .*)", PAGE, flags=re.MULTILINE)[0]
    arguments = parse(shlex.split(command))
    assert arguments.run(arguments) == 0
    digests = {from_yaml.digest, scope["data"].digest, load("dax").digest}  # type: ignore[attr-defined]
    assert len(digests) == 1
    assert (from_yaml.close[0, 0], from_yaml.open[0, 0]) == (11.25, 10.5)
