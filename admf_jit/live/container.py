"""A container that goes on bar by bar, on the engine that backtests it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numba import config as numba_config
from numpy.typing import NDArray

from admf_jit.config.account import COLUMNS
from admf_jit.data import MarketData
from admf_jit.data.own_series import MadeColumn
from admf_jit.data.selection import first_of_history
from admf_jit.errors import ConfigError
from admf_jit.live.bars import Bar, LiveBars
from admf_jit.live.market_bars import LiveMarket
from admf_jit.live.memory import KeptMemory
from admf_jit.live.reels import CAPACITY
from admf_jit.live.series import LiveSeries, names_of
from admf_jit.parameter_grid import ALL_SYMBOLS, ContainerSpec
from admf_jit.strategies.first_bars import first_evaluated
from admf_jit.strategies.generate import PORTFOLIO_ENGINE
from admf_jit.strategies.kept_engines import bytes_of_kept, on_kept_engine
from admf_jit.strategies.nested_functions import source_rows
from admf_jit.workers.batch import new_ring
from admf_jit.workers.failures import MESSAGES
from admf_jit.workflow.actions import is_bad, what_is_meant
from admf_jit.workflow.prepared import Prepared
from admf_kernels.addresses import address_of
from admf_kernels.constants import ACTION_DTYPE, METRIC_NAMES, OUTCOME_COLUMNS, Outcome
from admf_kernels.kept import HEADER_BYTES, bytes_of_memory, header_at
from admf_kernels.order_engine.actions import NEVER
from admf_kernels.order_engine.kept_symbols import place_of_history

#: Bars that stay in memory beside those that indicators and sizes look back over.
_MORE_KEPT = 128
#: Events of one bar that there is room for, at least.
_LEAST_EVENTS = 1 << 14
_LARGEST = 16


class LiveContainer:
    """One container, its state between bars, and the bars that it looks back on.

    ``n_events`` is the sequence number of the next event, ``ended`` why it takes no more bars, or None.
    """

    def __init__(self, prepared: Prepared, spec: ContainerSpec, capacity: int = CAPACITY) -> None:
        _refuse(prepared, spec)
        self.spec = spec
        data = _data_of(prepared, spec)
        self.symbols = data.symbols
        self.ended: str | None = None
        self.n_events = 0
        self._module = on_kept_engine(prepared.compiled.module, prepared.engine)
        inputs = prepared.inputs.build([spec])
        self._settings = inputs.settings.copy()
        self._settings["close_at_end"] = False
        self._settings["evaluation_start"] = 0
        oldest = first_of_history(data.n_bars, prepared.config.data.history)
        self.bars: LiveBars | LiveMarket
        keep = self._looked_back(prepared, spec)
        orders = int(self._settings["order_capacity"][0])
        n_bytes, n_symbols = self._module.bytes_with_sources(capacity), data.n_symbols
        size = bytes_of_kept(prepared.engine, n_bytes, orders, n_symbols)
        of_several = prepared.engine == PORTFOLIO_ENGINE
        self.bars = (LiveMarket if of_several else LiveBars)(data, oldest, keep, capacity)
        series = prepared.definition.series
        self._series = None
        if series:
            broken = [one for one in prepared.definition.indicators.values() if not one.kind.takes_gaps]
            unbroken = {one.own.name for one in broken if one.own is not None and not one.own.clock}
            axis = self.bars.axis
            self._series = LiveSeries(series, data, oldest, axis, keep, capacity, unbroken=unbroken)
        self.columns, self._acting = columns_of(prepared, spec)
        self._actions = np.zeros(len(self._acting) * n_symbols, ACTION_DTYPE)
        self._definition, self._engine = prepared.definition, prepared.engine
        self._keep = keep
        self._parameters = dict(spec.parameters)
        self._rows, begins = _grown(prepared, n_symbols, n_bytes, capacity)
        self._memory = KeptMemory(-(-size // 8), begins, capacity)
        if isinstance(self.bars, LiveMarket):
            for slot, count in enumerate(self.bars.own_counts.tolist()):
                self._memory.words[place_of_history(n_bytes, n_symbols, slot)] = count
        self._header = header_at(address_of(self._memory.words))
        self._outcomes = np.zeros((1, len(OUTCOME_COLUMNS)), np.int64)
        self._metrics = np.full((1, len(METRIC_NAMES)), np.nan)
        self._ring = new_ring(max(_LEAST_EVENTS, 1 << (_LARGEST * orders - 1).bit_length()))
        self._arguments = (
            *self.bars.columns(),
            np.zeros((n_symbols, 0, 6, 1)) if self._series is None else self._series.higher,
            np.zeros((n_symbols, 0, 1), np.int64) if self._series is None else self._series.completed,
            np.full(n_symbols, np.nan),
            self._actions,
            inputs.symbol if spec.symbol == ALL_SYMBOLS else np.zeros(1, np.int64),
            inputs.parameters,
            self._settings,
            inputs.random_state,
            self._ring,
            False,
            self._metrics,
            self._outcomes,
        )
        self._function = self._module.load(address_of(self._memory.words)).function

    @property
    def count(self) -> int:
        """How many bars have come, the history's apart."""
        return self.bars.axis.count

    def step(self, *bars: Bar) -> NDArray[np.void]:
        """Take the next bar, or those of all symbols at the next time: events, EVENT_DTYPE, good until the next one."""
        self.bars.append(bars)
        if self._series is not None:
            self._series.append(bars)
        before = self.n_events
        self._act(bars)
        self._run_to(self.count)
        self.bars.give_back()
        if self._series is not None:
            self._series.give_back()
        if self._rows:
            self._memory.give_back(self._row_counts(), self._keep)
        places = np.arange(before, self.n_events) & (len(self._ring) - 1)
        first = before & (len(self._ring) - 1)
        if first + len(places) <= len(self._ring):
            return self._ring[first : first + len(places)]
        wrapped: NDArray[np.void] = self._ring[places]
        return wrapped

    def refusal(self, bar: Bar) -> str | None:
        """Why a bar cannot be taken, or None."""
        for place, _, key in self._acting:
            value = bar.own[place]
            if value is not None and is_bad(key, np.array(value), np.array(np.nan)):
                return f"{self.columns[place]} is {value:g}; expected {what_is_meant(key)}, or null"
        missing = None if self._series is None else self._series.misses_value(bar)
        if missing is None:
            return None
        return (
            f"{missing} has no value, and an indicator of it would not show the gap; expected a number after the first"
        )

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of the bars that have come."""
        return dict(zip(METRIC_NAMES, self._metrics[0].tolist(), strict=True))

    @property
    def can_restore(self) -> bool:
        """Whether the state can be kept: in plain Python that of a strategy is an object of this process."""
        return not numba_config.DISABLE_JIT

    def state(self) -> dict[str, NDArray[Any]]:
        """All that has to be kept to go on in another process, but for the history."""
        series = {} if self._series is None else self._series.state()
        memory = self._memory.state(self._row_counts(), self._keep)
        return {**memory, "outcomes": self._outcomes, **self.bars.state(), **series}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what was kept. Raises ValueError where that is no state of this container."""
        if state["outcomes"].shape != self._outcomes.shape:
            raise ValueError("the state has another size")
        self._outcomes[:] = state["outcomes"]
        self.n_events = int(self._outcomes[0, 2])
        self.bars.restore(state)
        if self._series is not None:
            self._series.restore(state)
        self._memory.restore(state, self._row_counts())

    def _row_counts(self) -> list[int]:
        """How many values each row has of what indicators read of others."""
        return [0 if row is None else self._bars_had(*row) for row in self._rows]

    def _bars_had(self, symbol: int, timeframe: str | None) -> int:
        if timeframe is not None and self._series is not None:
            return self._series.count_of(symbol, timeframe)
        return (
            int(self.bars.own_counts[symbol]) if isinstance(self.bars, LiveMarket) else self.count + self.bars.n_history
        )

    def _run_to(self, stop: int) -> None:
        self._header.stop = stop
        header = self._header
        is_known = header.first < header.start or header.start == 0
        if self._series is not None and isinstance(self.bars, LiveBars) and not is_known:
            # An engine knows it from the first bar on, where all bars are there.
            first = first_evaluated(self._definition, self._parameters, self._series.completed[0])
            header.first = max(first - self.bars.n_history, 0) + (self._engine == "backtesting.py")
        before = self.n_events
        try:
            self._function(*self._arguments)
        except Exception as problem:
            self.ended = self._module.explain(problem)
            return
        outcome = Outcome(int(self._outcomes[0, 0]))
        self.n_events = int(self._outcomes[0, 2])
        if outcome is not Outcome.DONE:
            message = MESSAGES.get(outcome, "the strategy raised")
            self.ended = self._module.place_return_value(message) if outcome is Outcome.UNKNOWN_DIRECTION else message
        elif self.n_events - before > len(self._ring):
            self.ended = f"more than {len(self._ring):,} events at one bar"

    def _act(self, bars: Sequence[Bar]) -> None:
        """Put down what acts on positions at the next bar; what is left of others has passed, or has no column."""
        place = 0
        self._actions["column"] = -1
        columns = {column: place_of for place_of, column, _ in self._acting}
        for bar in bars:
            for column, place_of in columns.items():
                value = bar.own[place_of]
                if value:
                    symbol = self.symbols.index(bar.symbol)
                    self._actions[place] = (self.count - 1, symbol, column, value)
                    place += 1
        self._actions["bar"][place:] = NEVER

    def _looked_back(self, prepared: Prepared, spec: ContainerSpec) -> int:
        indicators = prepared.definition.indicators.values()
        warmups = [indicator.warmup(dict(spec.parameters)) for indicator in indicators]
        return max([*warmups, int(self._settings["sizing_period"][0])], default=0) + _MORE_KEPT


def columns_of(prepared: Prepared, spec: ContainerSpec) -> tuple[tuple[str, ...], tuple[tuple[int, int, str], ...]]:
    """The columns of one's own that a container has to be fed, and which of them act on positions.

    Those by their places among the columns, each with its number in the settings, and the key that names it.
    """
    named = {key: getattr(spec.account, key) for key in COLUMNS}
    acting = {key: str(name) for key, name in named.items() if name is not None}
    columns = tuple(dict.fromkeys((*names_of(prepared.definition.series), *acting.values())))
    known = tuple(prepared.data.extra)
    return columns, tuple((columns.index(name), 1 + known.index(name), key) for key, name in acting.items())


def _data_of(prepared: Prepared, spec: ContainerSpec) -> MarketData:
    """The bars of the symbols that a container trades."""
    whole = prepared.data.with_history
    if spec.symbol == ALL_SYMBOLS or whole.symbols == (spec.symbol,):
        return whole
    return whole.select(symbols=[spec.symbol])


def _refuse(prepared: Prepared, spec: ContainerSpec) -> None:
    if spec.execution.intrabar == "bounds":
        raise ConfigError(
            "execution.intrabar: bounds are two runs of a backtest, and live can trade one of them; expected "
            "stop_first or target_first"
        )
    if prepared.engine == PORTFOLIO_ENGINE:
        if spec.symbol != ALL_SYMBOLS:
            raise ConfigError(f"data.symbols: {prepared.why_engine}; expected [{spec.symbol}] alone")
        if spec.account.sizing is not None and spec.account.sizing.type == "volatility":
            raise ConfigError("account.sizing: volatility over several symbols is not there in live; expected another")
    if prepared.definition.is_given:
        raise ConfigError(
            f"strategy: the signals of {prepared.definition.name} are given from outside for bars that are there; live "
            "has them from its feed: expected RUN --row INDEX of the run that they were given to"
        )
    if prepared.definition.symbols:
        others = ", ".join(prepared.definition.symbols)
        raise ConfigError(
            f"live has no indicators of other symbols: {prepared.definition.name} reads {others}; expected others, or "
            "a column of the feed"
        )
    made = [column.name for column in prepared.definition.own_columns if isinstance(column, MadeColumn)]
    if made:
        raise ConfigError(
            f"live has bars one by one, and {', '.join(made)} is made of all at once (@aj.vector_indicator); expected "
            "an indicator that takes bar after bar (@aj.indicator), or its values as a column of the feed"
        )


def _grown(
    prepared: Prepared, n_symbols: int, n_bytes: int, capacity: int
) -> tuple[list[tuple[int, str | None] | None], list[int]]:
    """The rows of what indicators read of others: whose bars each has, None for one unused; and where it begins.

    ``n_bytes`` are those of a container's memory, or of each of its symbols', with the rows.
    """
    rows = source_rows(prepared.definition)
    if not rows:
        return [], []
    if prepared.engine != PORTFOLIO_ENGINE:
        memories: list[int | None] = [0]
    else:
        # Those of the strategy, whose fields are made ahead, and then those of its indicators.
        memories = [*[None] * n_symbols, *range(n_symbols)]
    whose: list[tuple[int, str | None] | None] = []
    begins = []
    for memory, symbol in enumerate(memories):
        first = HEADER_BYTES + memory * bytes_of_memory(n_bytes) + prepared.compiled.module.n_bytes
        for place, (_, timeframe) in enumerate(rows):
            whose.append(None if symbol is None else (symbol, timeframe))
            begins.append(first // 8 + place * capacity)
    return whose, begins
