"""A rule as an expression of ``on_bar``: every node is checked against what the language has, and written again."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from admf_jit.choices import CHOICE, RuleChoice, choices_in
from admf_jit.data.own_series import CLOCK
from admf_jit.errors import closest
from admf_jit.expression_text import MAX_DEPTH, ExpressionError, ExpressionText
from admf_jit.strategies.indicators import COLUMNS, MOST_BACK, MOST_LAG
from admf_jit.strategies.rules import words
from admf_jit.strategies.rules.declared import Declarations, is_indicator

_BINARY = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_COMPARE = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
#: The largest number: whole ones are exact up to here.
MOST = 2.0**53
#: The most characters that a rule may become: `rising` of `rising` grows fast.
_MOST_WRITTEN = 20_000


@dataclass(frozen=True)
class Part:
    """A part of a rule in a class's words, and whether it is true or false instead of a number."""

    text: str
    is_condition: bool = False


@dataclass
class RuleReader:
    """Reads one rule; what it declares goes to ``declarations``, what ``bars_since`` counts to ``counters``."""

    rule: ExpressionText
    declarations: Declarations
    #: Names of states -> the condition that begins each anew, inner ones first.
    counters: dict[str, str]
    choices: dict[ast.Call, RuleChoice] = field(default_factory=dict)

    @classmethod
    def written(cls, key: str, text: str, declarations: Declarations, counters: dict[str, str]) -> str:
        """Return the condition of a rule; ExpressionError for what is none."""
        rule = ExpressionText.read(text)
        reader = cls(rule, declarations, counters)
        reader.choices = {choice.node: choice for choice in choices_in(key, rule)}
        found = reader.condition(rule.tree, 0, 0)
        if len(found) > _MOST_WRITTEN:
            raise ExpressionError("the rule is too long: it looks back at too much")
        return found

    def condition(self, node: ast.expr, back: int, depth: int) -> str:
        """Return what is true or false, so many bars back."""
        part = self.read(node, back, depth)
        if not part.is_condition:
            raise self._error(node, "is a number; expected a condition, such as close > sma(20)", said=True)
        return part.text

    def number(self, node: ast.expr, back: int, depth: int) -> str:
        """Return what is a number, so many bars back."""
        part = self.read(node, back, depth)
        if part.is_condition:
            raise self._error(node, "is true or false; expected a number", said=True)
        return part.text

    def read(self, node: ast.expr, back: int, depth: int) -> Part:
        """Return a part of the rule, so many bars back."""
        if depth > MAX_DEPTH:
            raise self._error(node, f"nested more than {MAX_DEPTH} levels deep")
        deeper = depth + 1
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name():
                return self._name(node, back)
            case ast.Attribute():
                return self._attribute(node, back)
            case ast.Subscript():
                return self._subscript(node, back, deeper)
            case ast.Call():
                return self._call(node, back, deeper)
            case ast.BinOp() if type(node.op) in _BINARY:
                left, right = self.number(node.left, back, deeper), self.number(node.right, back, deeper)
                return Part(f"({left} {_BINARY[type(node.op)]} {right})")
            case ast.UnaryOp(op=ast.Not()):
                return Part(f"(not {self.condition(node.operand, back, deeper)})", is_condition=True)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                sign = "-" if isinstance(node.op, ast.USub) else "+"
                return Part(f"({sign}{self.number(node.operand, back, deeper)})")
            case ast.BoolOp():
                word = " and " if isinstance(node.op, ast.And) else " or "
                parts = [self.condition(value, back, deeper) for value in node.values]
                return Part(f"({word.join(parts)})", is_condition=True)
            case ast.Compare() if all(type(one) in _COMPARE for one in node.ops):
                text = self.number(node.left, back, deeper)
                for operation, value in zip(node.ops, node.comparators, strict=True):
                    text += f" {_COMPARE[type(operation)]} {self.number(value, back, deeper)}"
                return Part(f"({text})", is_condition=True)
            case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
                word = "and" if isinstance(node.op, ast.BitAnd) else "or"
                raise self._error(node, f"& and | are not of this language; write {word} between two conditions")
        raise self._error(
            node,
            "is not allowed; expected names, numbers, indicators, comparisons, and, or, not, + - * / // % **, "
            f"close[1], {', '.join((*words.CROSSES, *words.RUNS, words.BARS_SINCE, CHOICE, *words.ARITHMETIC))}",
            said=True,
        )

    def _error(self, node: ast.AST, text: str, *, said: bool = False) -> ExpressionError:
        return self.rule.error(node, f"{self.rule.written(node)!r} {text}" if said else text)

    def _constant(self, node: ast.Constant) -> Part:
        value = node.value
        if isinstance(value, bool):
            return Part(repr(value), is_condition=True)
        if isinstance(value, int | float) and abs(value) <= MOST:
            return Part(repr(float(value)))
        raise self._error(node, "expected a number; texts stand for a source, a timeframe or x[...] alone")

    def _name(self, node: ast.Name, back: int) -> Part:
        name = node.id
        if name in COLUMNS:
            return Part(_looked_back(f"bar.{name}", self._depth(node, back)))
        if name in CLOCK:
            return Part(_looked_back(f"bar.{name}", self._depth(node, back)))
        if name in words.CONSTANTS:
            return Part(words.CONSTANTS[name], is_condition=True)
        if name in self.declarations.parameters:
            self.declarations.use(name)
            return Part(f"self.{name}", is_condition=isinstance(self.declarations.parameters[name], bool))
        if name in words.functions():
            example = {"vwap": "()", "crosses_above": "(close, sma(20))"}.get(name, "(...)")
            raise self._error(node, f"{name} is a function: write {name}{example}")
        if name in (words.OWN, words.POSITION):
            example = "x.prediction" if name == words.OWN else "position.entry_price"
            raise self._error(node, f"{name} is read with a dot, as in {example}")
        raise self._error(node, words.unknown_word(name, self.declarations.parameters))

    def _depth(self, node: ast.AST, back: int) -> int:
        if back > MOST_BACK:
            raise self._error(node, f"a column is looked back {MOST_BACK} bars at the most, and not {back}")
        return back

    def _attribute(self, node: ast.Attribute, back: int) -> Part:
        value = node.value
        if isinstance(value, ast.Name) and value.id == words.OWN:
            return Part(_looked_back(f"bar.x.{node.attr}", self._depth(node, back)))
        if isinstance(value, ast.Name) and value.id == words.POSITION:
            return self._position(node, back)
        inner, deeper = value, back
        while isinstance(inner, ast.Subscript):
            deeper += self._bars(inner)
            inner = inner.value
        if is_indicator(inner):
            assert isinstance(inner, ast.Call)
            name, indicator = self.declarations.indicator(self.rule, inner, deeper)
            outputs = indicator.kind.outputs
            if len(outputs) == 1 or node.attr not in outputs:
                hint = closest(node.attr, outputs)
                more = f"{indicator.kind.name} has {', '.join(outputs)}" if len(outputs) > 1 else "it is a number"
                more += f"; did you mean {hint!r}?" if hint and len(outputs) > 1 else ""
                raise self._error(node, f"{indicator.kind.name} has no {node.attr!r}: {more}")
            field_name = f"self.{name}.{node.attr}"
            return Part(_looked_back(field_name, deeper))
        if isinstance(value, ast.Name) and value.id in ("bar", "self", "aj", "ta", "df", "data"):
            raise self._error(node, f"write {node.attr} without {value.id}")
        raise self._error(node, "is unknown; expected x.name, position.name, or an output as in macd().line", said=True)

    def _position(self, node: ast.Attribute, back: int) -> Part:
        known = words.position_fields()
        if node.attr not in known:
            raise self._error(node, f"position has no {node.attr!r}: expected one of {', '.join(known)}")
        if back:
            raise self._error(node, "what is held is known of this bar alone, without a look back")
        return Part(f"position.{node.attr}")

    def _subscript(self, node: ast.Subscript, back: int, depth: int) -> Part:
        value = node.value
        if isinstance(value, ast.Name) and value.id == words.OWN:
            if not (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str) and node.slice.value):
                raise self._error(node, "x[...] has the name of a column, as in x['my column']")
            name = self.declarations.own_column(node.slice.value)
            return Part(_looked_back(f"self.{name}", self._depth(node, back)))
        return self.read(value, back + self._bars(node), depth)

    def _bars(self, node: ast.Subscript) -> int:
        """Return how far a subscript looks back."""
        bars = node.slice
        if isinstance(bars, ast.Constant) and type(bars.value) is int:
            return bars.value
        if isinstance(bars, ast.UnaryOp) and isinstance(bars.op, ast.USub):
            raise self._error(node, "a look back counts bars before this one: close[1] is the one before")
        raise self._error(node, "how far it looks back is known before the run: write a whole number, as in close[1]")

    def _call(self, node: ast.Call, back: int, depth: int) -> Part:
        if not isinstance(node.func, ast.Name):
            where = node.func
            if isinstance(where, ast.Attribute) and isinstance(where.value, ast.Name):
                if where.value.id in ("ta", "aj", "np", "math", "self"):
                    raise self._error(node, f"write {where.attr} without {where.value.id}")
            raise self._error(node, "is no function of this language", said=True)
        name = node.func.id
        if name == CHOICE:
            return self._choice(node, back, depth)
        if is_indicator(node):
            return self._indicator(node, back)
        if name not in words.functions():
            if name in (*COLUMNS, *CLOCK, *self.declarations.parameters):
                raise self._error(node, f"{name} is no function; a bar before is written {name}[1]")
            raise self._error(node.func, words.unknown_function(name))
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self._error(node, f"expected plain arguments for {name}")
        if name in words.CROSSES:
            return self._crosses(node, name, back, depth)
        if name in words.RUNS:
            return self._run(node, name, back, depth)
        if name == words.BARS_SINCE:
            return self._bars_since(node, back, depth)
        self._count(node, name, 1 if name == "abs" else 2, at_least=name != "abs")
        return Part(f"{name}({', '.join(self.number(argument, back, depth) for argument in node.args)})")

    def _count(self, node: ast.Call, name: str, count: int, example: str = "", *, at_least: bool = False) -> None:
        if len(node.args) < count or (len(node.args) > count and not at_least):
            more = f", as in {example}" if example else ""
            wanted = f"{count} or more arguments" if at_least else f"{count} argument{'s' * (count > 1)}"
            raise self._error(node, f"{name} takes {wanted}{more}, and here are {len(node.args)}")

    def _indicator(self, node: ast.Call, back: int) -> Part:
        name, indicator = self.declarations.indicator(self.rule, node, back)
        outputs = indicator.kind.outputs
        if len(outputs) > 1:
            said = ", ".join(outputs)
            raise self._error(node, f"{indicator.kind.name} has {said}: write {self.rule.written(node)}.{outputs[0]}")
        return Part(_looked_back(f"self.{name}", back))

    def _crosses(self, node: ast.Call, name: str, back: int, depth: int) -> Part:
        self._count(node, name, 2, f"{name}(close, sma(20))")
        first, second = node.args
        now = f"{self.number(first, back, depth)} {words.CROSSES[name]} {self.number(second, back, depth)}"
        before = f"{self.number(first, back + 1, depth)} {{}} {self.number(second, back + 1, depth)}"
        return Part(f"({now} and {before.format('<=' if name == 'crosses_above' else '>=')})", is_condition=True)

    def _run(self, node: ast.Call, name: str, back: int, depth: int) -> Part:
        self._count(node, name, 2, f"{name}(close, 3)")
        series, bars = node.args
        if not (isinstance(bars, ast.Constant) and type(bars.value) is int and 1 <= bars.value <= MOST_LAG):
            raise self._error(bars, f"expected a whole number of bars from 1 to {MOST_LAG}, as in {name}(close, 3)")
        values = [self.number(series, back + ago, depth) for ago in range(bars.value + 1)]
        if sum(map(len, values)) > _MOST_WRITTEN:
            raise self._error(node, "is too long: it looks back at too much", said=True)
        return Part(f"({f' {words.RUNS[name]} '.join(values)})", is_condition=True)

    def _bars_since(self, node: ast.Call, back: int, depth: int) -> Part:
        self._count(node, words.BARS_SINCE, 1, "bars_since(rsi(14) < 30)")
        if back:
            raise self._error(node, "bars_since counts up to this bar alone, without a look back")
        condition = self.condition(node.args[0], 0, depth)
        same = next((name for name, other in self.counters.items() if other == condition), None)
        name, number = same or "", len(self.counters) + 1
        while not name or (name in self.declarations.parameters and not same):
            name, number = f"bars_since_{number}", number + 1
        self.counters[name] = condition
        return Part(f"(self.{name} if self.{name} >= 0.0 else math.inf)")

    def _choice(self, node: ast.Call, back: int, depth: int) -> Part:
        choice = self.choices[node]
        parts = [self.read(option, back, depth) for option in choice.options.values()]
        if len({part.is_condition for part in parts}) > 1:
            raise self._error(node, "the options of a choice are all conditions, or all numbers")
        text = parts[-1].text
        for name, part in list(zip(choice.options, parts, strict=True))[-2::-1]:
            text = f"({part.text} if self.{choice.parameter} == {name!r} else {text})"
        return Part(text, is_condition=parts[0].is_condition)


def _looked_back(text: str, back: int) -> str:
    return f"{text}[{back}]" if back else text
