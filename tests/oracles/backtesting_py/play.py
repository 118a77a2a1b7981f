"""A case played through the plain model, with the outcome in the form that `runner.py` gives."""

from types import ModuleType
from typing import Any

from tests.oracles.backtesting_py.cases import BUY, CANCEL, CLOSE, Action, Case
from tests.reference import backtesting_py_model

OUTCOME = ("trades", "equity", "refused", "orders", "position")


def act(model: ModuleType, state: Any, action: Action) -> bool:
    """Whether the engine accepted the action."""
    if action.kind == CLOSE:
        model.close_all(state, action.size)
        return True
    if action.kind == CANCEL:
        model.cancel_all(state)
        return True
    size = action.size if action.kind == BUY else -action.size
    levels = [model.NAN if x is None else x for x in (action.limit, action.stop, action.sl, action.tp)]
    return bool(model.submit(state, size, *levels) == model.ACCEPTED)


def play(case: Case, model: ModuleType = backtesting_py_model) -> dict[str, Any]:
    """The outcome of a case; see `runner.py` for its parts."""
    state = model.State(
        cash=case.cash,
        fixed=case.fixed,
        relative=case.relative,
        spread=case.spread,
        leverage=1.0 / case.margin,
        trade_on_close=case.trade_on_close,
        exclusive_orders=case.exclusive_orders,
    )
    script: dict[int, list[int]] = {}
    for place, action in enumerate(case.actions):
        script.setdefault(action.bar, []).append(place)
    first, count = 1 + case.warmup, len(case.close)
    equity, refused, orders, position = [case.cash] * first, [], [], []
    for t in range(first, count):
        equity.append(model.advance(state, t, case.open[t], case.high[t], case.low[t], case.close[t]))
        if state.ruined:
            break
        refused += [place for place in script.get(t, []) if not act(model, state, case.actions[place])]
        orders.append(len(state.queue))
        position.append(model.units(state))
    equity += [0.0] * (count - len(equity))
    if case.finalize_trades and not state.ruined:
        equity[-1] = model.finish(state)
    trades = [list(trade) for trade in state.closed]
    return dict(zip(OUTCOME, (trades, equity, refused, orders, position), strict=True)) | {"seed": case.seed}
