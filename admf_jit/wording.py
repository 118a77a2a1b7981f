"""Words for numbers in messages, lines of a terminal, and commands as they are typed."""

from typing import Any, TextIO


def counted(count: int, noun: str, nouns: str = "") -> str:
    """Return `1 row`, `2 rows`, `1,000 rows`; `nouns` is the plural where it is not the noun with an s."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def broken(text: str, stream: TextIO, *, indent: str = "  ") -> str:
    """Break a text between words where ``stream`` is a terminal, to its width; elsewhere it stays as it is.

    Lines but the first begin with ``indent``.
    """
    import shutil
    import textwrap

    if not stream.isatty():
        return text
    width = max(20, shutil.get_terminal_size().columns)
    how: dict[str, Any] = {
        "width": width,
        "subsequent_indent": indent,
        "break_long_words": False,
        "break_on_hyphens": False,
    }
    return "\n".join(textwrap.fill(line, **how) for line in text.split("\n"))


def command_line(*words: object) -> str:
    """How one of the commands is typed."""
    import shlex

    return shlex.join(["python", "-m", "admf_jit", *map(str, words)])
