"""The cases on the package itself, under `execution.preset: vectorbt`."""

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np

import admf_jit as aj
from admf_jit.config import AccountConfig, ExecutionConfig, ExitsConfig, RiskConfig
from admf_jit.config.costs import PercentCommission, PercentSlippage
from admf_jit.data import MarketData
from admf_jit.data.market_data import build
from admf_jit.parameter_grid import ContainerSpec
from admf_jit.strategies.compiled import CompiledStrategy, compile_strategy
from admf_jit.strategies.declaration import definition_of
from admf_jit.workers.inputs import InputBuilder
from admf_jit.workers.single import run_traced
from admf_kernels.constants import EVENT_DTYPE, METRIC_NAMES, EventKind
from tests.oracles.vectorbt.cases import Case

DAY = 86_400_000_000_000
SYMBOL = "CASE"


@aj.strategy
class Script:
    """Answers with the signals that stand in the bar's volume, a bit each."""

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        flags = int(bar.volume)
        return aj.signals(
            flags & 1 != 0,
            flags & 2 != 0,
            flags & 4 != 0,
            flags & 8 != 0,
        )


class Played(NamedTuple):
    """What the package did: orders as [bar, side, size, price, fees], equity at each close, final equity."""

    orders: list[list[Any]]
    equity: list[float]
    final_equity: float


def market_data(case: Case) -> MarketData:
    """Return the case's bars, one a day, with its signals as volume."""
    flags = zip(*vars(case.signals).values(), strict=True)
    volume = [sum(flag << bit for bit, flag in enumerate(bar)) for bar in flags]
    columns = {**vars(case.bars), "volume": volume}
    values = {name: np.array([column], np.float64) for name, column in columns.items()}
    return build("case", (SYMBOL,), np.arange(len(volume)) * DAY, values, timezone="UTC", timeframe="1d")


def settings(case: Case) -> dict[str, Any]:
    """Return the case's rules as settings of `aj.backtest`."""
    rules = case.rules
    return {
        "preset": "vectorbt",
        "cash": rules.cash,
        "sizing": None if math.isinf(rules.size) else {"type": "quantity", "quantity": rules.size},
        "lot_size": rules.size_granularity or 0.0,
        "commission": {"type": "percent", "rate": rules.fees, "amount": rules.fixed_fees},
        "slippage": {"type": "percent", "rate": rules.slippage},
        "fill": rules.fill,
        "stop_exit_price": rules.stop_exit_price,
        "stop_entry_price": rules.stop_entry_price,
        "exits": {
            "stop_loss": None if rules.trailing else rules.stop_loss,
            "trailing_stop": rules.stop_loss if rules.trailing else None,
            "take_profit": rules.take_profit,
        },
    }


def play(case: Case) -> Played:
    """Run a case on the compiled kernel, without a store; fees of a price and more, which settings refuse, included."""
    given = settings(case)
    # Some cases ask for fees of 100 % and more, at which cash and proceeds meet: the rules hold there too.
    commission = PercentCommission.model_construct(**given["commission"])
    slippage = PercentSlippage.model_construct(**given["slippage"])
    account = AccountConfig.model_validate({key: given[key] for key in ("cash", "sizing", "lot_size")})
    execution = ExecutionConfig.model_validate(
        {key: given[key] for key in ("preset", "fill", "stop_exit_price", "stop_entry_price")}
    )
    data = market_data(case)
    container = ContainerSpec(
        index=0,
        container_id="",
        seed=0,
        symbol=SYMBOL,
        swept={},
        parameters={},
        account=account.model_copy(update={"commission": commission, "slippage": slippage}),
        execution=execution,
        exits=ExitsConfig.model_validate(given["exits"]),
        risk=RiskConfig(),
    )
    compiled = _compiled()
    inputs = InputBuilder(
        compiled.definition, data.symbols, data.bars_per_year, uses_random=compiled.uses_random
    ).build([container])
    outcome = run_traced(compiled.module, data, inputs)
    assert outcome.error is None, (case.seed, outcome.error)
    metrics = dict(zip(METRIC_NAMES, outcome.metrics.tolist(), strict=True))
    return played(outcome.events, metrics)


def played(records: np.ndarray, metrics: dict[str, float]) -> Played:
    """Return what the events and the metrics of a container tell."""
    assert records.dtype == EVENT_DTYPE
    orders = [
        [int(fill["bar"]), "buy" if fill["quantity"] > 0 else "sell", abs(float(fill["quantity"]))]
        + [float(fill["price"]), float(fill["fee"])]
        for fill in records[records["kind"] == EventKind.FILL]
    ]
    equity = records[records["kind"] == EventKind.PORTFOLIO_UPDATE]["value"].tolist()
    return Played(orders, equity, metrics["final_equity"])


@cache
def _compiled() -> CompiledStrategy:
    return compile_strategy(definition_of(Script), "vectorbt")
