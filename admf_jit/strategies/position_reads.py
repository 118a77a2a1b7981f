"""What ``on_bar`` reads of its position besides its own fields, and the lines of generated entries that give it.

What no strategy reads is not there: neither in its ``Position``, nor computed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from admf_jit.errors import StrategyError
from admf_kernels.strategy_view import OF_TRADES, OF_WHAT_IS_HELD, Position

#: All names, in the order in which they stand in a ``Position``.
FURTHER = (*OF_WHAT_IS_HELD, *OF_TRADES)
#: Name -> the fields of a position that it follows from, besides bars.
FOLLOWS_FROM = {
    "bars_held": ("quantity", "entry_bar"),
    "unrealized_profit": ("quantity", "entry_price"),
    "unrealized_return": ("quantity", "entry_price"),
    "highest_since_entry": ("quantity", "entry_bar"),
    "lowest_since_entry": ("quantity", "entry_bar"),
}
#: Name -> the expression that gives it; {units} is what prices are multiplied
#: with, and {bar}, {close}, {highest}, {lowest} and {session} are those of the bar.
_VALUES = {
    "bars_held": "position__bars_held(quantity, entry_bar, {bar})",
    "unrealized_profit": "position__unrealized_profit({units}, entry_price, {close})",
    "unrealized_return": "position__unrealized_return(quantity, entry_price, {close})",
    "highest_since_entry": "{highest} if quantity != 0.0 else np.nan",
    "lowest_since_entry": "{lowest} if quantity != 0.0 else np.nan",
    "bars_since_exit": "float({bar} - trades.exit_bar) if trades.closed > 0 else np.inf",
    "last_profit": "float(trades.last_profit) if trades.closed > 0 else np.nan",
    "last_exit": "int(trades.last_exit)",
    "losing_streak": "int(trades.losing_streak)",
    "n_trades": "int(trades.closed)",
    "trades_today": "int(trades.opened_today) if {session}[trades.opened_bar + n_history] == {session}[k] else 0",
}
#: Fields of a strategy's state by which the extremes since the entry go on: the entry's bar, the next bar to be looked
#: at, and the extremes of those before.
_EXTREMES = {"since__bar": "-1", "since__next": "0", "since__high": "-np.inf", "since__low": "np.inf"}
_KINDS = {"since__bar": "int64", "since__next": "int64", "since__high": "float64", "since__low": "float64"}


def reads_of(trees: Iterable[tuple[ast.FunctionDef, str]]) -> tuple[str, ...]:
    """What of ``FURTHER`` functions read, whatever they call their position; each with the name of its strategy."""
    found = {
        node.attr
        for tree, strategy in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in FURTHER
        and not (isinstance(node.value, ast.Name) and node.value.id == strategy)
    }
    return tuple(name for name in FURTHER if name in found)


def reads_trades(reads: Iterable[str]) -> bool:
    """Whether anything of them is about the trades before."""
    return any(name in OF_TRADES for name in reads)


def reads_extremes(reads: Iterable[str]) -> bool:
    """Whether anything of them is an extreme since the entry."""
    return any(name.endswith("_since_entry") for name in reads)


def position_imports(reads: Iterable[str]) -> list[str]:
    """Lines that import what ``further_values`` and the lines below use."""
    names = [name for name in ("bars_held", "unrealized_profit", "unrealized_return") if name in reads]
    if reads_extremes(reads):
        names += ["highest_of", "lowest_of"]
    # A user's function may have any of these names.
    lines = [f"from admf_kernels.strategy_view import {name} as position__{name}" for name in names]
    if reads_trades(reads):
        lines.append("from admf_kernels.trade_history import trades_at as position__trades_at")
    return lines


def position_class(reads: Iterable[str]) -> str:
    """The class of a ``Position`` that has what is read, where that is more than its own fields."""
    if not reads:
        return ""
    fields = "".join(f"    {name}: Any\n" for name in (*Position._fields, *reads))
    return f"\n\nclass Position(NamedTuple):\n{fields}\n    def __bool__(self):\n        return self.quantity != 0.0\n"


def further_values(reads: Iterable[str], **said: str) -> str:
    """The further arguments of a ``Position``."""
    return "".join(f", {_VALUES[name].format(**said)}" for name in reads)


def extreme_fields(reads: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Fields of a strategy's state for the extremes since the entry -> their type, and what they begin with."""
    return {name: (_KINDS[name], start) for name, start in _EXTREMES.items()} if reads_extremes(reads) else {}


#: Before the bars of a stretch: another entry begins anew.
EXTREMES_BEGIN = """\
    if strategy.since__bar != entry_bar:
        strategy.since__bar, strategy.since__next = entry_bar, entry_bar
        strategy.since__high, strategy.since__low = -np.inf, np.inf
"""
#: At a bar that is evaluated: all bars from the entry's to it are looked at.
EXTREMES_AT = """\
            while quantity != 0.0 and strategy.since__next <= t:
                since = strategy.since__next + n_history
                strategy.since__high = position__highest_of(strategy.since__high, high[since])
                strategy.since__low = position__lowest_of(strategy.since__low, low[since])
                strategy.since__next += 1
"""
#: The same where a block of bars is evaluated from ``first`` on.
EXTREMES_OF_BLOCK = """
    highest, lowest = -np.inf, np.inf
    if quantity != 0.0 and entry_bar < first:
        earlier_high = numbers_at(bars[2] + 8 * entry_bar, first - entry_bar)
        earlier_low = numbers_at(bars[3] + 8 * entry_bar, first - entry_bar)
        for i in range(first - entry_bar):
            highest = position__highest_of(highest, float(earlier_high[i]))
            lowest = position__lowest_of(lowest, float(earlier_low[i]))"""
EXTREMES_IN_BLOCK = """\
        highest = position__highest_of(highest, float(high[i]))
        lowest = position__lowest_of(lowest, float(low[i]))
"""


def refuse_presets(reads: Iterable[str], name: str, engine: str, engines: Iterable[str]) -> None:
    """Raise StrategyError where a strategy reads trades that an engine, which is none of ``engines``, does not tell."""
    told = next((read for read in reads if read in OF_TRADES), None)
    if told is not None and engine not in engines:
        raise StrategyError(
            f"strategy {name}: position.{told} is not told under preset {engine}: keep it in a state field"
        )
