"""The headline strategy as plain Python objects on event buses: one bus for all containers, or one each.

A comparison of architectures and not of languages: containers, handlers and events are the same, only the bus differs.
On the shared one a thread may meet events of other threads' containers, so it is locked while events are delivered:
without that, two threads would be inside one container. Topics are per container, so that nobody hears others' events.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

CASH = 100_000.0
RATE = 0.001
Handler = Callable[["Event"], None]


class Event(NamedTuple):
    """What happened, to which container, with the numbers that belong to it."""

    kind: str
    container: int
    first: float = 0.0
    second: float = 0.0


class Bus:
    """Delivers events in the order in which they come, those that handlers send too; locked if it is shared."""

    def __init__(self, *, shared: bool) -> None:
        self._lock: Any = threading.RLock() if shared else nullcontext()
        self._queue: deque[Event] = deque()
        self._handlers: dict[tuple[str, int], list[Handler]] = {}

    def subscribe(self, kind: str, container: int, handler: Handler) -> None:
        """Have `handler` called for a container's events of this kind."""
        with self._lock:
            self._handlers.setdefault((kind, container), []).append(handler)

    def emit(self, event: Event) -> None:
        """Add an event to those that wait."""
        with self._lock:
            self._queue.append(event)

    def deliver(self) -> None:
        """Deliver until nothing waits."""
        with self._lock:
            while self._queue:
                event = self._queue.popleft()
                for handler in self._handlers.get((event.kind, event.container), ()):
                    handler(event)


@dataclass(frozen=True)
class Parameters:
    """What a container is run with."""

    fast: int
    slow: int
    threshold: float
    position_size: float


class Container:
    """Indicators, strategy, broker and portfolio of one backtest, which talk over a bus."""

    def __init__(self, number: int, parameters: Parameters, bus: Bus) -> None:
        self.number, self.parameters, self.bus = number, parameters, bus
        self.closes: list[float] = []
        self.fast_total = self.slow_total = 0.0
        self.cash, self.held, self.price = CASH, 0.0, 0.0
        self.ordered: float | None = None
        self.peak = CASH
        self.max_drawdown = 0.0
        self.n_trades = 0
        for kind in ("BAR", "FEATURES", "SIGNAL", "ORDER", "FILL"):
            bus.subscribe(kind, number, getattr(self, f"on_{kind.lower()}"))

    def send(self, kind: str, first: float = 0.0, second: float = 0.0) -> None:
        self.bus.emit(Event(kind, self.number, first, second))

    def on_bar(self, event: Event) -> None:
        opened, self.price = event.first, event.second
        if self.ordered is not None:
            self.send("FILL", opened, self.ordered)
            self.ordered = None
        parameters, closes = self.parameters, self.closes
        closes.append(self.price)
        n = len(closes)
        self.fast_total += self.price - (closes[n - 1 - parameters.fast] if n > parameters.fast else 0.0)
        self.slow_total += self.price - (closes[n - 1 - parameters.slow] if n > parameters.slow else 0.0)
        self.send("FEATURES", self.fast_total / parameters.fast, self.slow_total / parameters.slow)

    def on_fill(self, event: Event) -> None:
        price, quantity = event.first, event.second
        if quantity > 0.0 and quantity * price * (1.0 + RATE) > self.cash:
            quantity = self.cash / (price * (1.0 + RATE))
        self.cash -= quantity * price + abs(quantity) * price * RATE
        self.n_trades += quantity < 0.0
        self.held = self.held + quantity if quantity > 0.0 else 0.0

    def on_features(self, event: Event) -> None:
        if len(self.closes) >= self.parameters.slow:
            gap = event.first / event.second - 1.0
            if gap > self.parameters.threshold and self.held == 0.0:
                self.send("SIGNAL", 1.0)
            elif gap < -self.parameters.threshold and self.held != 0.0:
                self.send("SIGNAL", 0.0)
        equity = self.cash + self.held * self.price
        self.peak = max(self.peak, equity)
        self.max_drawdown = min(self.max_drawdown, equity / self.peak - 1.0)

    def on_signal(self, event: Event) -> None:
        equity = self.cash + self.held * self.price
        self.send("ORDER", event.first * self.parameters.position_size * equity / self.price - self.held)

    def on_order(self, event: Event) -> None:
        self.ordered = event.first

    def run(self, bars: Sequence[tuple[float, float]]) -> None:
        """Feed all bars, (open, close) each, and have everything delivered that they cause."""
        for opened, closed in bars:
            self.send("BAR", opened, closed)
            self.bus.deliver()

    @property
    def result(self) -> tuple[float, int, float]:
        """Final equity, closed trades and deepest drawdown."""
        return self.cash + self.held * self.price, self.n_trades, self.max_drawdown


Result = tuple[float, int, float]


def run_shared(bars: Sequence[tuple[float, float]], work: Sequence[Parameters], n_threads: int) -> list[Result]:
    """All containers on one bus, run by threads."""
    bus = Bus(shared=True)
    containers = [Container(number, parameters, bus) for number, parameters in enumerate(work)]
    with ThreadPoolExecutor(n_threads) as threads:
        list(threads.map(lambda container: container.run(bars), containers))
    return [container.result for container in containers]


def run_isolated_threads(
    bars: Sequence[tuple[float, float]], work: Sequence[Parameters], n_threads: int
) -> list[Result]:
    """Each container on a bus of its own, run by threads."""
    with ThreadPoolExecutor(n_threads) as threads:
        return list(threads.map(lambda parameters: _run_alone(bars, parameters), work))


def run_isolated_processes(
    bars: Sequence[tuple[float, float]], work: Sequence[Parameters], n_processes: int
) -> list[Result]:
    """Each container on a bus of its own, run by processes; to start them is part of it."""
    with ProcessPoolExecutor(n_processes, initializer=_keep_bars, initargs=(bars,)) as processes:
        return list(processes.map(_run_on_kept_bars, work, chunksize=max(1, len(work) // (4 * n_processes))))


_kept: list[Sequence[tuple[float, float]]] = []


def _keep_bars(bars: Sequence[tuple[float, float]]) -> None:
    _kept[:] = [bars]


def _run_on_kept_bars(parameters: Parameters) -> Result:
    return _run_alone(_kept[0], parameters)


def _run_alone(bars: Sequence[tuple[float, float]], parameters: Parameters) -> Result:
    container = Container(0, parameters, Bus(shared=False))
    container.run(bars)
    return container.result
