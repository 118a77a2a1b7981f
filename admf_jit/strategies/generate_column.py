"""The generated module of one kind of indicator: it writes the indicator's values at every bar as columns.

It runs the very state and update that a container of its own would, so both have the same bits.
"""

from __future__ import annotations

import hashlib

from admf_jit.strategies.custom_class import CUSTOM_IMPORTS, column_names, custom_class
from admf_jit.strategies.generate import CHECKS, GeneratedModule, user_code
from admf_jit.strategies.indicators import IndicatorKind
from admf_jit.strategies.origin import Origin
from admf_jit.strategies.source import collect_indicator
from admf_jit.strategies.truth import TRUTH

_HEAD = '''"""Columns of {kind}; made anew whenever the kernels change."""
from admf_kernels.compilation import entry
'''
_IMPORTS = """from admf_kernels.minimal.signatures import COLUMN_SIGNATURE
from admf_kernels.ownership import borrow, local_copy
"""
_CUSTOM_IMPORTS = (
    "import numpy as np",
    "from numba import boolean, float64, int64",
    "from numba.experimental import jitclass",
    "from admf_kernels.return_values import as_boolean, as_integer, as_number",
    *CHECKS,
    f"from admf_kernels.strategy_view import truth as {TRUTH}",
    "from admf_kernels.compilation import inlined, short_user_function, user_function",
    *CUSTOM_IMPORTS,
)
_RECORD = """

@entry(COLUMN_SIGNATURE)
def record_column(session, open_, high, low, close, volume, source, arguments, outputs):
    owned = {kernel}({arguments})
    state = local_copy(owned)
    session, source, volume = borrow(session), borrow(source), borrow(volume)
    open_, high, low, close = borrow(open_), borrow(high), borrow(low), borrow(close)
    for t in range(close.shape[0]):
{progress}        update_{kind}(state, {inputs}, t)
{outputs}
"""


def generate_column(kind: IndicatorKind) -> GeneratedModule:
    """The module of ``kind``, whose ``record_column`` fills a row for each of the indicator's outputs.

    That of a user's own, which may raise, leaves the number of the bar behind the arguments.
    """
    casts = {True: "int(arguments[{}])", False: "float(arguments[{}])"}
    written = [casts[a.whole].format(i) for i, a in enumerate(kind.arguments)]
    origins: dict[int, Origin] = {}
    text = f"from admf_kernels.indicators.{kind.name} import {kind.kernel}, update_{kind.name}\n"
    text = _HEAD.format(kind=kind.name) + text + _IMPORTS
    if kind.code is not None:
        definition = kind.code.definition
        source = collect_indicator(definition, kind.symbol)
        lines = sorted({*_CUSTOM_IMPORTS, *source.imports})
        text = "\n".join([_HEAD.format(kind=kind.name) + _IMPORTS, *lines, "", *source.constants]) + "\n"
        code, origins = user_code(source.functions, text.count("\n") + 1, decorator="user_function")
        text += code + custom_class(kind)
    text += _RECORD.format(
        kind=kind.symbol,
        kernel=kind.kernel,
        arguments=", ".join(written),
        inputs=", ".join(column_names(kind)),
        progress="" if kind.code is None else f"        arguments[{len(written)}] = t\n",
        outputs="\n".join(f"        outputs[{i}, t] = float(state.{name})" for i, name in enumerate(kind.outputs)),
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    return GeneratedModule(f"column_{kind.name}", text, digest, "", origins, uses_random=False)
