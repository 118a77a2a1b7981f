"""Containers over several symbols, and target weights (docs/trading-model.md section 16)."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.reference.bars import Bars, bars_per_year, oldest_of
from tests.reference.order_container import Container
from tests.reference.order_engine import Decide, add_symbol, ask_each, container, no_random_stream, run_container
from tests.reference.order_limits import allowed
from tests.reference.order_records import Order, Outcome
from tests.reference.order_settings import NANOSECONDS, OrderSettings
from tests.reference.order_sizing import whole_lots
from tests.reference.order_symbol import Symbol

#: Answers for all symbols at once: the container and a list of zeros, an entry a symbol, which it writes weights into.
Weigh = Callable[[Container, list[float]], None]


@dataclass(frozen=True)
class Axis:
    """The union of the times of several symbols, with the session of each, and where each symbol's bars are.

    `delisted` has the prices that are given for symbols that end.
    """

    time: list[int]
    session: list[int]
    symbols: dict[str, Bars]
    places: dict[str, list[int]]
    zone: str = "UTC"
    delisted: dict[str, float] = field(default_factory=dict)

    @property
    def per_year(self) -> float:
        """Bars of the axis per year (section 1)."""
        return bars_per_year(self.time, self.session, self.zone)

    def evaluated_from(self, first: int, history: str | int = "all") -> "Axis":
        """The axis from place `first` on; all, none or so many of its places before it are the history (section 1)."""
        oldest, session = oldest_of(first, history), self.session[first]
        symbols, places = {}, {}
        for name, bars in self.symbols.items():
            n_unused, n_before = (sum(place < limit for place in self.places[name]) for limit in (oldest, first))
            symbols[name] = bars.split(n_unused, n_before, session)
            places[name] = [place - first for place in self.places[name][n_before:]]
        moved = [number - session for number in self.session[first:]]
        return Axis(self.time[first:], moved, symbols, places, self.zone, self.delisted)


def merged(symbols: dict[str, Bars], zone: str = "UTC") -> Axis:
    """Put symbols on one axis; the sessions of their bars become those of the axis."""
    time = sorted({moment for bars in symbols.values() for moment in bars.time})
    session: list[int] = []
    for place, moment in enumerate(time):
        new = place > 0 and local_date(moment, zone) != local_date(time[place - 1], zone)
        session.append(session[-1] + new if session else 0)
    place_of = {moment: place for place, moment in enumerate(time)}
    places = {name: [place_of[moment] for moment in bars.time] for name, bars in symbols.items()}
    own = {
        name: Bars(bars.time, [session[place] for place in places[name]],
                   bars.open, bars.high, bars.low, bars.close, bars.volume, own=bars.own)
        for name, bars in symbols.items()
    }  # fmt: skip
    return Axis(time, session, own, places, zone)


def local_date(moment: int, zone: str) -> date:
    """Date on the zone's calendar of a time in UTC nanoseconds."""
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=moment // NANOSECONDS)
    return utc.astimezone(ZoneInfo(zone)).date()


def _shared(axis: Axis, settings: OrderSettings, uniform: Callable[[], float], zone: str) -> Container:
    c = container(axis.time, axis.session, axis.per_year, settings, uniform, zone)
    for name, bars in axis.symbols.items():
        add_symbol(c, name, bars, axis.places[name], axis.delisted.get(name))
    return c


def run_portfolio(
    axis: Axis,
    settings: OrderSettings,
    decides: list[Decide],
    *,
    warmup: int = 0,
    begin: int = 0,
    uniform: Callable[[], float] = no_random_stream,
    zone: str = "UTC",
) -> Outcome:
    """Run a strategy with `on_bar` over all symbols; `decides` has one for each, as each has its own state."""
    return run_container(_shared(axis, settings, uniform, zone), lambda c: ask_each(c, decides, warmup, begin))


def run_alone(
    axis: Axis,
    settings: OrderSettings,
    name: str,
    decide: Decide,
    *,
    warmup: int = 0,
    begin: int = 0,
    uniform: Callable[[], float] = no_random_stream,
    zone: str = "UTC",
) -> Outcome:
    """Run a strategy with `on_bar` on one symbol of several, whose axis has bars that it does not have."""
    c = container(axis.time, axis.session, axis.per_year, settings, uniform, zone)
    add_symbol(c, name, axis.symbols[name], axis.places[name], axis.delisted.get(name))
    return run_container(c, lambda c: ask_each(c, [decide], warmup, begin))


def run_weights(
    axis: Axis,
    settings: OrderSettings,
    weigh: Weigh,
    rebalance: str,
    *,
    warmup: int = 0,
    begin: int = 0,
    uniform: Callable[[], float] = no_random_stream,
    zone: str = "UTC",
) -> Outcome:
    """Run a strategy with `target_weights` on one of the schedules."""

    def ask(c: Container) -> None:
        if c.bar >= begin and _due(c, rebalance, begin) and any(symbol.n_known > warmup for symbol in c.symbols):
            _rebalance(c, weigh)

    return run_container(_shared(axis, settings, uniform, zone), ask)


def _due(c: Container, rebalance: str, begin: int) -> bool:
    """Whether weights are asked for at this bar, `begin` being the first that may be."""
    if c.bar == begin or rebalance == "bar":
        return True
    if rebalance == "session":
        return c.new_session()
    now, before = (local_date(c.time[bar], c.zone) for bar in (c.bar, c.bar - 1))
    if rebalance == "month":
        return (now.year, now.month) != (before.year, before.month)
    return now.isocalendar()[:2] != before.isocalendar()[:2]


def _rebalance(c: Container, weigh: Weigh) -> None:
    """Ask for weights, and send an order for each position that is not what its weight makes it."""
    features = c.emit(c.first, "FEATURES", c.bar_event)
    weights = [0.0] * len(c.symbols)
    weigh(c, weights)
    equity = c.equity
    changes = []
    for symbol in c.here:
        weight = weights[symbol.number]
        if not math.isfinite(weight):
            continue
        target = math.copysign(1.0, weight) * whole_lots(symbol, abs(weight) * equity / symbol.close)
        if symbol.quantity_to_target(target) != 0.0 or _pending(symbol):
            changes.append((symbol, weight, target))

    def rises(change: tuple[Symbol, float, float]) -> bool:
        symbol, weight, _ = change
        return weight * equity >= symbol.position * symbol.close

    for symbol, weight, target in sorted(changes, key=rises):
        _aim(symbol, weight, target, features)


def _pending(c: Symbol) -> list[Order]:
    """The order of the symbol's weight before, if it still works."""
    return [order for order in c.in_order() if order.direction is not None]


def _aim(c: Symbol, weight: float, target: float, features: int) -> None:
    signal = c.emit("SIGNAL", features, price=c.close, quantity=weight)
    for order in _pending(c):
        c.cancel(order, signal, "replaced")
    if c.quantity_to_target(target) == 0.0:
        return
    direction = (target > 0) - (target < 0)
    order = c.new_order("market", c.quantity_to_target(target), direction=direction, target=target, retries=True)
    if allowed(c, order, signal):
        c.send(order, signal)
