"""What Numba says about code that it cannot compile, in the words and at the line of whoever wrote it."""

from __future__ import annotations

import ast
import inspect
import linecache
import re
import textwrap
from collections.abc import Callable

from admf_jit.parsing import parse_python
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.newcomers import unknown_attribute
from admf_jit.strategies.order_calls import signatures, unknown_method, written
from admf_jit.strategies.origin import Origin

_OPERATORS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "==",
    "ne": "!=",
    "and_": "&",
    "or_": "|",
    "contains": "in",
}
_NOISE = ("Failed in nopython", "During:", "File ", "There are", "Overload", "- Of which", "def ", "<source")


def explain_compile_error(
    definition: Definition, origins: dict[int, Origin], module: str, problem: BaseException
) -> str:
    """Numba's message about the generated file ``module``, cut down to what is wrong and the user's line."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(problem))
    # Numba names the innermost place first, then whatever called it.
    lines = [int(line) for line in re.findall(rf'{re.escape(module)}["\s(:,]+(?:line )?(\d+)', text)]
    found = next((origins[line] for line in lines if line in origins), None)
    reason = _reason(text)
    called = (
        _order_called(found.text)
        if found is not None and re.search(r"[/\\](backtesting_py_)?order_api\.py", text)
        else None
    )
    reason = called or reason
    # The return value is checked around the user's function, so Numba names no line of it.
    origin = _answer(definition) if found is None or reason.startswith("on_bar must return") else found
    entry = definition.entry if definition.entry == "update" else "on_bar"
    return f"{origin}: {entry} of {definition.name} cannot be compiled: {reason}{source_line(origin)}"


def _order_called(line: str) -> str | None:
    """The method of ``orders`` that a line of the user's calls, if it does."""
    for name in re.findall(r"\.(\w+)\(", line):
        for preset in (False, True):
            if name in signatures(preset):
                return f"{written(name, preset)} takes numbers"
    return None


def source_line(origin: Origin) -> str:
    """The text of a line on a line of its own, or nothing where it cannot be read."""
    line = origin.text or linecache.getline(origin.file, origin.line).strip()
    return f"\n    {line}" if line else ""


def _answer(definition: Definition) -> Origin:
    """The first line of ``on_bar`` that returns something, or where it begins."""
    function = definition.methods[definition.entry]
    lines, first = inspect.getsourcelines(function)
    tree = parse_python(textwrap.dedent("".join(lines)))
    returns = (node.lineno for node in ast.walk(tree) if isinstance(node, ast.Return | ast.Yield) and node.value)
    start = next((node.lineno for node in tree.body), 1)
    return Origin(function.__code__.co_filename, first - 1 + min(returns, default=start))


def _reason(text: str) -> str:
    for pattern, say in _SAYINGS:
        match = re.search(pattern, text)
        if match:
            return say(match)
    plain = [line.strip() for line in text.splitlines()]
    telling = [line for line in plain if line and not line.startswith(_NOISE)]
    first = telling[0] if telling else "it uses something that Numba does not support"
    return re.sub(r"(, defined)? at \S*\.py \(\d+\)|\.? Raised from .*", "", first)


def _unknown_attribute(match: re.Match[str]) -> str:
    name, kind = match.groups()
    return unknown_attribute(kind, name) or f"{_type(kind)} has no attribute {name!r}"


def _unknown_order(match: re.Match[str]) -> str:
    name, api = match.groups()
    return unknown_method(name, api == "PresetOrderApi")


def _set_attribute(match: re.Match[str]) -> str:
    kind, name = match.groups()
    for record, word in (("Bar", "bar"), ("Position", "position")):
        if kind.startswith(record):
            return f"{word}.{name} cannot be assigned"
    return f"attribute {name!r} cannot be assigned: a state field is declared in the class body"


def _no_implementation(match: re.Match[str]) -> str:
    name, given = match.groups()
    types = [_type(part) for part in _split(given)]
    name = name.removeprefix("impl_")
    if name in _OPERATORS and len(types) == 2:
        return f"{_OPERATORS[name]} between {types[0]} and {types[1]} is not supported"
    return f"{name}({', '.join(types)}) is not supported"


def _unify(match: re.Match[str]) -> str:
    one, other, name = match.groups()
    variable = name.split(".")[0].lstrip("$")
    what = variable if variable.isidentifier() else "a value"
    return f"{what} is {_type(other)} on one path and {_type(one)} on another: it must have one type"


def _unify_return(match: re.Match[str]) -> str:
    kinds = " on one path and ".join(_type(part) for part in _split(match.group(1)))
    return f"it returns {kinds} on another: every return must give the same type"


def _split(text: str) -> list[str]:
    """Parts of a list of Numba types: commas inside brackets do not count."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([<{") - (character in ")]>}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _type(text: str) -> str:
    """A Numba type as a Python programmer calls it."""
    literal = re.match(r"Literal\[(\w+)\]\((.*)\)$", text)
    if literal:
        kind, value = literal.groups()
        return f"{kind} {value!r}" if kind == "str" else f"{kind} {value}"
    for pattern, word in (
        (r"float\d+", "float"),
        (r"u?int\d+", "int"),
        (r"boolean|bool", "bool"),
        (r"unicode_type", "str"),
        (r"none", "None"),
        (r"instance\.jitclass\.Strategy", "self"),
        (r"Bar\(", "bar"),
        (r"Position\(", "position"),
        (r"array|Array", "array"),
        (r"DictType", "dict"),
        (r"(reflected )?list", "list"),
    ):
        if re.match(pattern, text):
            return word
    option = re.match(r"Optional\((.*)\)$|OptionalType\((.*)\)", text)
    if option:
        return f"{_type(option.group(1) or option.group(2))} or None"
    return re.sub(r"[#<(].*", "", text)


#: What Numba says -> what it means; the first that fits counts.
_SAYINGS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"TypingError: ((?:a state|on_bar must|an index must)[^\n]*)", lambda m: m.group(1)),
    (r"Unknown attribute '(\w+)' of type instance\.jitclass\.(OrderApi|PresetOrderApi)#", _unknown_order),
    (r"Untyped global name '(\w+)'", lambda m: f"{m.group(1)} is not supported in compiled code"),
    (r"Unknown attribute '(\w+)' of type (\w+)", _unknown_attribute),
    (r"Cannot resolve setattr: \((.*)\)\.(\w+) =", _set_attribute),
    (
        r"Cannot bind .* due to \"TypeError: ([^\"]*)\"",
        lambda m: f"a call with the wrong arguments: {m.group(1)}",
    ),
    (r"Cannot unify (.+) and (.+) for '([^']+)'", _unify),
    (r"Can't unify return type from the following types: (.*)", _unify_return),
    (r"No implementation of function [^\n]*\n\s*\n *>>> (\w+)\((.*)\)", _no_implementation),
)
