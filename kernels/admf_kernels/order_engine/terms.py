"""The rules of one container of the order engine, as its row of settings has them."""

from typing import Any

from numba import boolean, float64, int64, typeof
from numba.experimental import jitclass

from ..arithmetic import Grid, grid_of
from ..constants import FillRule, OnBreach, Setting

_SAME_CLOSE = int(FillRule.SAME_CLOSE)
_FLATTEN = int(OnBreach.FLATTEN)
_S_POSITION_SIZE = int(Setting.POSITION_SIZE)
_S_LOT_SIZE = int(Setting.LOT_SIZE)
_S_TICK_SIZE = int(Setting.TICK_SIZE)
_S_FILL_RULE = int(Setting.FILL_RULE)
_S_CLOSE_AT_END = int(Setting.CLOSE_AT_END)
_S_INTRABAR = int(Setting.INTRABAR)
_S_VOLUME_SHARE = int(Setting.MAX_VOLUME_SHARE)
_S_SIZING_KIND = int(Setting.SIZING_KIND)
_S_SIZING_AMOUNT = int(Setting.SIZING_AMOUNT)
_S_SIZING_PERIOD = int(Setting.SIZING_PERIOD)
_S_SIZING_BAND = int(Setting.SIZING_BAND)
_S_PYRAMIDING = int(Setting.PYRAMIDING)
_S_STOP_LOSS = int(Setting.STOP_LOSS)
_S_TAKE_PROFIT = int(Setting.TAKE_PROFIT)
_S_TRAILING_KIND = int(Setting.TRAILING_KIND)
_S_TRAILING_AMOUNT = int(Setting.TRAILING_AMOUNT)
_S_MAX_HOLDING = int(Setting.MAX_HOLDING_BARS)
_S_EXIT_AT = int(Setting.EXIT_AT)
_S_LEVERAGE = int(Setting.LEVERAGE)
_S_MAINTENANCE = int(Setting.MAINTENANCE)
_S_SHORT_INITIAL = int(Setting.SHORT_INITIAL)
_S_SHORT_MAINTENANCE = int(Setting.SHORT_MAINTENANCE)
_S_INTEREST = int(Setting.INTEREST_RATE)
_S_BORROW = int(Setting.BORROW_RATE)
_S_MAX_POSITION = int(Setting.MAX_POSITION)
_S_MAX_GROSS = int(Setting.MAX_GROSS_EXPOSURE)
_S_MAX_NET = int(Setting.MAX_NET_EXPOSURE)
_S_MAX_ORDERS = int(Setting.MAX_ORDERS_PER_DAY)
_S_MAX_DAILY_LOSS = int(Setting.MAX_DAILY_LOSS)
_S_MAX_DRAWDOWN = int(Setting.MAX_DRAWDOWN)
_S_ON_BREACH = int(Setting.ON_BREACH)
_S_BARS_PER_YEAR = int(Setting.BARS_PER_YEAR)

_GRID = typeof(Grid(0.0, 0.0, 1.0))


@jitclass([("lot", _GRID), ("tick", _GRID)])
class Terms:
    """Everything of ``docs/trading-model.md`` sections 9 to 15 that is set for a container; 0 or infinity is none."""

    position_size: float64
    lot: Any
    tick: Any
    fills_at_close: boolean
    close_at_end: boolean
    intrabar: int64
    max_volume_share: float64
    sizing_kind: int64
    sizing_amount: float64
    sizing_period: int64
    sizing_band: float64
    pyramiding: int64
    stop_loss: float64
    take_profit: float64
    trailing_kind: int64
    trailing_amount: float64
    max_holding_bars: int64
    exit_at: int64
    leverage: float64
    maintenance: float64
    short_initial: float64
    short_maintenance: float64
    interest_rate: float64
    borrow_rate: float64
    max_position: float64
    max_gross_exposure: float64
    max_net_exposure: float64
    max_orders_per_day: float64
    max_daily_loss: float64
    max_drawdown: float64
    flattens: boolean
    bars_per_year: float64

    def __init__(self, settings):
        self.position_size = settings[_S_POSITION_SIZE]
        self.lot = grid_of(settings[_S_LOT_SIZE])
        self.tick = grid_of(settings[_S_TICK_SIZE])
        self.fills_at_close = int(settings[_S_FILL_RULE]) == _SAME_CLOSE
        self.close_at_end = settings[_S_CLOSE_AT_END] != 0.0
        self.intrabar = int(settings[_S_INTRABAR])
        self.max_volume_share = settings[_S_VOLUME_SHARE]
        self.sizing_kind = int(settings[_S_SIZING_KIND])
        self.sizing_amount = settings[_S_SIZING_AMOUNT]
        self.sizing_period = int(settings[_S_SIZING_PERIOD])
        self.sizing_band = settings[_S_SIZING_BAND]
        self.pyramiding = int(settings[_S_PYRAMIDING])
        self.stop_loss = settings[_S_STOP_LOSS]
        self.take_profit = settings[_S_TAKE_PROFIT]
        self.trailing_kind = int(settings[_S_TRAILING_KIND])
        self.trailing_amount = settings[_S_TRAILING_AMOUNT]
        self.max_holding_bars = int(settings[_S_MAX_HOLDING])
        self.exit_at = int(settings[_S_EXIT_AT])
        self.leverage = settings[_S_LEVERAGE]
        self.maintenance = settings[_S_MAINTENANCE]
        self.short_initial = settings[_S_SHORT_INITIAL]
        self.short_maintenance = settings[_S_SHORT_MAINTENANCE]
        self.interest_rate = settings[_S_INTEREST]
        self.borrow_rate = settings[_S_BORROW]
        self.max_position = settings[_S_MAX_POSITION]
        self.max_gross_exposure = settings[_S_MAX_GROSS]
        self.max_net_exposure = settings[_S_MAX_NET]
        self.max_orders_per_day = settings[_S_MAX_ORDERS]
        self.max_daily_loss = settings[_S_MAX_DAILY_LOSS]
        self.max_drawdown = settings[_S_MAX_DRAWDOWN]
        self.flattens = int(settings[_S_ON_BREACH]) == _FLATTEN
        self.bars_per_year = settings[_S_BARS_PER_YEAR]
