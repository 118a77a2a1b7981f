"""A user's function with its indexes and divisors checked, each at its own line: ``x[checked(x, i, 0, line)]``."""

from __future__ import annotations

import ast
import copy
from typing import TypeGuard

from admf_jit.errors import StrategyError
from admf_jit.strategies.origin import Origin

#: What the rewritten code calls, of ``admf_kernels.checks``.
FUNCTIONS = (
    "checked",
    "checked_by_call",
    "checked_item",
    "divisor",
    "divisor_by_call",
    "fitting",
    "fitting_by_call",
    "finite",
    "finite_by_call",
    "check_weights",
)
#: Methods of orders -> their arguments in order; "" stands for one that is no quantity and no price.
ORDER_NUMBERS = {
    "market": ("quantity",),
    "limit": ("quantity", "price"),
    "stop": ("quantity", "price"),
    "stop_limit": ("quantity", "stop", "limit"),
    "trailing_amount": ("quantity", "amount"),
    "trailing_percent": ("quantity", "rate"),
    "trailing_atr": ("quantity", "multiple"),
    "market_on_close": ("quantity",),
    "bracket": ("quantity", "stop", "target", "limit"),
    "modify": ("", "quantity", "limit", "stop"),
}
_DIVISIONS = (ast.Div, ast.FloorDiv, ast.Mod)


class CheckedCode(ast.NodeTransformer):
    """Rewrites a function of a generated module that begins at ``first_line``; no line of it moves.

    Whatever is raised inside of a ``try`` has to come from a call, because Numba catches nothing else there.
    """

    def __init__(self, first_line: int, origins: dict[int, Origin]) -> None:
        self.first_line = first_line
        self.origins = origins
        self.tries = 0
        #: Whether a name may be given where the walk is: not in what a comprehension goes through.
        self.can_name = True
        self.named = 0

    def _line(self, node: ast.expr | ast.stmt) -> int:
        return node.lineno + self.first_line - 1

    def _call(self, function: str, *arguments: ast.expr | int) -> ast.expr:
        if self.tries and function != "checked_item":
            function += "_by_call"
        given = [ast.Constant(a) if isinstance(a, int) else a for a in arguments]
        return ast.Call(ast.Name(function, ast.Load()), given, [])

    def visit_Try(self, node: ast.Try) -> ast.AST:  # noqa: N802
        """What stands in the body of a ``try`` may be caught."""
        self.tries += 1
        node.body = [self.visit(statement) for statement in node.body]
        self.tries -= 1
        for part in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(part)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:  # noqa: N802
        """An annotation is not code."""
        node.target = self.visit(node.target)
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """Python gives no names in what a comprehension goes through."""
        could, self.can_name = self.can_name, False
        node.iter = self.visit(node.iter)
        self.can_name = could
        node.target = self.visit(node.target)
        node.ifs = [self.visit(test) for test in node.ifs]
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802
        """A number that an order is sent with has to be one."""
        self.generic_visit(node)
        if not (isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)):
            return node
        method = node.func.attr
        names = ORDER_NUMBERS.get(method)
        if names is None:
            return node
        for place, name in enumerate(names[: len(node.args)]):
            if name and not isinstance(node.args[place], ast.Starred):
                node.args[place] = self._finite(node.args[place], method, name)
        for keyword in node.keywords:
            if keyword.arg and keyword.arg in names:
                keyword.value = self._finite(keyword.value, method, keyword.arg)
        return node

    def _finite(self, value: ast.expr, method: str, name: str) -> ast.expr:
        if isinstance(value, ast.Constant):
            return value
        # What `modify` does not name is NaN, and may be written so.
        may_be_undefined = ast.Constant(method == "modify")
        return self._call(
            "finite", value, ast.Constant(f"orders.{method}: {name}"), may_be_undefined, self._line(value)
        )

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:  # noqa: N802
        """A division by zero is found where it stands."""
        self.generic_visit(node)
        node.right = self._divisor(node, node.op, node.right)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:  # noqa: N802
        """The same of ``x /= y``; and an array that is changed in place has to take what is put into it."""
        self.generic_visit(node)
        node.value = self._divisor(node, node.op, node.value)
        if not _is_constant(node.value) and not any(isinstance(part, ast.NamedExpr) for part in ast.walk(node.target)):
            target = copy.deepcopy(node.target)
            target.ctx = ast.Load()
            node.value = self._call("fitting", target, node.value, self._line(node))
        return node

    def _divisor(self, node: ast.expr | ast.stmt, operator: ast.operator, value: ast.expr) -> ast.expr:
        is_known = _is_constant(value) and value.value != 0
        if is_known or not isinstance(operator, _DIVISIONS):
            return value
        return self._call("divisor", value, self._line(node))

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:  # noqa: N802
        """Check what is a place in an array or a sequence."""
        line = self._line(node)
        node.value = self.visit(node.value)
        node.slice = self.visit(node.slice)
        if isinstance(node.slice, ast.Slice) or _is_key(node.slice):
            return node
        is_one = not isinstance(node.slice, ast.Tuple)
        if is_one and isinstance(node.ctx, ast.Load) and not _is_simple(node.value):
            return self._call("checked_item", node.value, node.slice, line)
        node.value, again = self._named(node.value, line)
        if is_one and _is_number(node.slice) and isinstance(node.ctx, ast.Load) and not _is_flat(node.value):
            # Numba reads a tuple of several types by a number in the text alone.
            pair = [self._call("checked", node.value, node.slice, 0, line), ast.Subscript(again, node.slice, node.ctx)]
            return ast.Subscript(ast.Tuple(pair, ast.Load()), ast.Constant(1), ast.Load())
        if isinstance(node.slice, ast.Tuple):
            parts = node.slice.elts
            axes = _axes(parts)
            node.slice.elts = [
                part if axis is None else self._call("checked", again, part, axis, line)
                for part, axis in zip(parts, axes, strict=True)
            ]
        else:
            node.slice = self._call("checked", again, node.slice, 0, line)
        return node

    def _named(self, value: ast.expr, line: int) -> tuple[ast.expr, ast.expr]:
        """``value`` and what stands for it a second time, so that it is computed once."""
        if _is_simple(value):
            return value, value
        if not self.can_name:
            raise StrategyError(f"{self.origins[line]}: {ast.unparse(value)}[...]: give what is indexed a name first")
        self.named += 1
        name = f"indexed__{self.named}"
        return ast.NamedExpr(ast.Name(name, ast.Store()), value), ast.Name(name, ast.Load())


def _is_simple(node: ast.expr) -> bool:
    """Whether nothing happens when it is computed twice."""
    if isinstance(node, ast.Attribute):
        return _is_simple(node.value)
    return isinstance(node, ast.Name)


def _is_flat(node: ast.expr) -> bool:
    """Whether it is an array's ``flat``, of which Numba knows no index from the end."""
    return isinstance(node, ast.Attribute) and node.attr == "flat"


def _is_key(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, str | bytes))


def _is_constant(node: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant)


def _is_number(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) is int


def _axes(parts: list[ast.expr]) -> list[int | None]:
    """The axis that each part of ``x[i, 1:, j]`` is of, from the end behind ``...``; None where it is no index."""

    def kind(part: ast.expr) -> object:
        return part.value if isinstance(part, ast.Constant) else part

    axes: list[int | None] = []
    axis = 0
    for number, part in enumerate(parts):
        if kind(part) is ...:
            axis = -sum(kind(later) is not None for later in parts[number + 1 :])
        if kind(part) in (None, ...):
            axes.append(None)
        else:
            axes.append(None if isinstance(part, ast.Slice | ast.Starred) else axis)
            axis += 1
    return axes
