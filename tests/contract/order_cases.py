"""Cases of the order engine that any engine can play: bars, settings, a strategy whose parameters are its script."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

import pandas as pd

import admf_jit as aj
from admf_jit.data import MarketData
from admf_jit.results import BacktestResult
from admf_jit.workers.inputs import random_state
from tests.reference import order_engine
from tests.reference.bars import Bars, bars_from_frame
from tests.reference.indicators import Values
from tests.reference.order_bounds import run_bounds
from tests.reference.order_random_stream import uniform_stream
from tests.reference.order_records import Event
from tests.reference.order_settings import OrderSettings

#: The engines that tests of cases run on.
ENGINES = ("reference", "compiled")
CALLS = (
    "", "answer", "market", "limit", "stop", "stop_limit", "trailing_amount", "trailing_percent", "trailing_atr",
    "market_on_close", "bracket", "oco", "cancel", "cancel_all", "modify", "modify_stop", "modify_quantity",
)  # fmt: skip
NAN = math.nan


@aj.strategy
class Script:
    """Makes up to five calls, each at the bar `at`; `call` is a place in CALLS, x, y and z are its numbers.

    The limit of a bracket's entry is in `minutes`.
    """

    at0: int = -1
    call0: int = 0
    x0: float = 0.0
    y0: float = 0.0
    z0: float = 0.0
    tif0: int = 0
    minutes0: int = 0
    reduce0: bool = False
    at1: int = -1
    call1: int = 0
    x1: float = 0.0
    y1: float = 0.0
    z1: float = 0.0
    tif1: int = 0
    minutes1: int = 0
    reduce1: bool = False
    at2: int = -1
    call2: int = 0
    x2: float = 0.0
    y2: float = 0.0
    z2: float = 0.0
    tif2: int = 0
    minutes2: int = 0
    reduce2: bool = False
    at3: int = -1
    call3: int = 0
    x3: float = 0.0
    y3: float = 0.0
    z3: float = 0.0
    tif3: int = 0
    minutes3: int = 0
    reduce3: bool = False
    at4: int = -1
    call4: int = 0
    x4: float = 0.0
    y4: float = 0.0
    z4: float = 0.0
    tif4: int = 0
    minutes4: int = 0
    reduce4: bool = False

    def on_bar(self, bar, position, orders):  # type: ignore[no-untyped-def]
        answer = aj.KEEP
        for slot in range(5):
            at, call, x, y, z = self.at0, self.call0, self.x0, self.y0, self.z0
            tif, minutes, reduce = self.tif0, self.minutes0, self.reduce0
            if slot == 1:
                at, call, x, y, z = self.at1, self.call1, self.x1, self.y1, self.z1
                tif, minutes, reduce = self.tif1, self.minutes1, self.reduce1
            elif slot == 2:
                at, call, x, y, z = self.at2, self.call2, self.x2, self.y2, self.z2
                tif, minutes, reduce = self.tif2, self.minutes2, self.reduce2
            elif slot == 3:
                at, call, x, y, z = self.at3, self.call3, self.x3, self.y3, self.z3
                tif, minutes, reduce = self.tif3, self.minutes3, self.reduce3
            elif slot == 4:
                at, call, x, y, z = self.at4, self.call4, self.x4, self.y4, self.z4
                tif, minutes, reduce = self.tif4, self.minutes4, self.reduce4
            if at != bar.index:
                continue
            until = 0 if minutes == 0 else bar.time + minutes * 60_000_000_000
            if tif == 8:
                y = NAN  # which no parameter can be
                tif = 0
            if call == 1:
                answer = int(x)
            elif call == 2:
                orders.market(x, reduce)
            elif call == 3:
                orders.limit(x, y, tif, until, reduce)
            elif call == 4:
                orders.stop(x, y, tif, until, reduce)
            elif call == 5:
                orders.stop_limit(x, y, z, tif, until, reduce)
            elif call == 6:
                orders.trailing_amount(x, y, reduce)
            elif call == 7:
                orders.trailing_percent(x, y, reduce)
            elif call == 8:
                orders.trailing_atr(x, y, reduce)
            elif call == 9:
                orders.market_on_close(x, reduce)
            elif call == 10:
                orders.bracket(x, y, z, float(minutes))
            elif call == 11:
                orders.oco(int(x), int(y))
            elif call == 12:
                orders.cancel(int(x))
            elif call == 13:
                orders.cancel_all()
            elif call == 14:
                orders.modify(int(x), NAN, y)
            elif call == 15:
                orders.modify(int(x), NAN, NAN, y)
            elif call == 16:
                orders.modify(int(x), y)
        return answer


@dataclass(frozen=True)
class Call:
    """One call of a script, at a bar."""

    at: int
    name: str
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    tif: int = 0
    minutes: int = 0
    reduce: bool = False


@dataclass(frozen=True)
class Case:
    """Bars, settings, and a strategy with its parameters.

    ``n_before`` of the bars come before bar 0, and ``history`` says what of them warms indicators up; ``begin`` is the
    first bar that may be evaluated. ``indicators`` are the strategy's, from bars and its parameters, and ``warmup`` is
    theirs.
    """

    frame: pd.DataFrame
    settings: OrderSettings
    strategy: Any = Script
    parameters: dict[str, Any] = field(default_factory=dict)
    master_seed: int = 0
    n_before: int = 0
    history: str | int = "all"
    begin: int = 0
    indicators: Callable[[Bars, dict[str, Any]], dict[str, Values]] | None = None
    warmup: int = 0

    @property
    def bars(self) -> Bars:
        """The bars as the reference takes them."""
        return bars_from_frame(self.frame).evaluated_from(self.n_before, self.history)

    @property
    def data(self) -> MarketData:
        """The bars as the package takes them."""
        extra = [name for name in self.frame.columns if name not in ("open", "high", "low", "close", "volume")]
        data = aj.load(self.frame, allow_nonpositive=bool((self.frame["low"] <= 0).any()), extra=extra or None)
        return data.select(start=self.frame.index[self.n_before], history=self.history) if self.n_before else data


@dataclass(frozen=True)
class Played:
    """What an engine made of a case; `equity` is that at the end of each bar."""

    status: str
    events: list[Event]
    equity: list[float]
    metrics: dict[str, float]
    seed: int = 0

    @property
    def fills(self) -> list[tuple[int, float, float]]:
        """Bar, price and signed quantity of each fill."""
        return [(e.bar, e.price, e.quantity) for e in self.events if e.kind == "FILL"]

    @property
    def fees(self) -> list[float]:
        """Commission of each fill."""
        return [e.fee for e in self.events if e.kind == "FILL"]

    def told(self, kind: str) -> list[tuple[int, str, int]]:
        """Bar, reason and order number of each event of a kind."""
        return [(e.bar, e.reason, e.order) for e in self.events if e.kind == kind]

    def ordered(self, reason: str = "") -> list[tuple[int, int, float, float]]:
        """Bar, number, price and quantity of each ORDER event with a reason."""
        return [(e.bar, e.order, e.price, e.quantity) for e in self.events if e.kind == "ORDER" and e.reason == reason]

    def cause(self, event: Event) -> Event:
        """The event that led to another."""
        return self.events[event.cause]

    def first(self, kind: str) -> Event:
        """The first event of a kind."""
        return next(event for event in self.events if event.kind == kind)


def frame_of(*rows: tuple[float, ...], times: list[str] | None = None, step: str = "1h") -> pd.DataFrame:
    """Bars of (open, high, low, close) or with a volume after; hourly from nine o'clock unless times are given."""
    full = [row if len(row) == 5 else (*row, 1000.0) for row in rows]
    index = (
        pd.DatetimeIndex(times, tz="UTC")
        if times
        else pd.date_range("2024-01-02 09:00", periods=len(rows), freq=step, tz="UTC")
    )
    return pd.DataFrame(full, columns=["open", "high", "low", "close", "volume"], index=index.rename("time")).astype(
        float
    )


def scripted(frame: pd.DataFrame, *calls: Call, **settings: Any) -> Case:
    """A case with a script of calls."""
    parameters: dict[str, Any] = {}
    for slot, call in enumerate(calls):
        values = {"call": CALLS.index(call.name), "tif": call.tif, "minutes": call.minutes, "reduce": call.reduce}
        values |= {"at": call.at, "x": float(call.x), "y": float(call.y), "z": float(call.z)}
        parameters |= {f"{name}{slot}": value for name, value in values.items()}
    return Case(frame, OrderSettings(**settings), Script, parameters)


def play(engine: str, case: Case, seed: int = 0) -> Played:
    """Let an engine play a case. The seed of its costs is the container's own; the reference has to be told it."""
    return _compiled(case) if engine == "compiled" else _reference(case, seed)


def decide_of(case: Case, bars: Bars) -> Callable[..., Any]:
    """`on_bar` of the case's strategy as plain Python: its class attributes are the state it starts from."""
    actor = object.__new__(case.strategy)
    for name, value in case.parameters.items():
        setattr(actor, name, value)
    bound: Callable[..., Any] = actor.on_bar
    if actor.on_bar.__func__.__code__.co_argcount == 3:
        bound = lambda bar, position, orders: actor.on_bar(bar, position)  # noqa: E731
    if case.indicators is None:
        return bound
    columns = case.indicators(bars.with_history, case.parameters)
    places = {time: place for place, time in enumerate(bars.with_history.time)}

    def decide(bar: Any, position: Any, orders: Any) -> Any:
        for name, values in columns.items():
            setattr(actor, name, values[places[bar.time]])
        return bound(bar, position, orders)

    return decide


def _reference(case: Case, seed: int) -> Played:
    bars, settings = case.bars, case.settings
    first = {"warmup": case.warmup, "begin": case.begin}
    # Words 7 to 12 of a container's state belong to its costs.
    words = random_state(seed)[6:].tolist()
    if settings.intrabar == "bounds":
        outcome = run_bounds(bars, settings, lambda: decide_of(case, bars), **first)
    else:
        outcome = order_engine.run(bars, settings, decide_of(case, bars), **first, uniform=uniform_stream(words))
    metrics = {**outcome.metrics, "risk_breaches": outcome.risk_breaches}
    return Played(outcome.status, outcome.events, outcome.equity, metrics, seed)


def api_keywords(settings: OrderSettings) -> dict[str, Any]:
    """Keywords of `aj.backtest` for what is not as by default."""
    default = OrderSettings()
    return {
        each.name: getattr(settings, each.name)
        for each in fields(OrderSettings)
        if getattr(settings, each.name) != getattr(default, each.name)
    }


def configuration(settings: OrderSettings) -> dict[str, Any]:
    """The blocks of a configuration for what is not as by default."""
    account = api_keywords(settings)
    names = ("fill", "close_at_end", "intrabar", "max_volume_share", "order_capacity")
    execution = {name: account.pop(name) for name in names if name in account}
    blocks = {name: account.pop(name) for name in ("exits", "risk") if name in account}
    return {"account": account, "execution": execution, **blocks}


def _compiled(case: Case) -> Played:
    strategy = case.strategy(**case.parameters)
    keywords = api_keywords(case.settings)
    return played_by(aj.backtest(strategy, case.data, raise_errors=False, master_seed=case.master_seed, **keywords))


def played_by(result: BacktestResult) -> Played:
    """What a result of the package shows."""
    names = [each.name for each in fields(Event)]
    events = [Event(**{name: row[name] for name in names}) for row in result.events[names].to_dict("records")]
    last = {event.bar: event.value for event in events if event.kind == "PORTFOLIO_UPDATE"}
    return Played(result.status, events, list(last.values()), dict(result.metrics), result.seed)
