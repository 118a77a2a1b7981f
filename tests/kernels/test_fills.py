"""Orders of several containers filled at once against the same orders filled one by one: the same bits."""

import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from admf_kernels.constants import CommissionKind, SlippageKind
from admf_kernels.lanes import LANES, load, mask_of
from admf_kernels.metrics import LANE_NUMBERS
from admf_kernels.minimal.accounts import (
    ACCOUNT_FIELDS,
    ACCOUNT_NUMBERS,
    EQUITY_DTYPE,
    account_of,
    open_account,
    with_attributes,
)
from admf_kernels.minimal.fills import fill_one, fill_together
from admf_kernels.settings import SETTINGS_DTYPE

_STRIDE = ACCOUNT_NUMBERS // len(ACCOUNT_FIELDS)


@njit(error_model="numpy")
def open_all(accounts, equities, lanes, rows):  # type: ignore[no-untyped-def]
    equities = with_attributes(equities)
    for k in range(rows.shape[0]):
        open_account(account_of(accounts, k), equities[k], lanes[k], rows[k], False)


@njit(error_model="numpy")
def together(accounts, k, bits, orders):  # type: ignore[no-untyped-def]
    """Fill, with side, direction, close, base and bar as rows of ``orders``."""
    side, direction, close = load(orders, 0), load(orders, LANES), load(orders, 2 * LANES)
    return fill_together(
        accounts, k, mask_of(bits), side, direction, close, load(orders, 3 * LANES), load(orders, 4 * LANES)
    )


@njit(error_model="numpy")
def alone(accounts, k, row, direction, close, base, bar):  # type: ignore[no-untyped-def]
    fill_one(accounts, k, row, direction, close, base, bar)


def opened(rows: Any) -> Any:
    accounts = np.zeros(ACCOUNT_NUMBERS)
    n = len(rows)
    open_all(accounts, np.zeros(n, EQUITY_DTYPE), np.zeros((n, LANE_NUMBERS)), rows)
    return accounts


def field(accounts: Any, name: str) -> Any:
    return accounts[ACCOUNT_FIELDS.index(name) * _STRIDE :][:_STRIDE]


@st.composite
def terms(draw: Any) -> Any:
    """The settings of an account that trades in the usual ways, in most cases."""
    row = np.zeros(1, SETTINGS_DTYPE)[0]
    row["cash"] = draw(st.sampled_from([10_000.0, 500.0, 12.5, 1e308, 1e-290]))
    row["position_size"] = draw(st.sampled_from([1.0, 0.5, 0.02]))
    row["lot_size"] = draw(st.sampled_from([0.0, 0.0, 1.0, 7.0, 0.1, 0.01]))
    row["tick_size"] = draw(st.sampled_from([0.0, 0.0, 0.01, 0.25, 1.0]))
    kind = draw(st.sampled_from([*CommissionKind, CommissionKind.NONE, CommissionKind.PERCENT, CommissionKind.PERCENT]))
    row["commission_kind"] = kind
    row["commission_rate"] = draw(st.sampled_from([0.0, 0.001, 0.03]))
    row["commission_amount"] = draw(st.sampled_from([0.0, 1.5, 20.0]))
    row["commission_minimum"] = draw(st.sampled_from([0.0, 2.0]))
    row["commission_maximum"] = draw(st.sampled_from([math.inf, 30.0]))
    row["commission_taker"] = 0.002
    row["tier_up_to"] = [1000.0, math.inf, math.inf, math.inf, math.inf]
    row["tier_rate"] = [0.002, 0.001, 0.001, 0.001, 0.001]
    row["slippage_kind"] = draw(st.sampled_from([SlippageKind.NONE, *SlippageKind][: 1 + SlippageKind.SPREAD + 1]))
    row["slippage_rate"] = draw(st.sampled_from([0.0, 0.01, 1.5]))
    row["slippage_amount"] = draw(st.sampled_from([0.0, 0.25, 300.0]))
    return row


steps = st.tuples(st.sampled_from([-1, 0, 1]), st.floats(0.5, 400.0), st.floats(0.8, 1.25))


@settings(max_examples=300)
@given(
    rows=st.lists(terms(), min_size=1, max_size=LANES),
    path=st.lists(st.lists(steps, min_size=LANES, max_size=LANES), min_size=1, max_size=6),
    alike=st.booleans(),
    first=st.integers(0, 3),
)
def test_filled_at_once_is_filled_one_by_one(rows: list[Any], path: list[Any], alike: bool, first: int) -> None:
    """Each container has an order of its own, or all have the same one."""
    table = np.array([rows[0]] * first + rows)
    both, single = opened(table), opened(table)
    count = len(rows)
    at_once = 0
    for bar, step in enumerate(path):
        orders = np.ones((5, LANES))
        held = np.sign(field(single, "quantity")[first : first + count])
        bits = 0
        for i in range(count):
            direction, close, gap = step[0 if alike else i]
            if held[i] != direction:
                bits |= 1 << i
                way = 1.0 if direction > held[i] else -1.0
                orders[:, i] = way, direction, close, close * gap, 3 * bar + i
        before = both.copy()
        done = together(both, first, bits, orders.ravel())
        at_once += done and bits > 0
        if not done:
            np.testing.assert_array_equal(both, before, "what could not be done at once is left as it was")
        for accounts in (single,) if done else (single, both):
            for i in range(count):
                if bits >> i & 1:
                    _, direction, close, base, at = orders[:, i]
                    alone(accounts, first + i, table[first + i], direction, close, base, int(at))
        np.testing.assert_array_equal(both.view(np.int64), single.view(np.int64))
    usual = all(row["commission_kind"] <= CommissionKind.PER_SHARE and row["cash"] == 500.0 for row in rows)
    if usual and all(row["slippage_amount"] < 1.0 and row["slippage_rate"] < 1.0 for row in rows):
        # Half of the cash at the most pays for everything: nothing here is a reason to go one by one.
        if all(row["position_size"] <= 0.5 for row in rows) and path[0][0][0] == 1 and alike and len(path) == 1:
            assert at_once == 1
