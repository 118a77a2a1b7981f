"""Loops over ranges, in which an index that is a sum of their numbers is checked once, by its least and greatest value.

Such a loop becomes two. ``offset = within(x, 0, low, high, ...)`` comes before ``for k in range(a, b): ... x[c - k]``;
``admf_kernels.known_ranges`` says what it finds. Where all such indexes are known to lie within, the loop runs without
their checks, and else with them.
"""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass, field

from admf_jit.parsing import parse_expression

_SUMS = (ast.Add, ast.Sub)
_SIGNS = (ast.USub, ast.UAdd)
#: The most nodes of a syntax tree that a loop has which becomes two: in a longer one, checks are a small part.
_LONGEST = 400
#: The largest number that is added in an index, and how many numbers of loops: ``within`` counts on both.
_LARGEST, _MOST_WIDTHS = 1 << 40, 8


class _Unknown(Exception):  # noqa: N818
    """What is needed cannot be computed before a loop."""


@dataclass(frozen=True)
class CountedLoop:
    """A loop over a range of whole numbers, ``for target in range(first, end)``, that is being rewritten."""

    target: str
    first: ast.expr
    end: ast.expr
    rises: bool
    number: int
    #: Names, and fields, that its body gives another value, and names that it hands on.
    assigned: set[str]
    fields: frozenset[str]
    handed_on: frozenset[str]
    checks: list[_Check] = field(default_factory=list)

    def named(self, place: int) -> str:
        """Name of an argument of its range, ``first`` or ``end``, which is computed before it."""
        return f"counted__{self.number}_{place}"

    def register(self, check: _Check) -> str:
        """Name of what is found for a check, or for one that differs by a number and becomes part of it."""
        keys = [other.key for other in self.checks]
        if check.key not in keys:
            self.checks.append(check)
            return self.offset(len(keys))
        place = keys.index(check.key)
        self.checks[place].include(check)
        return self.offset(place)

    def offset(self, place: int) -> str:
        """Name of what is found for the check at a place."""
        return f"offset__{self.number}_{place}"

    def is_constant(self, node: ast.expr) -> bool:
        """Whether it is the same in all of the body, and can be computed before it: nothing there raises."""
        if isinstance(node, ast.Constant):
            return type(node.value) is int
        if isinstance(node, ast.Name):
            return node.id != self.target and node.id not in self.assigned
        if isinstance(node, ast.Attribute):
            owner = node.value
            is_left_alone = node.attr not in self.fields and not (
                isinstance(owner, ast.Name) and owner.id in self.handed_on
            )
            return is_left_alone and self.is_constant(owner)
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.op, _SIGNS) and self.is_constant(node.operand)
        if isinstance(node, ast.BinOp):
            is_safe = isinstance(node.op, (*_SUMS, ast.Mult)) or (
                isinstance(node.op, (ast.FloorDiv, ast.Mod)) and bool(_whole(node.right))
            )
            return is_safe and self.is_constant(node.left) and self.is_constant(node.right)
        return False


def counted_loop(node: ast.For, number: int) -> CountedLoop | None:
    """The loop that a statement is, with names of this number, or None where it is not over a range that is known."""
    call = node.iter
    if not (isinstance(node.target, ast.Name) and isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
        return None
    if call.func.id != "range" or call.keywords or any(isinstance(one, ast.Starred) for one in call.args):
        return None
    step = _whole(call.args[2]) if len(call.args) == 3 else 1
    inside = [part for statement in node.body for part in ast.walk(statement)]
    assigned = {n.id for n in inside if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    first, end = (ast.Constant(0), call.args[0]) if len(call.args) == 1 else call.args[:2]
    is_far = any(abs(_whole(argument) or 0) > _LARGEST for argument in (first, end))
    if not step or is_far or node.target.id in assigned or len(inside) > _LONGEST:
        return None
    fields = frozenset(n.attr for n in inside if isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Load))
    handed_on = frozenset(name for n in inside if isinstance(n, ast.Call) for name in _handed_on(n))
    return CountedLoop(node.target.id, first, end, step > 0, number, assigned, fields, handed_on)


def offset_of(loops: list[CountedLoop], array: ast.expr, index: ast.expr, axis: int) -> str | None:
    """Name of what is found before the outermost of some loops that can check an index of the innermost one's body.

    None where it is no sum of their numbers and of what stays the same.
    """
    for place, loop in enumerate(loops):
        if not loop.is_constant(array):
            continue
        bounds = _Bounds(loops[place:])
        try:
            low, high = bounds.of(index)
        except _Unknown:
            continue
        if len(bounds.widths) > _MOST_WIDTHS:
            continue
        return loop.register(_Check(ast.unparse(array), axis, low, high, bounds.widths, bounds.rising))
    return None


@dataclass(frozen=True)
class _Sum:
    """A whole number, and how often each of some others, by its text, is added to it."""

    number: int = 0
    terms: tuple[tuple[str, int], ...] = ()

    def plus(self, other: _Sum, times: int = 1) -> _Sum:
        terms = dict(self.terms)
        for term, count in other.terms:
            terms[term] = terms.get(term, 0) + times * count
        kept = tuple(sorted((term, count) for term, count in terms.items() if count))
        return _Sum(self.number + times * other.number, kept)

    def __str__(self) -> str:
        return " + ".join([str(self.number), *(f"{count} * ({term})" for term, count in self.terms)])


@dataclass
class _Check:
    """Whether an index between two bounds lies within an axis of an array."""

    array: str
    axis: int
    low: _Sum
    high: _Sum
    #: By how much each number of a loop in the index varies, and pairs of which the first may not be greater.
    widths: list[_Sum]
    rising: list[tuple[_Sum, _Sum]]

    def __post_init__(self) -> None:
        """Drop what is known already: a loop that varies by less than nothing is never run."""
        self.widths = [width for width in self.widths if width.terms]
        self.rising = [(low, high) for low, high in self.rising if low.terms or high.terms]

    @property
    def key(self) -> tuple[object, ...]:
        """What it has in common with checks that differ by a number alone."""
        return self.array, self.axis, self.low.terms, self.high.terms, str(self.widths), str(self.rising)

    def include(self, other: _Check) -> None:
        """Ask for what another one asks, which has the same key, too."""
        self.low = _Sum(min(self.low.number, other.low.number), self.low.terms)
        self.high = _Sum(max(self.high.number, other.high.number), self.high.terms)

    def __str__(self) -> str:
        # Where the bounds are as far apart as one loop varies, they cannot be further than 64 bits go.
        is_one = self.high.plus(self.low, -1) in self.widths[:1] and len(self.widths) == 1
        widths = "".join(f"{width}, " for width in self.widths if not is_one)
        rising = "".join(f"{low}, {high}, " for low, high in self.rising)
        return f"within({self.array}, {self.axis}, {self.low}, {self.high}, ({widths}), ({rising}))"


class _Bounds:
    """The least and the greatest value of a sum of the numbers of some loops, computed before the first of them."""

    def __init__(self, loops: list[CountedLoop]) -> None:
        self.outermost = loops[0]
        self.loops = {loop.target: loop for loop in loops}
        self.widths: list[_Sum] = []
        self.rising: list[tuple[_Sum, _Sum]] = []

    def of(self, node: ast.expr) -> tuple[_Sum, _Sum]:
        """Both of them; raises _Unknown where it is no such sum."""
        whole = _whole(node)
        if whole is not None and abs(whole) <= _LARGEST:
            return _Sum(whole), _Sum(whole)
        if isinstance(node, ast.Name) and node.id in self.loops:
            low, high = self._ends(self.loops[node.id])
            self.widths.append(high.plus(low, -1))
            return low, high
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, _SIGNS):
            low, high = self.of(node.operand)
            return (_Sum().plus(high, -1), _Sum().plus(low, -1)) if isinstance(node.op, ast.USub) else (low, high)
        if isinstance(node, ast.BinOp) and isinstance(node.op, _SUMS):
            (low, high), (least, greatest) = self.of(node.left), self.of(node.right)
            if isinstance(node.op, ast.Sub):
                return low.plus(greatest, -1), high.plus(least, -1)
            return low.plus(least), high.plus(greatest)
        if whole is None and self.outermost.is_constant(node):
            term = _Sum(0, ((_counters(node), 1),))
            return term, term
        raise _Unknown

    def _ends(self, loop: CountedLoop) -> tuple[_Sum, _Sum]:
        """The least and the greatest number of a loop."""
        if loop is self.outermost:
            first, end = (
                _Sum(0, ((loop.named(place), 1),)) if whole is None else _Sum(whole)
                for place, whole in enumerate((_whole(loop.first), _whole(loop.end)))
            )
            firsts, ends = (first, first), (end, end)
        else:
            around = list(self.loops.values())
            around = around[: around.index(loop)]
            firsts, ends = self._between(loop.first, around), self._between(loop.end, around)
        if loop.rises:
            return firsts[0], ends[1].plus(_Sum(-1))
        return ends[0].plus(_Sum(1)), firsts[1]

    def _between(self, argument: ast.expr, around: list[CountedLoop]) -> tuple[_Sum, _Sum]:
        inner = _Bounds(around)
        low, high = inner.of(argument)
        if inner.widths:
            self.rising += [*inner.rising, (low, high)]
            self.widths += inner.widths
        return low, high


def versions(loop: CountedLoop, quick: ast.For, checked: ast.For) -> list[ast.stmt]:
    """What stands for a loop: its checks, and the loop without the checks of indexes that these make, or with them."""
    before: list[ast.stmt] = []
    arguments = [loop.first, loop.end]
    for place, argument in enumerate(arguments):
        if _whole(argument) is None:
            before.append(ast.Assign([ast.Name(loop.named(place), ast.Store())], argument))
            arguments[place] = ast.Name(loop.named(place), ast.Load())
    for version in (quick, checked):
        assert isinstance(version.iter, ast.Call)
        version.iter.args = copy.deepcopy(arguments) + version.iter.args[2:]
    offsets = [loop.offset(place) for place in range(len(loop.checks))]
    before += [
        ast.Assign([ast.Name(name, ast.Store())], _parsed(str(check), quick))
        for name, check in zip(offsets, loop.checks, strict=True)
    ]
    passed: list[ast.expr] = [
        ast.Compare(ast.Name(name, ast.Load()), [ast.GtE()], [ast.Constant(0)]) for name in offsets
    ]
    known = passed[0]
    for one in passed[1:]:
        known = ast.BinOp(known, ast.BitAnd(), one)
    return [ast.copy_location(one, quick) for one in (*before, ast.If(known, [quick], [checked]))]


def _parsed(text: str, at: ast.stmt) -> ast.expr:
    parsed = parse_expression(text)
    for part in ast.walk(parsed):
        ast.copy_location(part, at)
    return parsed


def _handed_on(call: ast.Call) -> set[str]:
    """Names of what a call may change: its arguments, if not their fields alone, and whose method it is."""
    given: list[ast.AST] = [*call.args, *call.keywords]
    if isinstance(call.func, ast.Attribute):
        given.append(call.func.value)
    parts = [part for one in given for part in ast.walk(one)]
    owners = {id(part.value) for part in parts if isinstance(part, ast.Attribute)}
    return {part.id for part in parts if isinstance(part, ast.Name) and id(part) not in owners}


def _whole(node: ast.expr) -> int | None:
    """The whole number that is written there, or None."""
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node, sign = node.operand, -1
    return sign * node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


class _Counters(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802
        return ast.Call(ast.Name("counter", ast.Load()), [node], [])

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:  # noqa: N802
        return ast.Call(ast.Name("counter", ast.Load()), [node], [])


def _counters(node: ast.expr) -> str:
    """Text of an expression in which what is no whole number makes it none."""
    return ast.unparse(_Counters().visit(copy.deepcopy(node)))
