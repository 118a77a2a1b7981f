"""Dates and times as a configuration writes them."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator

from admf_jit.config.section import refusal


def _moment(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise refusal("expected a date or a time such as 2024-01-31 or 2024-01-31T09:30:00") from None
    return value


Moment = Annotated[str, AfterValidator(_moment)]


def refuse_reversed(start: str | None, end: str | None) -> None:
    """Refuse a start after the end, where both are there and either both have a zone or none has."""
    if start is not None and end is not None:
        first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
        comparable = (first.tzinfo is None) == (last.tzinfo is None)
        if comparable and first > last:
            raise refusal(f"start {start} is after end {end}; expected start <= end")
