"""All figures of a benchmark session in one table: `python -m benchmarks.report FILE.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

_WIDTH = 170
_NANOSECONDS = 1e9
_HASH_DIGITS = 12


def main(path: Path) -> None:
    """Print the table of the session that pytest-benchmark wrote to `path`."""
    session = json.loads(path.read_text())
    benchmarks = session["benchmarks"]
    machine = session["machine_info"]
    processor = machine.get("cpu", {})
    table = Table(
        title=(
            f"admf_jit on {processor.get('brand_raw', machine['machine'])}, "
            f"{processor.get('count', '?')} cores, Python {machine['python_version']}: minimum of the rounds"
        ),
        title_justify="left",
    )
    for name, justify in (
        ("benchmark", "left"),
        ("minimum", "right"),
        ("rounds", "right"),
        ("ns/bar", "right"),
        ("figures", "left"),
        ("limit", "right"),
        ("", "left"),
        ("results", "left"),
    ):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    over = 0
    file = None
    for benchmark in benchmarks:
        if file not in (None, file_of(benchmark)):
            table.add_section()
        file = file_of(benchmark)
        limit, verdict = judge(benchmark)
        over += verdict == "OVER"
        facts = benchmark["extra_info"]
        table.add_row(
            benchmark["name"].removeprefix("test_").replace("_", " "),
            seconds(benchmark["stats"]["min"]),
            str(benchmark["stats"]["rounds"]),
            f"{per_bar(benchmark):.1f}" if "bars" in facts else "",
            figures(benchmark, benchmarks),
            limit,
            verdict,
            facts.get("results", "")[:_HASH_DIGITS],
        )
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, markup=False)
    console.print(table)
    limited = sum("limit" in benchmark["extra_info"] for benchmark in benchmarks)
    console.print(f"{limited - over} of {limited} limits hold. ns/bar: wall time per bar and container.")


def file_of(benchmark: dict[str, Any]) -> str:
    """The file that a benchmark stands in."""
    return str(benchmark["fullname"].partition("::")[0])


def seconds(value: float) -> str:
    """A time in the unit that it is read in."""
    return f"{value:.2f} s" if value >= 1.0 else f"{value * 1000.0:.1f} ms"


def per_bar(benchmark: dict[str, Any]) -> float:
    """Nanoseconds of wall time per bar and container, in the best round."""
    return float(benchmark["stats"]["min"] / benchmark["extra_info"]["bars"] * _NANOSECONDS)


def judge(benchmark: dict[str, Any]) -> tuple[str, str]:
    """The limit of a benchmark as text, and whether its figure keeps it."""
    facts = benchmark["extra_info"]
    if "limit" not in facts:
        return "", ""
    allowed, unit = facts["limit"]
    if "value" in facts:
        figure = facts["value"]
    else:
        figure = per_bar(benchmark) if unit == "ns" else benchmark["stats"]["min"]
    return f"{allowed:g} {unit}", "ok" if figure <= allowed else "OVER"


def figures(benchmark: dict[str, Any], benchmarks: list[dict[str, Any]]) -> str:
    """Everything else that a benchmark found."""
    facts = benchmark["extra_info"]
    texts = []
    if "value" in facts:
        texts.append(f"{facts['value']:.2f} {facts['limit'][1]}")
    if "containers" in facts:
        texts.append(f"{facts['containers'] / benchmark['stats']['min']:,.0f} containers/s")
    if "isolation" in facts:
        texts.append(facts["isolation"])
    efficiency = parallel_efficiency(benchmark, benchmarks)
    if efficiency is not None:
        texts.append(f"efficiency {efficiency:.2f}")
    if "detail" in facts:
        texts.append(facts["detail"])
    return "; ".join(texts)


def parallel_efficiency(benchmark: dict[str, Any], benchmarks: list[dict[str, Any]]) -> float | None:
    """T1 / (N * TN), where the same containers were also run by one worker; 1 is perfect."""
    facts = benchmark["extra_info"]
    if facts.get("workers", 1) == 1:
        return None
    for alone in benchmarks:
        other = alone["extra_info"]
        same = all(other.get(name) == facts.get(name) for name in ("containers", "bars", "isolation"))
        if other.get("workers") == 1 and same:
            return float(alone["stats"]["min"] / (facts["workers"] * benchmark["stats"]["min"]))
    return None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
