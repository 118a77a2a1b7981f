"""From indicators of indicators, as a class body declares them, to a flat list in which each has a name.

An indicator that is the source of another one, or part of an expression, and is no attribute of the class, gets a name
of its own, "smooth__source". What reads it has a ``Field`` in its place, and stands behind it in the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from admf_jit.errors import StrategyError
from admf_jit.strategies.expressions import Expression, Field, Given, Output
from admf_jit.strategies.indicators import COLUMN, Argument, Indicator, calculation

#: What can be declared in a class body besides parameters and state.
Declared = Indicator | Output | Expression


def flatten(declared: Mapping[str, Any], originals: Mapping[int, str] | None = None) -> dict[str, Indicator]:
    """Each indicator, those that it reads before it, by name.

    ``originals`` are names of declared objects by their ``id``, where a source may be one of these objects while what
    is declared under its name has been replaced.
    """
    flat = _Flat(declared, originals or {id(one): name for name, one in declared.items()})
    for name, one in declared.items():
        flat.add(name, one)
    return flat.found


class _Flat:
    def __init__(self, declared: Mapping[str, Any], originals: Mapping[int, str]) -> None:
        self.declared = declared
        self.originals = originals
        self.found: dict[str, Indicator] = {}

    def add(self, name: str, declared: Any) -> None:
        """Put one under its name, and what it reads before it."""
        if name in self.found:
            return
        if isinstance(declared, Output):
            declared = Expression("value", (declared,))
        if isinstance(declared, Expression):
            self.found[name] = self._calculated(name, declared, 0, None)
        else:
            self.found[name] = self._resolved(name, declared)

    def _resolved(self, name: str, indicator: Indicator) -> Indicator:
        """An indicator whose source is flat."""
        source = indicator.source
        if isinstance(source, Expression) and not indicator.kind.calculates:
            source = self._expression_field(name, source, indicator.timeframe)
        elif isinstance(source, Indicator | Output):
            source = self._field(name, source, indicator.timeframe)
        return indicator if source is indicator.source else replace(indicator, source=source)

    def _field(self, reader: str, read: Indicator | Output, timeframe: str | None) -> Field:
        """The output that ``reader``, on bars of ``timeframe``, reads; it gets a name if it has none."""
        indicator = read.indicator if isinstance(read, Output) else read
        output = read.name if isinstance(read, Output) else _only_output(reader, read)
        known = self.originals.get(id(indicator))
        if known is not None and isinstance(self.declared[known], Indicator):
            indicator = self.declared[known]
        inner = _on_bars_of(reader, indicator, timeframe)
        if known is not None and inner is indicator:
            self.add(known, indicator)
            return Field(known, output)
        return Field(self._named(reader, self._resolved(self._free(reader), inner)), output)

    def _expression_field(self, reader: str, expression: Expression, timeframe: str | None) -> Field:
        known = self.originals.get(id(expression))
        if known is not None and timeframe is None:
            self.add(known, self.declared[known])
            return Field(known, "value")
        calculated = self._calculated(self._free(reader), expression, 0, timeframe)
        return Field(self._named(reader, calculated), "value")

    def _named(self, reader: str, indicator: Indicator) -> str:
        """The name of one that is there already, or a new one."""
        for name, known in self.found.items():
            if known == indicator:
                return name
        name = self._free(reader)
        self.found[name] = indicator
        return name

    def _free(self, reader: str) -> str:
        name, number = f"{reader}__source", 2
        while name in self.found:
            name, number = f"{reader}__source{number}", number + 1
        return name

    def _calculated(self, name: str, expression: Expression, lag: int, timeframe: str | None) -> Indicator:
        """The indicator that an expression is."""
        formulas = list(dict.fromkeys(leaf for leaf in expression.leaves() if isinstance(leaf, str)))

        def flat(leaf: Any) -> Any:
            if isinstance(leaf, str):
                return Given(formulas.index(leaf))
            if isinstance(leaf, Indicator) and leaf.kind is COLUMN and isinstance(leaf.source, str):
                if not leaf.lag:
                    return leaf.source
                value = Expression("value", (replace(leaf, lag=0),))
                return Field(self._named(name, self._calculated(name, value, leaf.lag, timeframe)), "value")
            return self._field(name, leaf, timeframe) if isinstance(leaf, Indicator | Output) else float(leaf)

        kind = calculation(tuple(Argument(text, whole=False, minimum=float("-inf")) for text in formulas))
        return Indicator(kind, tuple(formulas), expression.changed(flat), lag, timeframe)


def _only_output(reader: str, read: Indicator) -> str:
    outputs = read.kind.outputs
    if len(outputs) > 1:
        raise StrategyError(
            f"{reader}: {read.kind.label} has the outputs {', '.join(outputs)}: name one of them as the source, "
            f"{read.kind.label}(...).{outputs[0]}"
        )
    return outputs[0]


def _on_bars_of(reader: str, indicator: Indicator, timeframe: str | None) -> Indicator:
    """What is read by an indicator on longer bars is computed on them too."""
    if timeframe is None or indicator.timeframe == timeframe:
        return indicator
    if indicator.timeframe is not None:
        raise StrategyError(
            f"{reader}: is on bars of {timeframe}, and its source {indicator.kind.label} on bars of "
            f"{indicator.timeframe}: expected the same, or no timeframe for {reader}"
        )
    return replace(indicator, timeframe=timeframe)


def read_fields(indicator: Indicator) -> list[Field]:
    """What a flat indicator reads of others, each once."""
    source = indicator.source
    leaves: Iterable[Any] = source.leaves() if isinstance(source, Expression) else (source,)
    return list(dict.fromkeys(leaf for leaf in leaves if isinstance(leaf, Field)))


def told_by(indicators: Mapping[str, Indicator], name: str) -> tuple[str, ...]:
    """Names of the parameters that the values of an indicator follow from, through those that it reads."""
    indicator = indicators[name]
    told = [*indicator.told]
    for field in read_fields(indicator):
        told += told_by(indicators, field.name)
    return tuple(dict.fromkeys(told))
