"""A strategy's code, taken out of the user's file or notebook cell with everything it needs, ready to be compiled.

What comes out is text that stands alone: the methods as functions, the helper functions they call and the constants
they read, however deep. Its digest is therefore the identity of the strategy: editing a helper recompiles, moving
the class or rewording a comment does not. Each generated line remembers the line it came from.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import textwrap
from dataclasses import dataclass, field
from enum import IntEnum
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from admf_jit.errors import StrategyError, closest
from admf_jit.strategies.declaration import RANDOM_FIELD, Definition

_MAX_CONSTANT_ELEMENTS = 10_000
_STATE_CASTS = {bool: "as_boolean", int: "as_integer", float: "as_number"}
_BUILTIN_NAMES = frozenset(dir(builtins))


@dataclass(frozen=True)
class Origin:
    """Where a line of generated code came from."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass
class Block:
    """One generated function: its syntax tree, whose line numbers are still the user's, and the user's file."""

    tree: ast.FunctionDef
    file: str

    def render(self, first_line: int) -> tuple[str, dict[int, Origin]]:
        """Source text, and the origin of each of its lines when it starts at ``first_line``."""
        text = ast.unparse(self.tree)
        origins: dict[int, Origin] = {}
        generated = ast.parse(text).body[0]
        for new, old in zip(ast.walk(generated), ast.walk(self.tree), strict=False):
            if isinstance(new, ast.stmt | ast.expr) and isinstance(old, ast.stmt | ast.expr):
                origins.setdefault(new.lineno + first_line - 1, Origin(self.file, old.lineno))
        return text, origins


@dataclass
class StrategySource:
    """Imports, constants and functions that make up a strategy; ``entry`` is the name of its ``on_bar``."""

    imports: list[str] = field(default_factory=list)
    constants: list[str] = field(default_factory=list)
    functions: list[Block] = field(default_factory=list)
    entry: str = ""
    uses_random: bool = False


def collect_source(definition: Definition) -> StrategySource:
    """Gather everything that ``definition``'s methods need; raises StrategyError naming the user's line."""
    collector = _Collector(definition)
    for name in definition.methods:
        collector.add_method(name)
    collector.result.entry = collector.method_names["on_bar"]
    return collector.result


def _parse_function(function: FunctionType, owner: str) -> tuple[ast.FunctionDef, str]:
    file = function.__code__.co_filename
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        raise StrategyError(
            f"strategy {owner}: the source of {function.__name__} cannot be read ({file}): define the strategy in a "
            "file or a notebook cell"
        ) from None
    tree = ast.parse(textwrap.dedent("".join(lines))).body[0]
    if not isinstance(tree, ast.FunctionDef):
        raise StrategyError(f"{file}:{first}: {function.__name__}: expected a plain def")
    ast.increment_lineno(tree, first - 1)
    return tree, file


def _strip(tree: ast.FunctionDef) -> None:
    """Drop what does not change the result: decorators, annotations, docstring."""
    tree.decorator_list = []
    tree.returns = None
    for argument in [*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs]:
        argument.annotation = None
    first = tree.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        tree.body = tree.body[1:] or [ast.copy_location(ast.Pass(), first)]


class _Collector:
    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.result = StrategySource()
        self.method_names = {name: f"{definition.name}__{name}" for name in definition.methods}
        #: Emitted name -> the object it stands for, so that two modules' helpers of one name are told apart.
        self.emitted: dict[str, Any] = {}

    def add_method(self, name: str) -> None:
        function = self.definition.methods[name]
        tree, file = _parse_function(function, self.definition.name)
        _strip(tree)
        if name not in self.definition.static:
            tree = _SelfRewriter(self.definition, self.method_names, tree, file, self.result).visit(tree)
        self._add(function, tree, file, self.method_names[name])

    def _add(self, function: FunctionType, tree: ast.FunctionDef, file: str, emitted_name: str) -> None:
        tree.name = emitted_name
        renames: dict[str, str] = {}
        for name, line in _free_names(tree):
            if name in self.method_names.values() or name in _STATE_CASTS.values():
                continue
            renames[name] = self._emit_global(function, name, Origin(file, line))
        tree = _Renamer(renames).visit(tree)
        ast.fix_missing_locations(tree)
        self.result.functions.append(Block(tree, file))

    def _emit_global(self, function: FunctionType, name: str, origin: Origin) -> str:
        found, value = _look_up(function, name)
        if not found:
            if name in _BUILTIN_NAMES:
                return name
            known = [*function.__globals__, *_BUILTIN_NAMES]
            hint = closest(name, known)
            suggestion = f"; did you mean {hint!r}?" if hint else ""
            raise StrategyError(f"{origin}: name {name!r} is not defined{suggestion}")
        emitted = name
        number = 2
        while emitted in self.emitted and self.emitted[emitted] is not value:
            emitted = f"{name}_{number}"
            number += 1
        if emitted not in self.emitted:
            self.emitted[emitted] = value
            self._emit_value(emitted, value, origin)
        return emitted

    def _emit_value(self, name: str, value: Any, origin: Origin) -> None:
        value = getattr(value, "py_func", value)
        if isinstance(value, ModuleType):
            self.result.imports.append(f"import {value.__name__} as {name}")
        elif isinstance(value, FunctionType) and value.__module__.split(".")[0] not in ("numpy", "math", "numba"):
            tree, file = _parse_function(value, self.definition.name)
            _strip(tree)
            self._add(value, tree, file, name)
        elif isinstance(value, type) and issubclass(value, IntEnum):
            members = {member.name: int(member) for member in value}
            self.result.imports.append("from enum import IntEnum")
            self.result.constants.append(f"{name} = IntEnum({value.__name__!r}, {members!r})")
        elif callable(value) and getattr(value, "__module__", None) in ("numpy", "math"):
            self.result.imports.append(f"from {value.__module__} import {value.__name__} as {name}")
        else:
            self.result.constants.append(f"{name} = {_literal(value, name, origin)}")


def _look_up(function: FunctionType, name: str) -> tuple[bool, Any]:
    free = function.__code__.co_freevars
    if name in free and function.__closure__ is not None:
        return True, function.__closure__[free.index(name)].cell_contents
    if name in function.__globals__:
        return True, function.__globals__[name]
    return False, None


def _literal(value: Any, name: str, origin: Origin) -> str:
    """Source text that makes ``value`` again, to the bit."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, tuple):
        return "(" + "".join(f"{_literal(item, name, origin)}, " for item in value) + ")"
    if isinstance(value, np.ndarray) and value.size <= _MAX_CONSTANT_ELEMENTS and value.dtype.kind in "bif":
        return f"np.frombuffer(bytes.fromhex({value.tobytes().hex()!r}), dtype={value.dtype.str!r}).reshape({value.shape!r})"
    raise StrategyError(
        f"{origin}: {name} is a {type(value).__name__}: on_bar can use numbers, bools, strings, tuples of them, small "
        "NumPy arrays, functions and modules from outside its class; anything that changes belongs in a state field"
    )


def _free_names(tree: ast.FunctionDef) -> list[tuple[str, int]]:
    """Names that a function reads and does not bind, with the line of their first use."""
    bound = {a.arg for node in ast.walk(tree) if isinstance(node, ast.arguments) for a in _all_arguments(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.FunctionDef) and node is not tree:
            bound.add(node.name)
    free: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in bound:
            free.setdefault(node.id, node.lineno)
    return list(free.items())


def _all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    optional = [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *optional]


class _Renamer(ast.NodeTransformer):
    def __init__(self, renames: dict[str, str]) -> None:
        self.renames = renames

    def visit_Name(self, node: ast.Name) -> ast.Name:  # noqa: N802
        node.id = self.renames.get(node.id, node.id)
        return node


class _SelfRewriter(ast.NodeTransformer):
    """Check every use of ``self`` and turn it into the flat fields and functions of the generated module."""

    def __init__(
        self,
        definition: Definition,
        method_names: dict[str, str],
        tree: ast.FunctionDef,
        file: str,
        result: StrategySource,
    ) -> None:
        self.definition = definition
        self.method_names = method_names
        self.file = file
        self.result = result
        if not tree.args.args:
            raise StrategyError(f"{file}:{tree.lineno}: method {tree.name} takes no self: make it a @staticmethod")
        self.self_name = tree.args.args[0].arg

    def _is_self(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == self.self_name

    def _fail(self, node: ast.AST, message: str) -> StrategyError:
        return StrategyError(f"{self.file}:{getattr(node, 'lineno', 0)}: {message}")

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802
        function = node.func
        if isinstance(function, ast.Attribute) and self._is_self(function.value):
            name = function.attr
            if name in self.method_names:
                arguments = [self.visit(a) for a in node.args]
                first = [] if name in self.definition.static else [function.value]
                keywords = [ast.keyword(k.arg, self.visit(k.value)) for k in node.keywords]
                target = ast.copy_location(ast.Name(self.method_names[name], ast.Load()), function)
                return ast.copy_location(ast.Call(target, first + arguments, keywords), node)
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:  # noqa: N802
        inner = node.value
        if isinstance(inner, ast.Attribute) and self._is_self(inner.value) and inner.attr in self.definition.indicators:
            kind = self.definition.indicators[inner.attr].kind
            if len(kind.outputs) > 1:
                if node.attr not in kind.outputs:
                    hint = closest(node.attr, kind.outputs) or ", ".join(kind.outputs)
                    raise self._fail(node, f"self.{inner.attr} ({kind.name}) has no output {node.attr!r}: {hint}?")
                if isinstance(node.ctx, ast.Store):
                    raise self._fail(node, f"self.{inner.attr}.{node.attr} is an indicator and cannot be assigned")
                return ast.copy_location(
                    ast.Attribute(inner.value, f"{inner.attr}__{node.attr}", ast.Load()), node
                )
        if not self._is_self(inner):
            return self.generic_visit(node)
        self._check_read(node)
        return node

    def _check_read(self, node: ast.Attribute) -> None:
        name = node.attr
        indicator = self.definition.indicators.get(name)
        if indicator is not None:
            if len(indicator.kind.outputs) > 1:
                outputs = ", ".join(f"self.{name}.{output}" for output in indicator.kind.outputs)
                raise self._fail(node, f"self.{name} ({indicator.kind.name}) has several outputs: use {outputs}")
            return
        if name == RANDOM_FIELD:
            self.result.uses_random = True
            return
        if name in self.definition.parameters or name in self.definition.state:
            return
        known = [*self.definition.parameters, *self.definition.indicators, *self.definition.state]
        known += [*self.definition.methods, RANDOM_FIELD]
        hint = closest(name, known)
        suggestion = f"; did you mean self.{hint}?" if hint else ""
        raise self._fail(node, f"strategy {self.definition.name} has no attribute {name!r}{suggestion}")

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:  # noqa: N802
        if isinstance(node.target, ast.Attribute) and self._is_self(node.target.value):
            read = ast.copy_location(ast.Attribute(node.target.value, node.target.attr, ast.Load()), node.target)
            value = ast.copy_location(ast.BinOp(read, node.op, node.value), node)
            return self.visit_Assign(ast.copy_location(ast.Assign([node.target], value), node))
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:  # noqa: N802
        casts = []
        for target in node.targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Attribute) and self._is_self(part.value):
                    casts.append(self._cast_for(part, whole=part is target))
        if not casts:
            return self.generic_visit(node)
        if len(node.targets) > 1:
            raise self._fail(node, "assign one state field at a time")
        call = ast.Call(ast.Name(casts[0], ast.Load()), [self.visit(node.value)], [])
        node.value = ast.copy_location(call, node.value)
        ast.fix_missing_locations(node)
        return node

    def _cast_for(self, target: ast.Attribute, *, whole: bool) -> str:
        name = target.attr
        if name in self.definition.state and whole:
            return _STATE_CASTS[type(self.definition.state[name])]
        if name in self.definition.state:
            raise self._fail(target, "assign one state field at a time")
        if name in self.definition.parameters or name in self.definition.indicators:
            what = "a parameter" if name in self.definition.parameters else "an indicator"
            raise self._fail(target, f"self.{name} is {what} and cannot be assigned")
        hint = closest(name, self.definition.state)
        suggestion = f"; did you mean self.{hint}?" if hint else f"; declare it in the class body: {name} = 0.0"
        raise self._fail(target, f"strategy {self.definition.name} has no state field {name!r}{suggestion}")
