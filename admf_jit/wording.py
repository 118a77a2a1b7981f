"""Words for numbers in messages."""


def counted(count: int, noun: str, nouns: str = "") -> str:
    """Return `1 row`, `2 rows`, `1,000 rows`; `nouns` is the plural where it is not the noun with an s."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
