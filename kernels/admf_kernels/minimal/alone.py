"""A container that only sends market orders, and is asked by itself: its answers depend on what it holds."""

from ..compilation import kernel
from ..constants import FillRule, Outcome, Setting
from ..ownership import borrow
from .accounts import book_of
from .answers import RAISED, UNKNOWN
from .asking import LONGEST, SHORTEST, ask, first_acting, is_careful, keep_position
from .steps import end_all, fill_all, side_of, stop_all, value_until

_SAME_CLOSE = int(FillRule.SAME_CLOSE)
_DONE = int(Outcome.DONE)
_FILL_RULE = int(Setting.FILL_RULE)


@kernel
def advance_alone(
    open_,
    close,
    how,
    quick,
    careful,
    bars,
    columns,
    parameters,
    warmup,
    settings,
    answers,
    books,
    equities,
    lanes,
    k,
    tile,
    stop,
    positions,
):
    """Run container ``k`` through the bars from ``tile`` to ``stop - 1``.

    ``quick`` and ``careful`` are the addresses of the two forms of ``record_answers``, as ``run_containers`` of
    ``market_orders`` says of the other arguments; the row of ``positions`` is what it was last asked with.
    """
    open_, close, settings, answers = borrow(open_), borrow(close), borrow(settings), borrow(answers)
    books, equities, lanes, positions = borrow(books), borrow(equities), borrow(lanes), borrow(positions)
    n_bars = close.shape[0]
    fills_at_close = settings[k, _FILL_RULE] == _SAME_CLOSE
    book = book_of(books, k)
    position = positions[k]
    length = SHORTEST
    # The answers to the bars from ``begin`` to ``end - 1`` are known.
    begin, end, t = tile, tile, tile
    while t < stop:
        if t == end:
            keep_position(position, book.quantity, book.entry_price, book.entry_bar, book.cash)
            function = careful if is_careful(how, position) else quick
            begin, end = t, min(t + length, stop)
            ask(function, bars, columns, parameters, warmup, begin, end, position, answers)
            length = min(2 * length, LONGEST)
        side = side_of(books, k)
        t = begin + first_acting(answers, t - begin, end - begin, side)
        if t == end:
            continue
        direction = int(answers[t - begin])
        if direction == RAISED or direction == UNKNOWN:
            stop_all(direction, close, books, equities, lanes, positions, k, k + 1, t)
            return
        fill_bar = t if fills_at_close else t + 1
        if fill_bar == n_bars:
            break
        price = close[t]
        base = price if fills_at_close else open_[fill_bar]
        fill_all(settings, books, equities, lanes, close, k, k + 1, side, direction, price, base, fill_bar)
        if equities[k].outcome != _DONE:
            return
        end = t = t + 1
        length = SHORTEST
    if stop < n_bars:
        value_until(books, equities, lanes, close, k, stop)
    else:
        end_all(close, settings, books, equities, lanes, k, k + 1)
