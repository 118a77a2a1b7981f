"""The return value of a strategy that keeps entries and exits of both sides apart."""

from admf_kernels.constants import LONG_ENTRY, LONG_EXIT, SHORT_ENTRY, SHORT_EXIT, SIGNALS_ANSWER


# Its text is part of the identity of the containers whose strategy calls it, so its names stay.
def signals(
    long_entry: bool = False, long_exit: bool = False, short_entry: bool = False, short_exit: bool = False
) -> int:
    """Return what ``on_bar`` answers for these four signals; it becomes a direction by the position held then.

    An entry and an exit of one side cancel each other, then do the two entries. What is left: an entry opens, or
    reverses a position of the other side; an exit closes a position of its side.
    """
    answer = SIGNALS_ANSWER
    if long_entry:
        answer += LONG_ENTRY
    if long_exit:
        answer += LONG_EXIT
    if short_entry:
        answer += SHORT_ENTRY
    if short_exit:
        answer += SHORT_EXIT
    return answer
