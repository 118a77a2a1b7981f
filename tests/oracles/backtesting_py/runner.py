"""Runs cases through backtesting.py: JSON lines from stdin to stdout. Runs inside `.oracles/backtesting_py` alone.

A line in is a case (`cases.as_json`). A line out has its seed, and
- `trades`: [entry bar, exit bar, size, entry price, exit price, profit after commission, commission], as reported;
- `equity`: account currency, one number a bar;
- `refused`: the places in the script of the orders that the engine refused;
- `orders`, `position`: at each bar from the first one on which the strategy is asked, after its actions: the number
  of working orders, and the signed units held.
"""

import json
import sys
import warnings

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy

BUY, SELL, CLOSE, CANCEL = 0, 1, 2, 3


def levels(action):
    return {name: action[name] for name in ("limit", "stop", "sl", "tp") if action[name] is not None}


class Scripted(Strategy):
    case = None

    def init(self):
        self.refused, self.working, self.units = [], [], []
        self.script = {}
        for place, action in enumerate(self.case["actions"]):
            self.script.setdefault(action["bar"], []).append((place, action))
        if self.case["warmup"]:
            values = np.array(self.case["close"])
            values[: self.case["warmup"]] = np.nan
            self.late = self.I(lambda: values, name="late")

    def next(self):
        for place, action in self.script.get(len(self.data) - 1, []):
            try:
                self.act(action)
            except (ValueError, AssertionError):
                self.refused.append(place)
        self.working.append(len(self.orders))
        self.units.append(float(self.position.size))

    def act(self, action):
        if action["kind"] == BUY:
            self.buy(size=action["size"], **levels(action))
        elif action["kind"] == SELL:
            self.sell(size=action["size"], **levels(action))
        elif action["kind"] == CLOSE:
            self.position.close(action["size"])
        else:
            for order in list(self.orders):
                order.cancel()


def run(case):
    frame = pd.DataFrame({name.title(): case[name] for name in ("open", "high", "low", "close")})
    commission = (case["fixed"], case["relative"]) if case["fixed"] else case["relative"]
    options = {name: case[name] for name in ("cash", "spread", "margin", "trade_on_close", "exclusive_orders")}
    backtest = Backtest(frame, Scripted, commission=commission, finalize_trades=case["finalize_trades"], **options)
    result = backtest.run(case=case)
    names = ["EntryBar", "ExitBar", "Size", "EntryPrice", "ExitPrice", "PnL", "Commission"]
    trades = [
        [int(row[0]), int(row[1]), *(float(x) for x in row[2:])]
        for row in result["_trades"][names].itertuples(index=False)
    ]
    return {
        "seed": case["seed"],
        "trades": trades,
        "equity": [float(x) for x in result["_equity_curve"]["Equity"]],
        "refused": result["_strategy"].refused,
        "orders": result["_strategy"].working,
        "position": result["_strategy"].units,
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
