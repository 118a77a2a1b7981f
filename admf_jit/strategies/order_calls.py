"""Calls of ``orders``, held to the methods that there are, so that a wrong one is answered with what to write."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import math
from types import FunctionType
from typing import Any

from admf_jit.errors import StrategyError, closest
from admf_jit.strategies.origin import Origin

#: The preset whose orders are called as backtesting.py's are.
PRESET = "backtesting.py"
#: Where the methods of ``orders`` stand, by whether it is the preset's.
_MODULES = {
    False: ("admf_kernels.order_engine.order_api", "OrderApi"),
    True: ("admf_presets.backtesting_py_order_api", "PresetOrderApi"),
}
#: What other libraries call it -> what it is here.
_ELSEWHERE = {
    "buy": "a purchase is orders.market(quantity), and a direction is return aj.LONG",
    "sell": "a sale is orders.market(-quantity), and to close a position is return aj.FLAT",
    "short": "a sale is orders.market(-quantity), and a direction is return aj.SHORT",
    "close": "to close a position is return aj.FLAT, or orders.market(-position.quantity)",
    "exit": "to close a position is return aj.FLAT, or orders.market(-position.quantity)",
    "order": "a market order is orders.market(quantity)",
    "order_target_percent": "the size of a direction is position_size: return aj.LONG",
}


@functools.cache
def signatures(preset: bool) -> dict[str, inspect.Signature]:
    """The methods of ``orders``, without ``self``, under the order engine or under preset backtesting.py."""
    api: Any = importlib.import_module(_MODULES[preset][0])
    api = getattr(api, _MODULES[preset][1])
    compiled = getattr(api, "class_type", None)
    methods: dict[str, Any] = dict(vars(api)) if compiled is None else dict(compiled.instance_type.methods)
    found = {}
    for name, function in methods.items():
        if isinstance(function, FunctionType) and not name.startswith("_") and name != "begin":
            whole = inspect.signature(function)
            found[name] = whole.replace(parameters=list(whole.parameters.values())[1:])
    return found


def written(name: str, preset: bool = False) -> str:
    """A method with its arguments, those that may be left out in brackets."""
    arguments = []
    for argument in signatures(preset)[name].parameters.values():
        default = argument.default
        unsaid = isinstance(default, float) and not math.isfinite(default)
        if default is argument.empty:
            arguments.append(argument.name)
        else:
            arguments.append(f"[{argument.name}]" if unsaid else f"[{argument.name}={default!r}]")
    return f"orders.{name}({', '.join(arguments)})"


class OrderCalls(ast.NodeTransformer):
    """Checks what a method does with ``orders``; an argument that is None and may be left out is left out."""

    def __init__(self, orders: str, file: str) -> None:
        self.orders = orders
        self.file = file

    def _fail(self, node: ast.expr, message: str) -> StrategyError:
        return StrategyError(f"{Origin(self.file, node.lineno)}: {message}")

    def _is_method(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == self.orders

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:  # noqa: N802
        """A method has to exist, under one of the engines."""
        if self._is_method(node) and not any(node.attr in signatures(preset) for preset in (False, True)):
            raise self._fail(node, unknown_method(node.attr))
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802
        """Its arguments have to be those of the method."""
        self.generic_visit(node)
        function = node.func
        if not (isinstance(function, ast.Attribute) and self._is_method(function)):
            return node
        name = function.attr
        preset = name not in signatures(False)
        signature = signatures(preset)[name]
        if any(isinstance(argument, ast.Starred) for argument in node.args) or any(
            k.arg is None for k in node.keywords
        ):
            return node
        try:
            given = signature.bind(
                *node.args, **{str(keyword.arg): keyword.value for keyword in node.keywords}
            ).arguments
        except TypeError as problem:
            raise self._fail(node, f"{written(name, preset)}: {problem}") from None
        for argument, value in given.items():
            if _is_none(value) and signature.parameters[argument].default is inspect.Parameter.empty:
                raise self._fail(node, f"{written(name, preset)}: {argument} cannot be None")
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                raise self._fail(node, f"{written(name, preset)}: {argument} is a number, and not {value.value!r}")
        if name == "bracket" and all(_is_none(given.get(level)) for level in ("stop", "target")):
            raise self._fail(node, f"{written(name, preset)}: a bracket has a stop, a target, or both")
        if any(map(_is_none, given.values())):
            said = {argument: value for argument, value in given.items() if not _is_none(value)}
            node.args = []
            node.keywords = [ast.keyword(argument, value) for argument, value in said.items()]
        return node


def _is_none(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def unknown_method(name: str, preset: bool = False) -> str:
    """What is said where ``orders`` has no such method."""
    known = signatures(preset)
    hint = closest(name, known)
    way = "" if preset else _ELSEWHERE.get(name, "")
    way = way or (f"did you mean {written(hint, preset)}?" if hint else "")
    return f"orders has no method {name!r}{': ' + way if way else ''} (it has {', '.join(known)})"


def order_api(engine: str) -> tuple[str, str]:
    """Module and name of the class whose instance ``on_bar`` is given as ``orders`` under an engine."""
    return _MODULES[engine == PRESET]


def refuse_other_engines(tree: ast.FunctionDef, file: str, engine: str) -> None:
    """Raise StrategyError where ``on_bar`` calls a method that ``orders`` only has under another engine."""
    orders = tree.args.args[3].arg
    preset = engine == PRESET
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == orders:
            if node.attr not in signatures(preset):
                raise StrategyError(f"{Origin(file, node.lineno)}: {unknown_method(node.attr, preset)}")
