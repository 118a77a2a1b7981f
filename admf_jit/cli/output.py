"""Printing that several commands share; results go to standard output."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from admf_jit.cli.exit_status import DONE, SOME_FAILED

if TYPE_CHECKING:
    import pandas as pd

    from admf_jit.results import BacktestResult

_SHOWN_TRADES = 20


def print_json(content: Mapping[str, Any]) -> None:
    """Print one JSON object. NaN becomes null, an infinity the string "inf" or "-inf"."""
    from admf_jit.results.ranking import json_value

    print(json.dumps(json_value(content), indent=2, ensure_ascii=False, default=str))


def print_facts(facts: Mapping[str, Any]) -> None:
    """Print names and values in two columns."""
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        text = ", ".join(str(entry) for entry in value) if isinstance(value, list | tuple) else value
        print(f"{name:<{width}}  {text}")


def print_backtest(result: BacktestResult, *, as_json: bool) -> int:
    """Print one container's metrics and trades; return the exit status, 1 if it failed."""
    if as_json:
        print_json({"error": result.error, "metrics": result.metrics, "trades": records(result.trades)})
    else:
        _print_metrics_and_trades(result)
    return DONE if result.error is None else SOME_FAILED


def _print_metrics_and_trades(result: BacktestResult) -> None:
    from admf_jit.results.table import console_for_results, print_metrics

    if result.error is not None:
        print(f"failed: {result.error}")
    print_metrics(console_for_results(), result.metrics)
    print()
    trades = result.trades
    if trades.empty:
        print("no trades")
        return
    shown = f", the first and last {_SHOWN_TRADES // 2}" if len(trades) > _SHOWN_TRADES else ""
    print(f"{len(trades)} {'trade' if len(trades) == 1 else 'trades'}{shown}:")
    print(_short_trades(trades).to_string(max_rows=_SHOWN_TRADES))


def _short_trades(trades: pd.DataFrame) -> pd.DataFrame:
    """What fits beside each other in eighty characters; `replay --trades` and `--json` have everything."""
    import pandas as pd

    times = trades[["entry_time", "exit_time"]].apply(lambda column: column.dt.strftime("%Y-%m-%d %H:%M"))
    return pd.DataFrame(
        {
            "side": trades["direction"].map({1: "long", -1: "short"}),
            "entry (UTC)": times["entry_time"],
            "exit (UTC)": times["exit_time"],
            "entry": trades["entry_price"].map("{:.8g}".format),
            "exit": trades["exit_price"].map("{:.8g}".format),
            "profit": trades["profit"].map("{:,.2f}".format),
            "return": trades["return"].map("{:.2%}".format),
        }
    )


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame, its named index included, as plain Python values."""
    table = frame.reset_index() if frame.index.name else frame
    plain = table.astype(object).to_dict("records")
    return [{str(name): getattr(value, "item", lambda v=value: v)() for name, value in row.items()} for row in plain]
