"""Signals and orders that were made elsewhere, as pandas, polars, Arrow or NumPy arrays, run column by column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from admf_jit.api.fields import SETTINGS, as_data, unknown_setting
from admf_jit.api.grid_result import GridResult
from admf_jit.api.sweeps import grid
from admf_jit.data import MarketData
from admf_jit.data.given import CODES, QUANTITIES, Given
from admf_jit.data.time_axis import aligned_to
from admf_jit.errors import DataError
from admf_jit.wording import counted
from admf_kernels.constants import FLAT, KEEP, LONG, LONG_ENTRY, LONG_EXIT, SHORT_ENTRY, SHORT_EXIT, SIGNALS

#: Bars whose signals are turned from rows into columns at a time: so many stay in the cache of a core.
_BARS_AT_A_TIME = 256

if TYPE_CHECKING:
    from admf_jit.strategies.builtin.signals import GivenOrders, GivenSignals


def from_signals(
    data: Any,
    entries: Any = None,
    exits: Any = None,
    *,
    short_entries: Any = None,
    short_exits: Any = None,
    size: float | Sequence[float] | NDArray[np.float64] | Mapping[str, float] | None = None,
    exit_rules: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    bars_per_year: float | None = None,
    **settings: Any,
) -> GridResult:
    """Run signals, a container for each of their columns; it returns what ``aj.grid`` does.

    Parameters
    ----------
    data
        What ``aj.load`` returns or takes.
    entries, exits, short_entries, short_exits
        True or 1 where there is a signal, at the bar at whose close it is known: pandas, polars, Arrow, or NumPy arrays
        of (bars,) or (bars, columns). What has times is matched to the bars by time, and has a row for each of them;
        what has none is as long as the bars. One column serves for all columns of the others. An entry opens, or turns
        a position of the other side; an exit closes. At one bar, an entry and an exit of one side cancel each other, as
        ``aj.signals`` says.
    size
        The fraction of equity of an entry (``position_size``): one number, or one for each column: in their order,
        or by their names, as a mapping or a series of pandas has them.
    exit_rules
        Stops, targets and the like: the block ``exits`` of a configuration.
    parameters
        Settings to sweep besides, as in ``aj.grid``: all columns run under each.
    **settings
        Those of ``aj.grid`` and of ``aj.backtest``: costs, limits, ``fill``, ``preset``, ``out``, ``n_jobs``.

    The rows have the column's name under ``column``.

    Raises
    ------
    AdmfError
        For signals that do not fit the bars, naming the first row that does not.
    """
    from admf_jit.strategies.builtin.signals import GivenSignals

    _refuse_unknown(settings)
    bars = as_data(data, bars_per_year)
    if isinstance(exits, Mapping):
        raise DataError("from_signals: exits are signals; stops and targets are exit_rules={...}")
    named = {"entries": entries, "exits": exits, "short_entries": short_entries, "short_exits": short_exits}
    tables = {name: aligned_to(bars, given, name) for name, given in named.items() if given is not None}
    if not set(tables) & {"entries", "short_entries"}:
        raise DataError("from_signals: no entries are given; expected entries, short_entries or both")
    names, flags = _together(tables, _flag)
    settings |= {} if exit_rules is None else {"exits": exit_rules}
    return _run(bars, Given(CODES, names, _codes(flags)), GivenSignals, size, parameters, settings)


def from_orders(
    data: Any,
    quantities: Any,
    *,
    exit_rules: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    bars_per_year: float | None = None,
    **settings: Any,
) -> GridResult:
    """Run orders, a container for each column of quantities; it returns what ``aj.grid`` does.

    ``quantities`` has at each bar the signed number of units to buy or sell at the market, 0 or NaN for no order, in
    any of the forms that ``from_signals`` takes. An order is sent at the close of its bar, and fills as every order
    does: at the next open, or under ``fill="same_close"`` at once. Other arguments are those of ``from_signals``.
    """
    from admf_jit.strategies.builtin.signals import GivenOrders

    settings |= {} if exit_rules is None else {"exits": exit_rules}
    bars = as_data(data, bars_per_year)
    names, found = _together({"quantities": aligned_to(bars, quantities, "quantities")}, _quantity)
    return _run(
        bars,
        Given(QUANTITIES, names, np.ascontiguousarray(found["quantities"].T)),
        GivenOrders,
        None,
        parameters,
        settings,
    )


def _refuse_unknown(settings: Mapping[str, Any]) -> None:
    """Refuse what is no setting, by the names that `from_signals` has: its ``exits`` are signals."""
    known = ("exit_rules", *(name for name in SETTINGS if name != "exits"))
    taken = signature(grid).parameters
    for key in settings:
        if key not in taken and key not in known:
            raise unknown_setting(key, known)


def _run(
    bars: MarketData,
    given: Given,
    strategy: type[GivenSignals] | type[GivenOrders],
    size: Any,
    parameters: Mapping[str, Any] | None,
    settings: dict[str, Any],
) -> GridResult:
    if bars.n_symbols > 1:
        raise DataError(
            f"{bars.name}: has {counted(bars.n_symbols, 'symbol')}, and signals are those of one: "
            f"data.select({bars.symbols[0]!r})"
        )
    n = len(given.names)
    sizes = _sizes(1.0 if size is None else size, given.names)
    if sizes.ndim != 1 or len(sizes) not in (1, n):
        raise DataError(
            f"from_signals: size has shape {sizes.shape}; expected a number, or one for each of {n} columns"
        )
    if bars.n_history:
        before = np.full((n, bars.n_history), KEEP if given.kind == CODES else 0.0, given.values.dtype)
        given = Given(given.kind, given.names, np.hstack([before, given.values]))
    given.values.flags.writeable = False
    swept: Any = {"column": range(n), **(parameters or {})}
    if len(sizes) > 1:
        if parameters:
            raise DataError("from_signals: sizes for each column and parameters to sweep cannot be given together")
        swept = [{"column": column, "position_size": float(one)} for column, one in enumerate(sizes)]
    elif size is not None:
        settings = {"position_size": float(sizes[0]), **settings}
    return grid(strategy, bars.with_given(given), swept, **settings)


def _sizes(size: Any, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the sizes as an array, in the order of the columns where they have their names."""
    labels = getattr(size, "index", None)
    if isinstance(labels, Iterable) and list(labels) != list(range(len(size))):
        labels = [str(label) for label in labels]
        if len(set(labels)) < len(labels):
            raise DataError("from_signals: size has a column twice; expected one for each column")
        size = dict(zip(labels, size, strict=True))
    if isinstance(size, Mapping):
        odd = sorted(set(size) ^ set(names), key=str)
        if odd:
            raise DataError(
                f"from_signals: size and the columns do not match at {odd[0]!r}; expected one for each column"
            )
        size = [size[name] for name in names]
    try:
        return np.atleast_1d(np.asarray(size, np.float64))
    except (TypeError, ValueError):
        raise DataError(f"from_signals: size is {size!r:.60}; expected a number, or one for each column") from None


def _together(
    tables: Mapping[str, tuple[tuple[str, ...], NDArray[Any]]], read: Any
) -> tuple[tuple[str, ...], dict[str, NDArray[Any]]]:
    """Return the names of the columns, and each table read, (n_bars, n_columns or 1), with the columns in one order."""
    widest = max(tables.values(), key=lambda table: len(table[0]))[0]
    found = {}
    for name, (columns, values) in tables.items():
        rows = read(name, columns, values)
        if len(columns) > 1 and columns != widest:
            if set(columns) != set(widest) or len(columns) != len(widest):
                odd = next((one for one in columns if one not in widest), None)
                hint = f", such as {odd!r}" if odd is not None else ""
                raise DataError(
                    f"{name}: has {counted(len(columns), 'column')} other than those of the widest table, which has "
                    f"{len(widest)}{hint}; expected the same columns, or a single one"
                )
            rows = rows[:, [columns.index(one) for one in widest]]
        found[name] = rows
    return widest, found


def _flag(name: str, columns: tuple[str, ...], values: NDArray[Any]) -> NDArray[np.bool_]:
    """Signals as bools, (n_bars, n_columns); whatever is neither 0 nor 1 raises DataError."""
    if values.dtype == np.bool_:
        return values
    numbers = _numbers(name, columns, values)
    odd = np.argwhere((numbers != 0.0) & (numbers != 1.0))
    if len(odd):
        bar, column = odd[0].tolist()
        said = "is missing" if np.isnan(numbers[bar, column]) else f"is {float(numbers[bar, column])!r}"
        way = ": say what it means, such as signals.fillna(False)" if np.isnan(numbers[bar, column]) else ""
        raise DataError(f"{name}: column {columns[column]!r}, bar {bar} {said}; expected true or false, 1 or 0{way}")
    flags: NDArray[np.bool_] = numbers == 1.0
    return flags


def _quantity(name: str, columns: tuple[str, ...], values: NDArray[Any]) -> NDArray[np.float64]:
    """Quantities, (n_bars, n_columns), 0 for none."""
    if values.dtype == np.bool_:
        raise DataError(f"{name}: holds true and false; expected numbers of units, or aj.from_signals for signals")
    numbers = np.nan_to_num(_numbers(name, columns, values), nan=0.0, posinf=np.inf, neginf=-np.inf)
    odd = np.argwhere(np.isinf(numbers))
    if len(odd):
        bar, column = odd[0].tolist()
        raise DataError(f"{name}: column {columns[column]!r}, bar {bar} is infinite; expected a number of units")
    return numbers


def _numbers(name: str, columns: tuple[str, ...], values: NDArray[Any]) -> NDArray[np.float64]:
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError):
        for column, label in enumerate(columns):
            for bar, cell in enumerate(values[:, column].tolist()):
                if not isinstance(cell, bool | int | float | type(None)):
                    raise DataError(f"{name}: column {label!r}, bar {bar} is {cell!r:.40}; expected a number") from None
        raise DataError(f"{name}: holds {values.dtype}; expected numbers, or true and false") from None


def _codes(flags: Mapping[str, NDArray[np.bool_]]) -> NDArray[np.int8]:
    """The codes of signals at every bar, int8 (n_columns, n_bars): directions where there are no shorts."""
    n_bars, n_columns = len(next(iter(flags.values()))), max(one.shape[1] for one in flags.values())
    codes = np.empty((n_columns, n_bars), np.int8)
    bits = {"entries": LONG_ENTRY, "exits": LONG_EXIT, "short_entries": SHORT_ENTRY, "short_exits": SHORT_EXIT}
    # Indexed by the bits of a bar. Without shorts a position is long or none: an entry is LONG then, and an exit FLAT.
    code_of = np.arange(SIGNALS, 2 * SIGNALS, dtype=np.int8)
    code_of[0] = KEEP
    if not set(flags) & {"short_entries", "short_exits"}:
        code_of[[LONG_ENTRY, LONG_EXIT, LONG_ENTRY | LONG_EXIT]] = LONG, FLAT, KEEP
    for first in range(0, n_bars, _BARS_AT_A_TIME):
        bars = slice(first, first + _BARS_AT_A_TIME)
        said: Any = np.uint8(0)
        for name, one in flags.items():
            said = said | (np.ascontiguousarray(one[bars]).view(np.uint8) * np.uint8(bits[name]))
        codes[:, bars] = code_of[said].T
    return codes
