"""Windows in a strategy's state: declared with ``aj.window``, and how a method's uses of one become function calls."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from admf_jit.errors import StrategyError, closest

#: The most numbers that a window has room for.
MOST = 100_000
#: What a window is asked for without an argument -> the kernel that answers.
_ASKED = {name: f"window__{name}" for name in ("full", "max", "mean", "min", "sum")}
_APPEND, _COUNT = "window__append", "window__count"
_VALUES, _PLACE = "window__values", "window__place"
#: All that emitted code calls, and what imports it.
WINDOW_FUNCTIONS = (*_ASKED.values(), _APPEND, _COUNT, _VALUES, _PLACE, "window__begin")
WINDOW_IMPORTS = {f"from admf_kernels.state_window import {name}" for name in WINDOW_FUNCTIONS}


@dataclass(frozen=True)
class Window:
    """A window of a fixed length."""

    length: int


def window(length: int) -> Any:
    """Declare a window in the state of a strategy, the last ``length`` numbers that it was given: ``aj.window(50)``.

    ``self.recent.append(x)`` takes a number, ``self.recent[0]`` is the newest and ``self.recent[1]`` the one before,
    ``len(self.recent)`` says how many it has, ``self.recent.full`` whether there are ``length``, and ``mean``, ``sum``,
    ``max`` and ``min`` are those of the numbers that it has, NaN (the sum 0) where it has none. Raises StrategyError
    for a length that is no whole number from 1 to 100,000.
    """
    if type(length) is not int or not 1 <= length <= MOST:
        raise StrategyError(
            f"aj.window: length {length!r}: expected a whole number from 1 to {MOST:,}, which no parameter can change"
        )
    return Window(length)


def places_of(windows: Mapping[str, Window], first: int) -> dict[str, int]:
    """Where in a container's memory each window begins, from byte ``first`` on."""
    places = {}
    for name, one in windows.items():
        places[name] = first
        first += _bytes_of(one)
    return places


def bytes_of_windows(windows: Iterable[Window]) -> int:
    """Bytes of memory that windows need."""
    return sum(_bytes_of(one) for one in windows)


def _bytes_of(one: Window) -> int:
    return 8 * (1 + one.length)


@dataclass(frozen=True)
class WindowUses:
    """Turns the uses of windows into calls; ``of`` names the window that an expression is, if it is one."""

    windows: Mapping[str, Window]
    of: Callable[[ast.AST], str | None]
    fail: Callable[[ast.AST, str], StrategyError]

    def called(self, node: ast.Call) -> ast.Call | None:
        """``self.recent.append(x)`` or ``len(self.recent)`` as a call of a kernel."""
        function = node.func
        if isinstance(function, ast.Name) and function.id == "len" and len(node.args) == 1:
            name = self.of(node.args[0])
            return None if name is None else self._call(_COUNT, name, node.args[0], node)
        name = self.of(function.value) if isinstance(function, ast.Attribute) else None
        if name is None:
            return None
        assert isinstance(function, ast.Attribute)
        if function.attr in _ASKED:
            raise self.fail(node, f"self.{name}.{function.attr} is no function: leave the brackets out")
        if function.attr != "append":
            raise self._unknown(node, name, function.attr)
        if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
            raise self.fail(node, f"self.{name}.append takes one number")
        number = ast.Call(ast.Name("as_number", ast.Load()), [node.args[0]], [])
        return self._call(_APPEND, name, function.value, node, number)

    def asked(self, node: ast.Attribute) -> ast.Call | None:
        """``self.recent.mean`` as a call of a kernel."""
        name = self.of(node.value)
        if name is None:
            return None
        if node.attr not in _ASKED or not isinstance(node.ctx, ast.Load):
            raise self._unknown(node, name, node.attr)
        return self._call(_ASKED[node.attr], name, node.value, node)

    def at(self, node: ast.Subscript) -> tuple[ast.Call, ast.Call] | None:
        """Of ``self.recent[1]`` the calls that give the window's numbers, and the place of this one among them."""
        name = self.of(node.value)
        if name is None:
            return None
        back = node.slice
        if not isinstance(node.ctx, ast.Load):
            raise self.fail(node, f"self.{name} takes numbers at its end alone: self.{name}.append(x)")
        if isinstance(back, ast.Slice) or (isinstance(back, ast.UnaryOp) and isinstance(back.op, ast.USub)):
            raise self.fail(node, f"self.{name}[{ast.unparse(back)}]: [0] is the newest number, [1] the one before")
        index = ast.Call(ast.Name("as_integer", ast.Load()), [back], [])
        return self._call(_VALUES, name, node.value, node), self._call(_PLACE, name, node.value, node, index)

    def refuse_bare(self, node: ast.Attribute) -> None:
        """Refuse a window that is used as a value."""
        raise self.fail(
            node,
            f"self.{node.attr} is a window: write self.{node.attr}.mean, self.{node.attr}[0], len(self.{node.attr}) or "
            f"self.{node.attr}.append(x)",
        )

    def _call(self, kernel: str, name: str, read: ast.expr, node: ast.expr, *more: ast.expr) -> ast.Call:
        field = ast.copy_location(ast.Attribute(getattr(read, "value"), name, ast.Load()), read)  # noqa: B009
        call = ast.Call(ast.Name(kernel, ast.Load()), [field, ast.Constant(self.windows[name].length), *more], [])
        return ast.fix_missing_locations(ast.copy_location(call, node))

    def _unknown(self, node: ast.AST, name: str, asked: str) -> StrategyError:
        known = ["append", *_ASKED]
        hint = closest(asked, known) or ("append" if asked == "push" else None)
        more = f"; did you mean {hint!r}?" if hint else f": it has {', '.join(known)}"
        return self.fail(node, f"self.{name}, a window, has no {asked!r}{more}")
