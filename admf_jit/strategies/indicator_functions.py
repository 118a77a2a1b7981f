"""The functions of a generated module that keep a strategy's indicators: made, warmed up, updated.

Indicators of the data's own timeframe take each bar as it comes. Those of a longer timeframe take the higher bars
that have become complete since, one after the other, by the same update functions: a loop of its own for each
timeframe, behind a function, so that strategies without one run the code that they always did.
"""

from __future__ import annotations

from admf_jit.data.own_series import OwnColumn
from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.formula import formula
from admf_jit.strategies.indicators import COLUMN, Indicator
from admf_jit.strategies.nested import read_fields
from admf_jit.strategies.nested_functions import (
    NESTED_IMPORTS,
    SOURCES,
    has_rows,
    nested_lines,
    read_prices,
    renewals,
    source_rows,
)

#: Columns that update functions take -> their names in generated code.
_NAMES = {"open": "open_"}
#: Rows of ``higher``, as in ``admf_jit.data.higher_columns``.
_ROWS = ("open", "high", "low", "close", "volume", "session")

#: Functions that bring the fields of a strategy up to a bar: by its indicators, and from columns that were made ahead.
UPDATE_FEATURES, LOAD_FEATURES = "update_features", "load_features"
#: Of both.
_ARGUMENTS = "strategy, indicators, session, open_, high, low, close, volume, higher, completed, t"


def feature_fields(definition: Definition) -> dict[str, tuple[str, Indicator, str]]:
    """Field of the strategy -> (indicator's name, indicator, output), for every declared indicator."""
    fields = {}
    for name, indicator in definition.indicators.items():
        for output in indicator.kind.outputs:
            single = len(indicator.kind.outputs) == 1
            fields[name if single else f"{name}__{output}"] = (name, indicator, output)
    return fields


def indicator_imports(definition: Definition) -> set[str]:
    """Lines that import what the functions use."""
    kinds = [indicator.kind for indicator in _stateful(definition).values() if indicator.kind.code is None]
    lines = {f"from admf_kernels.indicators.{k.name} import {k.kernel}, update_{k.name}" for k in kinds}
    if definition.timeframes:
        lines.add("from admf_kernels.higher_bars import HigherCursor, first_bar")
    if any(indicator.is_nested for indicator in definition.indicators.values()):
        lines |= NESTED_IMPORTS
    return lines


def setup_indicators(definition: Definition, *, shared: bool = False) -> str:
    """``make_indicators`` and ``warmup_of``; ``shared`` indicators are not a container's own."""
    states = {
        name: f"{indicator.kind.kernel}({', '.join(written_arguments(indicator).values())})"
        for name, indicator in _stateful(definition).items()
    }
    made = states | {_cursor(definition, timeframe): "HigherCursor()" for timeframe in definition.timeframes}
    if source_rows(definition):
        made[SOURCES] = "sources"
    if made and not shared:
        fields = "\n".join(f"    {name}: Any" for name in made)
        text = f"\n\nclass Indicators(NamedTuple):\n{fields}\n"
        given = "strategy, sources" if source_rows(definition) else "strategy"
        text += f"\n\n@kernel\ndef make_indicators({given}):\n    return Indicators({', '.join(made.values())})\n"
        text += renewals(definition, states)
    else:
        text = "\n\n@kernel\ndef make_indicators(strategy):\n    return 0\n"
    warmups = ["0", "0"] + [_first_bar(definition, name) for name in definition.indicators]
    return text + f"\n\n@kernel\ndef warmup_of(strategy, completed):\n    return max({', '.join(warmups)})\n"


def state_classes(definition: Definition) -> dict[str, str]:
    """Name of each part of the indicators' state -> the jitclass that it is an instance of."""
    return {name: indicator.kind.kernel for name, indicator in _stateful(definition).items()} | {
        _cursor(definition, timeframe): "HigherCursor" for timeframe in definition.timeframes
    }


def column_functions(definition: Definition, name: str = UPDATE_FEATURES) -> str:
    """As ``update_functions``, for a strategy whose indicators are columns: ``higher[0]`` (n_fields, n_bars)."""
    fields = feature_fields(definition)
    body = "\n".join(f"    strategy.{field} = higher[0, {row}, t]" for row, field in enumerate(fields)) or "    pass"
    return f"\n\n@inlined\ndef {name}({_ARGUMENTS}):\n{body}\n"


def update_functions(definition: Definition) -> str:
    """``update_features``, and before it a function for each longer timeframe."""
    text = "".join(_take(definition, timeframe) for timeframe in definition.timeframes)
    lines = _update_lines(definition, None, "indicators.", "t") + _own_lines(definition) + _price_lines(definition)
    for timeframe in definition.timeframes:
        given = [f"indicators.{name}" for name in _states_of(definition, timeframe)]
        states = ", ".join([f"indicators.{_cursor(definition, timeframe)}", *given])
        rows = f", indicators.{SOURCES}" * has_rows(definition, timeframe)
        lines.append(f"take_{definition.spelled(timeframe)}(strategy, {states}, higher, completed, t{rows})")
    lines += _nested_lines(definition, None, "indicators.", "t", f"indicators.{SOURCES}")
    body = "\n".join(f"    {line}" for line in lines or ["pass"])
    return f"{text}\n\n@inlined\ndef {UPDATE_FEATURES}({_ARGUMENTS}):\n{body}\n"


def _of(definition: Definition, timeframe: str | None) -> dict[str, Indicator]:
    return {name: i for name, i in _states_of(definition, timeframe).items() if i.own is None and not i.is_nested}


def _states_of(definition: Definition, timeframe: str | None) -> dict[str, Indicator]:
    return {name: i for name, i in _stateful(definition).items() if i.timeframe == timeframe}


def _nested_lines(definition: Definition, timeframe: str | None, prefix: str, bar: str, sources: str) -> list[str]:
    def first(name: str) -> str:
        return _bars_before(definition, name, timeframe) if timeframe else _first_bar(definition, name)

    return nested_lines(definition, timeframe, prefix, bar, sources, first=first, warmup=_own_bars)


def _stateful(definition: Definition) -> dict[str, Indicator]:
    return {name: indicator for name, indicator in definition.indicators.items() if indicator.kind.kernel}


def _cursor(definition: Definition, timeframe: str) -> str:
    return f"cursor__{definition.spelled(timeframe)}"


def queue_fields(definition: Definition) -> list[str]:
    """Fields of the strategy that hold an indicator's last values, where it is looked back further than one bar."""
    return [
        _queued(field, place)
        for field, (_, indicator, _) in feature_fields(definition).items()
        for place in range(1, indicator.lag)
        if indicator.kind.kernel and not indicator.is_nested
    ]


def _queued(field: str, place: int) -> str:
    return f"{field}__queue{place}"


def _copies(field: str, value: str, lag: int) -> list[str]:
    """Lines that give a field an indicator's ``value``: with a lag, before it is updated, that of so many bars ago."""
    places = [value, *(f"strategy.{_queued(field, place)}" for place in range(1, lag)), f"strategy.{field}"]
    newest_first = list(zip(places[1:], places, strict=False))
    return [f"{kept} = {given}" for kept, given in reversed(newest_first)]


def written_arguments(indicator: Indicator) -> dict[str, str]:
    """Source text of each argument of an indicator."""
    texts = {}
    for argument, value in zip(indicator.kind.arguments, indicator.arguments, strict=True):
        text = formula(value).written("strategy.") if isinstance(value, str) else repr(value)
        texts[argument.name] = text if argument.whole else f"float({text})"
    return texts


def _own_bars(indicator: Indicator) -> str:
    """Bars of its source before the indicator has a value, but for its lag, as source text."""
    return formula(indicator.kind.warmup).of(written_arguments(indicator))


def _bars_before(definition: Definition, name: str, timeframe: str | None) -> str:
    """Bars of a timeframe before an indicator has a value on them, as source text."""
    indicator = definition.indicators[name]
    if indicator.timeframe != timeframe:
        return _first_bar(definition, name)
    bars = f"{_own_bars(indicator)} + {indicator.lag}"
    read = [
        _bars_before(definition, field.name, timeframe) if timeframe else _first_bar(definition, field.name)
        for field in read_fields(indicator)
    ]
    if len(read) > 1:
        return f"max({', '.join(read)}) + {bars}"
    return " + ".join([*read, bars])


def _first_bar(definition: Definition, name: str) -> str:
    """The first bar at which the indicator has a value, as source text."""
    indicator = definition.indicators[name]
    bars = _bars_before(definition, name, indicator.timeframe)
    if indicator.own is not None:
        return f"completed[{_place(definition, indicator.own)}, 0] + {bars}"
    if indicator.timeframe is None:
        return bars
    return f"first_bar(completed, {definition.timeframes.index(indicator.timeframe)}, {bars})"


def _columns(indicator: Indicator) -> list[str]:
    return [str(indicator.source) if column == "source" else column for column in indicator.kind.inputs]


def _place(definition: Definition, column: OwnColumn) -> int:
    """The row of ``completed`` of a column of one's own."""
    return definition.series.index(column)


def _own_lines(definition: Definition) -> list[str]:
    """Take bar ``t`` into the indicators of columns of one's own, which begin with the first value of theirs."""
    lines = []
    fields = feature_fields(definition)
    for place, column in enumerate(definition.own_columns):
        values = f"higher[{len(definition.timeframes)}, {place}"
        taken = []
        for name, indicator in definition.indicators.items():
            outputs = {field: output for field, (whose, _, output) in fields.items() if whose == name}
            if indicator.own == column and not indicator.kind.kernel:
                lag = indicator.lag
                value = f"{values}, t - {lag}] if t >= {lag} else np.nan" if lag else f"{values}, t]"
                lines += [f"strategy.{field} = {value}" for field in outputs]
            elif indicator.own == column:
                copies = [
                    line
                    for field, output in outputs.items()
                    for line in _copies(field, f"float(indicators.{name}.{output})", indicator.lag)
                ]
                update = f"update_{indicator.kind.symbol}(indicators.{name}, own_{place}, k_{place})"
                taken += [*copies, update] if indicator.lag else [update, *copies]
        if taken:
            first = f"completed[{_place(definition, column)}, 0]"
            lines += [f"k_{place} = t - {first}", f"if k_{place} >= 0:"]
            lines += [f"    {line}" for line in (f"own_{place} = borrow({values}, {first}:])", *taken)]
    return lines


def _price_lines(definition: Definition) -> list[str]:
    """Take prices of bars before bar ``t``."""
    lines = []
    for name, indicator in definition.indicators.items():
        if indicator.kind is COLUMN and isinstance(indicator.source, str):
            values, lag = _NAMES.get(str(indicator.source), str(indicator.source)), indicator.lag
            lines.append(f"strategy.{name} = {values}[t - {lag}] if t >= {lag} else np.nan")
    return lines


def _update_lines(definition: Definition, timeframe: str | None, prefix: str, bar: str) -> list[str]:
    """Take ``bar`` into the indicators of a timeframe, each spelled with ``prefix``, and copy values to the fields."""
    indicators = _of(definition, timeframe)
    before: list[str] = []
    after: list[str] = []
    for field, (name, indicator, output) in feature_fields(definition).items():
        if name in indicators:
            taken = before if indicator.lag else after
            taken += _copies(field, f"float({prefix}{name}.{output})", indicator.lag)
    updates = []
    for name, indicator in indicators.items():
        inputs = ", ".join(_NAMES.get(column, column) for column in _columns(indicator))
        updates.append(f"update_{indicator.kind.symbol}({prefix}{name}, {inputs}, {bar})")
    return [*before, *updates, *after]


def _take(definition: Definition, timeframe: str) -> str:
    """A function that takes the higher bars which have become complete up to the close of bar t."""
    place = definition.timeframes.index(timeframe)
    indicators = _of(definition, timeframe)
    used = {column for indicator in indicators.values() for column in _columns(indicator)}
    used |= read_prices(definition, timeframe)
    views = [
        f"{_NAMES.get(column, column)} = borrow(higher[{place}, {row}])"
        for row, column in enumerate(_ROWS)
        if column in used
    ]
    taken = [
        *_update_lines(definition, timeframe, "of_", "k"),
        *_nested_lines(definition, timeframe, "of_", "k", SOURCES),
    ]
    lines = "\n".join(f"        {line}" for line in [*views, *taken])
    states = ", ".join(["cursor", *(f"of_{name}" for name in _states_of(definition, timeframe))])
    rows = f", {SOURCES}" * has_rows(definition, timeframe)
    return (
        f"\n\n@kernel\ndef take_{definition.spelled(timeframe)}(strategy, {states}, higher, completed, t{rows}):\n"
        f"    k = cursor.taken\n    while completed[{place}, k] <= t:\n{lines}\n        k += 1\n    cursor.taken = k\n"
    )
