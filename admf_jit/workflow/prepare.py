"""Everything that a run needs, checked and at hand before the first container starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from admf_jit.config import Config
from admf_jit.config.combinations import with_combinations
from admf_jit.config.execution import VECTORBT
from admf_jit.data import MarketData
from admf_jit.data.given import QUANTITIES
from admf_jit.errors import ConfigError, StrategyError
from admf_jit.parameter_grid import Grid, build_grid
from admf_jit.parameter_grid.drawing import Points
from admf_jit.parameter_grid.open_grid import OpenGrid
from admf_jit.parameter_grid.survivors import Condition
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.formula import formula
from admf_jit.strategies.generate import (
    ORDER_ENGINE,
    PLAIN_ENGINE,
    PORTFOLIO_ENGINE,
    strategy_digest,
)
from admf_jit.strategies.own_columns import check_own_columns
from admf_jit.strategies.source import collect_source
from admf_jit.strategies.timeframes import check_timeframes
from admf_jit.workers.batch import keep_mapped
from admf_jit.workers.inputs import InputBuilder
from admf_jit.workflow.actions import check_actions
from admf_jit.workflow.configured import configured_strategy
from admf_jit.workflow.designs import load_design
from admf_jit.workflow.evaluation import latest_start, refuse_endless_warmup
from admf_jit.workflow.isolation import choose_isolation
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.run_data import load_data, map_data


def prepare(
    config: Config,
    *,
    definition: Definition | None = None,
    data: MarketData | None = None,
    conditions: Sequence[Condition] = (),
    points: Points | None = None,
    more_follows: bool = False,
) -> Prepared:
    """Load, compile and expand what ``config`` names; a definition or data already at hand are taken instead.

    What ``conditions``, Python functions, leave of a grid stands in the configuration as its combinations. ``points``
    are those that a search has drawn already. Where ``more_follows``, bars that are not there yet may warm it up.
    """
    definition = definition or configured_strategy(config)
    source = collect_source(definition)
    digest = strategy_digest(definition, source)
    _check_values(config, definition)
    mapped, store = map_data(data if data is not None else load_data(config))
    keep_mapped(mapped)
    check_own_columns(definition, mapped, more_follows=more_follows)
    check_timeframes(definition, mapped)
    _check_given(definition, mapped)
    _check_contract(config, definition, mapped)
    check_actions(config, source, mapped)
    grid = build_grid(
        config,
        parameter_defaults=definition.defaults,
        optional=definition.examples,
        strategy_digest=digest,
        data_digest=mapped.digest,
        symbols=mapped.symbols,
        portfolio=_trades_all(config, definition),
        conditions=conditions,
        points=points,
        design=load_design(config),
    )
    if conditions and not config.optimization.draws:
        config = with_combinations(config, grid.listed)
    if not more_follows:
        refuse_endless_warmup(definition, mapped, grid)
    engine, why_engine = _engine(config, definition, mapped, grid)
    isolation = choose_isolation(config, definition, source, engine, grid)
    start = 0
    if config.evaluation.start == "common":
        if isinstance(grid, OpenGrid):
            raise ConfigError(
                f"evaluation.start: is common, and method {config.optimization.method} does not know its containers "
                "ahead; expected own, and bars before data.start to warm all of them up"
            )
        start = latest_start(definition, mapped, grid)
        grid = grid.starting_at(start)
    inputs = InputBuilder(
        definition,
        mapped.symbols,
        mapped.bars_per_year,
        uses_random=source.uses_random,
        evaluation_start=start,
        columns=tuple(mapped.extra),
    )
    return Prepared(config, definition, digest, mapped, store, grid, engine, why_engine, isolation, inputs)


def _check_given(definition: Definition, data: MarketData) -> None:
    """Refuse to run what is given from outside over data that has none, or that lack bars."""
    if definition.is_given and (data.given is None or (data.given.kind == QUANTITIES) != definition.sends_orders):
        raise StrategyError(f"strategy {definition.name}: the data has no such columns: aj.from_signals makes them")
    if definition.is_given and data.has_missing_bars:
        raise StrategyError(f"strategy {definition.name}: the data lacks bars of some symbols")


def _check_contract(config: Config, definition: Definition, data: MarketData) -> None:
    """Refuse a contract that does not say what the prices of every symbol are worth."""
    if config.account.contract is not None:
        together = [data.symbols] if _trades_all(config, definition) else [(symbol,) for symbol in data.symbols]
        for symbols in together:
            config.account.multipliers(symbols)


def _engine(config: Config, definition: Definition, data: MarketData, grid: Grid) -> tuple[str, str | None]:
    """The engine that every container of a sweep runs on, the plain one where it is enough, and what asks for another.

    What settings ask for is decided by ``config.order_engine`` alone.
    """
    preset = config.execution.preset
    if preset is not None:
        _check_preset(preset, definition, data)
        return preset, "execution.preset"
    if _trades_all(config, definition):
        return PORTFOLIO_ENGINE, "a container trades all symbols"
    if data.has_missing_bars:
        return PORTFOLIO_ENGINE, "the data lacks bars of some symbols"
    reason = "on_bar sends orders of its own" if definition.sends_orders else grid.why_order_engine
    if reason is None and _has_nonpositive_prices(data):
        reason = "the data has prices at or below zero"
    return (PLAIN_ENGINE, None) if reason is None else (ORDER_ENGINE, reason)


def _has_nonpositive_prices(data: MarketData) -> bool:
    """Whether any price is at or below zero, which only data that allow it can have."""
    return data.allow_nonpositive and bool((data.low <= 0).any())


def _trades_all(config: Config, definition: Definition) -> bool:
    """Whether a container trades all symbols of the data."""
    swept = config.optimization.parameters
    if not definition.weighs and (config.execution.rebalance != "bar" or "execution.rebalance" in swept):
        raise ConfigError("execution.rebalance: the strategy has no target_weights to ask for; expected bar")
    return config.execution.portfolio or definition.weighs


def _check_preset(preset: str, definition: Definition, data: MarketData) -> None:
    if _has_nonpositive_prices(data):
        raise ConfigError(f"execution.preset: {preset} needs prices above zero, and the data has others")
    if data.has_missing_bars:
        raise ConfigError(f"execution.preset: {preset} needs every bar of every symbol, and the data lacks some")
    if preset == VECTORBT and definition.sends_orders:
        raise ConfigError(
            f"execution.preset: {preset} has directions and signals alone, and on_bar of {definition.name} takes orders"
        )
    if definition.weighs:
        raise ConfigError(f"execution.preset: {preset} has no target weights, and {definition.name} returns them")


def _check_values(config: Config, definition: Definition) -> None:
    """Refuse, by key, values that no container could run with."""
    problems = []
    for name, value in config.strategy.parameters.items():
        problems += _problems(definition, name, value, f"strategy.parameters.{name}")
    for name in config.optimization.parameters:
        for place, value in enumerate(config.optimization.values(name)):
            problems += _problems(definition, name, value, f"optimization.parameters.{name}[{place}]")
    if problems:
        raise ConfigError("\n".join(problems))


def _problems(definition: Definition, name: str, value: Any, key: str) -> list[str]:
    declared = definition.parameters.get(name)
    if declared is None:
        return []
    try:
        checked = declared.check(name, value)
        for indicator in definition.indicators.values():
            for argument, given in zip(indicator.kind.arguments, indicator.arguments, strict=True):
                if isinstance(given, str) and formula(given).names == (name,):
                    indicator.check_argument(argument, formula(given).value({name: checked}))
    except StrategyError as problem:
        return [f"{key}: {problem}"]
    return []
