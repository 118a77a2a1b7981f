"""Random settings of the pins: blocks of a configuration, and what of them can be swept with which values."""

from collections.abc import Callable, Sequence
from typing import Any

from tests.pins.draw import Draw
from tests.pins.markets import Market

Blocks = dict[str, dict[str, Any]]
Axes = dict[str, tuple[Any, ...]]


#: Margins of which a full position is soon called.
_CLOSE_MARGINS: tuple[dict[str, Any], ...] = (
    {"leverage": 2.0, "maintenance": 0.49},
    {"leverage": 3.0, "maintenance": 0.32, "short": {"initial": 0.4, "maintenance": 0.39}},
    {"short": {"initial": 1.0, "maintenance": 0.97}},
)


def plain_settings(draw: Draw, market: Market) -> Blocks:
    """Settings of market orders alone."""
    level = market.level
    account = {
        "cash": draw.pick((30.0, 100.0, 1000.0)) * level,
        "position_size": draw.pick((1.0, 1.0, 0.5, 0.2)),
        "lot_size": draw.pick((0.0, 0.0, 1.0, 0.1, 5.0)),
        "tick_size": draw.pick((0.0, 0.0, market.tick, 2 * market.tick)),
        "commission": _commission(draw, level),
        "slippage": _slippage(draw, market, 4),
    }
    if draw.chance(0.2):
        account["sizing"] = {"type": "fraction", "fraction": account["position_size"]}
        account["position_size"] = 1.0
    execution = {
        "fill": draw.pick(("next_open", "same_close")),
        "close_at_end": draw.chance(0.3),
        "event_capacity": draw.pick((64, 64, 64, 2, 4)),
    }
    return {"account": account, "execution": execution}


def order_settings(draw: Draw, market: Market) -> Blocks:
    """Settings of the order engine."""
    is_levered = draw.chance(0.12)
    margin = draw.pick(_CLOSE_MARGINS) if is_levered else _margin(draw)
    exits = {} if is_levered else _exits(draw, market)
    sizing = None if is_levered else _sizing(draw, market, exits, margin)
    free = sizing is None or sizing["type"] == "kelly"
    borrows = margin is not None and "leverage" in margin
    blocks = plain_settings(draw, market)
    blocks["account"] |= {
        "position_size": draw.pick((1.0, 0.5, 0.2)) if free else 1.0,
        "slippage": _slippage(draw, market, 6),
        "sizing": sizing,
        "pyramiding": 1 if (sizing or {}).get("type") == "weight" else draw.pick((1, 1, 1, 2, 3)),
        "margin": margin,
        "interest_rate": draw.pick((0.0, 0.05, 0.5)) if borrows else 0.0,
        "borrow_rate": draw.pick((0.0, 0.0, 0.03, 0.4)),
    }
    if margin is not None and "leverage" in margin and sizing is None and draw.chance(0.6):
        blocks["account"]["position_size"] = draw.pick((0.75, 0.98)) * margin["leverage"]
    blocks["execution"] |= {
        "intrabar": draw.pick(("stop_first", "target_first", "ohlc_path", "bounds")),
        "max_volume_share": draw.pick((None, None, None, 0.05, 0.25, 1.0)),
        "order_capacity": draw.pick((64, 256, 256, 8)),
    }
    if is_levered:
        blocks["account"]["position_size"] = 0.98 * margin.get("leverage", 1.0) if margin else 1.0
    return blocks | {"exits": exits, "risk": {} if is_levered else _risk(draw)}


def weight_settings(draw: Draw, market: Market) -> Blocks:
    """Settings of a strategy that answers with target weights, which are sizes of their own."""
    blocks = order_settings(draw, market)
    blocks["account"] |= {"sizing": None, "pyramiding": 1, "position_size": 1.0}
    blocks["execution"]["rebalance"] = draw.pick(("bar", "session", "week", "month"))
    return blocks


def vectorbt_settings(draw: Draw, market: Market) -> Blocks:
    """Settings of preset vectorbt."""
    level = market.level
    stop = draw.pick((None, "stop_loss", "stop_loss", "trailing_stop"))
    exits = {
        "take_profit": draw.pick((None, 0.01, 0.04)),
        **({} if stop is None else {stop: draw.pick((0.01, 0.03125, 0.08))}),
    }
    return {
        "account": {
            "cash": draw.pick((30.0, 100.0, 1000.0)) * level,
            "lot_size": draw.pick((0.0, 0.0, 1.0, 0.1)),
            "commission": _simple_commission(draw, level),
            "slippage": draw.pick(({"type": "none"}, {"type": "percent", "rate": 0.001})),
            "sizing": draw.pick((None, *({"type": "quantity", "quantity": units} for units in (7.5, 11.0, 20.0)))),
        },
        "execution": {
            "preset": "vectorbt",
            "fill": draw.pick(("next_open", "same_close")),
            "stop_exit_price": draw.pick(("stoplimit", "stopmarket", "close", "price")),
            "stop_entry_price": draw.pick(("close", "price", "fillprice", "valprice")),
        },
        "exits": exits,
    }


def backtesting_py_settings(draw: Draw, market: Market) -> Blocks:
    """Settings of preset backtesting.py."""
    level = market.level
    return {
        "account": {
            "cash": draw.pick((30.0, 100.0, 1000.0)) * level,
            "position_size": draw.pick((1.0, 0.5)),
            "commission": _simple_commission(draw, level),
            "slippage": draw.pick(({"type": "none"}, {"type": "spread", "spread": 0.002})),
            "margin": draw.pick((None, {"leverage": 2.0}, {"leverage": 5.0})),
        },
        "execution": {
            "preset": "backtesting.py",
            "fill": draw.pick(("next_open", "same_close")),
            "close_at_end": draw.chance(0.4),
            "exclusive_orders": draw.chance(0.4),
            "order_capacity": draw.pick((256, 256, 20)),
        },
    }


def axes_of(blocks: Blocks, market: Market) -> Axes:
    """What can be swept beside ``blocks``, each with values of which any goes with any of the others."""
    account, execution = blocks["account"], blocks["execution"]
    exits, risk = blocks.get("exits"), blocks.get("risk")
    preset = execution.get("preset")
    axes: Axes = {
        "account.cash": tuple(part * market.level for part in (20.0, 150.0, 700.0, 1234.5)),
        "execution.fill": ("next_open", "same_close"),
    }
    for cost in ("commission", "slippage"):
        axes |= {f"account.{cost}.{key}": values for key, values in _of_cost(account[cost], market, preset).items()}
    if preset != "vectorbt":
        axes["execution.close_at_end"] = (True, False)
        if account.get("sizing") is None or account["sizing"]["type"] == "kelly":
            axes["position_size"] = (0.1, 0.4, 0.75, 1.0)
    if preset is None:
        axes |= {
            "account.tick_size": (0.0, market.tick, 3 * market.tick),
            "execution.event_capacity": (1, 2, 16, 64),
        }
    if preset != "backtesting.py":
        axes["account.lot_size"] = (0.0, 0.01, 1.0, 3.0)
    axes |= {f"account.sizing.{key}": values for key, values in _of_sizing(account.get("sizing")).items()}
    if preset == "vectorbt":
        return axes | {
            "execution.stop_exit_price": ("stoplimit", "stopmarket", "close", "price"),
            "execution.stop_entry_price": ("close", "price", "fillprice", "valprice"),
            "exits.take_profit": (None, 0.008, 0.02, 0.07),
        }
    if preset == "backtesting.py":
        return axes | {"execution.exclusive_orders": (True, False)}
    if exits is not None and risk is not None:
        axes |= _of_orders(account, exits, risk)
    if "rebalance" in execution:
        axes["execution.rebalance"] = ("bar", "session", "week", "month")
        axes.pop("position_size", None)
        axes.pop("account.pyramiding", None)
    return axes


def _of_orders(account: dict[str, Any], exits: dict[str, Any], risk: dict[str, Any]) -> Axes:
    axes: Axes = {
        "execution.intrabar": ("stop_first", "target_first", "ohlc_path", "bounds"),
        "execution.max_volume_share": (None, 0.02, 0.3),
        "execution.order_capacity": (3, 16, 256),
        "account.borrow_rate": (0.0, 0.02, 0.3),
        "exits.take_profit": (None, 0.008, 0.02, 0.07),
        "exits.max_holding_bars": (None, 1, 4, 15),
        "exits.exit_at": (None, "11:00", "13:30:30", "15:00"),
        "risk.max_position": (None, 0.5, 1.5),
        "risk.max_gross_exposure": (None, 0.6, 2.0),
        "risk.max_net_exposure": (None, 0.4, 1.2),
        "risk.max_orders_per_day": (None, 1, 3),
    }
    if (account.get("sizing") or {}).get("type") != "risk":
        axes["exits.stop_loss"] = (None, 0.008, 0.02, 0.07)
    if (account.get("sizing") or {}).get("type") != "weight":
        axes["account.pyramiding"] = (1, 2, 4)
    for limit in ("max_daily_loss", "max_drawdown"):
        # Without any of them there is nothing that `on_breach` could be about.
        none = () if "on_breach" in risk else (None,)
        axes[f"risk.{limit}"] = (*none, 0.01, 0.04, 0.15)
    if "max_daily_loss" in risk or "max_drawdown" in risk:
        for limit in ("max_daily_loss", "max_drawdown"):
            axes[f"risk.{limit}"] = tuple(value for value in axes[f"risk.{limit}"] if value is not None)
        axes["risk.on_breach"] = ("halt", "flatten")
    trailing = exits.get("trailing_stop")
    if isinstance(trailing, dict):
        keys: Axes = {"rate": (0.01, 0.05), "amount": (trailing.get("amount", 1.0), 2.5), "multiple": (0.7, 2.0)}
        axes |= {f"exits.trailing_stop.{key}": values for key, values in keys.items() if key in trailing}
        if trailing["type"] == "atr":
            axes["exits.trailing_stop.period"] = (2, 9)
    if account["margin"] is not None and "leverage" in account["margin"]:
        least, maintenance = max(account["position_size"], 1.5), account["margin"].get("maintenance", 0.0)
        values = (least, least + 0.15, 3.95)
        axes["account.margin.leverage"] = tuple(value for value in values if value * maintenance < 1)
        axes["account.interest_rate"] = (0.0, 0.1)
    return axes


def _of_cost(cost: dict[str, Any], market: Market, preset: str | None) -> Axes:
    unit = 10 * market.level
    values: Axes = {}
    if cost["type"] in ("percent", "random"):
        values["rate"] = (0.0, 0.0004, 0.003)
    if cost["type"] == "per_share":
        values["rate"] = (0.0005 * market.level, 0.003 * market.level)
    if cost["type"] == "fixed":
        values["amount"] = (0.01 * market.tick, 2 * market.tick)
    if cost["type"] == "spread":
        values["spread"] = (0.0, 0.001, 0.01)
    if cost["type"] == "volume_impact":
        values |= {"coefficient": (0.01, 0.07), "exponent": (0.5, 1.0, 2.0, 0.7)}
    if cost["type"] == "maker_taker":
        values |= {"maker": (-0.0005, 0.0, 0.001), "taker": (0.0, 0.002)}
    if cost["type"] == "tiered":
        values |= {"tiers.0.rate": (0.005, 0.02), "tiers.0.up_to": (3 * unit, 9 * unit)}
    if "per" in cost and preset is None:
        values["per"] = ("order", "fill")
    return values


def _of_sizing(sizing: dict[str, Any] | None) -> Axes:
    kind = None if sizing is None else sizing["type"]
    return {
        "fraction": {"fraction": (0.3, 0.9)},
        "quantity": {"quantity": (4.0, 15.0)},
        "weight": {"weight": (0.2, 0.6), "band": (0.0, 0.02, 0.1)},
        "risk": {"risk": (0.005, 0.02)},
        "volatility": {"target": (0.5, 3.0), "period": (4, 11)},
        "kelly": {"fraction": (0.5, 1.0), "minimum_trades": (2, 6)},
    }.get(kind or "", {})


def _commission(draw: Draw, level: float) -> dict[str, Any]:
    unit = 10 * level
    kinds: Sequence[dict[str, Any]] = (
        {"type": "none"},
        {"type": "percent", "rate": 0.002},
        {"type": "percent", "rate": 0.002, "amount": 0.001 * unit, "minimum": 0.01 * unit, "maximum": 0.05 * unit,
         "per": draw.pick(("order", "fill"))},
        {"type": "percent", "rate": 0.03, "maximum": 0.1 * unit},
        {"type": "fixed", "amount": draw.pick((0.0002, 0.02, 2.0)) * unit, "per": draw.pick(("order", "fill"))},
        {"type": "per_share", "rate": 0.001 * level, "minimum": 0.01 * unit, "per": draw.pick(("order", "fill"))},
        {"type": "per_share", "rate": 0.004 * level, "minimum": 0.0, "maximum": 0.05 * unit},
        {"type": "tiered", "tiers": [{"up_to": 5 * unit, "rate": 0.01}, {"up_to": 40 * unit, "rate": 0.004},
                                     {"rate": 0.001}]},
        {"type": "tiered", "tiers": [{"up_to": 20 * unit, "rate": 0.0005}, {"rate": 0.003}]},
        {"type": "maker_taker", "maker": draw.pick((0.0005, -0.0002)), "taker": 0.003},
    )  # fmt: skip
    return draw.pick(kinds)


def _simple_commission(draw: Draw, level: float) -> dict[str, Any]:
    return draw.pick((
        {"type": "none"},
        {"type": "percent", "rate": 0.002},
        {"type": "percent", "rate": 0.002, "amount": 0.05 * level},
        {"type": "fixed", "amount": 0.1 * level},
    ))  # fmt: skip


def _slippage(draw: Draw, market: Market, kinds: int) -> dict[str, Any]:
    several: Sequence[Callable[[], dict[str, Any]]] = (
        lambda: {"type": "none"},
        lambda: {"type": "percent", "rate": 0.001},
        lambda: {"type": "fixed", "amount": 0.3 * market.tick},
        lambda: {"type": "spread", "spread": 0.004},
        lambda: {"type": "volume_impact", "coefficient": 0.0217, "exponent": draw.pick((0.5, 1.0, 1.5))},
        lambda: {"type": "random", "rate": 0.01},
    )
    return several[draw.whole(0, kinds - 1)]()


def _margin(draw: Draw) -> dict[str, Any] | None:
    return draw.pick((
        None, None, None, None, None,
        {"leverage": 2.0, "maintenance": 0.45},
        {"leverage": 4.0, "maintenance": 0.2},
        {"leverage": 3.0, "maintenance": 0.0},
        {"leverage": 2.0, "maintenance": 0.4, "short": {"initial": 0.5, "maintenance": 0.45}},
        {"short": {"initial": 1.0, "maintenance": 0.9}},
        {"short": {"initial": 0.3, "maintenance": 0.25}},
    ))  # fmt: skip


def _exits(draw: Draw, market: Market) -> dict[str, Any]:
    drawn = {
        "stop_loss": draw.pick((None, None, None, 0.01, 0.03125, 0.0625, 0.1)),
        "take_profit": draw.pick((None, None, None, 0.01, 0.03125, 0.0625, 1.25)),
        "trailing_stop": draw.pick((
            None, None, None, None, None, None, None, None, None, 0.03125, {"type": "percent", "rate": 0.06},
            {"type": "amount", "amount": 6 * market.tick}, {"type": "atr", "multiple": 1.5, "period": 3},
            {"type": "atr", "multiple": 2.0, "period": 7},
        )),
        "max_holding_bars": draw.pick((None, None, None, None, None, 1, 3, 9)),
        "exit_at": draw.pick((None, None, None, None, None, None, "12:30", "15:00")),
    }  # fmt: skip
    return {key: value for key, value in drawn.items() if value is not None}


def _sizing(draw: Draw, market: Market, exits: dict[str, Any], margin: dict[str, Any] | None) -> dict[str, Any] | None:
    choices: list[dict[str, Any]] = [
        {"type": "fraction", "fraction": 0.4},
        {"type": "quantity", "quantity": 12.5},
        {"type": "cash", "amount": draw.pick((7.0, 90.0)) * market.level},
        {"type": "weight", "weight": 1.5 if margin and "leverage" in margin else 0.75, "band": 0.05},
        {"type": "weight", "weight": 0.3, "band": 0.0},
        {"type": "volatility", "target": 2.0, "period": 5},
        {"type": "kelly", "fraction": 0.7, "minimum_trades": 3},
    ]
    if "stop_loss" in exits or "trailing_stop" in exits:
        choices += [{"type": "risk", "risk": 0.01}, {"type": "risk", "risk": 0.03}] * 2
    return draw.pick(choices) if draw.chance(0.6) else None


def _risk(draw: Draw) -> dict[str, Any]:
    drawn = {
        "max_position": draw.pick((None,) * 7 + (0.5, 1.5)),
        "max_gross_exposure": draw.pick((None,) * 7 + (0.6, 2.0)),
        "max_net_exposure": draw.pick((None,) * 7 + (0.4, 1.2)),
        "max_orders_per_day": draw.pick((None,) * 7 + (1, 3)),
        "max_daily_loss": draw.pick((None,) * 6 + (0.005, 0.02, 0.1)),
        "max_drawdown": draw.pick((None,) * 6 + (0.01, 0.05, 0.2)),
    }
    risk = {key: value for key, value in drawn.items() if value is not None}
    if ("max_daily_loss" in risk or "max_drawdown" in risk) and draw.chance(0.5):
        risk["on_breach"] = "flatten"
    return risk
