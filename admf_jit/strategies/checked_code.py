"""A user's function with its indexes and divisors checked, each at its own line: ``x[checked(x, i, 0, line)]``."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Callable
from typing import TypeGuard

from admf_jit.errors import StrategyError
from admf_jit.parsing import parse_python
from admf_jit.strategies.arguments import Orders
from admf_jit.strategies.counted_loops import CountedLoop, counted_loop, offset_of, versions
from admf_jit.strategies.origin import Origin
from admf_jit.strategies.scopes import local_names

#: What the rewritten code calls, by its module in ``admf_kernels``.
FUNCTIONS = {
    "checks": (
        "divisor",
        "divisor_by_call",
        "fitting",
        "fitting_by_call",
        "finite",
        "finite_by_call",
        "check_weights",
    ),
    "index_checks": ("checked", "checked_by_call", "checked_item"),
    "known_ranges": ("counted", "counter", "within"),
}
_CALLED = frozenset(name for names in FUNCTIONS.values() for name in names)


def _numbers(method: Callable[..., object]) -> tuple[str, ...]:
    parameters = list(inspect.signature(method, eval_str=True).parameters.values())[1:]
    last = max((i for i, given in enumerate(parameters) if given.annotation is float), default=-1)
    return tuple(given.name if given.annotation is float else "" for given in parameters[: last + 1])


#: Methods of orders -> their arguments in order; "" stands for one that is no quantity and no price.
ORDER_NUMBERS = {
    name: numbers
    for name, method in inspect.getmembers(Orders, inspect.isfunction)
    if not name.startswith("_") and (numbers := _numbers(method))
}
_DIVISIONS = (ast.Div, ast.FloorDiv, ast.Mod)


#: Marks the constants of checks that are lines.
_LINE = "line"


def checked_text(tree: ast.FunctionDef, first_line: int, origins: dict[int, Origin]) -> tuple[str, dict[int, Origin]]:
    """A function of a generated module with its checks, and the origin of each of its lines.

    It begins at ``first_line``; ``origins`` are those of its lines before.
    """
    rewritten = ast.fix_missing_locations(CheckedCode(first_line, origins).visit(tree))
    moved: dict[int, Origin] = {}
    for new, old in zip(ast.walk(parse_python(ast.unparse(rewritten)).body[0]), ast.walk(rewritten), strict=False):
        if isinstance(new, ast.stmt | ast.expr) and isinstance(old, ast.stmt | ast.expr):
            line = new.lineno + first_line - 1
            moved.setdefault(line, origins[old.lineno + first_line - 1])
            if isinstance(old, ast.Constant) and old.kind == _LINE:
                old.value = line
    return ast.unparse(rewritten), moved


class CheckedCode(ast.NodeTransformer):
    """Rewrites a function of a generated module; the lines that it gives are those before (``checked_text``).

    Whatever is raised inside of a ``try`` has to come from a call, because Numba catches nothing else there.
    """

    def __init__(self, first_line: int, origins: dict[int, Origin]) -> None:
        self.first_line = first_line
        self.origins = origins
        self.tries = 0
        self.named = 0
        #: Loops over a range that the walk is in, from the outermost, unless something is computed later.
        self.loops: list[CountedLoop] = []
        self.counted = 0
        #: Whether loops that count indexes may be written twice.
        self.writes_twice = True

    def _line(self, node: ast.expr | ast.stmt) -> ast.Constant:
        line = ast.Constant(node.lineno + self.first_line - 1)
        line.kind = _LINE
        return line

    def _call(self, function: str, *arguments: ast.expr | int) -> ast.expr:
        if self.tries and function + "_by_call" in _CALLED:
            function += "_by_call"
        given = [_written(a) if isinstance(a, int) else a for a in arguments]
        return ast.Call(ast.Name(function, ast.Load()), given, [])

    def visit_Try(self, node: ast.Try) -> ast.AST:  # noqa: N802
        """What stands in the body of a ``try`` may be caught."""
        self.tries += 1
        node.body = self._visited(node.body)
        self.tries -= 1
        for handler in node.handlers:
            self.visit(handler)
        node.orelse, node.finalbody = self._visited(node.orelse), self._visited(node.finalbody)
        return node

    def visit_For(self, node: ast.For) -> ast.AST | list[ast.stmt]:  # noqa: N802
        """A loop over a range is written twice, if it counts indexes: without their checks and with them."""
        node.iter, node.target = self.visit(node.iter), self.visit(node.target)
        # What comes behind it is not in it: there may have been no number at all.
        node.orelse = self._visited(node.orelse)
        loop = counted_loop(node, self.counted + 1) if self.writes_twice and not self.tries else None
        if loop is None:
            node.body = self._visited(node.body)
            return node
        self.counted += 1
        checked = copy.deepcopy(node)
        self.loops.append(loop)
        node.body = self._visited(node.body)
        self.loops.pop()
        if not loop.checks:
            return node
        loops, self.loops, self.writes_twice = self.loops, [], False
        checked.body = self._visited(checked.body)
        self.loops, self.writes_twice = loops, True
        return versions(loop, node, checked)

    def _visited(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        found = [self.visit(statement) for statement in statements]
        return [one for part in found for one in (part if isinstance(part, list) else [part])]

    def _apart(self, node: ast.AST) -> ast.AST:
        """What may be computed when a loop around it has gone on."""
        loops, self.loops = self.loops, []
        self.generic_visit(node)
        self.loops = loops
        return node

    visit_Lambda = visit_GeneratorExp = visit_ListComp = visit_SetComp = visit_DictComp = _apart  # noqa: N815

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:  # noqa: N802
        """A function within has loops of its own; `range` may be a name of its own."""
        self.writes_twice = self.writes_twice and "range" not in local_names(node)
        return self._apart(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:  # noqa: N802
        """An annotation is not code."""
        node.target = self.visit(node.target)
        if node.value is not None:
            node.value = self.visit(node.value)
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

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:  # noqa: N802
        """What is computed and then written into gets a name first, behind what is written: ``own[i][j] = x``."""
        target = node.targets[0]
        if len(node.targets) > 1 or not _is_computed(target):
            return self.generic_visit(node)
        name, value = self._named("value", node.value, node)
        node.value = ast.copy_location(ast.Name(name, ast.Load()), node.value)
        return self._visited([value, self._named_target(target, node), node])

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.stmt]:  # noqa: N802
        """The same of ``x /= y``; and an array that is changed in place has to take what is put into it."""
        if _is_computed(node.target):
            return self._visited([self._named_target(node.target, node), node])
        self.generic_visit(node)
        node.value = self._divisor(node, node.op, node.value)
        if not _is_constant(node.value):
            target = copy.deepcopy(node.target)
            target.ctx = ast.Load()
            node.value = self._call("fitting", target, node.value, self._line(node))
        return node

    def _named(self, kind: str, value: ast.expr, at: ast.stmt) -> tuple[str, ast.stmt]:
        """A name for a value, and the statement that gives it."""
        self.named += 1
        name = f"{kind}__{self.named}"
        for loop in self.loops:
            loop.assigned.add(name)
        return name, ast.copy_location(ast.Assign([ast.copy_location(ast.Name(name, ast.Store()), at)], value), at)

    def _named_target(self, target: ast.Subscript, at: ast.stmt) -> ast.stmt:
        name, named = self._named("indexed", target.value, at)
        target.value = ast.copy_location(ast.Name(name, ast.Load()), at)
        return named

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
        if not _is_simple(node.value):
            is_item = is_one or (isinstance(node.slice, ast.Tuple) and None not in _axes(node.slice.elts))
            if is_item and isinstance(node.ctx, ast.Load):
                return self._call("checked_item", node.value, node.slice, line)
            origin = self.origins[node.lineno + self.first_line - 1]
            raise StrategyError(f"{origin}: {ast.unparse(node.value)}[...]: give what is indexed a name first")
        if is_one and _is_number(node.slice) and isinstance(node.ctx, ast.Load) and not _is_flat(node.value):
            # Numba reads a tuple of several types by a number in the text alone.
            item = ast.Subscript(node.value, node.slice, node.ctx)
            pair = [self._call("checked", node.value, node.slice, 0, line), item]
            return ast.Subscript(ast.Tuple(pair, ast.Load()), ast.Constant(1), ast.Load())
        if isinstance(node.slice, ast.Tuple):
            parts = node.slice.elts
            axes = _axes(parts)
            node.slice.elts = [
                part if axis is None else self._checked(node.value, part, axis, line)
                for part, axis in zip(parts, axes, strict=True)
            ]
        else:
            node.slice = self._checked(node.value, node.slice, 0, line)
        return node

    def _checked(self, array: ast.expr, index: ast.expr, axis: int, line: ast.Constant) -> ast.expr:
        """An index with its check, unless a loop knows that it lies within."""
        offset = None if self.tries else offset_of(self.loops, array, index, axis)
        if offset is None:
            return self._call("checked", array, index, axis, line)
        return self._call("counted", array, index, ast.Name(offset, ast.Load()))


def _is_computed(target: ast.expr) -> TypeGuard[ast.Subscript]:
    """Whether a target of an assignment is an item of what has no name."""
    return isinstance(target, ast.Subscript) and not _is_simple(target.value)


def _written(number: int) -> ast.expr:
    return ast.Constant(number) if number >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-number))


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
