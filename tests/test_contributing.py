"""CONTRIBUTING says which files each kind of change touches: those with its example, and no others."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
#: Files of the product that a change of one kind may touch.
MOST_FILES = 3
ROWS = re.findall(r"^\| (an? [\w `]+) \| `(\w+)` \| (.*) \|$", TEXT, flags=re.MULTILINE)


def test_the_table_is_read():
    assert len(ROWS) == 14


@pytest.mark.parametrize(("kind", "example", "files"), ROWS, ids=[kind for kind, *_ in ROWS])
def test_the_example_stands_in_the_files_that_are_named(kind, example, files):
    listed = set(re.findall(r"`([^`]+[.]py)`", files))
    assert len(listed) <= MOST_FILES, f"{kind}: what stands apart belongs beside its rule"
    sources = [path for part in ("kernels", "admf_jit") for path in (ROOT / part).rglob("*.py")]
    # It stands apart from the engines, and its arguments have the names of metrics.
    sources = [path for path in sources if ROOT / "admf_jit" / "statistics" not in path.parents]
    # Two hand a row's metrics to them, the others say what trades that were made would have asked for.
    for name in ("selection", "judgement", "measures"):
        sources.remove(ROOT / "admf_jit" / "results" / f"{name}.py")
    sources.remove(ROOT / "admf_jit" / "config" / "measures.py")
    word = re.compile(rf"(?<![A-Za-z0-9]){example}(?![A-Za-z0-9])", flags=re.IGNORECASE)
    mention = {str(path.relative_to(ROOT)) for path in sources if word.search(path.read_text(encoding="utf-8"))}
    assert listed <= mention, f"{kind}: these do not speak of {example}"
    if kind != "a command":  # a command calls what others call as well
        assert mention <= listed, f"{kind}: CONTRIBUTING leaves out what {example} needs"
