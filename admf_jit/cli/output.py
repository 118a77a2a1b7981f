"""Printing that several commands share; results go to standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from admf_jit.cli.exit_status import DONE, SOME_FAILED
from admf_jit.errors import printable
from admf_jit.wording import broken

if TYPE_CHECKING:
    import pandas as pd

    from admf_jit.results import BacktestResult

_SHOWN_TRADES = 20
_SHOWN_NOTES = 12
_LONGEST_NOTE = 200


def print_json(content: Mapping[str, Any]) -> None:
    """Print one JSON object. NaN becomes null, an infinity the string "inf" or "-inf"."""
    from admf_jit.results.ranking import json_value

    print(json.dumps(json_value(content), indent=2, ensure_ascii=False, default=str))


def print_notes(notes: Sequence[str]) -> None:
    """Print what was assumed about the data on standard error, a line each."""
    for note in notes[:_SHOWN_NOTES]:
        text = printable(note).replace("\n", " ")
        text = "note: " + (text if len(text) <= _LONGEST_NOTE else text[: _LONGEST_NOTE - 3] + "...")
        print(broken(text, sys.stderr), file=sys.stderr)
    if len(notes) > _SHOWN_NOTES:
        print(f"note: and {len(notes) - _SHOWN_NOTES} more; ingest --json lists all", file=sys.stderr)


def print_facts(facts: Mapping[str, Any]) -> None:
    """Print names and values in two columns."""
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        text = ", ".join(str(entry) for entry in value) if isinstance(value, list | tuple) else value
        line = f"{name:<{width}}  {text}"
        print(broken(line, sys.stdout, indent=" " * (width + 2)) if " " in str(text) else line)


def print_backtest(result: BacktestResult, *, as_json: bool, where: str | None = None) -> int:
    """Print one container's metrics and trades; return the exit status, 1 if it failed. ``where`` says where it did."""
    if as_json:
        found = {} if where is None else {"where": where}
        print_json({"error": result.error, **found, "metrics": result.metrics, "trades": result.trade_rows})
    else:
        _print_metrics_and_trades(result, where)
    return DONE if result.error is None else SOME_FAILED


def _print_metrics_and_trades(result: BacktestResult, where: str | None) -> None:
    from admf_jit.results.table import console_for_results, print_metrics

    if result.error is not None:
        print(f"failed: {result.error}")
    if where is not None:
        print(f"in plain Python: {where}")
    print_metrics(console_for_results(), result.metrics)
    print()
    trades = result.trade_rows
    if not trades:
        print("no trades")
        return
    shown = f", the first and last {_SHOWN_TRADES // 2}" if len(trades) > _SHOWN_TRADES else ""
    print(f"{len(trades)} {'trade' if len(trades) == 1 else 'trades'}{shown}:")
    for line in _trade_lines(trades):
        print(line)


def _trade_lines(trades: Sequence[Mapping[str, Any]]) -> list[str]:
    """What fits beside each other in eighty characters; `replay --trades` and `--json` have everything."""
    places = list(range(len(trades)))
    heading = ["", "side", "entry (UTC)", "exit (UTC)", "entry", "exit", "profit", "return"]
    rows = [heading] + [[str(place), *_short_trade(trades[place])] for place in places[: _SHOWN_TRADES // 2]]
    if len(trades) > _SHOWN_TRADES:
        rows.append(["..."] * len(heading))
    rest = places[_SHOWN_TRADES // 2 :][-_SHOWN_TRADES // 2 :]
    rows += [[str(place), *_short_trade(trades[place])] for place in rest]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]


def _short_trade(trade: Mapping[str, Any]) -> list[str]:
    minutes = len("2024-01-02 15:04")
    return [
        "long" if trade["direction"] == 1 else "short",
        trade["entry_time"][:minutes],
        trade["exit_time"][:minutes],
        f"{trade['entry_price']:.8g}",
        f"{trade['exit_price']:.8g}",
        f"{trade['profit']:,.2f}",
        f"{trade['return']:.2%}",
    ]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame, its named index included, as plain Python values."""
    table = frame.reset_index() if frame.index.name else frame
    plain = table.astype(object).to_dict("records")
    return [{str(name): getattr(value, "item", lambda v=value: v)() for name, value in row.items()} for row in plain]


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str]) -> None:
    """Print rows of texts under headings; the columns of ``numbers`` are flush right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from admf_jit.results.table import console_for_results

    table = Table(box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False, show_edge=False)
    for heading in headings:
        table.add_column(printable(heading), justify="right" if heading in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(printable, row))
    console_for_results().print(table)
