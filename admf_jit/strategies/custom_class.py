"""The class of a user's own indicator in generated modules, and the function that updates it."""

from __future__ import annotations

from admf_jit.strategies.indicators import COLUMNS, IndicatorKind
from admf_jit.strategies.state_window import Window

#: Of a window in memory there is its address.
NUMBA_TYPES: dict[type, str] = {bool: "boolean", int: "int64", float: "float64", str: "int64", Window: "int64"}
#: What a module imports for it, besides what a strategy has.
CUSTOM_IMPORTS = {"from admf_kernels.strategy_view import IndicatorBar"}

_CLASS = """

@jitclass
class {symbol}:
{declared}

    def __init__(self{arguments}):
{starts}


@inlined
def update_{symbol}(state, {inputs}, t):
    state.value = as_number({symbol}__update({state}{given}))
"""


def custom_class(kind: IndicatorKind) -> str:
    """Text of the class and of its update function, which follow the user's functions."""
    assert kind.code is not None
    definition = kind.code.definition
    fields = {name: NUMBA_TYPES[p.kind] for name, p in definition.parameters.items()}
    fields |= {name: NUMBA_TYPES[type(value)] for name, value in definition.state.items()}
    starts = [f"self.{name} = {name}" for name in definition.parameters]
    starts += [f"self.{name} = {start_of(value)}" for name, value in definition.state.items()]
    inputs = column_names(kind)
    values = ", ".join(f"float({name}[t])" for name in inputs)
    return _CLASS.format(
        symbol=kind.symbol,
        declared="\n".join(f"    {name}: {of}" for name, of in [*fields.items(), ("value", "float64")]),
        arguments="".join(f", {name}" for name in definition.parameters),
        starts="\n".join(f"        {line}" for line in [*starts, "self.value = np.nan"]),
        inputs=", ".join(inputs),
        state="" if "update" in definition.static else "state, ",
        given=values if len(inputs) == 1 else f"IndicatorBar({values})",
    )


def column_names(kind: IndicatorKind) -> list[str]:
    """Names of the columns that an update function takes, as generated code has them."""
    return ["open_" if name == "open" else name for name in kind.inputs]


def start_of(value: bool | int | float | Window) -> str:
    """Source text of a number that a field starts with."""
    if isinstance(value, Window):
        return "0"
    if isinstance(value, float) and value != value:
        return "np.nan"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return "np.inf" if value > 0 else "-np.inf"
    return repr(value)


#: Columns that an indicator of bars takes.
BAR_INPUTS = COLUMNS
