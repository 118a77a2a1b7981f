"""Words for numbers in messages, and commands as they are typed."""


def counted(count: int, noun: str, nouns: str = "") -> str:
    """Return `1 row`, `2 rows`, `1,000 rows`; `nouns` is the plural where it is not the noun with an s."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def command_line(*words: object) -> str:
    """How one of the commands is typed."""
    import shlex

    return shlex.join(["python", "-m", "admf_jit", *map(str, words)])
