"""Write a configuration and a strategy to start from, with comments, and the schema for editors.

With `--rules` the strategy is rules in the configuration.

Nothing that is there is overwritten.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from admf_jit.cli.exit_status import DONE
from admf_jit.errors import ResultsError, printable
from admf_jit.wording import broken, command_line

HELP = "write a configuration and a strategy to start from"
_RULES = "rules.yaml"
_CONFIG, _STRATEGY, _SCHEMA = "config.yaml", "strategy.py", "admf_jit.schema.json"
_SAMPLE = "sample"
#: Larger files are not read here: that may take minutes.
_MOST_BYTES = 20_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, nargs="?", default=Path(), help="where (default: here)")
    parser.add_argument(
        "--data", metavar="SOURCE", default=_SAMPLE, help="file or folder of bars (default: sample, made-up bars)"
    )
    parser.add_argument(
        "--rules", action="store_true", help="write the strategy as rules in the configuration, without Python"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the files and say what to type next."""
    folder: Path = arguments.folder
    for name in (_CONFIG, _STRATEGY, _SCHEMA):
        if (folder / name).exists():
            raise ResultsError(f"{folder / name}: is there already; expected a folder without it, as `init my-folder`")
    written = _files(_source(arguments.data, folder), arguments.rules)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
        print(f"written: {folder / name}")
    refused = _refused(folder / _CONFIG, arguments.data)
    if refused is not None:
        print(broken(f"note: the bars cannot be read as they are: {printable(refused)}", sys.stderr), file=sys.stderr)
        print(f"next: say in {folder / _CONFIG} how, then {command_line('validate', folder / _CONFIG)}")
        return DONE
    print(f"next: {command_line('grid', folder / _CONFIG)}")
    return DONE


def _refused(config: Path, data: str) -> str | None:
    """Why the bars are refused with a configuration as it was written; None for those that take long to read."""
    path = Path(data).expanduser()
    if data == _SAMPLE or not path.is_file() or path.stat().st_size > _MOST_BYTES:
        return None
    from admf_jit.config import load_config
    from admf_jit.errors import AdmfError
    from admf_jit.workflow.run_data import load_data

    try:
        load_data(load_config(config))
    except AdmfError as problem:
        return str(problem)
    return None


def _source(data: str, folder: Path) -> str:
    """The source as the configuration has it, whose paths are relative to its own folder."""
    if data == _SAMPLE:
        return data
    path = Path(data).expanduser()
    if not path.exists():
        raise ResultsError(f"--data {data}: no such file or folder; expected one with bars, or {_SAMPLE}")
    if path.is_absolute() or folder.resolve() == Path.cwd():
        return str(path)
    return str(path.resolve())


def _files(source: str, rules: bool) -> dict[str, str]:
    import json
    from importlib.resources import files

    from admf_jit.config.schema import configuration_schema

    start = files("admf_jit.cli") / "start"
    # One symbol of the sample; a file of one's own says which it has. A text in JSON is one in YAML too.
    symbols = "\n  symbols: [ALFA]" if source == _SAMPLE else ""
    config = (start / (_RULES if rules else _CONFIG)).read_text(encoding="utf-8").replace("@SYMBOLS@", symbols)
    strategy = {} if rules else {_STRATEGY: (start / f"{_STRATEGY}.txt").read_text(encoding="utf-8")}
    return {
        _CONFIG: config.replace("@SOURCE@", source if source == _SAMPLE else json.dumps(source)),
        **strategy,
        _SCHEMA: json.dumps(configuration_schema(), indent=2, ensure_ascii=False) + "\n",
    }
