"""A grid that is written as a list of mappings: single combinations of values, or a small grid in each entry.

It is kept as the values of each name, in the order of their first appearance, and a text with the position of every
combination's value among them: `parameters: {fast: [3, 5], slow: [10, 20]}, combinations: {fast: "0 1", slow: "1 0"}`.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic_core import PydanticCustomError

from admf_jit.config.model import Config
from admf_jit.config.optimization import MAX_COMBINATIONS, count_values, expand_values
from admf_jit.config.problems import Path, Problem, show

_SWEPT: Path = ("optimization", "parameters")


def expand_combinations(optimization: dict[str, Any]) -> list[Problem]:
    """Replace `parameters`, where it is a list of mappings, by values and `combinations`; return what is wrong."""
    entries = optimization.get("parameters")
    if not isinstance(entries, list | tuple):
        return []
    if "combinations" in optimization:
        return [Problem(("optimization", "combinations"), "is given beside a list of parameters; expected one of them")]
    problems = list(_problems(entries))
    if problems:
        optimization["parameters"] = {}
        return problems
    names = list(entries[0])
    positions: dict[str, dict[object, int]] = {name: {} for name in names}
    values: dict[str, list[object]] = {name: [] for name in names}
    rows: dict[tuple[int, ...], int] = {}
    for number, entry in enumerate(entries):
        for combination in itertools.product(*(expand_values(entry[name]) for name in names)):
            row = []
            for name, value in zip(names, combination, strict=True):
                # True is 1 to a dictionary, and not to a strategy.
                key = (isinstance(value, bool), value)
                if key not in positions[name]:
                    positions[name][key] = len(values[name])
                    values[name].append(value)
                row.append(positions[name][key])
            if tuple(row) in rows:
                at = ", ".join(f"{name} = {show(value)}" for name, value in zip(names, combination, strict=True))
                text = f"{at}: is there already, from [{rows[tuple(row)]}]; expected each combination once"
                problems.append(Problem((*_SWEPT, number), text))
                break
            rows[tuple(row)] = number
    optimization["parameters"] = values
    optimization["combinations"] = {
        name: " ".join(map(str, column)) for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }
    return problems


def _problems(entries: list[Any] | tuple[Any, ...]) -> Iterable[Problem]:
    if not entries:
        yield Problem(_SWEPT, "is an empty list; expected a mapping of names to values, or a list of such mappings")
        return
    total = 0
    for number, entry in enumerate(entries):
        path = (*_SWEPT, number)
        if not isinstance(entry, dict) or not entry:
            yield Problem(path, f"is {show(entry)}; expected a mapping of names to values")
            return
        if set(entry) != set(entries[0]):
            unlike = ", ".join(sorted(map(str, set(entry) ^ set(entries[0]))))
            yield Problem(path, f"has other names than [0] ({unlike}); expected the same names in every entry")
            return
        for name, value in entry.items():
            try:
                if not count_values(value) or count_values(value) > MAX_COMBINATIONS:
                    expand_values(value)  # which says what is wrong
                elif isinstance(value, dict):
                    expand_values(value)
            except PydanticCustomError as error:
                yield Problem((*path, str(name)), f"is {show(value)}; {error.message()}")
                return
        total += math.prod(map(count_values, entry.values()))
        if total > MAX_COMBINATIONS:
            yield Problem(path, f"more than {MAX_COMBINATIONS:,} combinations in a list; expected a mapping of lists")
            return


def with_combinations(config: Config, columns: Mapping[str, Sequence[int]]) -> Config:
    """Return the configuration with those combinations alone: positions of the values of each swept name."""
    texts = {name: " ".join(map(str, column)) for name, column in columns.items()}
    return config.model_copy(update={"optimization": config.optimization.model_copy(update={"combinations": texts})})
