"""What people write first who come from another library, and what to write here."""

from __future__ import annotations

import ast

from admf_jit.errors import StrategyError, closest
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.origin import Origin
from admf_jit.strategies.position_reads import FURTHER
from admf_kernels.strategy_view import Bar, Market, Position

_ONE_BAR = (
    "is a number, that of this bar alone: the one before is written bar.close[1], the one before that bar.close[2]; "
    "or keep what you need in a state field"
)
_TIME = "is a whole number: nanoseconds since 1970, UTC"
_ASKS = "position is what is held, with quantity, entry_price, entry_bar, cash and equity"
_HELD = "write position.quantity"
_ENTRY = "write position.entry_price"
_PROFIT = "write position.unrealized_profit"
_OF_BAR = {
    **dict.fromkeys(("datetime", "date", "timestamp", "dt", "ts", "open_time"), f"write bar.time, which {_TIME}"),
    **dict.fromkeys(("price", "last", "adj_close", "c"), "write bar.close"),
    "bar": "write bar.index",
    "vol": "write bar.volume",
    "x": "a column of your own is bar.x.prediction, in a method of the strategy; a function is handed its value",
}
_OF_POSITION = {
    **dict.fromkeys(("size", "qty", "amount", "shares", "units", "quantities", "position", "volume"), _HELD),
    **dict.fromkeys(("avg_price", "average_price", "avg_entry_price", "average_cost", "cost_basis", "price"), _ENTRY),
    **dict.fromkeys(("pnl", "unrealized_pnl", "unrealised_pnl", "profit_loss"), _PROFIT),
    **dict.fromkeys(("pl_pct", "pnl_pct", "unrealized_pnl_pct", "profit_percent"), "write position.unrealized_return"),
    **dict.fromkeys(("bars_since_entry", "age", "holding_bars", "bars_in_trade"), "write position.bars_held"),
    **dict.fromkeys(("max_price", "highest", "high_since_entry"), "write position.highest_since_entry"),
    **dict.fromkeys(("min_price", "lowest", "low_since_entry"), "write position.lowest_since_entry"),
    **dict.fromkeys(("trades", "closed_trades", "last_trade"), "write position.n_trades, position.last_profit"),
    "close": "to close it is return aj.FLAT",
    "exit": "to close it is return aj.FLAT",
    "is_long": "write position.quantity > 0.0",
    "is_short": "write position.quantity < 0.0",
    "is_open": "write position.quantity != 0.0",
    "pl": _PROFIT,
    "profit": _PROFIT,
}
_FUTURE = (
    "bars come one at a time, as bar: bar.close is the close of this one; what lies before is read by an indicator"
)
#: Names of other libraries on ``self`` -> what there is here.
OF_SELF = {
    "data": _FUTURE,
    "datas": _FUTURE,
    "df": _FUTURE,
    "close": "write bar.close",
    "open": "write bar.open",
    "high": "write bar.high",
    "low": "write bar.low",
    "volume": "write bar.volume",
    "position": "the position is the second argument of on_bar: write position.quantity",
    "orders": "orders are the third argument: on_bar(self, bar, position, orders)",
    "broker": "write position.cash and position.equity",
    "equity": "write position.equity",
    "cash": "write position.cash",
    "buy": "return aj.LONG, or take orders as third argument and write orders.market(quantity)",
    "sell": "return aj.FLAT or aj.SHORT, or take orders as third argument and write orders.market(-quantity)",
    "I": "declare an indicator in the class body: fast = ta.sma(10)",
    "log": "write print(...)",
}


_NOTHING: dict[str, str] = {}
_RECORDS = {
    "Bar": ("bar", Bar._fields, _OF_BAR),
    "Position": ("position", (*Position._fields, *FURTHER), _OF_POSITION),
    "Market": ("market", Market._fields, _NOTHING),
}


def unknown_attribute(kind: str, name: str, called: str = "") -> str | None:
    """Return what is wrong with an attribute of a record that has none of this name, and what to write.

    `kind` is the record's class; the variable is `called` like that, and by its usual name where that is not known.
    None for what is no such record.
    """
    if kind not in _RECORDS:
        return None
    word, fields, known = _RECORDS[kind]
    word = called or word
    hint = closest(name, fields)
    if name in known:
        end = f": {known[name]}"
    else:
        own = f"; {word}.x.{name} is a column of your own" if kind in ("Bar", "Market") else ""
        end = f"; did you mean {word}.{hint}?" if hint else f": it has {', '.join(fields)}{own}"
    return f"{word} has no attribute {name!r}{end}"


def plainly(problem: BaseException) -> str:
    """Return what an exception says; of an attribute that a bar or a position lacks, what compiled code says of it."""
    if isinstance(problem, AttributeError) and problem.name is not None:
        return unknown_attribute(type(problem.obj).__name__, problem.name) or str(problem)
    return str(problem)


def refuse_foreign_habits(definition: Definition, tree: ast.FunctionDef, file: str) -> None:
    """Raise StrategyError where ``on_bar`` takes a bar or a position for what it is not, or for one that has more."""
    arguments = [argument.arg for argument in tree.args.args]
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    if definition.weighs or bound & set(arguments):
        return
    bar, position = arguments[1:3]
    for node in ast.walk(tree):
        said = _habit(node, bar, position)
        if said:
            raise StrategyError(f"{Origin(file, getattr(node, 'lineno', tree.lineno))}: {said}")


def _habit(node: ast.AST, bar: str, position: str) -> str:
    def is_named(part: ast.AST, name: str) -> bool:
        return isinstance(part, ast.Name) and part.id == name

    if isinstance(node, ast.Subscript | ast.Attribute):
        inner = node.value
        if isinstance(inner, ast.Attribute) and is_named(inner.value, bar) and inner.attr in Bar._fields:
            return f"{bar}.{inner.attr} {_TIME if inner.attr == 'time' else _ONE_BAR}"
    for kind, name in (("Bar", bar), ("Position", position)):
        if isinstance(node, ast.Attribute) and is_named(node.value, name) and node.attr not in _RECORDS[kind][1]:
            return str(unknown_attribute(kind, node.attr, name))
        if isinstance(node, ast.Subscript) and is_named(node.value, name) and isinstance(node.slice, ast.Constant):
            if isinstance(node.slice.value, str):
                return f"{name} is no mapping: write {name}.{closest(node.slice.value, _RECORDS[kind][1]) or 'close'}"
        if isinstance(node, ast.Call) and is_named(node.func, name):
            return f"{name} is no function: it has {', '.join(_RECORDS[kind][1])}"
    compared = isinstance(node, ast.Compare) and any(
        is_named(part, position) for part in (node.left, *node.comparators)
    )
    added = isinstance(node, ast.BinOp) and (is_named(node.left, position) or is_named(node.right, position))
    if compared or added:
        return f"{_ASKS}, and no number: write {position}.quantity"
    return ""
