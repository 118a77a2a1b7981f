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
    Setting,
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
    columns: dict[int, float]  # what the row then differs in from the row of `over` alone
    over: dict[str, Any] = field(default_factory=dict)
    order_engine: bool = True
    other: Any = None  # a second value, to sweep; None for what is not swept as a whole


def commission(**keys: Any) -> dict[str, Any]:
    return {"account.commission": keys}


def slippage(**keys: Any) -> dict[str, Any]:
    return {"account.slippage": keys}


def sizing(**keys: Any) -> dict[str, Any]:
    return {"account.sizing": keys}


S = Setting
STOP = {"exits.stop_loss": 0.1}
LOSS = {"risk.max_drawdown": 0.3}
ATR = {"exits.trailing_stop": {"type": "atr", "multiple": 3}}
KEYS = [
    Key("account.tick_size", 0.01, {S.TICK_SIZE: 0.01}, order_engine=False, other=0.05),
    Key("account.commission.amount", 2, {S.COMMISSION_AMOUNT: 2}, PERCENT, other=3.0, order_engine=False),
    Key("account.commission.minimum", 1, {S.COMMISSION_MINIMUM: 1}, PERCENT, other=3.0, order_engine=False),
    Key("account.commission.maximum", 9, {S.COMMISSION_MAXIMUM: 9}, PERCENT, other=10.0, order_engine=False),
    Key(
        "account.commission.maximum",
        9,
        {S.COMMISSION_MAXIMUM: 9},
        commission(type="per_share", rate=1),
        other=8.0,
        order_engine=False,
    ),
    Key("account.commission.per", "fill", {S.COMMISSION_PER_FILL: 1}, PERCENT, other="order", order_engine=False),
    Key(
        "account.commission.per",
        "fill",
        {S.COMMISSION_PER_FILL: 1},
        commission(type="fixed", amount=1),
        other="order",
        order_engine=False,
    ),
    Key(
        "account.commission.per",
        "fill",
        {S.COMMISSION_PER_FILL: 1},
        commission(type="per_share", rate=1),
        other="order",
        order_engine=False,
    ),
    Key(
        "account.commission",
        {"type": "tiered", "tiers": TIERS},
        {
            S.COMMISSION_KIND: CommissionKind.TIERED,
            S.TIER_COUNT: 3,
            S.TIER_UP_TO: 1000,
            S.TIER_UP_TO + 1: 5000,
            S.TIER_UP_TO + 2: inf,
            S.TIER_RATE: 0.01,
            S.TIER_RATE + 1: 0.005,
            S.TIER_RATE + 2: 0.001,
        },
        order_engine=False,
    ),
    Key(
        "account.commission.tiers.1.rate",
        0.02,
        {S.TIER_RATE + 1: 0.02},
        commission(type="tiered", tiers=TIERS),
        order_engine=False,
    ),
    Key(
        "account.commission.tiers.0.up_to",
        20,
        {S.TIER_UP_TO: 20},
        commission(type="tiered", tiers=TIERS),
        order_engine=False,
    ),
    Key(
        "account.commission",
        {"type": "maker_taker", "maker": 0.01, "taker": 0.02},
        {S.COMMISSION_KIND: CommissionKind.MAKER_TAKER, S.COMMISSION_RATE: 0.01, S.COMMISSION_TAKER: 0.02},
        order_engine=False,
    ),
    Key(
        "account.commission.maker",
        0.03,
        {S.COMMISSION_RATE: 0.03},
        commission(type="maker_taker", maker=0.01, taker=0.02),
        other=0.04,
        order_engine=False,
    ),
    Key(
        "account.commission.taker",
        0.03,
        {S.COMMISSION_TAKER: 0.03},
        commission(type="maker_taker", maker=0.01, taker=0.02),
        other=0.04,
        order_engine=False,
    ),
    Key(
        "account.slippage",
        {"type": "spread", "spread": 0.01},
        {S.SLIPPAGE_KIND: SlippageKind.SPREAD, S.SLIPPAGE_RATE: 0.01},
        order_engine=False,
    ),
    Key(
        "account.slippage.spread",
        0.02,
        {S.SLIPPAGE_RATE: 0.02},
        slippage(type="spread", spread=0.01),
        other=0.03,
        order_engine=False,
    ),
    Key(
        "account.slippage",
        {"type": "volume_impact", "coefficient": 0.1},
        {S.SLIPPAGE_KIND: SlippageKind.VOLUME_IMPACT, S.SLIPPAGE_RATE: 0.1, S.SLIPPAGE_EXPONENT: 0.5},
    ),
    Key(
        "account.slippage.coefficient",
        2,
        {S.SLIPPAGE_RATE: 2},
        slippage(type="volume_impact", coefficient=0.1),
        other=3.0,
    ),
    Key(
        "account.slippage.exponent",
        1,
        {S.SLIPPAGE_EXPONENT: 1},
        slippage(type="volume_impact", coefficient=0.1),
        other=2.0,
    ),
    Key(
        "account.slippage",
        {"type": "random", "rate": 0.01},
        {S.SLIPPAGE_KIND: SlippageKind.RANDOM, S.SLIPPAGE_RATE: 0.01},
    ),
    Key("account.slippage.rate", 0.02, {S.SLIPPAGE_RATE: 0.02}, slippage(type="random", rate=0.01), other=0.03),
    Key("account.sizing.fraction", 0.5, {S.POSITION_SIZE: 0.5, S.SIZING_AMOUNT: 0.5}, order_engine=False, other=0.6),
    Key("account.sizing.quantity", 5, {S.SIZING_KIND: SizingKind.QUANTITY, S.SIZING_AMOUNT: 5}, other=6.0),
    Key("account.sizing.amount", 500, {S.SIZING_KIND: SizingKind.CASH, S.SIZING_AMOUNT: 500}, other=600.0),
    Key("account.sizing.weight", 0.5, {S.SIZING_KIND: SizingKind.WEIGHT, S.SIZING_AMOUNT: 0.5}, other=0.6),
    Key("account.sizing.band", 0.1, {S.SIZING_BAND: 0.1}, sizing(type="weight", weight=0.5), other=0.2),
    Key("account.sizing.weight", 1.5, {S.SIZING_KIND: SizingKind.WEIGHT, S.SIZING_AMOUNT: 1.5}, MARGIN, other=1.2),
    Key("account.sizing.risk", 0.02, {S.SIZING_KIND: SizingKind.RISK, S.SIZING_AMOUNT: 0.02}, STOP, other=0.03),
    Key("account.sizing.risk", 0.02, {S.SIZING_KIND: SizingKind.RISK, S.SIZING_AMOUNT: 0.02}, ATR, other=0.03),
    Key(
        "account.sizing.target",
        0.1,
        {S.SIZING_KIND: SizingKind.VOLATILITY, S.SIZING_AMOUNT: 0.1, S.SIZING_PERIOD: 20},
        other=0.2,
    ),
    Key("account.sizing.period", 30, {S.SIZING_PERIOD: 30}, sizing(type="volatility", target=0.1), other=40),
    Key(
        "account.sizing",
        {"type": "kelly"},
        {S.SIZING_KIND: SizingKind.KELLY, S.SIZING_AMOUNT: 0.5, S.SIZING_PERIOD: 20},
    ),
    Key("account.sizing.fraction", 0.3, {S.SIZING_AMOUNT: 0.3}, sizing(type="kelly"), other=0.4),
    Key("account.sizing.minimum_trades", 5, {S.SIZING_PERIOD: 5}, sizing(type="kelly"), other=6),
    Key("account.position_size", 0.3, {S.POSITION_SIZE: 0.3}, sizing(type="kelly"), other=0.4),
    Key("account.pyramiding", 3, {S.PYRAMIDING: 3}, other=4),
    Key("account.margin.leverage", 2, {S.LEVERAGE: 2, S.SHORT_INITIAL: 0}, other=3.0),
    Key("account.margin.short.initial", 0.8, {S.SHORT_INITIAL: 0.8}, SHORT, other=1.5),
    Key("account.margin.short.maintenance", 0.2, {S.SHORT_MAINTENANCE: 0.2}, SHORT, other=0.3),
    Key("account.margin.maintenance", 0.1, {S.MAINTENANCE: 0.1}, MARGIN, other=0.2),
    Key("account.interest_rate", 0.05, {S.INTEREST_RATE: 0.05}, MARGIN, other=0.06),
    Key("account.borrow_rate", 0.05, {S.BORROW_RATE: 0.05}, other=0.06),
    Key("execution.intrabar", "target_first", {S.INTRABAR: Intrabar.TARGET_FIRST}, order_engine=False, other="bounds"),
    Key("execution.intrabar", "ohlc_path", {S.INTRABAR: Intrabar.OHLC_PATH}, order_engine=False),
    Key("execution.max_volume_share", 0.1, {S.MAX_VOLUME_SHARE: 0.1}, other=0.2),
    Key("execution.order_capacity", 128, {S.ORDER_CAPACITY: 128}, order_engine=False, other=256),
    Key("exits.stop_loss", 0.02, {S.STOP_LOSS: 0.02}, other=0.03),
    Key("exits.take_profit", 1.5, {S.TAKE_PROFIT: 1.5}, other=0.5),
    Key("exits.trailing_stop", 0.03, {S.TRAILING_KIND: TrailingKind.PERCENT, S.TRAILING_AMOUNT: 0.03}, other=0.04),
    Key("exits.trailing_stop.rate", 0.03, {S.TRAILING_KIND: TrailingKind.PERCENT, S.TRAILING_AMOUNT: 0.03}, other=0.04),
    Key("exits.trailing_stop.amount", 2, {S.TRAILING_KIND: TrailingKind.AMOUNT, S.TRAILING_AMOUNT: 2}, other=3.0),
    Key(
        "exits.trailing_stop.multiple",
        2,
        {S.TRAILING_KIND: TrailingKind.ATR, S.TRAILING_AMOUNT: 2, S.TRAILING_PERIOD: 14},
        other=3.0,
    ),
    Key("exits.trailing_stop.period", 20, {S.TRAILING_PERIOD: 20}, ATR, other=30),
    Key("exits.max_holding_bars", 10, {S.MAX_HOLDING_BARS: 10}, other=20),
    Key("exits.exit_at", "15:55", {S.EXIT_AT: 57_300e9}, other="00:00"),
    Key("exits.exit_at", "23:59:59", {S.EXIT_AT: 86_399e9}),
    Key("risk.max_position", 0.5, {S.MAX_POSITION: 0.5}, other=2.0),
    Key("risk.max_gross_exposure", 0.5, {S.MAX_GROSS_EXPOSURE: 0.5}, other=2.0),
    Key("risk.max_net_exposure", 0.5, {S.MAX_NET_EXPOSURE: 0.5}, other=2.0),
    Key("risk.max_orders_per_day", 3, {S.MAX_ORDERS_PER_DAY: 3}, other=4),
    Key("risk.max_daily_loss", 0.02, {S.MAX_DAILY_LOSS: 0.02}, other=0.03),
    Key("risk.max_drawdown", 0.2, {S.MAX_DRAWDOWN: 0.2}, other=0.3),
    Key("risk.on_breach", "flatten", {S.ON_BREACH: OnBreach.FLATTEN}, LOSS, other="halt"),
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
