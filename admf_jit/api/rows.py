"""What a function of the user is given: a row of names and values, read as ``row["name"]`` or ``row.name``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from admf_jit.errors import ConfigError, closest


class Row(Mapping[str, Any]):
    """Names with their values; ``row["fast_period"]``, ``row.fast_period``, ``row["account.cash"]``."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise KeyError(_unknown(name, self._values)) from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(_unknown(name, self._values)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in self._values if name.isidentifier())]

    def __repr__(self) -> str:
        return f"Row({dict(self._values)})"


def _unknown(name: str, known: Mapping[str, Any]) -> str:
    hint = closest(name, known)
    return f"no {name!r} in the row" + (f"; did you mean {hint!r}?" if hint else f" (it has {', '.join(known)})")


def name_of(function: Any) -> str:
    """Return how messages call a function."""
    name = getattr(function, "__name__", type(function).__name__)
    code = getattr(function, "__code__", None)
    return f"{name} (line {code.co_firstlineno})" if name == "<lambda>" and code is not None else str(name)


def over_rows(function: Callable[..., Any], what: str) -> Callable[[Mapping[str, Any]], Any]:
    """Return a function of names and values that calls ``function`` as its arguments ask for.

    One argument is given the row: ``lambda row: row.fast_period < row.slow_period``. Arguments that are names of the
    row are given their values: ``lambda fast_period, slow_period: fast_period < slow_period``.
    What it raises becomes a ConfigError that says what it was called with.
    """
    arguments: list[str] | None = None

    def call(values: Mapping[str, Any]) -> Any:
        nonlocal arguments
        if arguments is None:
            arguments = _arguments(function, values, what)
        try:
            if arguments:
                return function(**{name: values[name] for name in arguments})
            return function(Row(values))
        except Exception as problem:
            said = f"{type(problem).__name__}: {problem.args[0] if problem.args else ''}".rstrip(": ")
            raise ConfigError(f"{what} {name_of(function)}: {said}") from problem

    call.__name__ = name_of(function)
    return call


def _arguments(function: Callable[..., Any], values: Mapping[str, Any], what: str) -> list[str]:
    """Return the arguments that are given by name; none where the row is given."""
    try:
        taken = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []
    optional = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    needed = [one for one in taken if one.default is one.empty and one.kind not in optional]
    if needed and all(one.name in values and one.kind != one.POSITIONAL_ONLY for one in needed):
        return [one.name for one in needed]
    if len(needed) > 1:
        foreign = next(one.name for one in needed if one.name not in values)
        raise ConfigError(
            f"{what} {name_of(function)}: takes {foreign!r}: {_unknown(foreign, values)}; expected one argument (the "
            "row), or names of the row"
        )
    return []
