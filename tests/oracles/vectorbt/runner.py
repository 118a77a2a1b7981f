"""Runs cases through vectorbt: JSON lines from stdin to stdout. Runs inside `.oracles/vectorbt` alone.

In: a case of cases.py. Out: `seed`, `orders` as [bar, side, size, price, fees], `equity` at the close of each bar and
`final_equity`; numbers keep every bit.
"""

import json
import math
import sys
from typing import Any

import numpy as np
import vectorbt


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


def run(case: dict[str, Any]) -> dict[str, Any]:
    rules, signals = case["rules"], {name: np.array(flags) for name, flags in case["signals"].items()}
    if rules["fill"] == "next_open":
        signals = {name: np.concatenate(([False], flags[:-1])) for name, flags in signals.items()}
    portfolio = vectorbt.Portfolio.from_signals(
        **{name: np.array(column, dtype=float) for name, column in case["bars"].items()},
        **signals,
        price=np.inf if rules["fill"] == "same_close" else -np.inf,
        size=rules["size"],
        fees=rules["fees"],
        fixed_fees=rules["fixed_fees"],
        slippage=rules["slippage"],
        size_granularity=number(rules["size_granularity"]),
        sl_stop=number(rules["stop_loss"]),
        sl_trail=rules["trailing"],
        tp_stop=number(rules["take_profit"]),
        stop_exit_price=rules["stop_exit_price"],
        stop_entry_price=rules["stop_entry_price"],
        init_cash=rules["cash"],
        freq="1D",
    )
    sides = ("buy", "sell")
    orders = [
        [int(order["idx"]), sides[order["side"]], *(float(order[name]) for name in ("size", "price", "fees"))]
        for order in portfolio.orders.values
    ]
    equity = [float(value) for value in portfolio.value().to_numpy()]
    return {"seed": case["seed"], "orders": orders, "equity": equity, "final_equity": float(portfolio.final_value())}


def number(setting: float | None) -> float:
    """What vectorbt takes for a setting that is absent."""
    return math.nan if setting is None else setting


if __name__ == "__main__":
    main()
