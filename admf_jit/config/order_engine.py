"""Which containers need the order engine: sections 9 to 16 of the trading model."""

from admf_jit.config.account import AccountConfig
from admf_jit.config.costs import MakerTakerCommission, TieredCommission
from admf_jit.config.execution import ExecutionConfig
from admf_jit.config.exits import ExitsConfig
from admf_jit.config.risk import RiskConfig
from admf_jit.config.sizing import FractionSizing

_PLAIN_SLIPPAGE = ("none", "percent", "fixed")


def uses_order_engine(account: AccountConfig, execution: ExecutionConfig, exits: ExitsConfig, risk: RiskConfig) -> bool:
    """Return whether a setting asks for more than sections 1 to 8, whatever the strategy sends.

    `intrabar` and `order_capacity` are about orders that only something else can bring into being, so they do not
    count.
    """
    return (
        _has_new_costs(account)
        or account.tick_size > 0
        or not isinstance(account.sizing, FractionSizing | None)
        or account.pyramiding > 1
        or account.margin is not None
        or account.borrow_rate > 0
        or execution.max_volume_share is not None
        or exits != ExitsConfig()
        or any(getattr(risk, name) is not None for name in type(risk).model_fields if name != "on_breach")
    )


def _has_new_costs(account: AccountConfig) -> bool:
    commission = account.commission
    if isinstance(commission, TieredCommission | MakerTakerCommission) or account.slippage.type not in _PLAIN_SLIPPAGE:
        return True
    return any(
        getattr(commission, key) != type(commission).model_fields[key].default
        for key in commission.added
        if key != "per"
    )
