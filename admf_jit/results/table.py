"""The results as people read them: the best rows in a table, and what went wrong with the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from admf_jit.config.measures import MEASURES
from admf_jit.errors import printable
from admf_jit.results.across_data import DATA_SET, MEAN, POSITIVE_SHARE, WORST, best_combinations
from admf_jit.results.columns import INTEGER_METRICS
from admf_jit.results.ranking import OBJECTIVE, best_rows, breaches, count_statuses, failed_rows, satisfied
from admf_jit.results.row import FAILED, OK
from admf_jit.results.spread import SPREAD_NAMES
from admf_jit.results.warnings import warnings_of
from admf_jit.wording import counted
from admf_kernels.constants import METRIC_NAMES

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from admf_jit.results.ranking import Rows

FRACTIONS = frozenset(
    {
        "total_return",
        "total_return_low",
        "total_return_high",
        "cagr",
        "annual_volatility",
        "max_drawdown",
        "exposure",
        "win_rate",
        "best_trade",
        "worst_trade",
        "tracking_error",
        "benchmark_return",
        "excess_return",
        "value_at_risk",
        "expected_shortfall",
        "ulcer_index",
        "fees_to_gross_profit",
    }
)
MONEY = frozenset(
    {
        "final_equity",
        "final_equity_low",
        "final_equity_high",
        "expectancy",
        "commission_paid",
        "slippage_paid",
        "financing_paid",
    }
)
#: Metrics that a table of rows has beside what was swept and the objective.
SHOWN_METRICS = ("total_return", "sharpe_ratio", "max_drawdown", "n_trades", "win_rate", "commission_paid")
#: Columns that a narrow terminal does without, the first to go first: the index is enough to name a row.
_DROPPED_FIRST = ("commission_paid", "container_id", "win_rate", "n_trades", "max_drawdown", "total_return")
_SHOWN_FAILURES = 3
# Wide enough for every column when the output is a file or a pipe and has no width of its own.
_WIDTH_WITHOUT_TERMINAL = 200


def console_for_results() -> Console:
    """Return the console for results: standard output, not cut to the width of an absent terminal."""
    import sys

    from rich.console import Console

    return Console(
        file=sys.stdout,
        width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL,
        highlight=False,
        markup=False,
        emoji=False,
    )


def format_metric(name: str, value: float | int | None) -> str:
    """Return a metric for people: percentages, money and ratios in their own ways, "-" when undefined."""
    if value is None or math.isnan(value):
        return "-"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if name in INTEGER_METRICS:
        return f"{int(value):,}"
    if name in FRACTIONS:
        return f"{value:.2%}"
    if name in MONEY:
        return f"{value:,.2f}"
    return f"{value:.3f}"


def format_value(value: bool | int | float | str | None) -> str:
    """Return a swept value as it would be written in the configuration."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:g}" if isinstance(value, float) else printable(str(value))


def print_results(
    console: Console,
    table: Rows,
    *,
    swept: Sequence[str],
    objective: str,
    direction: str,
    top: int,
    conditions: Sequence[str] = (),
) -> None:
    """Print the best `top` rows by the objective, then breaches of limits, how many failed, and the first errors.

    Rows that satisfy the conditions on results come first; how many do is said.
    """
    rows = best_rows(table, objective, direction, top, conditions)
    shown = objective if objective in table.schema.names else OBJECTIVE
    names = ["index", "container_id", *(name for name in swept if name != shown), shown]
    names += [name for name in SHOWN_METRICS if name != shown and name in table.schema.names]
    view = _view(names, rows)
    # On a narrow terminal whole columns go, since folded numbers cannot be read.
    for name in (name for name in _DROPPED_FIRST if name in names and name not in (*swept, shown)):
        if view.__rich_measure__(console, console.options.update(width=9999)).maximum <= console.width:
            break
        names.remove(name)
        view = _view(names, rows)
    console.print(f"best {len(rows)} of {table.num_rows:,} by {objective}")
    console.print(view)
    _print_rest(console, table, conditions)


def print_combinations(console: Console, table: Rows, manifest: Mapping[str, Any], *, top: int) -> None:
    """Print the best `top` combinations of a run over several sets of data, then what `print_results` does."""
    optimization = manifest["config"]["optimization"]
    conditions = optimization.get("result_constraints", ())
    rows = best_combinations(table, manifest, top)
    sets = len({one.get(DATA_SET) for one in manifest["sweeps"]})
    by = optimization.get("across_data", MEAN).replace("_", " ")
    console.print(
        f"best {len(rows)} combinations by the {by} of {optimization['objective']} over {sets} sets of data; their "
        "rows over the first set have these indices"
    )
    shown = list(rows[0]) if rows else ["index"]
    console.print(_view(shown, rows))
    _print_rest(console, table, conditions)


def _print_rest(console: Console, table: Rows, conditions: Sequence[str]) -> None:
    """Print what a ranking does not show: rows that miss conditions, breaches, warnings and failures."""
    if conditions:
        kept = int(np.count_nonzero(satisfied(table, conditions)))
        console.print(f"{kept:,} of {table.num_rows:,} satisfy {' and '.join(conditions)}; the others come after them")
    found = breaches(table)
    if found["risk_breaches"]:
        console.print(
            f"{counted(found['risk_breaches'], 'breach', 'breaches')} of limits in {found['containers']:,} of "
            f"{table.num_rows:,} containers, {found['liquidations']:,} of them liquidations; see the "
            "column risk_breaches"
        )
    for text in warnings_of(table):
        console.print(f"warning: {text}")
    _print_failures(console, table)


def _view(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    view = Table(box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False, show_edge=False)
    for name in names:
        # Headings break where their words do, so that eight columns go into eighty characters.
        heading = printable(name).replace("_", "_\n").replace(".", ".\n")
        view.add_column(heading, justify="left" if name == "container_id" else "right", overflow="fold")
    for row in rows:
        # Of several strategies none has the values of the others.
        lacks = "strategy" in names
        view.add_row(*("-" if lacks and row[name] is None else format_cell(name, row[name]) for name in names))
    return view


def format_cell(name: str, value: Any) -> str:
    """Return a value of a row for people: a metric in its own way, what was swept as it would be written."""
    if name in METRIC_NAMES or name in SPREAD_NAMES or name in MEASURES:
        return format_metric(name, value)
    if name in (MEAN, WORST) and isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:.3f}"
    if name == POSITIVE_SHARE and isinstance(value, float):
        return f"{value:.0%}"
    return format_value(value)


def _print_failures(console: Console, table: Rows) -> None:
    statuses = {status: count for status, count in count_statuses(table).items() if status != OK}
    if not statuses:
        return
    n_failed = sum(statuses.values())
    kinds = printable(", ".join(f"{count:,} {status}" for status, count in statuses.items()))
    console.print(
        f"{n_failed:,} of {table.num_rows:,} containers failed{f' ({kinds})' if set(statuses) != {FAILED} else ''}:"
    )
    for row in failed_rows(table, _SHOWN_FAILURES):
        console.print(printable(f"  {row['index']} ({row['container_id']}): {row['error']}"))
    if n_failed > _SHOWN_FAILURES:
        console.print(f"  and {n_failed - _SHOWN_FAILURES:,} more; see the column error of results.parquet")


def print_metrics(console: Console, metrics: Mapping[str, float]) -> None:
    """Print every metric of one container, one a line."""
    width = max(len(name) for name in metrics)
    for name, value in metrics.items():
        console.print(f"{name:<{width}}  {format_metric(name, value):>16}")
