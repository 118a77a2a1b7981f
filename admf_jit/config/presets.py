"""What a preset of `execution` does not have: sections 17 and 18 of the trading model."""

from collections.abc import Iterator
from typing import Any

from admf_jit.config.account import AccountConfig
from admf_jit.config.execution import BACKTESTING_PY, PHASES, VECTORBT, ExecutionConfig
from admf_jit.config.exits import ExitsConfig
from admf_jit.config.risk import RiskConfig
from admf_jit.config.section import Section
from admf_jit.config.sizing import QuantitySizing

#: Least cash that preset vectorbt tells from none.
VECTORBT_SMALLEST_CASH = 1e-9
#: Keys by block that a preset has; of blocks with a `type` it has some types.
_KEYS: dict[str, dict[str, set[str]]] = {
    VECTORBT: {
        "account": {"cash", "position_size", "lot_size", "commission", "slippage", "sizing"},
        "execution": {"fill", "preset", "stop_exit_price", "stop_entry_price", *PHASES},
        "exits": {"stop_loss", "take_profit", "trailing_stop"},
        "risk": set(),
    },
    BACKTESTING_PY: {
        "account": {"cash", "position_size", "commission", "slippage", "margin"},
        "execution": {"fill", "close_at_end", "order_capacity", "preset", "exclusive_orders", *PHASES},
        "exits": set(),
        "risk": set(),
    },
}
_TYPES = {
    VECTORBT: {
        "account.commission": ("none", "percent", "fixed"),
        "account.slippage": ("none", "percent"),
        "account.sizing": ("quantity",),
        "exits.trailing_stop": ("percent",),
    },
    BACKTESTING_PY: {
        "account.commission": ("none", "percent", "fixed"),
        "account.slippage": ("none", "spread"),
    },
}


def preset_refusal(account: AccountConfig, execution: ExecutionConfig, exits: ExitsConfig, risk: RiskConfig) -> str:
    """Return why the preset refuses these settings, by dotted key, or an empty text if it takes them or there is none.

    Settings at their defaults ask for nothing and are taken.
    """
    if execution.preset is None:
        return ""
    blocks: dict[str, Any] = {"account": account, "execution": execution, "exits": exits, "risk": risk}
    refusals = list(_refusals(execution.preset, blocks))
    if not refusals and execution.preset == VECTORBT:
        refusals += _vectorbt_refusals(account, exits)
    return refusals[0] if refusals else ""


def _refusals(preset: str, blocks: dict[str, Any]) -> Iterator[str]:
    for name, block in blocks.items():
        for key in _changed(block):
            if key not in _KEYS[preset][name]:
                yield f"{name}.{key} is not a setting of preset {preset}; expected it to be left out"
    for path, types in _TYPES[preset].items():
        block, _, key = path.partition(".")
        chosen = getattr(blocks[block], key)
        if chosen is not None and chosen.type not in types:
            yield f"{path}.type is {chosen.type!r}; preset {preset} has {' and '.join(types)}"
    account = blocks["account"]
    changed = [f"commission.{key}" for key in ("minimum", "maximum", "per") if key in _changed(account.commission)]
    if account.margin is not None and account.margin.maintenance > 0:
        changed.append("margin.maintenance")
    if account.margin is not None and account.margin.short is not None:
        changed.append("margin.short")
    if account.position_size > 1:
        yield f"account.position_size is {account.position_size}; preset {preset} expects at most 1"
    for key in changed:
        yield f"account.{key} is not a setting of preset {preset}; expected it to be left out"


def _vectorbt_refusals(account: AccountConfig, exits: ExitsConfig) -> Iterator[str]:
    if account.cash < VECTORBT_SMALLEST_CASH:
        yield f"account.cash is {account.cash}; preset {VECTORBT} expects at least {VECTORBT_SMALLEST_CASH}"
    if account.position_size != 1 and not isinstance(account.sizing, QuantitySizing):
        yield (
            f"account.position_size is {account.position_size}; preset {VECTORBT} expects 1 (all that cash pays for), "
            "or account.sizing of type quantity"
        )
    if exits.stop_loss is not None and exits.trailing_stop is not None:
        yield f"exits.stop_loss and exits.trailing_stop are both given; preset {VECTORBT} has one of the two"


def _changed(block: Section) -> list[str]:
    """Keys that have another value than their default."""
    fields = type(block).model_fields
    return [key for key in fields if fields[key].is_required() or getattr(block, key) != fields[key].default]
