"""Every key of account, execution, exits and risk that changes a result, with two values that do so on a small sample.

Run as a module, it prints what each comes to; a test runs it so in plain Python.
"""

import json
from typing import Any

import numpy as np

import admf_jit as aj
from admf_jit.config import load_config
from admf_jit.data import MarketData
from admf_jit.workflow.prepare import prepare
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.replay import run_container

MARGIN = {"account.margin": {"leverage": 3, "maintenance": 0.2}}
SHORT = {"account.margin.short": {"initial": 0.5, "maintenance": 0}}
PERCENT = {"account.commission": {"type": "percent", "rate": 0.001}}
UNITS = {"account.sizing": {"type": "quantity", "quantity": 10}}
PER_SHARE = {"account.commission": {"type": "per_share", "rate": 0.01}}
TIERS = {"account.commission": {"type": "tiered", "tiers": [{"up_to": 200000, "rate": 0.001}, {"rate": 0.0005}]}}
TAKER = {"account.commission": {"type": "maker_taker", "maker": 0.001, "taker": 0.002}, "exits.take_profit": 0.004}
STOP = {"exits.stop_loss": 0.004}
LOSS = {"risk.max_daily_loss": 0.002}

#: (path, other settings, one value, another); the sample has 15-minute bars of two weeks, and a fast crossover.
OPTIONS: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("account.cash", {}, 50_000, 100_000),
    ("account.position_size", {}, 0.5, 1.0),
    ("account.lot_size", {}, 0, 100),
    ("account.tick_size", {"account.slippage": {"type": "percent", "rate": 0.001}}, 0, 0.25),
    ("account.commission.rate", PERCENT, 0.001, 0.002),
    ("account.commission.amount", PERCENT, 0, 5),
    ("account.commission.minimum", PER_SHARE, 0, 20),
    ("account.commission.maximum", PER_SHARE, 5, 10),
    ("account.commission.amount", {"account.commission": {"type": "fixed", "amount": 1}}, 1, 2),
    ("account.commission.per", {"account.commission": {"type": "fixed", "amount": 1},
                                "execution.max_volume_share": 0.005}, "order", "fill"),
    ("account.commission.tiers.0.rate", TIERS, 0.001, 0.002),
    ("account.commission.tiers.0.up_to", TIERS, 100_000, 300_000),
    ("account.commission.maker", TAKER, 0, 0.001),
    ("account.commission.taker", TAKER, 0.001, 0.002),
    ("account.slippage.rate", {"account.slippage": {"type": "percent", "rate": 0.001}}, 0.001, 0.002),
    ("account.slippage.amount", {"account.slippage": {"type": "fixed", "amount": 0.01}}, 0.01, 0.02),
    ("account.slippage.spread", {"account.slippage": {"type": "spread", "spread": 0.001}}, 0.001, 0.002),
    ("account.slippage.coefficient", {"account.slippage": {"type": "volume_impact", "coefficient": 1}}, 0.1, 0.2),
    ("account.slippage.exponent", {"account.slippage": {"type": "volume_impact", "coefficient": 0.1}}, 0.5, 1.5),
    ("account.slippage.rate", {"account.slippage": {"type": "random", "rate": 0.001}}, 0.001, 0.002),
    ("account.sizing.fraction", {"account.sizing": {"type": "fraction", "fraction": 0.5}}, 0.5, 0.6),
    ("account.sizing.quantity", {"account.sizing": {"type": "quantity", "quantity": 10}}, 10, 20),
    ("account.sizing.amount", {"account.sizing": {"type": "cash", "amount": 1000}}, 1000, 2000),
    ("account.sizing.weight", {"account.sizing": {"type": "weight", "weight": 0.5}}, 0.5, 0.6),
    ("account.sizing.band", {"account.sizing": {"type": "weight", "weight": 0.5}}, 0, 0.01),
    ("account.sizing.risk", {"account.sizing": {"type": "risk", "risk": 0.001}, **STOP}, 0.001, 0.002),
    ("account.sizing.target", {"account.sizing": {"type": "volatility", "target": 0.1}}, 0.05, 0.1),
    ("account.sizing.period", {"account.sizing": {"type": "volatility", "target": 0.1}}, 10, 20),
    ("account.sizing.fraction", {"account.sizing": {"type": "kelly", "minimum_trades": 2}}, 0.5, 1.0),
    ("account.sizing.minimum_trades", {"account.sizing": {"type": "kelly"}}, 2, 20),
    ("account.pyramiding", {"account.position_size": 0.3}, 1, 3),
    ("account.margin.leverage", {**MARGIN, "account.sizing": {"type": "cash", "amount": 900000}}, 1, 3),
    ("account.margin.maintenance", {"account.margin": {"leverage": 3, "maintenance": 0},
                                    "account.sizing": {"type": "cash", "amount": 280000}}, 0, 0.332),
    ("account.margin.short.initial", {**SHORT, "account.sizing": {"type": "cash", "amount": 150000}}, 0.5, 1.0),
    ("account.margin.short.maintenance", {**SHORT, "account.sizing": {"type": "cash", "amount": 190000}}, 0, 0.5),
    ("account.interest_rate", {**MARGIN, "account.sizing": {"type": "cash", "amount": 200000}}, 0, 0.1),
    ("account.borrow_rate", {}, 0, 0.1),
    ("account.contract.multiplier", {"account.contract": {"multiplier": 1}, **UNITS}, 1, 2),
    ("account.funding", {}, "small", "large"),
    ("account.dividends", {}, "small", "large"),
    ("account.splits", {}, "halved", "doubled"),
    ("execution.fill", {}, "next_open", "same_close"),
    ("execution.close_at_end", {}, False, True),
    ("execution.event_capacity", {}, 1, 64),
    ("execution.intrabar", {"exits": {"stop_loss": 0.001, "take_profit": 0.001}}, "stop_first", "target_first"),
    ("execution.intrabar", {"exits": {"stop_loss": 0.001, "take_profit": 0.001}}, "ohlc_path", "target_first"),
    ("execution.max_volume_share", {}, 0.005, 0.01),
    ("execution.order_capacity", {"exits": {"stop_loss": 0.02, "take_profit": 0.02}}, 1, 64),
    ("exits.stop_loss", {}, 0.002, 0.004),
    ("exits.take_profit", {}, 0.002, 0.004),
    ("exits.trailing_stop.rate", {"exits.trailing_stop": {"type": "percent", "rate": 0.01}}, 0.003, 0.006),
    ("exits.trailing_stop.amount", {"exits.trailing_stop": {"type": "amount", "amount": 1}}, 0.3, 0.6),
    ("exits.trailing_stop.multiple", {"exits.trailing_stop": {"type": "atr", "multiple": 1}}, 1, 2),
    ("exits.trailing_stop.period", {"exits.trailing_stop": {"type": "atr", "multiple": 1}}, 3, 14),
    ("exits.max_holding_bars", {}, 2, 3),
    ("exits.exit_at", {}, "12:00", "15:00"),
    ("risk.max_position", {}, 0.5, 2),
    ("risk.max_gross_exposure", {}, 0.5, 2),
    ("risk.max_net_exposure", {}, 0.5, 2),
    ("risk.max_orders_per_day", {}, 1, 2),
    ("risk.max_daily_loss", {}, 0.002, 0.01),
    ("risk.max_drawdown", {}, 0.005, 0.02),
    ("risk.on_breach", LOSS, "halt", "flatten"),
]  # fmt: skip


def config_of(settings: dict[str, Any], **optimization: Any) -> dict[str, Any]:
    """A configuration of the sample with settings by dotted path."""
    config: dict[str, Any] = {
        "data": {
            "source": "sample",
            "symbols": ["ALFA"],
            "timeframe": "15m",
            "start": "2015-01-01",
            "end": "2015-01-15",
        },
        "strategy": {
            "type": "sma_crossover",
            "parameters": {"fast_period": 3, "slow_period": 8, "allow_short": True},
        },
    }
    for path, value in settings.items():
        *folders, key = path.split(".")
        block = config
        for folder in folders:
            block = block.setdefault(folder, {})
        block[key] = dict(value) if isinstance(value, dict) else value
    return {**config, "optimization": optimization} if optimization else config


def story(prepared: Prepared, index: int) -> list[str]:
    """The status and every metric of a container, to the bit."""
    one = run_container(prepared, prepared.grid.container(index))
    return [one.status, *(f"{name} {value.hex()}" for name, value in one.metrics.items())]


def alone(number: int) -> list[list[str]]:
    """An option's two values, each in a configuration of its own."""
    path, base, *values = OPTIONS[number]
    found = []
    for value in values:
        parts = path.rsplit(".tiers.", 1)
        config = config_of(base if len(parts) > 1 else {**base, path: value})
        if len(parts) > 1:
            place, key = parts[1].split(".")
            config["account"]["commission"]["tiers"][int(place)] |= {key: value}
        found.append(story(prepare(load_config(config), data=DATA), 0))
    return found


def swept(number: int) -> list[list[str]]:
    """The same two values as a sweep over the path."""
    path, base, *values = OPTIONS[number]
    prepared = prepare(load_config(config_of(base, parameters={path: values})), data=DATA)
    return [story(prepared, 0), story(prepared, 1)]


def _with_columns(data: MarketData) -> MarketData:
    """The same bars with columns whose values act on positions, at every twentieth bar."""
    values = np.where(np.arange(data.n_bars) % 20 == 7, 0.001, np.nan)[np.newaxis]
    own = {"x.small": values, "x.large": 2.0 * values, "x.halved": 500.0 * values, "x.doubled": 2000.0 * values}
    return data.with_columns({**data.values, **own}, ())


DATA = _with_columns(aj.load("sample", symbols=["ALFA"], timeframe="15m", start="2015-01-01", end="2015-01-15"))

if __name__ == "__main__":
    print(json.dumps([alone(number) for number in range(len(OPTIONS))]))
