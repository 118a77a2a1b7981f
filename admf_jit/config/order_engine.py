"""Which settings need the order engine, sections 9 to 16 of the trading model: no other place decides it."""

from collections.abc import Iterator

from admf_jit.config.account import COLUMNS, AccountConfig
from admf_jit.config.execution import ExecutionConfig
from admf_jit.config.exits import ExitsConfig
from admf_jit.config.risk import RiskConfig
from admf_jit.config.sizing import FractionSizing


def why_order_engine(
    account: AccountConfig, execution: ExecutionConfig, exits: ExitsConfig, risk: RiskConfig
) -> str | None:
    """Return the first setting, by dotted path, that asks for more than market orders in full; None without one.

    `intrabar` and `order_capacity` are about orders that only something else can bring into being, so they do not
    count, and all commissions, ticks and lots are those of market orders too.
    """
    return next(_reasons(account, execution, exits, risk), None)


def _reasons(account: AccountConfig, execution: ExecutionConfig, exits: ExitsConfig, risk: RiskConfig) -> Iterator[str]:
    if account.slippage.needs_order_engine:
        yield f"account.slippage is {account.slippage.type}"
    if not isinstance(account.sizing, FractionSizing | None):
        yield f"account.sizing is {account.sizing.type}"
    if account.pyramiding > 1:
        yield f"account.pyramiding is {account.pyramiding}"
    if account.margin is not None:
        yield "account.margin is set"
    if account.contract is not None:
        yield "account.contract is set"
    for name in COLUMNS:
        if getattr(account, name) is not None:
            yield f"account.{name} is {getattr(account, name)}"
    if account.borrow_rate > 0:
        yield f"account.borrow_rate is {account.borrow_rate}"
    if execution.max_volume_share is not None:
        yield f"execution.max_volume_share is {execution.max_volume_share}"
    for name in type(exits).model_fields:
        if getattr(exits, name) is not None:
            yield f"exits.{name} is set"
    for name in type(risk).model_fields:
        if name != "on_breach" and getattr(risk, name) is not None:
            yield f"risk.{name} is {getattr(risk, name)}"
