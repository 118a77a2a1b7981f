"""Nothing from a run's or a data set's directory is unpickled or run: the package's own text says so.

The files that would explode are in `tests/data/test_hostile_stores.py` and `tests/results/test_hostile_runs.py`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Modules whose readers run what they read.
READERS = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "marshal", "shelve", "jsonpickle", "code"}
#: Functions that unpickle, whatever they are called on, and built-in ones that run a text.
CALLS = {"read_pickle", "load_pickle", "unpickle", "full_load", "unsafe_load", "load_all", "register_extension_type"}
RUN = {"exec", "eval", "compile", "__import__"}

#: Runs a class whose text it has itself written from checked words, and no text that it reads.
WRITTEN = {"admf_jit/strategies/rules/written.py": ["exec", "compile"]}


def sources() -> list[Path]:
    return sorted((ROOT / "admf_jit").rglob("*.py"))


def named(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def faults(tree: ast.AST) -> Iterator[str]:
    """Every place at which something might be unpickled or run."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] in READERS:
                    yield f"line {node.lineno}: import {alias.name}"
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").partition(".")[0] in READERS:
                yield f"line {node.lineno}: from {node.module}"
            if (node.module or "").partition(".")[0] in ("joblib", "numpy", "pandas"):
                yield from (
                    f"line {node.lineno}: from {node.module} import {alias.name}"
                    for alias in node.names
                    if alias.name in ("load", "dump", *CALLS)
                )
        elif isinstance(node, ast.Call):
            name = named(node.func)
            owner = named(node.func.value) if isinstance(node.func, ast.Attribute) else ""
            if name in CALLS or (name in RUN and isinstance(node.func, ast.Name)):
                yield f"line {node.lineno}: {name}"
            if name in ("load", "loads") and owner in ("joblib", "yaml", "np", "numpy", "torch"):
                yield f"line {node.lineno}: {owner}.{name}"
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            if not (isinstance(node.value, ast.Constant) and node.value.value is False):
                yield f"line {node.value.lineno}: allow_pickle"


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_unpickles_or_runs_what_it_reads(path: Path) -> None:
    found = [fault.rpartition(" ")[2] for fault in faults(ast.parse(path.read_text(encoding="utf-8")))]
    assert found == WRITTEN.get(path.relative_to(ROOT).as_posix(), [])


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from pickle import loads",
        "import cloudpickle as safe",
        "joblib.load(path)",
        "from joblib import load",
        "np.load(path, allow_pickle=True)",
        "np.load(path)",
        "numpy.lib.format.read_array(file, allow_pickle=trusted)",
        "pd.read_pickle(path)",
        "yaml.load(text, Loader=yaml.Loader)",
        "yaml.unsafe_load(text)",
        "eval(text)",
        "exec(text)",
        "marshal.loads(x)\nimport marshal",
    ],
)
def test_the_search_finds_what_it_is_for(text: str) -> None:
    assert list(faults(ast.parse(text)))
