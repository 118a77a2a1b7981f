"""The generated module of one kind of indicator: it writes the indicator's values at every bar as columns.

It runs the very state and update that a container of its own would, so both have the same bits.
"""

from __future__ import annotations

import hashlib

from admf_jit.strategies.generate import GeneratedModule
from admf_jit.strategies.indicators import IndicatorKind

_MODULE = '''"""Columns of {kind}; made anew whenever the kernels change."""
from admf_kernels.compilation import entry
from admf_kernels.indicators.{kind} import {kernel}, update_{kind}
from admf_kernels.minimal.signatures import COLUMN_SIGNATURE
from admf_kernels.ownership import borrow, local_copy


@entry(COLUMN_SIGNATURE)
def record_column(session, open_, high, low, close, volume, source, arguments, outputs):
    owned = {kernel}({arguments})
    state = local_copy(owned)
    session, source, volume = borrow(session), borrow(source), borrow(volume)
    open_, high, low, close = borrow(open_), borrow(high), borrow(low), borrow(close)
    for t in range(close.shape[0]):
        update_{kind}(state, {inputs}, t)
{outputs}
'''


def generate_column(kind: IndicatorKind) -> GeneratedModule:
    """The module of ``kind``, whose ``record_column`` fills a row for each of the indicator's outputs."""
    arguments = [f"{'int' if a.whole else 'float'}(arguments[{i}])" for i, a in enumerate(kind.arguments)]
    text = _MODULE.format(
        kind=kind.name,
        kernel=kind.kernel,
        arguments=", ".join(arguments),
        inputs=", ".join("open_" if column == "open" else column for column in kind.inputs),
        outputs="\n".join(f"        outputs[{i}, t] = float(state.{name})" for i, name in enumerate(kind.outputs)),
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    return GeneratedModule(f"column_{kind.name}", text, digest, "", {}, uses_random=False)
