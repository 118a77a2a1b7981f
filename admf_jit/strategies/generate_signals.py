"""The generated module that writes a strategy's signals over a stretch of bars as codes.

Where signals are shared that is all bars of a tile; a strategy that looks at more of its position than the side is
evaluated by each container by itself, with one position, up to the first signal that leads to something.

There are two forms. ``guarded`` evaluates bar by bar, as the engines do, and notes where the user's code raises. An
``on_bar`` that is nothing but arithmetic (``sharing.Arithmetic``) has the form ``unguarded`` as well: no division in it
can raise as long as no divisor is zero, so the processor can evaluate several bars at once. Both write the same codes.
"""

from __future__ import annotations

import hashlib

from admf_jit.strategies.declaration import Definition
from admf_jit.strategies.generate import CHECKS, GeneratedModule, class_of_view, parameter_casts, user_code
from admf_jit.strategies.indicator_functions import feature_fields
from admf_jit.strategies.position_reads import (
    EXTREMES_IN_BLOCK,
    EXTREMES_OF_BLOCK,
    further_values,
    position_class,
    position_imports,
    reads_extremes,
)
from admf_jit.strategies.return_lines import doubtful_returns
from admf_jit.strategies.sharing import looks_at_position, looks_at_side
from admf_jit.strategies.source import StrategySource
from admf_jit.strategies.truth import TRUTH

_HEAD = '''"""Answers of strategy {name}, {form}; made anew whenever its code changes."""
from typing import Any, NamedTuple

import numpy as np

from admf_kernels.addresses import codes_at, numbers_at, whole_numbers_at
from admf_kernels.return_values import as_boolean, as_direction, as_integer, as_number, signal_code
{checks}
from admf_kernels.compilation import entry, inlined, kernel, short_user_function, user_function
from admf_kernels.minimal.signal_codes import LET_RAISE, RAISED, TRAPPED
from admf_kernels.minimal.signal_codes import acts, by_side, row_of, current_direction
from admf_kernels.minimal.signatures import SIGNALS_SIGNATURE
from admf_kernels.strategy_view import Bar, Position
from admf_kernels.strategy_view import truth as {truth}
{imports}

{constants}
'''

_ENTRY = """

@entry(SIGNALS_SIGNATURE)
def record_signals(bars, columns, parameters, warmup, begin, end, trap, position, signals):
    bars = whole_numbers_at(bars, 6)
{parameters}
    # From the warm-up on, so that the places of a loop begin with 0 and none is looked at for being negative.
    first = min(max(warmup, begin), end)
    count = end - first
    codes_at(signals, first - begin)[:] = 127
    signals = codes_at(signals + first - begin, count)
    time = whole_numbers_at(bars[0] + 8 * first, count)
    open_, high = numbers_at(bars[1] + 8 * first, count), numbers_at(bars[2] + 8 * first, count)
    low, close = numbers_at(bars[3] + 8 * first, count), numbers_at(bars[4] + 8 * first, count)
    volume = numbers_at(bars[5] + 8 * first, count)
{columns}{position}{before}
    for i in range(count):
        bar = Bar(
            i + first, int(time[i]), float(open_[i]), float(high[i]), float(low[i]), float(close[i]),
            float(volume[i]), 0,
        )
        view = {view}
{extremes}{body}
"""

#: Codes that are given are what is written.
_GIVEN = """

@entry(SIGNALS_SIGNATURE)
def record_signals(bars, columns, parameters, warmup, begin, end, trap, position, signals):
    codes_at(signals, end - begin)[:] = 127
    first = min(max(warmup, begin), end)
    codes_at(signals + first - begin, end - first)[:] = codes_at(whole_numbers_at(columns, 1)[0] + first, end - first)
"""

_POSITION = """
    position = numbers_at(position, 4)
    quantity, entry_price = float(position[0]), float(position[1])
    entry_bar, cash = int(position[2]), float(position[3])"""

_CALL = "{entry}(view, bar, Position({position}))"
_UNSEEN = "0.0, 0.0, -1, 0.0, 0.0"
_SHARED = f"signal_code({_CALL.replace('{position}', _UNSEEN)})"

_UNGUARDED = f"""\
        signals[i] = {_SHARED}"""

_GUARDED = f"""\
        code = RAISED
        if trap != LET_RAISE:
            try:
                code = {_SHARED}
            except Exception:
                code = RAISED
        else:
            code = {_SHARED}
        signals[i] = code
        if code == RAISED:
            return"""

#: Where a signal is that of a container, with what it holds: bars after one that leads to something do not matter.
_HELD = "quantity, entry_price, entry_bar, cash, cash + quantity * float(close[i]){more}"
_UNGUARDED_BY_POSITION = _UNGUARDED.replace(_UNSEEN, _HELD)
_OWN = f"current_direction({_SHARED.replace(_UNSEEN, _HELD)}, quantity)"
_GUARDED_BY_POSITION = (
    _GUARDED[: _GUARDED.index("        if code == RAISED")].replace(_SHARED, _OWN)
    + """\
        if trap == TRAPPED:
            if acts(code, quantity):
                return
            if not cash + quantity * float(close[i]) > 0.0:
                # The account is ruined at this bar, and after that no strategy is evaluated.
                if i + 1 < count:
                    signals[i + 1] = RAISED
                return"""
)

#: The code of the signal while so much is held: what ``on_bar`` sees of it is the side.
_ON_SIDE = f"as_direction({_CALL.replace('{position}', '{held}, 0.0, -1, 0.0, 0.0')}, {{held}})"
_SIDES = ("-1.0", "0.0", "1.0")

#: Where signals depend on the side that is held: one of each, and without a trap that of the position that is given.
_UNGUARDED_BY_SIDE = "        signals[i] = by_side({})".format(
    ", ".join(_ON_SIDE.replace("{held}", side) for side in _SIDES)
)

#: From Python 3.12 on Numba does not catch what is raised within one of several `try` of a function, so each has one.
_GUARDED_BY_SIDE = f"""\
        if trap != LET_RAISE:
            signals[i] = by_side({", ".join(f"signal_on_side(view, bar, {side})" for side in _SIDES)})
        else:
            held = float(row_of(numbers_at(position, 4)[0]) - 1)
            {_ON_SIDE.replace("{held}", "held")}"""

_SIGNAL_ON_SIDE = f"""

@kernel
def signal_on_side(view, bar, held):
    code = RAISED
    try:
        code = {_ON_SIDE.replace("{held}", "held")}
    except Exception:
        code = RAISED
    return code
"""


def generate_signals(definition: Definition, source: StrategySource, *, unguarded: bool) -> GeneratedModule:
    """The module of ``definition`` whose ``record_signals`` is of the form ``unguarded`` or ``guarded``."""
    head = _HEAD.format(
        name=definition.name,
        form="unguarded" if unguarded else "guarded",
        checks="\n".join(CHECKS),
        truth=TRUTH,
        imports="\n".join([*position_imports(source.reads), *sorted(set(source.imports))]),
        constants="\n".join(source.constants),
    )
    head += position_class(source.reads)
    code, origins = user_code(
        source.functions, head.count("\n") + 1, decorator="inlined" if unguarded else "user_function"
    )
    declared, view = class_of_view(definition, parameter="parameter_{}", feature="column_{}[i]")
    fields = list(feature_fields(definition))
    # In the generated module, as in an engine, ``parameters`` is a container's row.
    casts = zip(definition.parameters, parameter_casts(definition), strict=True)
    parameters = [f"    parameters = numbers_at(parameters, {len(definition.parameters)})"]
    columns = [f"    columns = whole_numbers_at(columns, {len(fields)})"]
    more = further_values(
        source.reads,
        units="quantity",
        bar="bar.index",
        close="float(close[i])",
        highest="highest",
        lowest="lowest",
        session="",
    )
    entry = _ENTRY.format(
        parameters="\n".join(parameters + [f"    parameter_{name} = {cast}" for name, cast in casts]),
        columns="\n".join(
            columns
            + [f"    column_{name} = numbers_at(columns[{i}] + 8 * first, count)" for i, name in enumerate(fields)]
        ),
        view=view,
        position=_POSITION if looks_at_position(source) else "",
        before=EXTREMES_OF_BLOCK if reads_extremes(source.reads) else "",
        extremes=EXTREMES_IN_BLOCK if reads_extremes(source.reads) else "",
        body=_body(source, unguarded=unguarded).format(entry=source.entry, more=more),
    )
    if definition.is_given:
        entry = _GIVEN
    helper = _SIGNAL_ON_SIDE.format(entry=source.entry) if looks_at_side(source) and not unguarded else ""
    text = head + code + declared + helper + entry
    digest = hashlib.sha256(text.encode()).hexdigest()
    return GeneratedModule(
        f"{definition.name}_signals",
        text,
        digest,
        "",
        origins,
        False,
        tuple(source.arrays.values()),
        doubtful_returns(source),
    )


def _body(source: StrategySource, *, unguarded: bool) -> str:
    if looks_at_position(source):
        return _UNGUARDED_BY_POSITION if unguarded else _GUARDED_BY_POSITION
    if looks_at_side(source):
        return _UNGUARDED_BY_SIDE if unguarded else _GUARDED_BY_SIDE
    return _UNGUARDED if unguarded else _GUARDED
