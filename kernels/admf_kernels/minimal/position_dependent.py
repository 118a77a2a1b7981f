"""Containers that only send market orders, and whose signals depend on what they hold: each is evaluated by itself.

A strategy is evaluated over many bars of one container at once, and orders of ``LANES`` containers, whatever bars they
are at, are filled at once.
"""

import numpy as np

from ..compilation import hot_kernel, kernel
from ..constants import NOT_FINISHED, RUNNING, FillRule, Outcome
from ..lanes import LANES, load, mask_of
from ..ownership import borrow
from ..return_values import UNKNOWN
from .accounts import account_of
from .evaluation_blocks import (
    LONGEST,
    SHORTEST,
    first_acting,
    is_shared_while_flat,
    needs_guard,
    record_block,
    stops_early,
)
from .fills import count_unmatched, fill_one, fill_together
from .signal_codes import RAISED, TRAPPED, TRAPPED_THROUGHOUT, acts, direction_of
from .steps import end_all, keep_position_of, side_of, stop_all, value_until

_SAME_CLOSE = int(FillRule.SAME_CLOSE)
_DONE = int(Outcome.DONE)
#: Columns of ``blocks``, by container: its group, and whether that has others; the bar it has come to; the bars at
#: which its signals are known, from the first to the one before the second, and the index of that to the first; how
#: many bars it is evaluated over next. The last one is not a container's: from ``tile`` up to which bar the signals
#: are known of a group's containers that hold nothing, in the row of the set of lanes that is as far down as the group.
_GROUP, _HAS_OTHERS, _BAR, _BEGIN, _END, _PLACE, _LENGTH, _FLAT_END = np.arange(8)
BLOCK_WORDS = 8
#: Rows of ``orders``, of ``LANES`` numbers each: what ``fill_together`` is given.
_SIDE, _DIRECTION, _CLOSE, _BASE, _FILL_BAR = (LANES * row for row in np.arange(5))
ORDER_NUMBERS = 5 * LANES
_OWN_SIGNALS = LANES * LONGEST


def room_for_signals(tile_length: int) -> int:
    """How many signals there has to be room for: those of each lane, and those of groups that hold nothing."""
    return _OWN_SIGNALS + LANES * tile_length


@hot_kernel
def _evaluate_block(market, group, begin, end, trap, position, index):
    """Evaluate a container of a group over the bars from ``begin`` to ``end - 1``; write from ``index`` on."""
    function = market.guarded if needs_guard(market.dependence, position) else market.functions[group]
    given = market.bars, market.columns[group], market.parameters[group], market.warmups[group]
    record_block(function, given, begin, end, trap, position, market.signals, index)


@kernel
def _evaluate_flat_group(market, k, first, position):
    """Evaluate all containers of ``k``'s group that hold nothing."""
    blocks, tile, position = market.blocks, market.tile, borrow(position)
    group = blocks[k, _GROUP]
    down = group - blocks[first, _GROUP]
    index = _OWN_SIGNALS + down * ((market.signals.shape[0] - _OWN_SIGNALS) // LANES)
    known = blocks[first + down, _FLAT_END]
    if known <= blocks[k, _BAR]:
        end = min(blocks[k, _BAR] + LONGEST, market.stop)
        _evaluate_block(market, group, known, end, TRAPPED_THROUGHOUT, position, index + known - tile)
        blocks[first + down, _FLAT_END] = end
    blocks[k, _BEGIN] = tile
    blocks[k, _END] = blocks[first + down, _FLAT_END]
    blocks[k, _PLACE] = index


@kernel
def _evaluate_container(market, k, first, position):
    """Evaluate container ``k``, with what it holds."""
    blocks, position = market.blocks, borrow(position)
    begin, length = blocks[k, _BAR], blocks[k, _LENGTH]
    end, index = min(begin + length, market.stop), (k - first) * LONGEST
    trap = TRAPPED if stops_early(market.dependence, position) else TRAPPED_THROUGHOUT
    _evaluate_block(market, blocks[k, _GROUP], begin, end, trap, position, index)
    blocks[k, _BEGIN] = begin
    blocks[k, _END] = end
    blocks[k, _PLACE] = index
    blocks[k, _LENGTH] = min(2 * length, LONGEST)


@hot_kernel
def _needs_evaluation(market, k):
    """Whether the signal at the bar that container ``k`` has come to is not known for what it holds now."""
    account, t = account_of(market.accounts, k), market.blocks[k, _BAR]
    is_same = market.positions[k, 0] == account.quantity and market.positions[k, 3] == account.cash
    return t < market.stop and (t >= market.blocks[k, _END] or not is_same)


@kernel
def _order(market, k, first):
    """(whether container ``k`` goes on, whether it has an order): write its next order, if its signals lead to one."""
    close, signals, accounts = market.close, market.signals, market.accounts
    blocks, orders = market.blocks, market.orders
    lane = k - first
    begin, end, t, index = blocks[k, _BEGIN], blocks[k, _END], blocks[k, _BAR], blocks[k, _PLACE]
    side = side_of(accounts, k)
    if t < end:
        t = begin + first_acting(signals, index, t - begin, end - begin, side)
    blocks[k, _BAR] = t
    if t == end:
        if t < market.stop:
            return True, False
        if t < close.shape[0]:
            value_until(market, k, market.stop)
        else:
            end_all(market, k, k + 1)
        return False, False
    quantity = account_of(accounts, k).quantity
    direction = int(direction_of(np.int64(signals[index + t - begin]), quantity))
    if direction == RAISED or direction == UNKNOWN:
        stop_all(market, direction, k, k + 1, t)
        return False, False
    blocks[k, _BAR] = t + 1
    if not acts(direction, quantity):
        return True, False
    fill_bar = t if market.settings[k].fill_rule == _SAME_CLOSE else t + 1
    if fill_bar == close.shape[0]:
        count_unmatched(accounts, k, float(direction), close[t])
        end_all(market, k, k + 1)
        return False, False
    if not value_until(market, k, fill_bar):
        return False, False
    # Unless nothing is filled, the signals to later bars are those for what is held no longer.
    if stops_early(market.dependence, market.positions[k]):
        blocks[k, _END] = t + 1
    blocks[k, _LENGTH] = SHORTEST
    orders[_SIDE + lane] = 1.0 if direction > side else -1.0
    orders[_DIRECTION + lane] = float(direction)
    orders[_CLOSE + lane] = close[t]
    orders[_BASE + lane] = close[t] if fill_bar == t else market.open[fill_bar]
    orders[_FILL_BAR + lane] = float(fill_bar)
    return True, True


@hot_kernel
def _fill(market, first, bits):
    """Fill the orders of the lanes in ``bits``, of which lane 0 is container ``first``."""
    accounts, orders = market.accounts, market.orders
    side, direction = load(orders, _SIDE), load(orders, _DIRECTION)
    price, base, bar = load(orders, _CLOSE), load(orders, _BASE), load(orders, _FILL_BAR)
    if not fill_together(accounts, first, mask_of(bits), side, direction, price, base, bar):
        for lane in range(LANES):
            if (bits >> lane) & 1:
                own = orders[_DIRECTION + lane], orders[_CLOSE + lane], orders[_BASE + lane]
                settings = borrow(market.settings[first + lane])
                fill_one(accounts, first + lane, settings, *own, int(orders[_FILL_BAR + lane]))


@kernel
def begin_position_dependent(market):
    """Prepare the room of containers of some groups."""
    ends, blocks, orders = market.ends, market.blocks, market.orders
    # What has no order is worked out along with the others, so it has to be some number.
    orders[:] = 1.0
    k = begin = 0
    for group in range(ends.shape[0]):
        while k < ends[group]:
            blocks[k, _GROUP] = group
            blocks[k, _HAS_OTHERS] = int(ends[group] - begin > 1)
            k += 1
        begin = ends[group]


@kernel
def advance_position_dependent(market, first, end):
    """Run the containers from ``first`` to ``end - 1``, at most ``LANES``, through the bars of the present tile."""
    blocks, outcomes, tile = market.blocks, market.outcomes, market.tile
    alike = is_shared_while_flat(market.dependence)
    going = 0
    for k in range(first, end):
        blocks[k, _FLAT_END] = tile
        if market.equities[k].outcome == _DONE:
            going |= 1 << (k - first)
            blocks[k, _BAR] = tile
            blocks[k, _BEGIN] = tile
            blocks[k, _END] = tile
            blocks[k, _LENGTH] = SHORTEST
    while going != 0:
        for k in range(first, end):
            if (going >> (k - first)) & 1 and _needs_evaluation(market, k):
                outcomes[k, 1] = blocks[k, _BAR]
                outcomes[k, 0] = RUNNING
                keep_position_of(market, k)
                position = market.positions[k]
                if position[0] == 0.0 and alike and blocks[k, _HAS_OTHERS] != 0:
                    _evaluate_flat_group(market, k, first, position)
                else:
                    _evaluate_container(market, k, first, position)
                outcomes[k, 0] = NOT_FINISHED
        bits = 0
        for k in range(first, end):
            if (going >> (k - first)) & 1:
                goes_on, has_order = _order(market, k, first)
                bits |= int(has_order) << (k - first)
                going &= ~(int(not goes_on) << (k - first))
        if bits != 0:
            _fill(market, first, bits)
