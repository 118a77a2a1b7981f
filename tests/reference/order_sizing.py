"""Size of a unit (docs/trading-model.md section 13)."""

import math

from tests.reference import grid
from tests.reference.order_symbol import Symbol


def unit(c: Symbol) -> float:
    """Quantity of one unit at the close, rounded down to the lot."""
    return whole_lots(c, _size(c))


def whole_lots(c: Symbol, size: float) -> float:
    """A size rounded down to the lot."""
    return grid.down(size, c.settings.lot_size)


def _size(c: Symbol) -> float:
    s, close, equity = c.settings, c.close, c.container.equity
    sizing = s.sizing or {"type": "fraction", "fraction": s.position_size}
    kind = sizing["type"]
    if close <= 0 and kind != "quantity":
        return 0.0
    if kind == "fraction":
        return sizing["fraction"] * equity / close
    if kind == "weight":
        return sizing["weight"] * equity / close
    if kind == "quantity":
        return sizing["quantity"]
    if kind == "cash":
        return sizing["amount"] / close
    if kind == "risk":
        distance = _distance(c)
        return sizing["risk"] * equity / distance if distance else 0.0
    if kind == "volatility":
        deviation = _volatility(c, sizing.get("period", 20))
        cap = (s.margin or {}).get("leverage") or 1.0
        return min(sizing["target"] / deviation, cap) * equity / close if deviation else 0.0
    return _kelly(c, sizing.get("fraction", 0.5), sizing.get("minimum_trades", 20)) * equity / close


def _distance(c: Symbol) -> float | None:
    """Distance of the stop from the close; None or 0 where there is none yet."""
    stop_loss, trailing = c.settings.exits.get("stop_loss"), c.settings.trailing()
    if stop_loss is not None:
        return c.close * stop_loss
    assert trailing is not None, "risk needs a stop"
    kind, number, period = trailing
    if kind == "percent":
        return c.close * number
    if kind == "amount":
        return number
    atr = c.atr_at(period, c.t)
    return None if atr is None else number * atr


def _volatility(c: Symbol, period: int) -> float | None:
    if c.n_known <= period:
        return None
    closes = c.bars.with_history.close[c.n_known - period - 1 : c.n_known]
    returns = [now / before - 1 for before, now in zip(closes, closes[1:], strict=False)]
    mean = sum(returns) / period
    deviation = math.sqrt(sum((r - mean) ** 2 for r in returns) / period)
    return deviation * math.sqrt(c.container.per_year)


def _kelly(c: Symbol, fraction: float, minimum_trades: int) -> float:
    returns = [trade.profit / trade.entry_value for trade in c.container.account.trades]
    wins, losses = [r for r in returns if r > 0], [r for r in returns if r < 0]
    if len(returns) < minimum_trades or not wins or not losses:
        return c.settings.position_size
    share = len(wins) / len(returns)
    ratio = (sum(wins) / len(wins)) / -(sum(losses) / len(losses))
    return min(max(fraction * (share - (1 - share) / ratio), 0.0), 1.0)
