"""What a preset of `execution` does not have: section 17 of the trading model."""

from collections.abc import Iterator
from typing import Any

from admf_jit.config.account import AccountConfig
from admf_jit.config.execution import VECTORBT, ExecutionConfig
from admf_jit.config.exits import ExitsConfig
from admf_jit.config.risk import RiskConfig
from admf_jit.config.section import Section
from admf_jit.config.sizing import QuantitySizing

#: Least cash that preset vectorbt tells from none.
VECTORBT_SMALLEST_CASH = 1e-9
#: Keys by block that preset vectorbt has; of `commission`, `slippage`, `sizing` and `trailing_stop` it has some types.
_VECTORBT_KEYS = {
    "account": {"cash", "position_size", "lot_size", "commission", "slippage", "sizing"},
    "execution": {"fill", "preset", "stop_exit_price", "stop_entry_price", "optimization_phase"},
    "exits": {"stop_loss", "take_profit", "trailing_stop"},
    "risk": set(),
}
_VECTORBT_TYPES = {
    "account.commission": ("none", "percent", "fixed"),
    "account.slippage": ("none", "percent"),
    "account.sizing": ("quantity",),
    "exits.trailing_stop": ("percent",),
}


def preset_refusal(account: AccountConfig, execution: ExecutionConfig, exits: ExitsConfig, risk: RiskConfig) -> str:
    """Return why the preset refuses these settings, by dotted key, or an empty text if it takes them or there is none.

    Settings at their defaults ask for nothing and are taken.
    """
    if execution.preset != VECTORBT:
        return ""
    blocks: dict[str, Any] = {"account": account, "execution": execution, "exits": exits, "risk": risk}
    return next(_vectorbt_refusals(blocks), "")


def _vectorbt_refusals(blocks: dict[str, Any]) -> Iterator[str]:
    for name, block in blocks.items():
        for key in _changed(block):
            if key not in _VECTORBT_KEYS[name]:
                yield f"{name}.{key} is not a setting of preset {VECTORBT}; expected it to be left out"
    for path, types in _VECTORBT_TYPES.items():
        block, _, key = path.partition(".")
        chosen = getattr(blocks[block], key)
        if chosen is not None and chosen.type not in types:
            yield f"{path}.type is {chosen.type!r}; preset {VECTORBT} has {' and '.join(types)}"
    account, exits = blocks["account"], blocks["exits"]
    for key in ("minimum", "maximum"):
        if key in _changed(account.commission):
            yield f"account.commission.{key} is not a setting of preset {VECTORBT}; expected it to be left out"
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
