"""Room: whether a table fits in memory, asked before it is read.

A column in which nothing changes takes no room in a Parquet file: a megabyte can hold billions of rows, and the system
ends processes that ask for more memory than there is without a word.
"""

#: Bytes that a cell takes on its way: as it was read, as a number, and in its place on the axis.
_BYTES_OF_A_CELL = 24


def want_of_room(rows: int, columns: int) -> str:
    """Return why a table of `rows` times `columns` cells cannot be read on this machine now, or an empty text."""
    import psutil

    needed, free = rows * columns * _BYTES_OF_A_CELL, psutil.virtual_memory().available
    if needed <= free:
        return ""
    return (
        f"{rows:,} rows of {columns:,} columns need about {needed / 2**30:,.1f} GiB of memory, and "
        f"{free / 2**30:,.1f} GiB are free"
    )
