"""The class that some rules become, and what declares it."""

from __future__ import annotations

import hashlib
import importlib
import linecache
import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admf_jit import ta
from admf_jit.choices import choices_in
from admf_jit.errors import StrategyError
from admf_jit.expression_text import ExpressionError, ExpressionText
from admf_jit.strategies.declaration import Parameter
from admf_jit.strategies.origin import RULES_FILE
from admf_jit.strategies.rules import words
from admf_jit.strategies.rules.declared import Declarations
from admf_jit.strategies.rules.reading import RuleReader

#: The rules of a strategy, in the order of `aj.signals`.
KEYS = ("entry", "exit", "short_entry", "short_exit")
_RULES = "__admf_rules__"
_NAME = "Rules"


@dataclass(frozen=True)
class Rules:
    """What a class was made of: its rules by their keys, and its parameters."""

    texts: Mapping[str, str]
    parameters: Mapping[str, Any]


def rules(
    entry: str | None = None,
    exit: str | None = None,  # noqa: A002
    *,
    short_entry: str | None = None,
    short_exit: str | None = None,
    parameters: Mapping[str, bool | int | float] | None = None,
) -> type:
    """Make a strategy of rules: ``aj.rules(entry="crosses_above(close, sma(fast))", parameters={"fast": 20})``.

    Parameters
    ----------
    entry, exit, short_entry, short_exit
        Conditions, evaluated at the close of each bar. An entry opens a position, or turns one of the other side; an
        exit closes one of its side; an entry and an exit of one side at the same bar cancel each other.
        ``docs/rules.md`` has the words.
    parameters
        The names that the rules have for numbers, with their default values. Each can be swept.

    Returns
    -------
    A strategy class, as ``@aj.strategy`` makes one. Equal rules have equal digests.

    Raises
    ------
    StrategyError
        For a rule that cannot be read, with its column, and a caret below.
    """
    given = {"entry": entry, "exit": exit, "short_entry": short_entry, "short_exit": short_exit}
    texts = {key: text for key, text in given.items() if text is not None}
    made = rules_class(texts, parameters or {})
    for name in parameters or {}:
        if name not in made.__init__.__signature__.parameters:  # type: ignore[misc]
            raise StrategyError(f"parameters: {name!r} is in no rule")
    return made


def rules_of(cls: object) -> Rules | None:
    """Return the rules that a class was made of, None for one that somebody wrote."""
    found = getattr(cls, _RULES, None)
    return found if isinstance(found, Rules) else None


def rules_class(texts: Mapping[str, str], parameters: Mapping[str, Any], where: str = "") -> type:
    """Return the strategy class of some rules; ``where`` stands before their keys in messages.

    ``parameters`` are names with values, and those of choices; what no rule reads is left out.
    """
    for key, text in texts.items():
        if not isinstance(text, str):
            raise StrategyError(f"{where}{key}: is {text!r:.80}; expected a rule, such as 'close > sma(20)'")
    if not set(texts) & {"entry", "short_entry"}:
        raise StrategyError(f"{where}entry: no entry is given; expected entry, short_entry or both")
    choices: dict[str, tuple[str, ...]] = {}
    for key, text in texts.items():
        try:
            found = choices_in(key, ExpressionText.read(text))
        except ExpressionError as problem:
            raise StrategyError(f"{where}{key}: {problem.pointed}") from None
        choices |= {choice.parameter: tuple(choice.options) for choice in found}
    declarations = Declarations({name: value for name, value in parameters.items() if name not in choices})
    _check_parameters(declarations.parameters, where)
    counters: dict[str, str] = {}
    conditions = {}
    for key in (key for key in KEYS if key in texts):
        try:
            conditions[key] = RuleReader.written(key, texts[key], declarations, counters)
        except ExpressionError as problem:
            raise StrategyError(f"{where}{key}: {problem.pointed}") from None
    for name in (name for name in choices if name in parameters):
        try:
            Parameter(str, None, choices=choices[name]).check(name, parameters[name])
        except StrategyError as problem:
            raise StrategyError(f"{where}{problem}") from None
    body = [*_parameters(declarations, choices, parameters), *_declarations(declarations, counters)]
    about = "; ".join(f"{key}: {' '.join(texts[key].split())}" for key in conditions)
    cls = _declared(_text(about, body, conditions, counters))
    setattr(cls, _RULES, Rules(dict(texts), {name: parameters[name] for name in declarations.used}))
    return cls


def _check_parameters(parameters: Mapping[str, Any], where: str) -> None:
    for name, value in parameters.items():
        said = f"{where}parameters.{name}" if where else f"parameters: {name}"
        if not isinstance(name, str) or not name.isidentifier() or "__" in name:
            raise StrategyError(f"{said}: expected a name of letters, digits and underscores")
        if name in words.reserved():
            raise StrategyError(f"{said}: is a word of the rules language; expected another name")
        if isinstance(value, str) or value is None:
            raise StrategyError(f"{said}: is {value!r}; expected a number, true or false; choice(...) is for texts")


def _parameters(
    declarations: Declarations, choices: Mapping[str, tuple[str, ...]], given: Mapping[str, Any]
) -> list[str]:
    """Return the lines that declare parameters: whole numbers where an indicator needs one."""
    lines = []
    for name, is_whole in declarations.used.items():
        value = declarations.parameters[name]
        plain = value.item() if hasattr(value, "item") else value
        kind = "bool" if isinstance(plain, bool) else "int" if is_whole else "float"
        if kind == "float" and isinstance(plain, int):
            plain = float(plain)
        elif kind == "int" and isinstance(plain, float) and plain.is_integer():
            plain = int(plain)
        lines.append(f"{name}: {kind} = {plain!r}")
    for name, options in choices.items():
        default = given.get(name, options[0])
        lines.append(f"{name}: Literal[{', '.join(map(repr, options))}] = {default!r}")
    return lines


def _declarations(declarations: Declarations, counters: Mapping[str, str]) -> list[str]:
    lines = [f"{name} = {text}" for text, name in declarations.names.items()]
    return [*lines, *(f"{name} = -1.0  # bars since, negative for never" for name in counters)]


def _text(about: str, body: list[str], conditions: Mapping[str, str], counters: Mapping[str, str]) -> str:
    """Return the text of the class."""
    lines = ["@aj.strategy", f"class {_NAME}:", f"    {about!r}", ""]
    lines += [f"    {line}" for line in body]
    lines += ["", "    def on_bar(self, bar, position):"]
    for name, condition in counters.items():
        lines.append(f"        since = self.{name} + 1.0 if self.{name} >= 0.0 else -1.0")
        lines.append(f"        self.{name} = 0.0 if {condition} else since")
    lines += [f"        {key} = {condition}" for key, condition in conditions.items()]
    lines.append(f"        return aj.signals({', '.join(key if key in conditions else 'False' for key in KEYS)})")
    return "\n".join(lines) + "\n"


def _declared(text: str) -> type:
    """Execute the text of a class, kept where tools look for the source of code that has no file."""
    file = f"{RULES_FILE}{hashlib.sha256(text.encode()).hexdigest()[:12]}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names: dict[str, Any] = {
        "__name__": "admf_jit_rules",
        "aj": importlib.import_module("admf_jit"),
        "ta": ta,
        "math": math,
        "Literal": typing.Literal,
    }
    exec(compile(text, file, "exec", dont_inherit=True), names)
    cls: type = names[_NAME]
    return cls
