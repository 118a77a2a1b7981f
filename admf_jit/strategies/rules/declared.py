"""Indicators of a rule, as the class that it becomes declares them: ``sma(high, 2 * fast)``."""

from __future__ import annotations

import ast
import inspect
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from admf_jit import ta
from admf_jit.errors import StrategyError, closest
from admf_jit.expression_text import ExpressionText
from admf_jit.strategies import prices
from admf_jit.strategies.expressions import maximum, minimum
from admf_jit.strategies.formula import formula
from admf_jit.strategies.indicators import COLUMNS, KINDS, MOST_LAG, Indicator
from admf_jit.strategies.own_columns import column
from admf_jit.strategies.rules.words import OWN

_LONGEST_NAME = 40
_OPERATIONS: dict[type[ast.operator], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
}


@dataclass
class Declarations:
    """Indicators and columns of a strategy by the names that its class has for them, each declared once."""

    #: Parameters by name with the values that they have where nobody says another.
    parameters: Mapping[str, Any]
    #: Source text of each declaration -> its name.
    names: dict[str, str] = field(default_factory=dict)
    #: Parameters in the order of their first use, and whether an indicator needs a whole number of it.
    used: dict[str, bool] = field(default_factory=dict)

    def use(self, name: str, *, whole: bool = False) -> None:
        """Note that a parameter is read."""
        self.used[name] = self.used.get(name, False) or whole

    def name_of(self, declaration: str, said: str) -> str:
        """Return the name of what a source text declares: made of what the rule says, and no other's."""
        if declaration not in self.names:
            base = "_".join(re.findall("[A-Za-z0-9]+", said))[:_LONGEST_NAME].strip("_")
            base = base if base and not base[0].isdigit() else f"value_{base}".strip("_")
            taken = {*self.names.values(), *self.parameters, "random", "on_bar"}
            name, number = base, 2
            while name in taken:
                name, number = f"{base}_{number}", number + 1
            self.names[declaration] = name
        return self.names[declaration]

    def indicator(self, rule: ExpressionText, node: ast.Call, back: int) -> tuple[str, Indicator]:
        """Return the name of an indicator that a rule calls, and what it is, looked back so many bars."""
        text, found, said = self._called(rule, node)
        if found.lag + back > MOST_LAG:
            raise rule.error(
                node, f"an indicator is looked back {MOST_LAG} bars at the most, and not {found.lag + back}"
            )
        return self.name_of(text, said), found

    def own_column(self, name: str) -> str:
        """Return the name of a column whose own name is no word of Python."""
        return self.name_of(f"aj.column({name!r})", f"x_{name}")

    def _called(self, rule: ExpressionText, node: ast.Call) -> tuple[str, Indicator, str]:
        """Return how an indicator is declared in a class, what that gives, and what it is called after."""
        assert isinstance(node.func, ast.Name)
        kind = node.func.id
        signature = inspect.signature(getattr(ta, kind)).parameters
        given, named = list(node.args), {}
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg not in signature:
                hint = closest(keyword.arg or "", signature)
                more = f"; did you mean {hint!r}?" if hint else f"; it takes {', '.join(signature)}"
                raise rule.error(keyword, f"{kind} has no argument {keyword.arg!r}{more}")
            named[keyword.arg] = keyword.value
        if given and is_series(given[0]):
            if "source" not in signature:
                raise rule.error(given[0], f"{kind} reads its columns by itself; leave the source out")
            if "source" in named:
                raise rule.error(given[0], f"{kind} has a source already: {rule.written(named['source'])}")
            named["source"] = given.pop(0)
        places = [name for name, one in signature.items() if one.kind is one.POSITIONAL_OR_KEYWORD]
        if len(given) > len(places):
            more = f"; it takes {', '.join(places)}" if places else ""
            raise rule.error(given[len(places)], f"{kind} has {len(given)} arguments here, which is too many{more}")
        for name, value in zip(places, given, strict=False):
            if name in named:
                raise rule.error(value, f"{kind} is given {name} twice")
            named[name] = value
        missing = [name for name, one in signature.items() if one.default is one.empty and name not in named]
        if missing:
            raise rule.error(node, f"{kind} needs {' and '.join(missing)}: write {kind}(close, 20) or {kind}(20)")
        written, values, said = {}, {}, [kind]
        for name in (name for name in signature if name in named):
            written[name], values[name] = self._argument(rule, kind, name, named[name])
            said += [] if written[name] == "'close'" else [_said(name, rule.written(named[name]))]
        if written.get("source") == "'close'":
            del written["source"], values["source"]
        try:
            found = getattr(ta, kind)(**values)
        except StrategyError as problem:
            raise rule.error(node, str(problem).removeprefix("ta.")) from None
        arguments = [text if name in places else f"{name}={text}" for name, text in written.items()]
        if any(name not in written for name in places[: len([name for name in written if name in places])]):
            arguments = [f"{name}={text}" for name, text in written.items()]
        return f"ta.{kind}({', '.join(arguments)})", found, "_".join(said)

    def _argument(self, rule: ExpressionText, kind: str, name: str, node: ast.expr) -> tuple[str, Any]:
        """Return the source text of an argument, and its value: text for what is made of parameters."""
        if name == "source":
            return self._source(rule, kind, node)
        texts = get_args(inspect.signature(getattr(ta, kind)).parameters[name].annotation)
        if isinstance(node, ast.Name) and node.id in texts:
            return repr(node.id), node.id
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool):
            is_number = any(argument.name == name and not argument.choices for argument in KINDS[kind].arguments)
            if isinstance(node.value, str) and is_number:
                raise rule.error(node, f"{name} of {kind} is a number: write it, or a parameter, without quotes")
            return repr(node.value), node.value
        if name in ("lag", "timeframe", "symbol"):
            raise rule.error(node, f"{name} of {kind} cannot follow a parameter: write its value")
        return self._formula(rule, node, f"{name} of {kind}", whole=_is_whole(kind, name))

    def _formula(self, rule: ExpressionText, node: ast.expr, whose: str, *, whole: bool) -> tuple[str, Any]:
        """Return a number, or the text of what is made of parameters."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "choice":
            raise rule.error(node, f"{whose} is a number: sweep a parameter of your own")
        try:
            text = formula(ast.unparse(node)).text
        except StrategyError as problem:
            raise rule.error(node, f"{whose}: {problem}") from None
        except RecursionError:
            raise rule.error(node, "nested too deeply") from None
        for read in formula(text).names:
            if read not in self.parameters:
                hint = closest(read, self.parameters)
                more = f"; did you mean {hint!r}?" if hint else ""
                raise rule.error(node, f"{read!r} is no parameter{more}")
            self.use(read, whole=whole)
        if not formula(text).names:
            try:
                value = formula(text).value({})
            except StrategyError as problem:
                raise rule.error(node, str(problem)) from None
            return repr(value), value
        return repr(text), text

    def _source(self, rule: ExpressionText, kind: str, node: ast.expr) -> tuple[str, Any]:
        """Return what an indicator reads: the name of a column, another indicator, or an expression."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return repr(node.value), node.value
        if isinstance(node, ast.Name) and node.id in COLUMNS:
            return repr(node.id), node.id
        if is_own(node):
            assert isinstance(node, ast.Attribute)
            return repr(f"{OWN}.{node.attr}"), f"{OWN}.{node.attr}"
        if not is_series(node):
            raise rule.error(node, f"source of {kind} is {rule.written(node)!r}: expected a column, or an indicator")
        return self._expression(rule, node)

    def _expression(self, rule: ExpressionText, node: ast.expr) -> tuple[str, Any]:
        """Return how a class declares arithmetic of columns, indicators, numbers and parameters, and what it gives."""
        if not is_series(node):
            return self._formula(rule, node, "an expression", whole=False)
        match node:
            case ast.Name():
                return f"aj.{node.id}", getattr(prices, node.id)
            case ast.Attribute() if is_own(node):
                return f"aj.column({node.attr!r})", column(node.attr)
            case ast.Call() if is_indicator(node):
                text, found, _ = self._called(rule, node)
                if len(found.kind.outputs) > 1:
                    outputs = ", ".join(found.kind.outputs)
                    raise rule.error(node, f"{found.kind.name} has {outputs}: write one after a dot")
                return text, found
            case ast.Attribute(value=ast.Call() as inner) if is_indicator(inner):
                text, found, _ = self._called(rule, inner)
                if node.attr not in found.kind.outputs or len(found.kind.outputs) == 1:
                    raise rule.error(node, f"{found.kind.name} has {', '.join(found.kind.outputs)}")
                return f"{text}.{node.attr}", getattr(found, node.attr)
            case ast.BinOp() if type(node.op) in _OPERATIONS:
                symbol, operation = _OPERATIONS[type(node.op)]
                left, right = self._expression(rule, node.left), self._expression(rule, node.right)
                return f"({left[0]} {symbol} {right[0]})", operation(left[1], right[1])
            case ast.UnaryOp(op=ast.USub()):
                text, value = self._expression(rule, node.operand)
                return f"(-{text})", -value
            case ast.Call(func=ast.Name(id="abs"), args=[inner], keywords=[]):
                text, value = self._expression(rule, inner)
                return f"abs({text})", abs(value)
            case ast.Call(func=ast.Name(id="min" | "max" as name), args=[first, second], keywords=[]):
                left, right = self._expression(rule, first), self._expression(rule, second)
                function = minimum if name == "min" else maximum
                return f"aj.{function.__name__}({left[0]}, {right[0]})", function(left[1], right[1])
        way = "; the look back goes behind it, as in sma(close, 20)[1]" if isinstance(node, ast.Subscript) else ""
        raise rule.error(
            node,
            f"{rule.written(node)!r} is no source: expected columns, indicators, numbers and parameters, + - * /, abs, "
            f"min and max of two{way}",
        )


def is_own(node: ast.AST) -> bool:
    """Whether a node is a column of one's own: ``x.prediction``."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == OWN


def is_indicator(node: ast.AST) -> bool:
    """Whether a node is the call of an indicator."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ta.__all__


def is_series(node: ast.expr) -> bool:
    """Whether something has a value at each bar, as a source has, and is no number or parameter."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in (*COLUMNS, OWN):
            return True
        if is_indicator(part):
            return True
    return False


def _is_whole(kind: str, name: str) -> bool:
    """Whether an argument of an indicator is a whole number."""
    return any(argument.name == name and argument.whole for argument in KINDS[kind].arguments)


def _said(name: str, text: str) -> str:
    return f"{name}_{text}" if name in ("lag", "timeframe", "symbol") else text
