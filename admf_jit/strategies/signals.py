"""The return value of a strategy that keeps entries and exits of both sides apart."""

from admf_kernels.constants import LONG_ENTRY, LONG_EXIT, SHORT_ENTRY, SHORT_EXIT, SIGNALS_RETURNED


def signals(
    long_entry: bool = False, long_exit: bool = False, short_entry: bool = False, short_exit: bool = False
) -> int:
    """Return what ``on_bar`` returns for these four signals; it becomes a direction by the position held then.

    An entry and an exit of one side cancel each other, then do the two entries. What is left: an entry opens, or
    reverses a position of the other side; an exit closes a position of its side.
    """
    returned = SIGNALS_RETURNED
    if long_entry:
        returned += LONG_ENTRY
    if long_exit:
        returned += LONG_EXIT
    if short_entry:
        returned += SHORT_ENTRY
    if short_exit:
        returned += SHORT_EXIT
    return returned
