"""Containers that only send market orders, and whose answers depend on what they hold: each is asked by itself.

A strategy is asked about many bars of one container at once, and orders of ``LANES`` containers, whatever bars they are
at, are filled at once.
"""

import numpy as np

from ..answers import UNKNOWN
from ..compilation import hot_kernel, kernel
from ..constants import NOT_FINISHED, RUNNING, FillRule, Outcome
from ..lanes import LANES, load, mask_of
from ..ownership import borrow
from .accounts import book_of
from .answers import RAISED, TRAPPED, TRAPPED_THROUGHOUT, acts, direction_of
from .asking import LONGEST, SHORTEST, ask, first_acting, is_alike_while_flat, is_careful, keep_position, stops_early
from .fills import count_unmatched, fill_alone, fill_together
from .steps import end_all, side_of, stop_all, value_until

_SAME_CLOSE = int(FillRule.SAME_CLOSE)
_DONE = int(Outcome.DONE)
#: Columns of ``asked``, by container: its group, and whether that has others; the bar it has come to; the bars to which
#: its answers are known, from the first to the one before the second, and the place of that to the first; how many bars
#: it is asked about next. The last one is not a container's: from ``tile`` up to which bar the answers are known of a
#: group's containers that hold nothing, in the row of the set of lanes that is as far down as the group.
_GROUP, _HAS_OTHERS, _BAR, _BEGIN, _END, _PLACE, _LENGTH, _FLAT_END = np.arange(8)
ASKED = 8
#: Rows of ``orders``, of ``LANES`` numbers each: what ``fill_together`` is told.
_SIDE, _DIRECTION, _CLOSE, _BASE, _FILL_BAR = (LANES * row for row in np.arange(5))
ORDER_NUMBERS = 5 * LANES
_OWN_ANSWERS = LANES * LONGEST


def room_for_answers(tile_length: int) -> int:
    """How many answers there has to be room for: those of each lane, and those of groups that hold nothing."""
    return _OWN_ANSWERS + LANES * tile_length


@hot_kernel
def _ask_about(asking, group, begin, end, trap, position, answers, place):
    """Ask for a container of a group about the bars from ``begin`` to ``end - 1``; write from ``place`` on."""
    function = asking.careful if is_careful(asking.how, position) else asking.functions[group]
    told = asking.bars, asking.columns[group], asking.parameters[group], asking.warmups[group]
    ask(function, *told, begin, end, trap, position, answers, place)


@kernel
def _ask_flat(asking, k, first, tile, stop, asked, answers, position):
    """Ask for all containers of ``k``'s group that hold nothing."""
    asked, answers, position = borrow(asked), borrow(answers), borrow(position)
    group = asked[k, _GROUP]
    down = group - asked[first, _GROUP]
    place = _OWN_ANSWERS + down * ((answers.shape[0] - _OWN_ANSWERS) // LANES)
    known = asked[first + down, _FLAT_END]
    if known <= asked[k, _BAR]:
        end = min(asked[k, _BAR] + LONGEST, stop)
        _ask_about(asking, group, known, end, TRAPPED_THROUGHOUT, position, answers, place + known - tile)
        asked[first + down, _FLAT_END] = end
    asked[k, _BEGIN] = tile
    asked[k, _END] = asked[first + down, _FLAT_END]
    asked[k, _PLACE] = place


@kernel
def _ask_alone(asking, k, first, stop, asked, answers, position):
    """Ask for container ``k``, with what it holds."""
    asked, answers, position = borrow(asked), borrow(answers), borrow(position)
    begin, length = asked[k, _BAR], asked[k, _LENGTH]
    end, place = min(begin + length, stop), (k - first) * LONGEST
    trap = TRAPPED if stops_early(asking.how, position) else TRAPPED_THROUGHOUT
    _ask_about(asking, asked[k, _GROUP], begin, end, trap, position, answers, place)
    asked[k, _BEGIN] = begin
    asked[k, _END] = end
    asked[k, _PLACE] = place
    asked[k, _LENGTH] = min(2 * length, LONGEST)


@hot_kernel
def _has_to_be_asked(books, asked, positions, k, stop):
    """Whether the answer to the bar that container ``k`` has come to is not known for what it holds now."""
    book, t = book_of(books, k), asked[k, _BAR]
    is_same = positions[k, 0] == book.quantity and positions[k, 3] == book.cash
    return t < stop and (t >= asked[k, _END] or not is_same)


@kernel
def _order(open_, close, how, settings, answers, books, equities, lanes, asked, orders, k, first, stop, positions):
    """(whether container ``k`` goes on, whether it has an order): write its next order, if its answers lead to one."""
    open_, close, settings, answers = borrow(open_), borrow(close), borrow(settings), borrow(answers)
    books, equities, lanes = borrow(books), borrow(equities), borrow(lanes)
    asked, orders = borrow(asked), borrow(orders)
    lane = k - first
    begin, end, t, place = asked[k, _BEGIN], asked[k, _END], asked[k, _BAR], asked[k, _PLACE]
    side = side_of(books, k)
    if t < end:
        t = begin + first_acting(answers, place, t - begin, end - begin, side)
    asked[k, _BAR] = t
    if t == end:
        if t < stop:
            return True, False
        if t < close.shape[0]:
            value_until(books, equities, lanes, close, k, stop)
        else:
            end_all(close, settings, books, equities, lanes, k, k + 1)
        return False, False
    quantity = book_of(books, k).quantity
    direction = int(direction_of(np.int64(answers[place + t - begin]), quantity))
    if direction == RAISED or direction == UNKNOWN:
        stop_all(direction, close, books, equities, lanes, positions, k, k + 1, t)
        return False, False
    asked[k, _BAR] = t + 1
    if not acts(direction, quantity):
        return True, False
    fill_bar = t if settings[k].fill_rule == _SAME_CLOSE else t + 1
    if fill_bar == close.shape[0]:
        count_unmatched(books, k, float(direction), close[t])
        end_all(close, settings, books, equities, lanes, k, k + 1)
        return False, False
    if not value_until(books, equities, lanes, close, k, fill_bar):
        return False, False
    # Unless nothing is filled, the answers to later bars are those for what is held no longer.
    if stops_early(how, positions[k]):
        asked[k, _END] = t + 1
    asked[k, _LENGTH] = SHORTEST
    orders[_SIDE + lane] = 1.0 if direction > side else -1.0
    orders[_DIRECTION + lane] = float(direction)
    orders[_CLOSE + lane] = close[t]
    orders[_BASE + lane] = close[t] if fill_bar == t else open_[fill_bar]
    orders[_FILL_BAR + lane] = float(fill_bar)
    return True, True


@hot_kernel
def _fill(books, settings, orders, first, bits):
    """Fill the orders of the lanes in ``bits``, of which lane 0 is container ``first``."""
    side, direction = load(orders, _SIDE), load(orders, _DIRECTION)
    price, base, bar = load(orders, _CLOSE), load(orders, _BASE), load(orders, _FILL_BAR)
    if not fill_together(books, first, mask_of(bits), side, direction, price, base, bar):
        for lane in range(LANES):
            if (bits >> lane) & 1:
                own = orders[_DIRECTION + lane], orders[_CLOSE + lane], orders[_BASE + lane]
                fill_alone(books, first + lane, borrow(settings[first + lane]), *own, int(orders[_FILL_BAR + lane]))


@kernel
def begin_alone(ends, asked, orders):
    """Prepare the room of containers of some groups, whose ends are those of ``run_containers``."""
    ends, asked, orders = borrow(ends), borrow(asked), borrow(orders)
    # What has no order is worked out along with the others, so it has to be some number.
    orders[:] = 1.0
    k = begin = 0
    for group in range(ends.shape[0]):
        while k < ends[group]:
            asked[k, _GROUP] = group
            asked[k, _HAS_OTHERS] = int(ends[group] - begin > 1)
            k += 1
        begin = ends[group]


@hot_kernel
def group_of(asked, k):
    """The group that container ``k`` belongs to."""
    return asked[k, _GROUP]


@kernel
def advance_alone(
    open_,
    close,
    asking,
    settings,
    answers,
    books,
    equities,
    lanes,
    asked,
    orders,
    first,
    end,
    tile,
    stop,
    positions,
    outcomes,
):
    """Run the containers from ``first`` to ``end - 1``, at most ``LANES``, through the bars from ``tile`` on.

    What is not said here is as in ``run_containers`` of ``market_orders``. ``asked`` int64 (n, ASKED), and
    ``answers`` int8 (``room_for_answers``,) and ``orders`` float64 (ORDER_NUMBERS,), are room to work in.
    """
    open_, close, settings, answers = borrow(open_), borrow(close), borrow(settings), borrow(answers)
    books, equities, lanes, asked = borrow(books), borrow(equities), borrow(lanes), borrow(asked)
    orders, positions, outcomes = borrow(orders), borrow(positions), borrow(outcomes)
    alike = is_alike_while_flat(asking.how)
    going = 0
    for k in range(first, end):
        asked[k, _FLAT_END] = tile
        if equities[k].outcome == _DONE:
            going |= 1 << (k - first)
            asked[k, _BAR] = tile
            asked[k, _BEGIN] = tile
            asked[k, _END] = tile
            asked[k, _LENGTH] = SHORTEST
    while going != 0:
        for k in range(first, end):
            if (going >> (k - first)) & 1 and _has_to_be_asked(books, asked, positions, k, stop):
                outcomes[k, 1] = asked[k, _BAR]
                outcomes[k, 0] = RUNNING
                book, position = book_of(books, k), positions[k]
                keep_position(position, book.quantity, book.entry_price, book.entry_bar, book.cash)
                if position[0] == 0.0 and alike and asked[k, _HAS_OTHERS] != 0:
                    _ask_flat(asking, k, first, tile, stop, asked, answers, position)
                else:
                    _ask_alone(asking, k, first, stop, asked, answers, position)
                outcomes[k, 0] = NOT_FINISHED
        bits = 0
        for k in range(first, end):
            if (going >> (k - first)) & 1:
                goes_on, has_order = _order(
                    open_,
                    close,
                    asking.how,
                    settings,
                    answers,
                    books,
                    equities,
                    lanes,
                    asked,
                    orders,
                    k,
                    first,
                    stop,
                    positions,
                )
                bits |= int(has_order) << (k - first)
                going &= ~(int(not goes_on) << (k - first))
        if bits != 0:
            _fill(books, settings, orders, first, bits)
