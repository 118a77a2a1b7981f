"""Cases of several symbols that both engines can play, and the strategies that play them."""

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

import admf_jit as aj
from admf_jit import ta
from admf_jit.config import load_config
from admf_jit.data import MarketData
from admf_jit.parameter_grid import build_grid
from admf_jit.results import BacktestResult
from admf_jit.strategies.compiled import CompiledStrategy
from admf_jit.workers.inputs import InputBuilder, random_state
from admf_jit.workers.single import run_traced
from admf_kernels.constants import METRIC_NAMES
from tests.contract.order_cases import Case, Played, configuration, decide_of
from tests.contract.test_order_random import impulses
from tests.reference import indicators
from tests.reference.bars import bars_from_frame
from tests.reference.order_container import Container
from tests.reference.order_portfolio import Axis, merged, run_alone, run_portfolio, run_weights
from tests.reference.order_portfolio_cases import PortfolioCase
from tests.reference.order_random_stream import uniform_stream
from tests.reference.order_records import Outcome

NAMES = ("DELTA", "ALFA", "CETA", "BETA")
AVERAGE, GROWTH = 3, 2


@aj.strategy
class Drifting:
    """Asks for weights as its stream of whole numbers, an average and a rate of change say."""

    stream: int = 1
    grid: float = 1.0
    unit: float = 0.1
    average = ta.sma(3)
    growth = ta.roc(2)
    word = 0

    def draw(self, n):  # type: ignore[no-untyped-def]
        self.word = (self.word * 1103515245 + 12345) % 2147483648
        return (self.word // 65536) % n

    def target_weights(self, market, weights):  # type: ignore[no-untyped-def]
        if self.word == 0:
            self.word = self.stream
        for i in range(len(weights)):
            what = self.draw(9)
            size = (1 + self.draw(6)) * self.unit
            if what < 2:
                weights[i] = size
            elif what == 2:
                weights[i] = -size
            elif what == 3:
                weights[i] = math.nan
            elif what == 4:
                weights[i] = 0.3719 * market.weights[i]
            elif what == 5:
                if self.growth[i] > 0.0:
                    weights[i] = size
            elif what == 6:
                # No close lies that little above an average of others.
                if market.has_bar[i] and market.ready[i]:
                    weights[i] = size if market.close[i] > self.average[i] + 0.1 * self.grid else -size
            elif what == 7:
                weights[i] = size if market.cash > 0.3 * market.equity else math.nan


def data_of(drawn: PortfolioCase) -> MarketData:
    """The bars as the package loads them."""
    extra = sorted({name for columns in drawn.own for name in columns}) or None
    data = aj.load(frames_of(drawn), delisted=delisted_of(drawn), extra=extra)
    return data.select(start=moments_of(drawn.hours)[0], history=drawn.before.history) if drawn.before.hours else data


def moments_of(hours: list[int]) -> pd.DatetimeIndex:
    """Times of bars."""
    return pd.DatetimeIndex(pd.Timestamp("2024-01-02", tz="UTC") + pd.to_timedelta(hours, unit="h"), name="time")


def delisted_of(drawn: PortfolioCase) -> dict[str, float]:
    """The prices of symbols that end, by their names."""
    return {NAMES[number]: price for number, price in drawn.delisted.items()}


def frames_of(drawn: PortfolioCase) -> dict[str, pd.DataFrame]:
    """A frame for each symbol."""
    moments = moments_of(drawn.before.hours + drawn.hours)
    frames = {}
    for name, before, evaluated in zip(NAMES, drawn.before.rows, drawn.rows, strict=False):
        rows = before + evaluated
        there = [t for t, row in enumerate(rows) if row is not None]
        columns = ["open", "high", "low", "close", "volume"]
        frames[name] = pd.DataFrame([rows[t] for t in there], columns=columns, index=moments[there])
        for column, values in (drawn.own[len(frames) - 1] if drawn.own else {}).items():
            frames[name][column] = [values[t] for t in there]
    return frames


def axis_of(drawn: PortfolioCase) -> Axis:
    """The bars as the reference takes them."""
    axis = merged({name: bars_from_frame(frame) for name, frame in frames_of(drawn).items()})
    axis = axis.evaluated_from(len(drawn.before.hours), drawn.before.history)
    return replace(axis, delisted=delisted_of(drawn))


def parameters_of(drawn: PortfolioCase, strategy: Any) -> dict[str, Any]:
    """Parameters of the strategy that plays a case."""
    given = {"stream": drawn.stream, "grid": drawn.grid, "unit": drawn.unit}
    return given | ({"busyness": drawn.busyness, "period": drawn.before.period} if strategy is not Drifting else {})


def play_reference(drawn: PortfolioCase, strategy: Any, seed: int, alone: str = "") -> Played:
    """Let the reference play a case, with the random numbers of the costs of a container's seed.

    With `alone`, only that symbol is traded.
    """
    axis, uniform = axis_of(drawn), uniform_stream(random_state(seed)[6:].tolist())
    given = parameters_of(drawn, strategy)
    if strategy is not Drifting:
        case = replace(impulses(pd.DataFrame(), drawn.settings, given, drawn.before), strategy=strategy)
        keywords = {"warmup": case.warmup, "begin": case.begin, "uniform": uniform}
        decides = {name: decide_of(case, bars) for name, bars in axis.symbols.items()}
        if alone:
            outcome = run_alone(axis, drawn.settings, alone, decides[alone], **keywords)
        else:
            outcome = run_portfolio(axis, drawn.settings, list(decides.values()), **keywords)
    else:
        outcome = _weights(drawn, axis, Case(pd.DataFrame(), drawn.settings, strategy, given), uniform)
    metrics = {**outcome.metrics, "risk_breaches": outcome.risk_breaches}
    return Played(outcome.status, outcome.events, outcome.equity, metrics, seed)


def _weights(drawn: PortfolioCase, axis: Axis, case: Case, uniform: Any) -> Outcome:
    actor = object.__new__(case.strategy)
    for name, value in case.parameters.items():
        setattr(actor, name, value)
    averages = [indicators.sma(bars.with_history.close, AVERAGE) for bars in axis.symbols.values()]
    growths = [indicators.roc(bars.with_history.close, GROWTH) for bars in axis.symbols.values()]
    warmup = max(AVERAGE - 1, GROWTH)

    def weigh(c: Container, weights: list[float]) -> None:
        equity = c.equity
        values = {"average": [math.nan] * len(c.symbols), "growth": [math.nan] * len(c.symbols)}
        for symbol in c.here:
            if symbol.n_known > warmup:
                values["average"][symbol.number] = averages[symbol.number][symbol.n_known - 1]
                values["growth"][symbol.number] = growths[symbol.number][symbol.n_known - 1]
        for name, value in values.items():
            setattr(actor, name, np.array(value))
        market = SimpleNamespace(
            cash=c.account.cash,
            equity=equity,
            close=[s.last_close if s.n_known > 0 else math.nan for s in c.symbols],
            has_bar=[s.here for s in c.symbols],
            ready=[s.n_known > warmup for s in c.symbols],
            weights=[s.position * s.last_close / equity if s.position else 0.0 for s in c.symbols],
        )
        actor.target_weights(market, weights)

    return run_weights(
        axis, drawn.settings, weigh, drawn.rebalance, warmup=warmup, begin=drawn.before.begin, uniform=uniform
    )


def play_compiled(compiled: CompiledStrategy, drawn: PortfolioCase, strategy: Any, alone: str = "") -> BacktestResult:
    """Let the package play a case, without the store that `aj.backtest` writes for each data set.

    With `alone`, it is the container of a sweep over `symbol` that trades only this one.
    """
    data = data_of(drawn)
    blocks = configuration(drawn.settings)
    if alone:
        blocks["optimization"] = {"parameters": {"symbol": [alone]}}
    else:
        blocks["execution"] |= {"portfolio": True, "rebalance": drawn.rebalance}
    fields = {"data": {"source": "sample"}, "strategy": {"type": "buy_and_hold"}, **blocks}
    grid = build_grid(
        load_config(fields),
        parameter_defaults={**compiled.definition.defaults, **parameters_of(drawn, strategy)},
        strategy_digest=compiled.digest,
        data_digest=data.digest,
        symbols=data.symbols,
        portfolio=not alone,
    )
    container = grid.container(0)
    builder = InputBuilder(
        compiled.definition, data.symbols, data.bars_per_year, uses_random=compiled.uses_random,
        evaluation_start=drawn.before.begin, columns=tuple(data.extra),
    )  # fmt: skip
    outcome = run_traced(compiled.module, data, builder.build([container]))
    who = (container.container_id, container.seed, container.parameters)
    metrics = dict(zip(METRIC_NAMES, outcome.metrics.tolist(), strict=True))
    return BacktestResult(metrics, outcome.error, *who, data, outcome.events)
