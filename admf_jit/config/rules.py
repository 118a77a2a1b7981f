"""Rules of a strategy in a configuration, as far as the grid depends on them: every choice that they leave is swept.

What their words mean is known to ``admf_jit.strategies.rules`` alone.
"""

from __future__ import annotations

from typing import Any

from admf_jit.choices import choices_in
from admf_jit.config.model import RULE_KEYS, RULES
from admf_jit.config.problems import Problem
from admf_jit.expression_text import ExpressionError, ExpressionText


def expand_choices(fields: dict[str, Any]) -> list[Problem]:
    """Sweep each choice of a strategy's rules that has no value yet; return what is wrong with the texts.

    ``fields`` is an unchecked configuration, whose ``optimization`` may be changed.
    """
    strategy = fields.get("strategy")
    if not isinstance(strategy, dict) or strategy.get("type") != RULES:
        return []
    problems = []
    choices: dict[str, list[str]] = {}
    for key in RULE_KEYS:
        if isinstance(strategy.get(key), str):
            try:
                found = choices_in(key, ExpressionText.read(strategy[key]))
            except ExpressionError as error:
                problems.append(Problem(("strategy", key), error.pointed))
                continue
            choices |= {choice.parameter: list(choice.options) for choice in found}
    fixed = strategy.get("parameters")
    optimization = fields.get("optimization", {})
    swept = optimization.get("parameters", {}) if isinstance(optimization, dict) else None
    if isinstance(swept, dict):
        known = {*swept, *(fixed if isinstance(fixed, dict) else ())}
        missing = {name: options for name, options in choices.items() if name not in known}
        if missing:
            fields["optimization"] = _sweeping(optimization, swept, missing)
    return problems


def _sweeping(optimization: dict[str, Any], swept: dict[str, Any], more: dict[str, list[str]]) -> dict[str, Any]:
    """Return an optimization with more names, each combination of a list with all of their values."""
    listed = optimization.get("combinations")
    if isinstance(listed, dict) and listed and all(isinstance(column, str) for column in listed.values()):
        columns = {name: column.split() for name, column in listed.items()}
        for name, options in more.items():
            n_rows = len(next(iter(columns.values())))
            columns = {key: [one for one in column for _ in options] for key, column in columns.items()}
            columns[name] = [str(place) for place in range(len(options))] * n_rows
        optimization = {**optimization, "combinations": {name: " ".join(one) for name, one in columns.items()}}
    return {**optimization, "parameters": {**swept, **more}}
