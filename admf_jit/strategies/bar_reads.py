"""What methods read off a bar, or off an indicator, besides its own fields, and what fields that becomes.

``bar.x.prediction`` is a column of one's own, ``bar.hour`` the exchange's clock, ``bar.close[1]`` the close of the bar
before, ``self.fast[2]`` an indicator's value two bars ago. In ``target_weights``, where ``[i]`` is that of a symbol,
``market.close.shift(1)`` and ``self.fast.shift(2)`` are those of all symbols, ``market.high`` their highs, and
``market.hour`` the clock. Each is known before the run, and is declared like an indicator: nothing is looked up while
it runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from admf_jit.data.own_series import CLOCK, OwnColumn
from admf_jit.errors import StrategyError
from admf_jit.strategies.indicators import COLUMN, COLUMNS, MOST_BACK, Indicator
from admf_jit.strategies.own_columns import column

#: What emitted code calls for the clock of all symbols together: see ``admf_kernels.strategy_view``.
KNOWN_CLOCK, KNOWN_WHOLE = "market__known", "market__known_whole"
#: The attribute of a bar, and of a market, that has columns of one's own.
_OWN = "x"


@dataclass(frozen=True)
class Reads:
    """Recognises what a method reads: ``bar`` is the name of its bar, or empty where it has none."""

    self_name: str
    bar: str
    indicators: Mapping[str, Indicator]
    #: The name of its market, where it is ``target_weights``.
    market: str = ""

    def of(self, node: ast.AST) -> tuple[str, Indicator] | None:
        """The name that an expression is declared by, and what: None for one that is something else."""
        if isinstance(node, ast.Subscript):
            return self._back(node)
        if isinstance(node, ast.Call):
            return self._shifted(node)
        if not isinstance(node, ast.Attribute):
            return None
        if self.market and isinstance(node.value, ast.Name) and node.value.id == self.market:
            return self._of_market(node.attr)
        if self._is_own(node):
            return f"bar__{_OWN}__{node.attr}", column(node.attr)
        if self._is_bar(node.value) and node.attr in CLOCK:
            return f"bar__clock__{node.attr}", Indicator(COLUMN, (), OwnColumn(node.attr, clock=True))
        return None

    def _is_bar(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == self.bar

    def _is_own(self, node: ast.Attribute) -> bool:
        x = node.value
        is_x = isinstance(x, ast.Attribute) and x.attr == _OWN and isinstance(x.value, ast.Name)
        return is_x and x.value.id != self.self_name  # type: ignore[attr-defined]

    def _of_market(self, name: str) -> tuple[str, Indicator] | None:
        if name in CLOCK:
            return f"bar__clock__{name}", Indicator(COLUMN, (), OwnColumn(name, clock=True))
        return (f"bar__{name}", Indicator(COLUMN, (), name)) if name in ("open", "high", "low") else None

    def _shifted(self, node: ast.Call) -> tuple[str, Indicator] | None:
        """What ``market.close.shift(1)`` reads, of all symbols."""
        read = node.func.value if isinstance(node.func, ast.Attribute) else None
        if not self.market or not isinstance(read, ast.Attribute) or node.func.attr != "shift":  # type: ignore[attr-defined]
            return None
        found = None
        if isinstance(read.value, ast.Name) and read.value.id == self.market and read.attr in COLUMNS:
            found = f"bar__{read.attr}", Indicator(COLUMN, (), read.attr)
        elif self._is_own(read):
            found = self.of(read)
        elif isinstance(read.value, ast.Name) and read.value.id == self.self_name and read.attr in self.indicators:
            found = read.attr, self.indicators[read.attr]
        elif self._is_output(read):
            found = read.value.attr, self.indicators[read.value.attr]  # type: ignore[attr-defined]
        if found is None:
            return None
        name, indicator = found
        depth = _depth_of(node.args[0] if len(node.args) == 1 and not node.keywords else node, node, "shift(1)")
        return f"{name}__back{depth}", replace(indicator, lag=indicator.lag + depth)

    def _back(self, node: ast.Subscript) -> tuple[str, Indicator] | None:
        read = node.value
        found = None
        if not self.bar or not isinstance(read, ast.Attribute) or not isinstance(node.ctx, ast.Load):
            return None
        if self._is_bar(read.value) and read.attr in COLUMNS:
            found = f"bar__{read.attr}", Indicator(COLUMN, (), read.attr)
        elif self._is_own(read) or (self._is_bar(read.value) and read.attr in CLOCK):
            found = self.of(read)
        elif isinstance(read.value, ast.Name) and read.value.id == self.self_name and read.attr in self.indicators:
            found = read.attr, self.indicators[read.attr]
        elif self._is_output(read):
            inner = read.value
            assert isinstance(inner, ast.Attribute)
            found = inner.attr, self.indicators[inner.attr]
        if found is None or _is_negative(node.slice):
            return None  # which is refused as what other libraries have
        name, indicator = found
        depth = _depth(node)
        return f"{name}__back{depth}", replace(indicator, lag=indicator.lag + depth)

    def _is_output(self, node: ast.Attribute) -> bool:
        """Whether it is one of several outputs: ``self.bands.upper``."""
        inner = node.value
        of_self = isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name)
        return of_self and inner.value.id == self.self_name and inner.attr in self.indicators  # type: ignore[attr-defined]


def _is_negative(depth: ast.expr) -> bool:
    return isinstance(depth, ast.UnaryOp) and isinstance(depth.op, ast.USub)


def _depth(node: ast.Subscript) -> int:
    return _depth_of(node.slice, node, f"{ast.unparse(node.value)}[1]")


def _depth_of(depth: ast.expr, node: ast.expr, such_as: str) -> int:
    if isinstance(depth, ast.Constant) and type(depth.value) is int and 0 <= depth.value <= MOST_BACK:
        return depth.value
    says = ast.unparse(node)
    raise StrategyError(
        f"{says}: how far it looks back has to be known before the run: write a whole number from 0 to {MOST_BACK}, "
        f"such as {such_as}, the one before"
    )


def _reads_of(method: ast.FunctionDef, bar: str, indicators: Mapping[str, Indicator]) -> Reads:
    arguments = [argument.arg for argument in method.args.args]
    market = arguments[1] if method.name == "target_weights" and len(arguments) > 1 else ""
    return Reads(arguments[0], bar if bar in arguments[1:] else "", indicators, market)


def bar_of(entry: ast.FunctionDef | None) -> str:
    """The name of the bar that ``on_bar`` is given; empty for a strategy without."""
    return entry.args.args[1].arg if entry is not None and len(entry.args.args) > 1 else ""


def read_in_methods(body: Iterable[ast.stmt], indicators: Mapping[str, Indicator]) -> dict[str, Indicator]:
    """What the methods of a class read, by the names that they are declared by."""
    methods = [part for part in body if isinstance(part, ast.FunctionDef) and part.args.args]
    bar = bar_of(next((method for method in methods if method.name == "on_bar"), None))
    found = {}
    for method in methods:
        reads = _reads_of(method, bar, indicators)
        for node in ast.walk(method):
            read = reads.of(node)
            if read is not None:
                found[read[0]] = read[1]
    return {name: indicator for name, indicator in found.items() if name not in indicators}


class BarReads(ast.NodeTransformer):
    """Turns what a method reads into the field of the strategy that has its value."""

    def __init__(self, tree: ast.FunctionDef, bar: str, known: Mapping[str, Indicator]) -> None:
        self.reads = _reads_of(tree, bar, known)
        self.known = known

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:  # noqa: N802
        """Replace a column or a clock; a whole number stays one."""
        return self._replaced(node, whole=True)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:  # noqa: N802
        """Replace a look back."""
        return self._replaced(node, whole=True)

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802
        """Replace a look back of all symbols."""
        return self._replaced(node, whole=True)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:  # noqa: N802
        """Compare numbers as they stand, without a conversion."""
        node.left = self._compared(node.left)
        node.comparators = [self._compared(part) for part in node.comparators]
        return node

    def _compared(self, node: ast.expr) -> ast.expr:
        is_read = isinstance(node, ast.Attribute | ast.Subscript) and not self.reads.market
        found: ast.expr = self._replaced(node, whole=False) if is_read else self.visit(node)  # type: ignore[assignment]
        return found

    def _replaced(self, node: ast.AST, *, whole: bool) -> ast.AST:
        read = self.reads.of(node)
        if read is None or read[0] not in self.known:
            return self.generic_visit(node)
        name, indicator = read
        field: ast.expr = ast.Attribute(ast.Name(self.reads.self_name, ast.Load()), name, ast.Load())
        inner = node.value if isinstance(node, ast.Subscript) else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            inner = node.func.value
        if len(indicator.kind.outputs) > 1 and isinstance(inner, ast.Attribute):
            field = ast.Attribute(field, inner.attr, ast.Load())
        if self.reads.market and indicator.own is not None and indicator.own.clock:
            known = KNOWN_CLOCK if indicator.own.name == "minutes_to_close" else KNOWN_WHOLE
            field = ast.Call(ast.Name(known, ast.Load()), [field], [])
        elif whole and indicator.own is not None and indicator.own.clock and indicator.own.name != "minutes_to_close":
            field = ast.Call(ast.Name("int", ast.Load()), [field], [])
        return ast.fix_missing_locations(ast.copy_location(field, node))
