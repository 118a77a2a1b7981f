"""What a sweep will need, predicted from measured sweeps: seconds, and the memory of all its processes together.

The figures were measured on one machine (`benchmarks/test_plan.py` holds them against new measurements).
"""

from __future__ import annotations

import math

from admf_jit.parameter_grid import ALL_SYMBOLS
from admf_jit.strategies.generate import PLAIN_ENGINE
from admf_jit.strategies.nested import told_by
from admf_jit.workers.columns import COLUMN_BYTES
from admf_jit.workers.plan import Plan, seconds_of_container, usable_cores
from admf_jit.workflow.isolation import MINIMAL, TOGETHER
from admf_jit.workflow.prepared import Prepared

#: Laying out, hashing and writing a container, in the main process.
SECONDS_OF_A_ROW = 15e-6
#: Forking a process for a batch and waiting for its end.
_SECONDS_OF_A_BATCH = 0.01
#: The command with everything loaded, and what a process that is forked from it copies. Where another process has the
#: same libraries loaded, as that of a test does, up to 35 MiB of it count for both.
_MAIN_BYTES = 86 * 2**20
_FORKED_BYTES = 12 * 2**20
#: A container that is submitted: its rows of inputs and results, id, seed and swept values.
_SUBMITTED_BYTES = 1536
#: A container of the grid: its entries in the lists by which rows are joined.
_ENTRY_BYTES = 64
#: Rows that are joined at a time, each some 40 columns, several times over.
_JOINED_ROWS = 65_536
_ROW_BYTES = 40 * 8 * 5


def predicted_seconds(prepared: Prepared, spread: Plan) -> float:
    """How long the containers of a sweep will take, without start and compilation."""
    total = prepared.grid.most
    work = total * seconds_of_container(prepared.isolation.engine(prepared.engine), prepared.data.n_bars)
    work += sum(1 for _ in spread.sizes(total)) * _SECONDS_OF_A_BATCH
    rows = total * SECONDS_OF_A_ROW
    # Rows are laid out and written beside the work, on a core of their own if there is one.
    return max(work / spread.n_jobs, (work + rows) / min(usable_cores(), spread.n_jobs + 1))


def predicted_memory(prepared: Prepared, spread: Plan, state: int) -> int:
    """The most memory, in bytes, that all processes of a sweep will take together; shared pages count once."""
    total, data = prepared.grid.most, prepared.data
    submitted = min(total, spread.in_flight)
    running = min(submitted, spread.n_jobs)
    return (
        _MAIN_BYTES
        + running * (_FORKED_BYTES + state)
        + 8 * data.n_bars * _columns_read(prepared)
        + _bytes_of_columns(prepared)
        + submitted * _SUBMITTED_BYTES
        + total * _ENTRY_BYTES
        + min(total, _JOINED_ROWS) * _ROW_BYTES
    )


def _columns_read(prepared: Prepared) -> int:
    """Columns of bars that are read while containers run: by shared answers and market orders, prices of fills."""
    if prepared.isolation.evaluated == TOGETHER and prepared.engine == PLAIN_ENGINE:
        return 3 * prepared.data.n_symbols
    return 3 + 5 * prepared.data.n_symbols


def _bytes_of_columns(prepared: Prepared) -> int:
    """Columns of indicators that containers share: one for each combination of an indicator's swept arguments."""
    if prepared.isolation.used != MINIMAL:
        return 0
    swept = prepared.grid.axis_values
    n_symbols = len(swept.get("symbol", (ALL_SYMBOLS,)))
    columns = 0
    for name, indicator in prepared.definition.indicators.items():
        told = told_by(prepared.definition.indicators, name)
        values = math.prod(len(swept[parameter]) for parameter in told if parameter in swept)
        columns += len(indicator.kind.outputs) * values
    return min(COLUMN_BYTES, 8 * prepared.data.n_bars * n_symbols * columns)
