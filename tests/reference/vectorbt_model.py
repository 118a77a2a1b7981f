"""How vectorbt 1.2.0 fills orders (`Portfolio.from_signals`, no accumulation), stated in plain Python.

Written from what vectorbt does when it is run, and held to it bit for bit by tests/oracles/vectorbt. The functions
follow a bar: `_stop_price` -> `_wanted` -> `_buy` or `_sell` -> `_publish`. Infinite sizes with short entries are not
stated here, nor is dust: accounts that start below 1e-9, and orders of less than 1e-12 in money.
"""

import math

from tests.reference.vectorbt_records import Bars, Order, Outcome, Rules, Signals

SMALLEST_SIZE = 1e-8
SMALLEST_CASH = 1e-9


def close_to(a: float, b: float) -> bool:
    """Return whether two amounts count as equal: within 1e-9 of the larger one, or within 1e-12."""
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def add(a: float, b: float) -> float:
    """Return a + b, or exactly 0 when the two cancel but for rounding."""
    return 0.0 if close_to(a, -b) else a + b


def run(bars: Bars, signals: Signals, rules: Rules) -> Outcome:
    """Return what vectorbt does with these signals.

    Raises ValueError for an infinite size with short entries, which follows another rule of sizing, and for cash that
    is dust.
    """
    if rules.cash < SMALLEST_CASH:
        raise ValueError(f"cash must be at least {SMALLEST_CASH}")
    if math.isinf(rules.size) and any(signals.short_entries):
        raise ValueError("a short entry needs a finite size")
    account = _Account(bars, rules)
    for bar in range(len(bars.close)):
        account.step(bar, _signals_of(signals, bar, rules))
    return account.outcome


def _signals_of(signals: Signals, bar: int, rules: Rules) -> tuple[bool, bool, bool, bool]:
    at = bar - 1 if rules.fill == "next_open" else bar
    if at < 0:
        return False, False, False, False
    return signals.entries[at], signals.exits[at], signals.short_entries[at], signals.short_exits[at]


class _Account:
    def __init__(self, bars: Bars, rules: Rules) -> None:
        self.bars = bars
        self.rules = rules
        self.cash = rules.cash
        self.position = 0.0
        self.stop_base = math.nan
        self.target_base = math.nan
        self.outcome = Outcome()
        self.earned = 0.0
        self.published_cash = rules.cash

    def decide(self, rule: str) -> None:
        self.outcome.decided[rule] += 1

    def step(self, bar: int, flags: tuple[bool, bool, bool, bool]) -> None:
        """Take one bar: a stop that hits, else the signals, then the equity."""
        stop = self._stop_price(bar)
        if self.rules.trailing and self.position != 0.0:
            self._trail(bar)
        if stop is not None:
            if any(flags):
                self.decide("stop suppresses signals")
            price, slippage = self._stop_fill(bar, stop)
            self._order(bar, -self.position, price, slippage)
        else:
            quantity = self._wanted(*flags)
            if quantity != 0.0:
                self._order(bar, quantity, self._signal_price(bar), self.rules.slippage)
        close = self.bars.close[bar]
        self.outcome.equity.append(self._publish(bar) + self.position * close)
        self.outcome.final_equity = self.rules.cash + (self.earned + self.position * close)

    def _publish(self, bar: int) -> float:
        """Return the cash that vectorbt reports: it adds up the orders again, apart from the cash it trades with."""
        flow = 0.0
        if self.outcome.orders and self.outcome.orders[-1].bar == bar:
            order = self.outcome.orders[-1]
            value = order.size * order.price
            flow = -(value + order.fees) if order.side == "buy" else value - order.fees
        self.published_cash = add(self.published_cash, add(0.0, flow))
        self.earned = add(self.earned, flow)
        if self.published_cash != self.cash:
            self.decide("reported cash differs from the cash to trade with")
        return self.published_cash

    def _signal_price(self, bar: int) -> float:
        if self.rules.fill == "same_close":
            return self.bars.close[bar]
        price = self.bars.open[bar]
        if math.isnan(price):
            self.decide("missing open: previous close")
            return self.bars.close[bar - 1]
        return price

    def _prices(self, bar: int) -> tuple[float, float, float]:
        """Open, high and low of a bar, with what is missing filled in."""
        close = self.bars.close[bar]
        open_, high, low = self.bars.open[bar], self.bars.high[bar], self.bars.low[bar]
        if math.isnan(open_):
            open_ = close
        if math.isnan(high):
            high = max(open_, close)
        if math.isnan(low):
            low = min(open_, close)
        return open_, high, low

    def _stop_price(self, bar: int) -> float | None:
        """Return the price at which the stop-loss, else the take-profit, is hit in this bar, else None."""
        if self.position == 0.0:
            return None
        rules, away = self.rules, -1.0 if self.position > 0 else 1.0
        if rules.stop_loss is not None:
            hit = self._touch(bar, self.stop_base * (1 + away * rules.stop_loss), away)
            if hit is not None:
                self.decide("trailing stop hit" if rules.trailing else "stop-loss hit")
                return hit
        if rules.take_profit is not None:
            hit = self._touch(bar, self.target_base * (1 - away * rules.take_profit), -away)
            if hit is not None:
                self.decide("take-profit hit")
                return hit
        return None

    def _touch(self, bar: int, level: float, direction: float) -> float | None:
        """Return the fill of a level that lies in a direction (-1 below, 1 above): the open past it, or the level."""
        open_, high, low = self._prices(bar)
        if (open_ - level) * direction >= 0:
            self.decide("gap: filled at the open")
            return open_
        if low <= level <= high:
            self.decide("level exactly at the extreme" if level in (low, high) else "level inside the bar")
            return level
        return None

    def _trail(self, bar: int) -> None:
        _, high, low = self._prices(bar)
        self.stop_base = max(self.stop_base, high) if self.position > 0 else min(self.stop_base, low)

    def _stop_fill(self, bar: int, stop: float) -> tuple[float, float]:
        """Return the price and the slippage with which a stop that hits is filled."""
        kind = self.rules.stop_exit_price
        self.decide(f"stop exit at {kind}")
        if kind == "stoplimit":
            return stop, 0.0
        if kind == "stopmarket":
            return stop, self.rules.slippage
        return (self.bars.close[bar] if kind == "close" else self._signal_price(bar)), self.rules.slippage

    def _wanted(self, entry: bool, exit_: bool, short_entry: bool, short_exit: bool) -> float:
        """Return the quantity to order, signed, once the conflicts among the signals are settled; 0 for none."""
        if entry and exit_:
            self.decide("long entry and exit drop both")
            entry = exit_ = False
        if short_entry and short_exit:
            self.decide("short entry and exit drop both")
            short_entry = short_exit = False
        if entry and short_entry:
            self.decide("long and short entries drop both")
            entry = short_entry = False
        held, size = self.position, self.rules.size
        if held == 0.0:
            return size if entry else -size if short_entry else 0.0
        same, opposite, leave = (entry, short_entry, exit_) if held > 0 else (short_entry, entry, short_exit)
        if opposite:
            self.decide("reversal beats exit" if leave else "reversal")
            return -held - math.copysign(size, held)
        if leave:
            self.decide("exit by signal")
            return -held
        if same:
            self.decide("repeated entry ignored")
        return 0.0

    def _order(self, bar: int, quantity: float, price: float, slippage: float) -> None:
        """Fill an order of a signed quantity if the account allows, and set the stops of what it opens."""
        filled = self._buy(quantity, price, slippage) if quantity > 0 else self._sell(-quantity, price, slippage)
        if filled is None:
            return
        side = "buy" if quantity > 0 else "sell"
        size, at, fees, cash = filled
        before = self.position
        signed = size if side == "buy" else -size
        self.position = add(before, signed)
        self.cash = cash
        self.outcome.orders.append(Order(bar, side, size, at, fees))
        if self.position == 0.0:
            self.stop_base = self.target_base = math.nan
        elif before * self.position <= 0.0:
            base = {"close": self.bars.close[bar], "price": price, "fillprice": at, "valprice": price}
            self.stop_base = self.target_base = base[self.rules.stop_entry_price]
        else:
            self.decide("closed in part")

    def _whole(self, size: float) -> float:
        step = self.rules.size_granularity
        if step is None or math.isinf(size):
            return size
        if size % step != 0.0:
            self.decide("rounded down to the granularity")
        return size // step * step

    def _too_small(self, size: float) -> bool:
        if size >= SMALLEST_SIZE:
            return False
        within = close_to(size, SMALLEST_SIZE)
        self.decide("smallest size within the tolerance" if within else "rejected: below the smallest size")
        return not within

    def _buy(self, size: float, price: float, slippage: float) -> tuple[float, float, float, float] | None:
        """Return size, price, fees and cash left of a buy cut to what cash pays for; None when it is rejected."""
        rules = self.rules
        price = price * (1 + slippage)
        size = self._whole(size)
        cost = size * price
        fees = cost * rules.fees + rules.fixed_fees
        total = cost + fees
        if total <= self.cash or close_to(total, self.cash):
            if total > self.cash:
                self.decide("cost above cash within the tolerance")
        else:
            money = (self.cash - rules.fixed_fees) / (1 + rules.fees)
            if money <= 0:
                self.decide("buy rejected: no cash")
                return None
            self.decide("buy cut to the cash")
            size, fees, total = money / price, self.cash - money, self.cash
            if rules.size_granularity is not None:
                size = self._whole(size)
                fees = size * price * rules.fees + rules.fixed_fees
                total = size * price + fees
        if self._too_small(size):
            return None
        return size, price, fees, add(self.cash, -total)

    def _sell(self, size: float, price: float, slippage: float) -> tuple[float, float, float, float] | None:
        """Return size, price, fees and cash left of a sell; None when its fees are more than it brings."""
        rules = self.rules
        price = price * (1 - slippage)
        size = self._whole(size)
        if self._too_small(size):
            return None
        proceeds = size * price
        fees = proceeds * rules.fees + rules.fixed_fees
        if proceeds < fees:
            if not close_to(proceeds, fees):
                self.decide("sell rejected: fees above proceeds")
                return None
            self.decide("fees above proceeds within the tolerance")
        return size, price, fees, add(self.cash, add(proceeds, -fees))
