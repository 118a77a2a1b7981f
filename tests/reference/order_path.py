"""The path that a price is taken to move along inside a bar (docs/trading-model.md section 12, `ohlc_path`)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A place of the path: the leg it lies on, counted from 0, and the price there."""

    leg: int
    price: float


def corners(open_: float, high: float, low: float, close: float) -> tuple[float, float, float, float]:
    """The prices between which the path goes in straight lines."""
    return (open_, high, low, close) if high - open_ < open_ - low else (open_, low, high, close)


def reach(path: tuple[float, float, float, float], start: Place, level: float, at_or_below: bool) -> Place | None:
    """The first place from `start` on where the price is at or below (else: at or above) a level."""
    if start.price <= level if at_or_below else start.price >= level:
        return start
    for leg in range(start.leg, 3):
        end = path[leg + 1]
        if end <= level if at_or_below else end >= level:
            return Place(leg, level)
    return None


def order_of(path: tuple[float, float, float, float], place: Place) -> tuple[int, float]:
    """A key that grows along the path."""
    rising = path[place.leg + 1] >= path[place.leg]
    return place.leg, place.price if rising else -place.price
