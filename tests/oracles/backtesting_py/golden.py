"""What backtesting.py did with some cases: `python -m tests.oracles.backtesting_py.golden` records it again.

One line a case. A float is written in the shortest decimal that keeps every bit; the case itself is rebuilt from its
seed, and its digest tells when the generator of cases has changed instead of a rule.
"""

import hashlib
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.oracles.backtesting_py.boundaries import BOUNDARY_SEEDS, case_of
from tests.oracles.backtesting_py.cases import Case, as_json

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "tests" / "golden" / "backtesting_py" / "cases.jsonl"
PYTHON = ROOT / ".oracles" / "backtesting_py" / "bin" / "python"
# The first ones, and some in which a rule decides that seldom does, and the boundaries.
RARE = (
    565,
    574,
    648,
    877,
    1153,
    1278,
    1470,
    1529,
    1752,
    1809,
    1939,
    2025,
    2391,
    2405,
    2584,
    2633,
    2929,
    3236,
    3553,
    4180,
)
SEEDS = (*range(230), *RARE, *BOUNDARY_SEEDS)


def ask_backtesting_py(cases: Iterable[Case]) -> list[dict[str, Any]]:
    """What runner.py answers to each case, in the order of the cases.

    Raises FileNotFoundError without the environment that `make oracles` makes, CalledProcessError when a run fails.
    """
    lines = "".join(as_json(case) + "\n" for case in cases)
    command = [str(PYTHON), "-I", str(Path(__file__).with_name("runner.py"))]
    answer = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def record(case: Case, outcome: dict[str, Any]) -> dict[str, Any]:
    """The line of a case; its parts are those of an outcome (see runner.py), the longer ones as digests."""
    return {
        "seed": case.seed,
        "case": digest(as_json(case)),
        "trades": outcome["trades"],
        "refused": digest(outcome["refused"]),
        "orders": digest(outcome["orders"]),
        "position": digest(outcome["position"]),
        "equity": digest(outcome["equity"]),
        "final_equity": outcome["equity"][-1],
    }


def digest(value: object) -> str:
    """The first 12 digits of the SHA-256 of a value as JSON; numbers keep every bit."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:12]


def read() -> list[dict[str, Any]]:
    """The lines recorded."""
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    """Record the cases of `SEEDS`."""
    cases = [case_of(seed) for seed in SEEDS]
    answers = ask_backtesting_py(cases)
    lines = [json.dumps(record(case, answer)) for case, answer in zip(cases, answers, strict=True)]
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
