"""A strategy's code, taken out of the user's file or notebook cell with everything it needs, ready to be compiled.

What comes out is text that stands alone: the methods as functions, the helper functions they call and the constants
they read, however deep. Its digest is therefore the identity of the strategy: editing a helper recompiles, moving
the class or rewording a comment does not. Each generated line remembers the line it came from.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import math
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from admf_jit.errors import StrategyError, closest
from admf_jit.parsing import parse_python
from admf_jit.strategies.assignment import refuse_unassigned
from admf_jit.strategies.bar_reads import KNOWN_CLOCK, KNOWN_WHOLE, BarReads
from admf_jit.strategies.cell_source import find_source
from admf_jit.strategies.checked_code import FUNCTIONS, checked_text
from admf_jit.strategies.constant_arrays import ConstantArray, constant_array
from admf_jit.strategies.declaration import RANDOM_FIELD, Definition
from admf_jit.strategies.indicators import IndicatorKind
from admf_jit.strategies.newcomers import refuse_foreign_habits
from admf_jit.strategies.optional import reader_name
from admf_jit.strategies.order_calls import OrderCalls
from admf_jit.strategies.origin import Origin
from admf_jit.strategies.position_reads import reads_of
from admf_jit.strategies.self_access import STATE_CASTS, SelfRewriter
from admf_jit.strategies.state_window import WINDOW_FUNCTIONS
from admf_jit.strategies.truth import TRUTH, say_truth
from admf_jit.strategies.unchecked import refuse_filling, refuse_unchecked

_MAX_CONSTANT_ELEMENTS = 10_000
_BUILTIN_NAMES = frozenset(dir(builtins))
#: Packages whose functions Numba compiles itself.
_COMPILED_PACKAGES = ("math", "numba", "numpy")
#: What a generated module defines and imports for itself; a user's own object of that name gets another one.
_RESERVED = frozenset(
    "Any NamedTuple boolean entry float64 int64 jitclass as_boolean as_direction as_integer as_number inlined kernel "
    "short_user_function user_function borrow local_copy HigherCursor first_bar View BATCH_SIGNATURE RECORD_SIGNATURE "
    "RandomStream instance_type IntEnum Strategy Indicators make_strategy make_indicators warmup_of update_features "
    "on_bar run_container run_batch record_features record_signals SIGNALS_SIGNATURE signal_code RAISED "
    "LET_RAISE TRAPPED signal_on_side by_side acts row_of current_direction context_at weighing_at "
    "codes_at numbers_at whole_numbers_at "
    "Bar Position start evaluate side_of keep restored first_evaluated EVALUATE_SIGNATURE KEEP view_at "
    # Names of versions before stay taken, so that nobody's function gets another name, and its strategy another id.
    "build_engine bare_answer ask settled record_answers ANSWERS_SIGNATURE Desk OrderDesk "
    "PresetOrderApi OrderApi range record load_features Cross Market flags_at".split()
).union(*FUNCTIONS.values())


@dataclass
class Block:
    """One generated function: its syntax tree, whose line numbers are still the user's, and the user's file."""

    tree: ast.FunctionDef
    file: str

    def render(self, first_line: int, *, check: bool) -> tuple[str, dict[int, Origin]]:
        """Source text, and the origin of each of its lines when it starts at ``first_line``.

        With ``check``, indexes and divisors are checked there; without, nothing of it can raise.
        """
        text = ast.unparse(self.tree)
        origins: dict[int, Origin] = {}
        generated = parse_python(text).body[0]
        assert isinstance(generated, ast.FunctionDef)
        for new, old in zip(ast.walk(generated), ast.walk(self.tree), strict=False):
            if isinstance(new, ast.stmt | ast.expr) and isinstance(old, ast.stmt | ast.expr):
                said = linecache.getline(self.file, old.lineno).strip()
                origins.setdefault(new.lineno + first_line - 1, Origin(self.file, old.lineno, said))
        if check:
            return checked_text(generated, first_line, origins)
        return text, origins


@dataclass
class StrategySource:
    """Imports, constants and functions that make up a strategy; ``entry`` is the name of its ``on_bar``."""

    imports: list[str] = field(default_factory=list)
    constants: list[str] = field(default_factory=list)
    #: Emitted name -> an array that is passed, each in the slot of its place here.
    arrays: dict[str, ConstantArray] = field(default_factory=dict)
    functions: list[Block] = field(default_factory=list)
    #: Those of the user's own indicators.
    custom: list[Block] = field(default_factory=list)
    entry: str = ""
    uses_random: bool = False
    #: What they read of the position besides its own fields (``position_reads``).
    reads: tuple[str, ...] = ()


def collect_source(definition: Definition, *, methods: bool = True, custom: bool = False) -> StrategySource:
    """Gather everything that ``definition``'s methods need; raises StrategyError naming the user's line.

    With ``custom``, what the user's own indicators need too.
    """
    collector = _Collector(definition)
    for name in definition.methods if methods else ():
        collector.add_method(name)
    result = collector.result
    if methods:
        result.entry = collector.method_names[definition.entry]
    if methods and not definition.weighs:
        result.reads = reads_of(collector.read_by())
    for kind in custom_kinds(definition) if custom else ():
        assert kind.code is not None
        result.custom += collect_indicator(kind.code.definition, kind.symbol, collector.emitted, result).functions
    return result


def custom_kinds(definition: Definition) -> list[IndicatorKind]:
    """Kinds of the user's own that a strategy's indicators are of, each once."""
    kinds = (indicator.kind for indicator in definition.indicators.values())
    return list({kind.symbol: kind for kind in kinds if kind.code is not None}.values())


def collect_indicator(
    definition: Definition, symbol: str, emitted: dict[str, Any] | None = None, beside: StrategySource | None = None
) -> StrategySource:
    """What the methods of an indicator of the user's own need, called by ``symbol``.

    ``emitted`` are names that are taken; imports and constants go to those ``beside``.
    """
    collector = _Collector(definition, symbol)
    if emitted is not None and beside is not None:
        collector.emitted = emitted
        collector.result = StrategySource(beside.imports, beside.constants, beside.arrays)
    for name in definition.methods:
        collector.add_method(name)
    return collector.result


def _parse_function(function: FunctionType, owner: str) -> tuple[ast.FunctionDef, str]:
    find_source(function)
    file = function.__code__.co_filename
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        raise StrategyError(
            f"strategy {owner}: the source of {function.__name__} cannot be read ({file}): define the strategy in a "
            "file or a notebook cell"
        ) from None
    tree = parse_python(textwrap.dedent("".join(lines))).body[0]
    if not isinstance(tree, ast.FunctionDef):
        raise StrategyError(f"{Origin(file, first)}: {function.__name__}: expected a plain def")
    ast.increment_lineno(tree, first - 1)
    return tree, file


class _WithoutAnnotations(ast.NodeTransformer):
    """Drops annotations, whatever they name: arguments, results, and variables that are assigned or only declared."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:  # noqa: N802
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:  # noqa: N802
        if not isinstance(node.target, ast.Name):  # refused for a state field
            return node
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign([node.target], node.value), node)


def _strip(tree: ast.FunctionDef) -> None:
    """Drop what does not change the result: decorators, annotations, docstring."""
    tree.decorator_list = []
    _WithoutAnnotations().visit(tree)
    first = tree.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        tree.body = tree.body[1:] or [ast.copy_location(ast.Pass(), first)]


def _refuse_side_effects(tree: ast.FunctionDef, file: str, self_name: str = "") -> None:
    """Refuse what would reach beyond the function, or change a field without the check of its type."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            raise StrategyError(f"{Origin(file, node.lineno)}: an import belongs at the top of the file")
        if isinstance(node, ast.Global | ast.Nonlocal):
            names = ", ".join(node.names)
            raise StrategyError(
                f"{Origin(file, node.lineno)}: {names} cannot be changed from a strategy: keep what "
                "changes in a state field"
            )
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            base = node.value
            if not (isinstance(base, ast.Name) and base.id == self_name):
                raise StrategyError(
                    f"{Origin(file, node.lineno)}: {ast.unparse(node)} cannot be assigned: only a method "
                    "can assign, and only state fields (self.…)"
                )


class _Collector:
    def __init__(self, definition: Definition, symbol: str | None = None) -> None:
        self.definition = definition
        entry = definition.methods.get("on_bar")
        #: What ``on_bar`` calls its bar.
        self.bar = "" if entry is None else entry.__code__.co_varnames[1]
        self.result = StrategySource()
        self.method_names = {name: f"{symbol or definition.name}__{name}" for name in definition.methods}
        #: Emitted name -> the object it stands for, so that two modules' helpers of one name are told apart.
        self.emitted: dict[str, Any] = dict.fromkeys(_RESERVED, _RESERVED) | {"np": np}
        for indicator in (one for one in definition.indicators.values() if one.kind.kernel):
            self.emitted |= dict.fromkeys((indicator.kind.kernel, f"update_{indicator.kind.symbol}"), _RESERVED)
        self.emitted |= dict.fromkeys(WINDOW_FUNCTIONS if definition.windows else (), _RESERVED)
        self.emitted |= dict.fromkeys((f"take_{definition.spelled(bars)}" for bars in definition.timeframes), _RESERVED)

    def read_by(self) -> Iterator[tuple[ast.FunctionDef, str]]:
        """Every function, and what it calls its strategy: nothing where it is given none."""
        methods = {emitted for name, emitted in self.method_names.items() if name not in self.definition.static}
        for block in self.result.functions:
            tree = block.tree
            yield tree, tree.args.args[0].arg if tree.name in methods and tree.args.args else ""

    def add_method(self, name: str) -> None:
        function = self.definition.methods[name]
        tree, file = _parse_function(function, self.definition.name)
        _strip(tree)
        is_static = name in self.definition.static or not tree.args.args
        _refuse_side_effects(tree, file, "" if is_static else tree.args.args[0].arg)
        refuse_unassigned(tree, file)
        say_truth(tree, is_entry=name == "on_bar")
        if not is_static:
            tree = BarReads(tree, self.bar, self.definition.indicators).visit(tree)
        if name == "on_bar":
            refuse_foreign_habits(self.definition, tree, file)
        if name == "on_bar" and self.definition.sends_orders:
            tree = OrderCalls(tree.args.args[3].arg, file).visit(tree)
        if name not in self.definition.static:
            tree = SelfRewriter(self.definition, self.method_names, tree, file, self.result).visit(tree)
        self._add(function, tree, file, self.method_names[name])

    def _add(self, function: FunctionType, tree: ast.FunctionDef, file: str, emitted_name: str) -> None:
        tree.name = emitted_name
        bound = _bound_names(tree)
        refuse_filling(tree, file, lambda called: _value_behind(function, called, bound))
        members = self._module_members(function, tree, file, bound)
        renames: dict[str, str] = {}
        readers = {reader_name(name) for name in self.definition.optional}
        for name, line in _free_names(tree, members, bound):
            if (
                name in self.method_names.values()
                or name in STATE_CASTS.values()
                or name in WINDOW_FUNCTIONS
                or name in (TRUTH, KNOWN_CLOCK, KNOWN_WHOLE)
                or name in readers
            ):
                continue
            renames[name] = self._emit_global(function, name, Origin(file, line))
        tree = _Renamer(renames, members).visit(tree)
        for read in dict.fromkeys((*renames.values(), *members.values())):
            if read in self.result.arrays:
                call = ast.Call(ast.Name(passed_by(read), ast.Load()), [], [])
                tree.body.insert(0, ast.copy_location(ast.Assign([ast.Name(read, ast.Store())], call), tree))
        ast.fix_missing_locations(tree)
        self.result.functions.append(Block(tree, file))

    def _module_members(
        self, function: FunctionType, tree: ast.FunctionDef, file: str, bound: set[str]
    ) -> dict[ast.Attribute, str]:
        """Uses of another module's functions and constants (``helpers.LIMIT``) -> the names they are emitted by.

        They are taken as if they had been imported by name: a change of one is a change of the strategy.
        """
        members: dict[ast.Attribute, str] = {}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute):
                continue
            module = _module_behind(function, node.value, bound)
            if module is None:
                continue
            origin = Origin(file, node.lineno)
            value = _member(module, node.attr, origin)
            if not isinstance(value, ModuleType) and _package(module.__name__) not in _COMPILED_PACKAGES:
                emitted = f"{module.__name__.rpartition('.')[2]}_{node.attr}"
                members[node] = self._emit(emitted, value, origin, said=ast.unparse(node))
        return members

    def _emit_global(self, function: FunctionType, name: str, origin: Origin) -> str:
        found, value = _look_up(function, name)
        if not found:
            if name in _BUILTIN_NAMES:
                return name
            known = [*function.__globals__, *_BUILTIN_NAMES]
            hint = closest(name, known)
            suggestion = f"; did you mean {hint!r}?" if hint else ""
            if name == "orders":
                suggestion = ": take it as third argument, on_bar(self, bar, position, orders)"
            raise StrategyError(f"{origin}: name {name!r} is not defined{suggestion}")
        return self._emit(name, value, origin, said=name)

    def _emit(self, name: str, value: Any, origin: Origin, *, said: str) -> str:
        emitted = name
        number = 2
        while emitted in self.emitted and self.emitted[emitted] is not value:
            emitted = f"{name}_{number}"
            number += 1
        if emitted not in self.emitted:
            self.emitted[emitted] = value
            self._emit_value(emitted, value, origin, said)
        return emitted

    def _emit_value(self, name: str, value: Any, origin: Origin, said: str) -> None:
        value = getattr(value, "py_func", value)
        refuse_unchecked(value, said, origin)
        package = _package(getattr(value, "__module__", None) or "")
        if isinstance(value, ModuleType):
            self.result.imports.append(f"import {value.__name__} as {name}")
        elif isinstance(value, FunctionType) and package not in _COMPILED_PACKAGES:
            tree, file = _parse_function(value, self.definition.name)
            _strip(tree)
            _refuse_side_effects(tree, file)
            refuse_unassigned(tree, file)
            say_truth(tree, is_entry=False)
            self._add(value, tree, file, name)
        elif isinstance(value, type) and issubclass(value, IntEnum):
            members = {member.name: int(member) for member in value}
            self.result.imports.append("from enum import IntEnum")
            self.result.constants.append(f"{name} = IntEnum({value.__name__!r}, {members!r})")
        elif callable(value) and package in _COMPILED_PACKAGES:
            self.result.imports.append(f"from {value.__module__} import {value.__name__} as {name}")
        elif isinstance(value, np.ndarray) and (array := constant_array(value)) is not None:
            slot = len(self.result.arrays)
            self.result.arrays[name] = array
            self.result.imports.append("from admf_kernels.passed_arrays import passed_array")
            self.result.constants.append(
                f"{passed_by(name)} = passed_array(__name__, {slot}, {array.values.dtype.str!r}, {value.ndim})"
            )
        else:
            self.result.constants.append(f"{name} = {_literal(value, said, origin)}")


def passed_by(name: str) -> str:
    """Name of the function, in a generated module, that gives the array which is called ``name``."""
    return f"{name}__array"


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
        content = f"bytes.fromhex({value.tobytes().hex()!r})"
        return f"np.frombuffer({content}, dtype={value.dtype.str!r}).reshape({value.shape!r})"
    instead = f"write {name}.to_numpy()" if hasattr(value, "to_numpy") else "what changes belongs in a state field"
    raise StrategyError(
        f"{origin}: {name} is a {type(value).__name__}: on_bar can use numbers, bools, strings, tuples of them, NumPy "
        f"arrays of numbers or bools, functions and modules from outside its class; {instead}"
    )


def _package(module_name: str) -> str:
    return module_name.partition(".")[0]


def _module_behind(function: FunctionType, node: ast.expr, bound: set[str]) -> ModuleType | None:
    """The module that an expression such as ``np.linalg`` stands for, or None."""
    value = _value_behind(function, node, bound)
    return value if isinstance(value, ModuleType) else None


def _value_behind(function: FunctionType, node: ast.expr, bound: set[str]) -> Any:
    """What a name, or a member of a module, stands for, or None."""
    value: Any = None
    if isinstance(node, ast.Name) and node.id not in bound:
        _, value = _look_up(function, node.id)
    elif isinstance(node, ast.Attribute):
        value = getattr(_module_behind(function, node.value, bound), node.attr, None)
    return value


def _member(module: ModuleType, name: str, origin: Origin) -> Any:
    """What ``module.name`` is, unless that is missing, or random numbers that no seed of the run decides."""
    if module.__name__ in ("random", "numpy.random"):
        raise StrategyError(
            f"{origin}: {module.__name__}.{name} would give other results each time: use "
            f"self.{RANDOM_FIELD}.uniform() or self.{RANDOM_FIELD}.normal()"
        )
    if not hasattr(module, name):
        hint = closest(name, vars(module))
        suggestion = f"; did you mean {hint!r}?" if hint else ""
        raise StrategyError(f"{origin}: module {module.__name__} has no {name!r}{suggestion}")
    value = getattr(module, name)
    refuse_unchecked(value, f"{module.__name__}.{name}", origin)
    return value


def _bound_names(tree: ast.FunctionDef) -> set[str]:
    """Names that a function binds itself: arguments, variables, inner functions."""
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arguments):
            bound.update(argument.arg for argument in _all_arguments(node))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.FunctionDef) and node is not tree:
            bound.add(node.name)
    return bound


def _free_names(tree: ast.FunctionDef, members: Mapping[ast.Attribute, str], bound: set[str]) -> list[tuple[str, int]]:
    """Names that a function reads and does not bind, outside of ``members``, with the first line."""
    inside = {name for member in members for name in ast.walk(member)}
    free: dict[str, int] = {}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Load)
            and node not in inside
            and node.id not in bound
        ):
            free.setdefault(node.id, node.lineno)
    return list(free.items())


def _all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    optional = [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *optional]


class _Renamer(ast.NodeTransformer):
    def __init__(self, renames: dict[str, str], members: Mapping[ast.Attribute, str]) -> None:
        self.renames = renames
        self.members = members

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:  # noqa: N802
        if node in self.members:
            return ast.copy_location(ast.Name(self.members[node], node.ctx), node)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.Name:  # noqa: N802
        node.id = self.renames.get(node.id, node.id)
        return node
