"""What vectorbt did with some of the cases, recorded: `python -m tests.oracles.vectorbt.golden` writes the file again.

One line a case. Numbers are written in hexadecimal, so that they keep every bit; the case itself is rebuilt from its
seed, and its digest tells when the generator of cases has changed instead of a rule.
"""

import hashlib
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.oracles.vectorbt.cases import Case, random_case

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "tests" / "golden" / "vectorbt" / "cases.jsonl"
PYTHON = ROOT / ".oracles" / "vectorbt" / "bin" / "python"
# The last ones hold rules that seldom decide: dust in the reported cash, prices that are missing, a stop kept when the
# cash covers a short in part.
RECORDED = (*range(240), 407, 449, 474, 565, 629, 1040)


def ask_vectorbt(cases: Iterable[Case]) -> list[dict[str, Any]]:
    """Return what runner.py answers to each case, in the order of the cases.

    Raises FileNotFoundError without the environment that `make oracles` makes, CalledProcessError when vectorbt fails.
    """
    lines = "".join(case.as_json() + "\n" for case in cases)
    command = [str(PYTHON), "-I", str(Path(__file__).with_name("runner.py"))]
    answer = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def record(case: Case, orders: Iterable[Iterable[Any]], equity: Iterable[float], final_equity: float) -> dict[str, Any]:
    """Return the line of a case; an order is bar, side, size, price and fees."""
    return {
        "seed": case.seed,
        "case": digest(case.as_json()),
        "orders": [[x.hex() if isinstance(x, float) else x for x in order] for order in orders],
        "equity": digest(" ".join(float.hex(value) for value in equity)),
        "final_equity": float.hex(final_equity),
    }


def digest(text: str) -> str:
    """Return the first 16 digits of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read() -> list[dict[str, Any]]:
    """Return the lines recorded."""
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    """Record what vectorbt makes of the cases."""
    cases = [random_case(seed) for seed in RECORDED]
    answers = ask_vectorbt(cases)
    lines = [
        record(case, answer["orders"], answer["equity"], answer["final_equity"])
        for case, answer in zip(cases, answers, strict=True)
    ]
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
