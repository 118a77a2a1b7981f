"""Small tables of HTML, as notebooks show results."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from admf_jit.errors import printable


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table with all text escaped; no headings where there are none."""
    head = "".join(f"<th>{_text(heading)}</th>" for heading in headings)
    body = "".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{f'<thead><tr>{head}</tr></thead>' if headings else ''}<tbody>{body}</tbody></table>"


def facts(entries: Mapping[str, object]) -> str:
    """Return names and values in two columns."""
    return table((), entries.items())


def paragraph(text: str, *, strong: bool = False) -> str:
    """Return a paragraph whose line breaks are kept."""
    style = "white-space: pre-wrap; font-weight: bold" if strong else "white-space: pre-wrap"
    return f'<p style="{style}">{_text(text)}</p>'


def _text(value: object) -> str:
    return escape(printable(str(value)))
