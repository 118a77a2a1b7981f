"""The 2,000 configurations, drawn as some hundred sweeps: a strategy on a market under settings, some of them swept."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.pins import orders, settings, signals, weights
from tests.pins.draw import Draw
from tests.pins.markets import Market, markets
from tests.pins.settings import Axes, Blocks

CASES = 2000
#: How many containers a sweep has: lone ones, parts of a vector, whole ones and some more.
SIZES = (1, 2, 3, 4, 5, 8, 9)
PRESET_SIZES = (5, 8, 9, 12)
#: Strategies with more sweeps of a kind than this have one over many bars, and one of many containers.
FEW = 8
LONG, LONG_SIZE = 2, 3
LARGE, LARGE_SIZE = 4, 40
HOUR = 60

#: Draws settings of a kind.
_SETTINGS: dict[str, Callable[[Draw, Market], Blocks]] = {
    "plain": settings.plain_settings,
    "order": settings.order_settings,
    "portfolio": settings.order_settings,
    "weights": settings.weight_settings,
    "vectorbt": settings.vectorbt_settings,
    "backtesting.py": settings.backtesting_py_settings,
}
PRESETS = ("vectorbt", "backtesting.py")
#: Kinds of which a container trades all symbols.
SEVERAL = ("portfolio", "weights")

_AVERAGES: Axes = {"fast_period": (2, 3, 5), "slow_period": (7, 12), "allow_short": (True, False)}
_FAILING: Axes = {"way": (0, 1, 2, 3, 4), "at": (12, 33)}


def _of_calls(market: Market) -> Axes:
    return {
        "stream": (11, 222, 3333, 44444, 555555),
        "busyness": (8, 30, 80),
        "grid": (market.tick, 3 * market.tick),
        "unit": (2.0, 9.0),
    }


@dataclass(frozen=True)
class Actor:
    """A strategy of the pins: its class or the name of a built-in, the kinds of settings it runs under, parameters."""

    strategy: Any
    kinds: tuple[str, ...]
    parameters: Axes | Callable[[Market], Axes]
    #: How many sweeps of each kind it has.
    sweeps: int = 8

    @property
    def name(self) -> str:
        """What the strategy is called."""
        return self.strategy if isinstance(self.strategy, str) else self.strategy.__name__

    def axes(self, market: Market) -> Axes:
        """Values of the strategy's parameters on a market."""
        return self.parameters(market) if callable(self.parameters) else self.parameters


ACTORS: tuple[Actor, ...] = (
    Actor(
        signals.Averages,
        ("plain", "order", "portfolio", *PRESETS),
        {"fast_period": (2, 3, 5), "slow_period": (7, 12), "band": (0.0, 0.003), "short": (True, False)},
        10,
    ),
    Actor(signals.EveryIndicator, ("plain", "order", "portfolio"), {"period": (4, 6, 9), "least": (2.0, 4.0)}),
    Actor(signals.Hourly, ("plain", "order"), {"period": (2, 3, 6)}),
    Actor(signals.OneRuleInAnotherOut, ("plain", "order"), {"period": (3, 5, 8)}, 12),
    Actor(signals.Optional, ("plain", "order"), {"period": (2, 4), "stretch": (None, 0.9, 1.1)}),
    Actor(signals.FromEntry, ("plain", "order"), {"period": (3, 6), "loss": (0.01, 0.05), "longest": (3, 12)}, 12),
    Actor(
        signals.FromEquity,
        ("plain", "order"),
        lambda market: {"period": (3, 6), "floor": (0.7, 0.95), "start": (100 * market.level,)},
    ),
    Actor(signals.Remembering, ("plain", "order", "portfolio"), {"every": (3, 5), "share": (0.1, 0.5)}),
    Actor(signals.Drawing, ("plain", "order"), {"busy": (0.1, 0.6)}),
    Actor(signals.DrawingWithState, ("plain", "order"), {"pull": (0.1, 0.4)}),
    Actor(signals.Signals, ("order", *PRESETS), {"period": (2, 4), "band": (0.0, 0.004)}),
    Actor(signals.Failing, ("plain", "order"), _FAILING, 3),
    Actor(signals.FailingShared, ("plain", "order"), {**_FAILING, "way": (0, 1, 2, 3, 4, 5)}, 3),
    Actor("sma_crossover", ("plain", "order"), _AVERAGES),
    Actor(
        "donchian_breakout", ("plain",), {"entry_period": (4, 8), "exit_period": (2, 4), "allow_short": (True, False)}
    ),
    Actor("macd_cross", ("plain",), {"fast_period": (3, 5), "slow_period": (8,), "allow_short": (True, False)}),
    Actor("rsi_reversion", ("order",), {"period": (3, 6), "lower": (30.0, 45.0), "allow_short": (True, False)}),
    Actor("buy_and_hold", ("order",), {}, 6),
    Actor(orders.EveryCall, ("order", "portfolio"), _of_calls, 44),
    Actor(orders.Brackets, ("order",), {"depth": (0.002, 0.01), "loss": (0.01, 0.04), "share": (0.3, 0.9)}, 12),
    Actor(orders.Breakout, ("order",), {"period": (3, 6), "size": (2.0, 5.5), "tif": (0, 1, 3, 4)}, 12),
    Actor(orders.Auctions, ("order",), {"chance": (0.2, 0.7), "size": (2.0, 9.0)}, 10),
    Actor(orders.FailingOrders, ("order",), _FAILING, 4),
    Actor(orders.Trades, ("backtesting.py",), {"period": (3, 6), "fraction": (0.2, 0.6), "units": (3.0, 8.0)}, 14),
    Actor(weights.Rotation, ("weights",), {"period": (3, 6), "top": (1, 2), "share": (0.5, 1.0)}, 26),
    Actor(
        weights.Drifting,
        ("weights",),
        {"stream": (17, 1234, 99999), "unit": (0.05, 0.2), "way": (0, 0, 0, 0, 0, 1, 2)},
        26,
    ),
)


@dataclass(frozen=True)
class Sweep:
    """Configurations that are run as one grid: ``cases`` are what they differ in, names and values of each."""

    number: int
    actor: Actor
    kind: str
    market: Market
    blocks: Blocks
    cases: tuple[dict[str, Any], ...]

    @property
    def keywords(self) -> dict[str, Any]:
        """What is the same for all of them, as keywords of ``aj.grid``."""
        blocks = {name: dict(block) for name, block in self.blocks.items()}
        flat = blocks.pop("account") | blocks.pop("execution")
        return {name: value for name, value in flat.items() if value is not None} | blocks


@cache
def draw_sweeps() -> tuple[Sweep, ...]:
    """Draw them, always the same: each strategy under each of its kinds by turns, until there are enough."""
    wanted = [(turn, actor, kind) for actor in ACTORS for kind in actor.kinds for turn in range(actor.sweeps)]
    found: list[Sweep] = []
    left = CASES
    for turn, actor, kind in sorted(wanted, key=lambda one: one[0] / one[1].sweeps):
        if left:
            found.append(_sweep(len(found), actor, kind, turn, left))
            left -= len(found[-1].cases)
    return tuple(found)


def _sweep(number: int, actor: Actor, kind: str, turn: int, most: int) -> Sweep:
    draw = Draw("sweep", actor.name, kind, turn)
    market = _market(draw, actor, kind, turn)
    blocks = _SETTINGS[kind](draw, market)
    if kind == "portfolio":
        blocks["execution"]["portfolio"] = True
    if draw.chance(0.15) and kind not in PRESETS:
        blocks["evaluation"] = {"start": "common"}
    size = draw.pick(PRESET_SIZES if kind == "vectorbt" else SIZES)
    if kind == "plain" and actor.sweeps > FEW:
        size = {LONG: LONG_SIZE, LARGE: LARGE_SIZE}.get(turn, size)
    axes = settings.axes_of(blocks, market)
    swept = {name: axes[name] for name in draw.some(list(axes), draw.whole(1, 4))}
    if kind == "vectorbt":
        swept |= {name: axes[name] for name in ("execution.stop_exit_price", "execution.stop_entry_price")}
    if len(market.symbols) > 1 and kind not in SEVERAL:
        swept["symbol"] = market.symbols
    cases = _cases(draw, min(size, most), actor.axes(market), swept)
    return Sweep(number, actor, kind, market, blocks, cases)


def _market(draw: Draw, actor: Actor, kind: str, turn: int) -> Market:
    """A market that the strategy can be run on under settings of the kind; every third time a small one."""
    if (kind, turn) == ("plain", LONG) and actor.sweeps > FEW:
        return next(market for market in markets().values() if market.name.startswith("longest"))

    def is_one(market: Market) -> bool:
        if market.is_small != (turn % 3 == 0) or market.name.startswith("longest"):
            return False
        if actor.strategy is signals.Hourly and market.step >= HOUR:
            return False
        if market.shape == "nonpositive" and kind != "order":
            return False
        if kind in SEVERAL:
            return len(market.symbols) > 1
        return not market.ragged or (kind in ("plain", "order") and "portfolio" in actor.kinds)

    return draw.pick([market for market in markets().values() if is_one(market)])


def _cases(draw: Draw, size: int, parameters: Axes, swept: Axes) -> tuple[dict[str, Any], ...]:
    """So many different ones, or fewer where there are no more; neighbours often have the same parameters."""
    found: list[dict[str, Any]] = []
    chosen: dict[str, Any] = {}
    same = draw.chance(0.4)
    for _ in range(20 * size):
        if len(found) == size:
            break
        if not chosen or not (same or draw.chance(0.5)):
            chosen = {name: draw.pick(values) for name, values in parameters.items()}
        case = chosen | {name: draw.pick(values) for name, values in swept.items()}
        if case not in found:
            found.append(case)
    return tuple(found)
