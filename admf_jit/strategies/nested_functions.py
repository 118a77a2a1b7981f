"""The lines of a generated module that update indicators of indicators, and expressions.

Their source is a column that grows bar by bar: a row of ``sources``, in memory of the container, into which the value
of each bar is written before it is taken. An indicator begins with the first finite value from the warm-up of its
source on, and anew after a value that is not finite: ``docs/trading-model.md`` section 7.
"""

from __future__ import annotations

from typing import Any

from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.expressions import Expression, Field, Given
from admf_jit.strategies.indicators import Indicator
from admf_jit.strategies.nested import read_fields

#: Where generated functions find the rows.
SOURCES = "sources__"
#: Imports of the functions that the lines call.
NESTED_IMPORTS = {
    "from admf_kernels.expressions import larger, ratio, smaller",
    "from admf_kernels.memory import renew",
}
_NAMES = {"open": "open_"}
#: A row of ``sources``: the field that is written there, and the timeframe whose bars it has.
_Row = tuple[str, str | None]


def field_of(definition: Definition, name: str, output: str) -> str:
    """The field of the strategy that has an output of an indicator."""
    return name if len(definition.indicators[name].kind.outputs) == 1 else f"{name}__{output}"


def source_rows(definition: Definition) -> list[_Row]:
    """The rows that there have to be."""
    rows: dict[_Row, None] = {}
    for name, indicator in definition.indicators.items():
        if indicator.is_nested and indicator.kind.kernel:
            rows |= {
                (field_of(definition, f.name, f.output), indicator.timeframe): None for f in read_fields(indicator)
            }
        if indicator.is_nested and indicator.lag:
            rows |= {(_own(definition, name, output), indicator.timeframe): None for output in indicator.kind.outputs}
    return list(rows)


def _own(definition: Definition, name: str, output: str) -> str:
    return f"{field_of(definition, name, output)}, now"


def begin_fields(definition: Definition) -> list[str]:
    """Fields that hold the bar with which an indicator of an indicator has begun, or -1."""
    return [_begin(name) for name, one in definition.indicators.items() if one.is_nested and one.kind.kernel]


def _begin(name: str) -> str:
    return f"{name}__begin"


def has_rows(definition: Definition, timeframe: str | None) -> bool:
    """Whether indicators on a timeframe need rows."""
    return any(of == timeframe for _, of in source_rows(definition))


def read_prices(definition: Definition, timeframe: str | None) -> set[str]:
    """Columns of bars that expressions on a timeframe read."""
    found: set[str] = set()
    for indicator in definition.indicators.values():
        if indicator.timeframe == timeframe and isinstance(indicator.source, Expression):
            found |= {leaf for leaf in indicator.source.leaves() if isinstance(leaf, str)}
        elif indicator.timeframe == timeframe and isinstance(indicator.source, Field):
            found |= set(indicator.kind.inputs) - {"source"}
    return found


def renewals(definition: Definition, made: dict[str, str]) -> str:
    """Functions that make an indicator's state anew: ``made`` has the expressions that make each."""
    return "".join(
        f"\n\n@kernel\ndef renew__{name}(strategy, state):\n    renew(state, {made[name]})\n"
        for name, indicator in definition.indicators.items()
        if indicator.is_nested and indicator.kind.kernel
    )


def nested_lines(
    definition: Definition, timeframe: str | None, prefix: str, bar: str, sources: str, *, first: Any, warmup: Any
) -> list[str]:
    """Lines that take ``bar`` into what is nested on a timeframe.

    ``prefix`` stands before the name of an indicator's state, ``sources`` for the rows. ``first`` and ``warmup`` give
    the text of the first bar at which an indicator has a value, and of how many bars of its source come before.
    """
    lines: list[str] = []
    rows = source_rows(definition)
    for name, indicator in definition.indicators.items():
        if not indicator.is_nested or indicator.timeframe != timeframe:
            continue
        fields = {o: field_of(definition, name, o) for o in indicator.kind.outputs}
        if indicator.kind.calculates:
            values = {"value": _calculated(definition, indicator, bar)}
        else:
            lines += _taken(definition, name, prefix, bar, sources, first=first, warmup=warmup)
            values = {output: f"strategy.{field}" for output, field in fields.items()}
        for output, field in fields.items():
            if indicator.lag:
                row = f"{sources}[{rows.index((_own(definition, name, output), timeframe))}"
                lines.append(f"{row}, {bar}] = {values[output]}")
                values[output] = f"{row}, {bar} - {indicator.lag}] if {bar} >= {indicator.lag} else np.nan"
            if values[output] != f"strategy.{field}":
                lines.append(f"strategy.{field} = {values[output]}")
    return lines


def _calculated(definition: Definition, indicator: Indicator, bar: str) -> str:
    """Source text of an expression at ``bar``."""
    from admf_jit.strategies.indicator_functions import written_arguments

    arguments = list(written_arguments(indicator).values())

    def leaf(one: Any) -> str:
        if isinstance(one, Given):
            return arguments[one.place]
        if isinstance(one, Field):
            return f"strategy.{field_of(definition, one.name, one.output)}"
        return f"float({_NAMES.get(one, one)}[{bar}])" if isinstance(one, str) else repr(one)

    assert isinstance(indicator.source, Expression)
    return indicator.source.written(leaf)


def _taken(
    definition: Definition, name: str, prefix: str, bar: str, sources: str, *, first: Any, warmup: Any
) -> list[str]:
    """Lines that update an indicator of another one's values, and copy its own to its fields."""
    indicator = definition.indicators[name]
    (field,) = read_fields(indicator)
    read, begin = f"strategy.{field_of(definition, field.name, field.output)}", f"strategy.{_begin(name)}"
    row = source_rows(definition).index((read.removeprefix("strategy."), indicator.timeframe))
    columns = [
        f"source_{name}" if column == "source" else f"borrow({_NAMES.get(column, column)}[{begin}:])"
        for column in indicator.kind.inputs
    ]
    needed = warmup(indicator)
    outputs = [(field_of(definition, name, output), output) for output in indicator.kind.outputs]
    return [
        f"if {bar} >= {first(field.name)}:",
        f"    {sources}[{row}, {bar}] = {read}",
        f"    if np.isfinite({read}):",
        f"        if {begin} < 0:",
        f"            {begin} = {bar}",
        f"        source_{name} = borrow({sources}[{row}, {begin}:])",
        f"        update_{indicator.kind.symbol}({prefix}{name}, {', '.join(columns)}, {bar} - {begin})",
        *(
            f"        strategy.{own} = float({prefix}{name}.{output}) if {bar} - {begin} >= {needed} else np.nan"
            for own, output in outputs
        ),
        "    else:",
        f"        if {begin} >= 0:",
        f"            renew__{name}(strategy, {prefix}{name})",
        f"        {begin} = -1",
        *(f"        strategy.{own} = np.nan" for own, _ in outputs),
    ]
