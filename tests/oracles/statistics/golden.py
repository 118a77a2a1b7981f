"""What the libraries answer, recorded: `python -m tests.oracles.statistics.golden` writes the file again.

One line a case; the case itself is rebuilt from its seed, and its digest tells when the generator of cases has changed
instead of a function.
"""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.oracles.statistics.cases import Case, all_cases

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "tests" / "golden" / "statistics" / "cases.jsonl"
PYTHON = ROOT / ".oracles" / "statistics" / "bin" / "python"


def ask_libraries(cases: Iterable[Case]) -> list[dict[str, Any]]:
    """Return what runner.py answers to each case, in the order of the cases.

    Raises FileNotFoundError without the environment that `make oracles` makes, CalledProcessError when one fails.
    """
    lines = "".join(case.as_json() + "\n" for case in cases)
    command = [str(PYTHON), "-I", str(Path(__file__).with_name("runner.py"))]
    answer = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def read() -> dict[str, dict[str, Any]]:
    """Return the lines recorded, by the name of their case."""
    lines = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return {line["name"]: line for line in lines}


def record(case: Case, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the line of a case."""
    return {"name": case.name, "case": case.digest(), "answer": answer}


def main() -> None:
    """Record what the libraries answer."""
    cases = all_cases()
    lines = [record(case, answer) for case, answer in zip(cases, ask_libraries(cases), strict=True)]
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
