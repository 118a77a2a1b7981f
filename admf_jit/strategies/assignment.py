"""Refuses a variable that some path reads before it is assigned.

Python raises UnboundLocalError when such a path is taken; compiled code reads a zero and goes on. The answer would be
wrong and nobody told, so the code is refused before it is compiled, on the paths alone: what a condition amounts to is
not looked into, except for constants.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import reduce

from admf_jit.errors import StrategyError
from admf_jit.strategies.origin import Origin
from admf_jit.strategies.scopes import (
    Comprehension,
    Function,
    argument_names,
    bindings,
    body_of,
    local_names,
    outer_reads,
)

#: Names assigned on every path to a place; None where no path leads.
_State = frozenset[str] | None
_JUMPS = ("break", "continue", "return")


def refuse_unassigned(function: ast.FunctionDef, file: str) -> None:
    """Raise StrategyError, naming line and variable, if a path through ``function`` reads what it has not assigned."""
    _Flow(function, file).run(function.body)


def _join(*states: _State) -> _State:
    reached = [state for state in states if state is not None]
    return reduce(frozenset.intersection, reached) if reached else None


class _Flow(ast.NodeVisitor):
    """A walk through one function in the order it runs; ``assigned`` is the state at the place it has come to."""

    def __init__(self, function: Function, file: str) -> None:
        self.file = file
        self.locals = local_names(function)
        self.assigned: _State = argument_names(function)
        self.jumps: dict[str, list[_State]] = {kind: [] for kind in _JUMPS}
        #: States in which an exception may leave, by the `try` around; the first list is for none.
        self.raised: list[list[_State]] = [[]]
        #: Inner function -> what it reads from here, when it is called and not when it is defined.
        self.captures: dict[str, list[ast.Name]] = {}

    def run(self, body: list[ast.stmt]) -> _State:
        """Walk ``body`` from where the walk has come to; returns the state at its end."""
        for statement in body:
            self.visit(statement)
        return self.assigned

    def run_from(self, state: _State, body: list[ast.stmt]) -> _State:
        """Walk ``body`` from ``state``; returns the state at its end."""
        self.assigned = state
        return self.run(body)

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.expr) and not isinstance(node, ast.Name | ast.Constant | ast.NamedExpr):
            self.raised[-1].append(self.assigned)
        super().visit(node)

    def _bind(self, name: str) -> None:
        if self.assigned is not None:
            self.assigned |= {name}

    def _unbind(self, name: str) -> None:
        if self.assigned is not None:
            self.assigned -= {name}

    def _check(self, *reads: ast.Name) -> None:
        pending = list(reads)
        seen: set[str] = set()
        while pending and self.assigned is not None:
            read = pending.pop()
            if read.id in seen:
                continue
            seen.add(read.id)
            if read.id in self.locals and read.id not in self.assigned:
                raise StrategyError(
                    f"{Origin(self.file, read.lineno)}: variable {read.id!r} may be read before it is assigned: "
                    "assign it on every path"
                )
            pending += self.captures.get(read.id, [])

    def _jump(self, kind: str) -> None:
        self.jumps[kind].append(self.assigned)
        self.assigned = None

    # Names

    def visit_Name(self, node: ast.Name) -> None:  # noqa: N802
        if isinstance(node.ctx, ast.Store):
            self._bind(node.id)
            return
        self._check(node)
        if isinstance(node.ctx, ast.Del):
            self._unbind(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:  # noqa: N802
        target = node.targets[0]
        if isinstance(node.value, ast.Lambda) and len(node.targets) == 1 and isinstance(target, ast.Name):
            self._define(node.value, target.id)
            return
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:  # noqa: N802
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:  # noqa: N802
        if isinstance(node.target, ast.Name):
            self._check(node.target)
        self.visit(node.value)
        self.raised[-1].append(self.assigned)
        self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:  # noqa: N802
        self.visit(node.value)
        self.visit(node.target)

    # Inner functions and comprehensions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:  # noqa: N802
        self._define(node, node.name)

    def visit_Lambda(self, node: ast.Lambda) -> None:  # noqa: N802
        self._define(node, None)
        self._check(*outer_reads(node))

    def _define(self, node: Function, name: str | None) -> None:
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            if default is not None:
                self.visit(default)
        inner = _Flow(node, self.file)
        for part in body_of(node):
            inner.visit(part)
        if name is not None:
            self.captures.setdefault(name, []).extend(outer_reads(node))
            self._bind(name)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:  # noqa: N802
        self._bind(node.name)

    def _visit_comprehension(self, node: Comprehension) -> None:
        self.visit(node.generators[0].iter)
        outside = self.assigned
        for number, generator in enumerate(node.generators):
            if number:
                self.visit(generator.iter)
            self.visit(generator.target)
            for test in generator.ifs:
                self.assigned, _ = self._condition(test)
        for part in [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]:
            self.visit(part)
        self.assigned = outside

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension  # noqa: N815

    # Branches

    def _condition(self, node: ast.expr) -> tuple[_State, _State]:
        """States after ``node`` if it is true and if it is false."""
        if isinstance(node, ast.Constant):
            return (self.assigned, None) if node.value else (None, self.assigned)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            true, false = self._condition(node.operand)
            return false, true
        if isinstance(node, ast.BoolOp):
            return self._short_circuit(node)
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        self.visit(node)
        return self.assigned, self.assigned

    def _short_circuit(self, node: ast.BoolOp) -> tuple[_State, _State]:
        is_and = isinstance(node.op, ast.And)
        decided: list[_State] = []
        for value in node.values:
            true, false = self._condition(value)
            decided.append(false if is_and else true)
            self.assigned = true if is_and else false
        return (self.assigned, _join(*decided)) if is_and else (_join(*decided), self.assigned)

    def _comparison(self, node: ast.Compare) -> tuple[_State, _State]:
        """Of ``a < b < c``, ``c`` is not looked at when ``a < b`` is false."""
        self.raised[-1].append(self.assigned)
        self.visit(node.left)
        self.visit(node.comparators[0])
        false = self.assigned
        for comparator in node.comparators[1:]:
            self.visit(comparator)
        return self.assigned, false

    def _visit_test(self, node: ast.BoolOp | ast.Compare) -> None:
        self.assigned = _join(*self._condition(node))

    visit_BoolOp = visit_Compare = _visit_test  # noqa: N815

    def visit_IfExp(self, node: ast.IfExp) -> None:  # noqa: N802
        self.assigned, false = self._condition(node.test)
        self.visit(node.body)
        true, self.assigned = self.assigned, false
        self.visit(node.orelse)
        self.assigned = _join(true, self.assigned)

    def visit_If(self, node: ast.If) -> None:  # noqa: N802
        true, false = self._condition(node.test)
        self.assigned = _join(self.run_from(true, node.body), self.run_from(false, node.orelse))

    def visit_Assert(self, node: ast.Assert) -> None:  # noqa: N802
        true, self.assigned = self._condition(node.test)
        self.raised[-1].append(self.assigned)
        if node.msg is not None:
            self.visit(node.msg)
        self.assigned = true

    def visit_Match(self, node: ast.Match) -> None:  # noqa: N802
        self.visit(node.subject)
        missed = self.assigned
        ends: list[_State] = []
        for case in node.cases:
            self.assigned = missed
            for part in ast.walk(case.pattern):
                if isinstance(part, ast.expr):
                    self.visit(part)
            for name in bindings(case.pattern):
                self._bind(name)
            matched, refused = self._condition(case.guard) if case.guard is not None else (self.assigned, None)
            ends.append(self.run_from(matched, case.body))
            missed = _join(refused, None if _always_matches(case.pattern) else missed)
        self.assigned = _join(missed, *ends)

    # Loops and jumps

    def visit_While(self, node: ast.While) -> None:  # noqa: N802
        self._loop(node, lambda: self._condition(node.test))

    def visit_For(self, node: ast.For) -> None:  # noqa: N802
        def next_item() -> tuple[_State, _State]:
            exhausted = self.assigned
            self.visit(node.target)
            return self.assigned, exhausted

        self.visit(node.iter)
        self._loop(node, next_item)

    def _loop(self, node: ast.For | ast.While, enter: Callable[[], tuple[_State, _State]]) -> None:
        outer, entry = self.jumps, self.assigned
        head = entry
        while True:
            self.jumps = outer | {"break": [], "continue": []}
            self.assigned = head
            inside, after = enter()
            end = _join(self.run_from(inside, node.body), *self.jumps["continue"])
            # A `del` in the body takes away what the first round had.
            if _join(entry, end) == head:
                break
            head = _join(entry, end)
        breaks, self.jumps = self.jumps["break"], outer
        if isinstance(node, ast.For) and _has_items(node.iter):
            after = end
        self.assigned = _join(self.run_from(after, node.orelse), *breaks)

    def visit_Break(self, node: ast.Break) -> None:  # noqa: N802
        self._jump("break")

    def visit_Continue(self, node: ast.Continue) -> None:  # noqa: N802
        self._jump("continue")

    def visit_Return(self, node: ast.Return) -> None:  # noqa: N802
        self.generic_visit(node)
        self._jump("return")

    def visit_Raise(self, node: ast.Raise) -> None:  # noqa: N802
        self.generic_visit(node)
        self.raised[-1].append(self.assigned)
        self.assigned = None

    def visit_Try(self, node: ast.Try) -> None:  # noqa: N802
        outer = self.jumps
        self.jumps = {kind: [] for kind in _JUMPS}
        self.raised.append([])
        end = self._guarded(node)
        jumps, self.jumps = self.jumps, outer
        # What leaves early goes through `finally` as well, and then on.
        failed = _join(*self.raised.pop())
        self.raised[-1].append(self.run_from(failed, node.finalbody))
        for kind, states in jumps.items():
            outer[kind].append(self.run_from(_join(*states), node.finalbody))
        self.run_from(end, node.finalbody)

    def _guarded(self, node: ast.Try) -> _State:
        """State after all of a ``try`` but its ``finally``."""
        self.raised.append([])
        end = self.run(node.body)
        failed = self.raised.pop()
        if not any(_catches_all(handler) for handler in node.handlers):
            self.raised[-1] += failed
        ends = [self.run_from(end, node.orelse)]
        for handler in node.handlers:
            self.assigned = _join(*failed)
            if handler.name is not None:
                self._bind(handler.name)
            self.run(handler.body)
            if handler.name is not None:
                self._unbind(handler.name)
            ends.append(self.assigned)
        return _join(*ends)


def _always_matches(pattern: ast.pattern) -> bool:
    if isinstance(pattern, ast.MatchOr):
        return any(_always_matches(part) for part in pattern.patterns)
    return isinstance(pattern, ast.MatchAs) and (pattern.pattern is None or _always_matches(pattern.pattern))


def _catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException")


def _has_items(iterable: ast.expr) -> bool:
    """Whether a loop over it runs at least once, as far as that can be read from it."""
    if isinstance(iterable, ast.Tuple | ast.List):
        return any(not isinstance(item, ast.Starred) for item in iterable.elts)
    if isinstance(iterable, ast.Call) and ast.unparse(iterable.func) == "range" and not iterable.keywords:
        try:
            return bool(range(*(ast.literal_eval(argument) for argument in iterable.args)))
        except (TypeError, ValueError):
            return False
    return False
