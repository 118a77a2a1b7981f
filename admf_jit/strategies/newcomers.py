"""What people write first who come from another library, and what to write here."""

from __future__ import annotations

import ast

from admf_jit.errors import StrategyError
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.origin import Origin
from admf_kernels.strategy_view import Bar

_ONE_BAR = (
    "is a number, that of this bar alone: for the one before declare an indicator in the class body, "
    "such as before = ta.sma(1, lag=1), and read self.before here; or keep what you need in a state field"
)
_TIME = "is a whole number: nanoseconds since 1970, UTC"
_ASKS = "position is what is held, with quantity, entry_price, entry_bar, cash and equity"
_OF_POSITION = {
    "close": "to close it is return aj.FLAT",
    "exit": "to close it is return aj.FLAT",
    "is_long": "write position.quantity > 0.0",
    "is_short": "write position.quantity < 0.0",
    "is_open": "write position.quantity != 0.0",
    "pl": "write position.quantity * (bar.close - position.entry_price)",
    "profit": "write position.quantity * (bar.close - position.entry_price)",
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


def refuse_foreign_habits(definition: Definition, tree: ast.FunctionDef, file: str) -> None:
    """Raise StrategyError where ``on_bar`` indexes a price, or takes its position for a number."""
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
    if isinstance(node, ast.Attribute) and is_named(node.value, position) and node.attr in _OF_POSITION:
        return f"{position} has no attribute {node.attr!r}: {_OF_POSITION[node.attr]}"
    compared = isinstance(node, ast.Compare) and any(
        is_named(part, position) for part in (node.left, *node.comparators)
    )
    added = isinstance(node, ast.BinOp) and (is_named(node.left, position) or is_named(node.right, position))
    if compared or added:
        return f"{_ASKS}, and no number: write {position}.quantity"
    return ""
