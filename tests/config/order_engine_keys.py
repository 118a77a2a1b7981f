"""Every key of the order engine: an accepted value, where it lands, and values it refuses.

One list for all tests about these keys, so that none is looked at by some of them only.
"""

from dataclasses import dataclass, field
from math import inf
from typing import Any

from admf_kernels.constants import (
    CommissionKind,
    Intrabar,
    OnBreach,
    SizingKind,
    SlippageKind,
    TrailingKind,
)

PERCENT = {"account.commission": {"type": "percent", "rate": 0.01}}
TIERS = [{"up_to": 1000, "rate": 0.01}, {"up_to": 5000, "rate": 0.005}, {"rate": 0.001}]
MARGIN = {"account.margin": {"leverage": 2, "maintenance": 0.25}}
SHORT = {"account.margin": {"short": {}}}


@dataclass(frozen=True)
class Key:
    """One key at a value that is not its default, over a configuration that lets it stand."""

    path: str
    value: Any
    fields: dict[str, Any]  # what the settings then differ in from those of `over` alone
    over: dict[str, Any] = field(default_factory=dict)
    order_engine: bool = True
    other: Any = None  # a second value, to sweep; None for what is not swept as a whole


def commission(**keys: Any) -> dict[str, Any]:
    return {"account.commission": keys}


def slippage(**keys: Any) -> dict[str, Any]:
    return {"account.slippage": keys}


def sizing(**keys: Any) -> dict[str, Any]:
    return {"account.sizing": keys}


STOP = {"exits.stop_loss": 0.1}
LOSS = {"risk.max_drawdown": 0.3}
ATR = {"exits.trailing_stop": {"type": "atr", "multiple": 3}}
KEYS = [
    Key("account.tick_size", 0.01, {"tick_size": 0.01}, order_engine=False, other=0.05),
    Key("account.commission.amount", 2, {"commission_amount": 2}, PERCENT, other=3.0, order_engine=False),
    Key("account.commission.minimum", 1, {"commission_minimum": 1}, PERCENT, other=3.0, order_engine=False),
    Key("account.commission.maximum", 9, {"commission_maximum": 9}, PERCENT, other=10.0, order_engine=False),
    Key(
        "account.commission.maximum",
        9,
        {"commission_maximum": 9},
        commission(type="per_share", rate=1),
        other=8.0,
        order_engine=False,
    ),
    Key("account.commission.per", "fill", {"commission_per_fill": 1}, PERCENT, other="order", order_engine=False),
    Key(
        "account.commission.per",
        "fill",
        {"commission_per_fill": 1},
        commission(type="fixed", amount=1),
        other="order",
        order_engine=False,
    ),
    Key(
        "account.commission.per",
        "fill",
        {"commission_per_fill": 1},
        commission(type="per_share", rate=1),
        other="order",
        order_engine=False,
    ),
    Key(
        "account.commission",
        {"type": "tiered", "tiers": TIERS},
        {
            "commission_kind": CommissionKind.TIERED,
            "tier_up_to": [1000, 5000, inf, 0, 0],
            "tier_rate": [0.01, 0.005, 0.001, 0, 0],
        },
        order_engine=False,
    ),
    Key(
        "account.commission.tiers.1.rate",
        0.02,
        {"tier_rate": [0.01, 0.02, 0.001, 0, 0]},
        commission(type="tiered", tiers=TIERS),
        order_engine=False,
    ),
    Key(
        "account.commission.tiers.0.up_to",
        20,
        {"tier_up_to": [20, 5000, inf, 0, 0]},
        commission(type="tiered", tiers=TIERS),
        order_engine=False,
    ),
    Key(
        "account.commission",
        {"type": "maker_taker", "maker": 0.01, "taker": 0.02},
        {"commission_kind": CommissionKind.MAKER_TAKER, "commission_rate": 0.01, "commission_taker": 0.02},
        order_engine=False,
    ),
    Key(
        "account.commission.maker",
        0.03,
        {"commission_rate": 0.03},
        commission(type="maker_taker", maker=0.01, taker=0.02),
        other=0.04,
        order_engine=False,
    ),
    Key(
        "account.commission.taker",
        0.03,
        {"commission_taker": 0.03},
        commission(type="maker_taker", maker=0.01, taker=0.02),
        other=0.04,
        order_engine=False,
    ),
    Key(
        "account.slippage",
        {"type": "spread", "spread": 0.01},
        {"slippage_kind": SlippageKind.SPREAD, "slippage_rate": 0.01},
        order_engine=False,
    ),
    Key(
        "account.slippage.spread",
        0.02,
        {"slippage_rate": 0.02},
        slippage(type="spread", spread=0.01),
        other=0.03,
        order_engine=False,
    ),
    Key(
        "account.slippage",
        {"type": "volume_impact", "coefficient": 0.1},
        {"slippage_kind": SlippageKind.VOLUME_IMPACT, "slippage_rate": 0.1, "slippage_exponent": 0.5},
    ),
    Key(
        "account.slippage.coefficient",
        2,
        {"slippage_rate": 2},
        slippage(type="volume_impact", coefficient=0.1),
        other=3.0,
    ),
    Key(
        "account.slippage.exponent",
        1,
        {"slippage_exponent": 1},
        slippage(type="volume_impact", coefficient=0.1),
        other=2.0,
    ),
    Key(
        "account.slippage",
        {"type": "random", "rate": 0.01},
        {"slippage_kind": SlippageKind.RANDOM, "slippage_rate": 0.01},
    ),
    Key("account.slippage.rate", 0.02, {"slippage_rate": 0.02}, slippage(type="random", rate=0.01), other=0.03),
    Key("account.sizing.fraction", 0.5, {"position_size": 0.5, "sizing_amount": 0.5}, order_engine=False, other=0.6),
    Key("account.sizing.quantity", 5, {"sizing_kind": SizingKind.QUANTITY, "sizing_amount": 5}, other=6.0),
    Key("account.sizing.amount", 500, {"sizing_kind": SizingKind.CASH, "sizing_amount": 500}, other=600.0),
    Key("account.sizing.weight", 0.5, {"sizing_kind": SizingKind.WEIGHT, "sizing_amount": 0.5}, other=0.6),
    Key("account.sizing.band", 0.1, {"sizing_band": 0.1}, sizing(type="weight", weight=0.5), other=0.2),
    Key("account.sizing.weight", 1.5, {"sizing_kind": SizingKind.WEIGHT, "sizing_amount": 1.5}, MARGIN, other=1.2),
    Key("account.sizing.risk", 0.02, {"sizing_kind": SizingKind.RISK, "sizing_amount": 0.02}, STOP, other=0.03),
    Key("account.sizing.risk", 0.02, {"sizing_kind": SizingKind.RISK, "sizing_amount": 0.02}, ATR, other=0.03),
    Key(
        "account.sizing.target",
        0.1,
        {"sizing_kind": SizingKind.VOLATILITY, "sizing_amount": 0.1, "sizing_period": 20},
        other=0.2,
    ),
    Key("account.sizing.period", 30, {"sizing_period": 30}, sizing(type="volatility", target=0.1), other=40),
    Key(
        "account.sizing",
        {"type": "kelly"},
        {"sizing_kind": SizingKind.KELLY, "sizing_amount": 0.5, "sizing_period": 20},
    ),
    Key("account.sizing.fraction", 0.3, {"sizing_amount": 0.3}, sizing(type="kelly"), other=0.4),
    Key("account.sizing.minimum_trades", 5, {"sizing_period": 5}, sizing(type="kelly"), other=6),
    Key("account.position_size", 0.3, {"position_size": 0.3}, sizing(type="kelly"), other=0.4),
    Key("account.pyramiding", 3, {"pyramiding": 3}, other=4),
    Key("account.margin.leverage", 2, {"leverage": 2, "short_initial": 0}, other=3.0),
    Key("account.margin.short.initial", 0.8, {"short_initial": 0.8}, SHORT, other=1.5),
    Key("account.margin.short.maintenance", 0.2, {"short_maintenance": 0.2}, SHORT, other=0.3),
    Key("account.margin.maintenance", 0.1, {"maintenance": 0.1}, MARGIN, other=0.2),
    Key("account.interest_rate", 0.05, {"interest_rate": 0.05}, MARGIN, other=0.06),
    Key("account.borrow_rate", 0.05, {"borrow_rate": 0.05}, other=0.06),
    Key("account.funding", "rates", {}, other="others"),  # a column of the data: see tests/contract/test_funding.py
    Key("account.dividends", "paid", {}, other="others"),  # see tests/contract/test_dividends_and_splits.py
    Key("account.splits", "ratios", {}, other="others"),
    Key("execution.intrabar", "target_first", {"intrabar": Intrabar.TARGET_FIRST}, order_engine=False, other="bounds"),
    Key("execution.intrabar", "ohlc_path", {"intrabar": Intrabar.OHLC_PATH}, order_engine=False),
    Key("execution.max_volume_share", 0.1, {"max_volume_share": 0.1}, other=0.2),
    Key("execution.order_capacity", 128, {"order_capacity": 128}, order_engine=False, other=256),
    Key("exits.stop_loss", 0.02, {"stop_loss": 0.02}, other=0.03),
    Key("exits.take_profit", 1.5, {"take_profit": 1.5}, other=0.5),
    Key("exits.trailing_stop", 0.03, {"trailing_kind": TrailingKind.PERCENT, "trailing_amount": 0.03}, other=0.04),
    Key("exits.trailing_stop.rate", 0.03, {"trailing_kind": TrailingKind.PERCENT, "trailing_amount": 0.03}, other=0.04),
    Key("exits.trailing_stop.amount", 2, {"trailing_kind": TrailingKind.AMOUNT, "trailing_amount": 2}, other=3.0),
    Key(
        "exits.trailing_stop.multiple",
        2,
        {"trailing_kind": TrailingKind.ATR, "trailing_amount": 2, "trailing_period": 14},
        other=3.0,
    ),
    Key("exits.trailing_stop.period", 20, {"trailing_period": 20}, ATR, other=30),
    Key("exits.max_holding_bars", 10, {"max_holding_bars": 10}, other=20),
    Key("exits.exit_at", "15:55", {"exit_at": 57_300e9}, other="00:00"),
    Key("exits.exit_at", "23:59:59", {"exit_at": 86_399e9}),
    Key("risk.max_position", 0.5, {"max_position": 0.5}, other=2.0),
    Key("risk.max_gross_exposure", 0.5, {"max_gross_exposure": 0.5}, other=2.0),
    Key("risk.max_net_exposure", 0.5, {"max_net_exposure": 0.5}, other=2.0),
    Key("risk.max_orders_per_day", 3, {"max_orders_per_day": 3}, other=4),
    Key("risk.max_daily_loss", 0.02, {"max_daily_loss": 0.02}, other=0.03),
    Key("risk.max_drawdown", 0.2, {"max_drawdown": 0.2}, other=0.3),
    Key("risk.on_breach", "flatten", {"on_breach": OnBreach.FLATTEN}, LOSS, other="halt"),
]

#: Types of blocks that a key alone chooses, when there is no block yet.
CHOSEN_TYPES = {
    "account.sizing.fraction": "fraction",
    "account.sizing.quantity": "quantity",
    "account.sizing.amount": "cash",
    "account.sizing.weight": "weight",
    "account.sizing.risk": "risk",
    "account.sizing.target": "volatility",
    "exits.trailing_stop.rate": "percent",
    "exits.trailing_stop.amount": "amount",
    "exits.trailing_stop.multiple": "atr",
}


def blocks_of(settings: dict[str, Any]) -> dict[str, Any]:
    """The blocks of a configuration in which these dotted paths are set, in this order."""
    blocks: dict[str, Any] = {}
    for path, value in settings.items():
        *parents, last = path.split(".")
        node: Any = blocks
        for number, parent in enumerate(parents):
            if isinstance(node, list):
                node = node[int(parent)]
                continue
            place = ".".join((*parents[: number + 1], last))
            node = node.setdefault(parent, {"type": CHOSEN_TYPES[place]} if place in CHOSEN_TYPES else {})
        node[last] = _copy(value)
    return blocks


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
