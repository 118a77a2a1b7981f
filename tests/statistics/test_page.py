"""docs/statistics.md prints what it says, and names every public function."""

import contextlib
import io
import re
from pathlib import Path

from admf_jit import statistics

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")


def test_the_example_prints_what_stands_beside_it() -> None:
    code = "\n".join(re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "docs/statistics.md", "exec"), {})
    said = re.findall(r"^print\(.*\)  # (.*)$", code, re.MULTILINE)
    assert len(said) == code.count("print(") == 12
    assert printed.getvalue().splitlines() == said


def test_every_function_is_explained() -> None:
    table = set(re.findall(r"`(\w+)`", PAGE))
    functions = {name for name in statistics.__all__ if name[0].islower()}
    assert functions <= table, functions - table
