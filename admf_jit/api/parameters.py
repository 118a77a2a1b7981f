"""What is swept, as a call may say it: lists, ranges, single values, or a list of combinations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, TypeAlias

from admf_jit.api.rows import name_of, over_rows
from admf_jit.config.optimization import MAX_COMBINATIONS, MAX_RANGE_VALUES
from admf_jit.errors import ConfigError

#: A text such as "fast_period < slow_period", or a function of the row.
Constraint: TypeAlias = str | Callable[..., Any]
Parameters: TypeAlias = Mapping[str, Any] | Iterable[Mapping[str, Any]]


def written(parameters: Parameters) -> dict[str, Any] | list[dict[str, Any]]:
    """Return swept values in the types of a configuration: a mapping, or a list of mappings for single combinations.

    A frame of pandas has a combination in each row.
    """
    if isinstance(parameters, Mapping):
        return _mapping(parameters)
    listed: Any = parameters
    if hasattr(listed, "to_dict") and hasattr(listed, "columns"):
        listed = listed.to_dict("records")
    if isinstance(listed, str | bytes) or not isinstance(listed, Iterable):
        raise ConfigError(
            f"parameters: is {parameters!r:.80}; expected a mapping of names to values, or a list of such mappings"
        )
    entries = []
    for number, entry in enumerate(islice(listed, MAX_COMBINATIONS + 1)):
        if not isinstance(entry, Mapping):
            raise ConfigError(f"parameters[{number}]: is {entry!r:.80}; expected a mapping of names to values")
        entries.append(_mapping(entry))
    return entries


def swept_names(parameters: dict[str, Any] | list[dict[str, Any]]) -> set[str]:
    """Return every name that is swept."""
    return set(parameters) if isinstance(parameters, dict) else {name for entry in parameters for name in entry}


def _mapping(parameters: Mapping[str, Any]) -> dict[str, Any]:
    for name in parameters:
        if not isinstance(name, str):
            raise ConfigError(f"parameters: name {name!r:.80}; expected the name of a parameter, as a text")
    return {name: _values(name, values) for name, values in parameters.items()}


def _values(name: str, values: Any) -> Any:
    """Return the values of one swept name as a list, unless they have no end that anybody would wait for."""
    if isinstance(values, range | Mapping) or values is None:
        return values  # checked without being written out: {start, stop, step} has its stop, a range has not
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        return values
    taken = list(islice(values, MAX_RANGE_VALUES + 1))
    if len(taken) > MAX_RANGE_VALUES:
        raise ConfigError(f"optimization.parameters.{name}: more than {MAX_RANGE_VALUES:,} values; expected fewer")
    return taken


def split_constraints(
    constraints: Constraint | Iterable[Constraint] | None,
) -> tuple[list[str], list[Callable[[Mapping[str, Any]], bool]]]:
    """Return the constraints that are texts, and functions of names and values for those that are functions."""
    given: list[Any]
    if constraints is None:
        given = []
    elif isinstance(constraints, str) or callable(constraints) or not isinstance(constraints, Iterable):
        given = [constraints]
    else:
        given = list(constraints)
    texts: list[str] = []
    functions = []
    for number, constraint in enumerate(given):
        if isinstance(constraint, str):
            texts.append(constraint)
        elif callable(constraint):
            functions.append(_answering(constraint))
        else:
            raise ConfigError(
                f"constraints[{number}]: is {constraint!r:.80}; expected a text such as 'fast_period < slow_period', "
                "or a function of the row, such as lambda row: row.fast_period < row.slow_period"
            )
    return texts, functions


def _answering(constraint: Callable[..., Any]) -> Callable[[Mapping[str, Any]], bool]:
    ask = over_rows(constraint, "constraint")

    def keeps(values: Mapping[str, Any]) -> bool:
        answer = ask(values)
        plain = answer.item() if type(answer).__module__ == "numpy" and hasattr(answer, "item") else answer
        if not isinstance(plain, bool):
            raise ConfigError(f"constraint {name_of(constraint)}: returned {answer!r:.80}; expected True or False")
        return plain

    keeps.__name__ = name_of(constraint)
    return keeps
