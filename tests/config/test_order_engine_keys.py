"""The keys of the order engine: what they accept, and how they refuse."""

from typing import Any

import pytest

from admf_jit.config import load_config
from admf_jit.errors import ConfigError
from tests.config.order_engine_keys import KEYS, MARGIN, STOP, TIERS, Key, blocks_of

BASE = {"data": {"source": "sample"}, "strategy": {"type": "buy_and_hold"}}


def load(settings: dict[str, Any]) -> Any:
    return load_config({**BASE, **blocks_of(settings)})


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.path}={key.value}")
def test_a_key_at_a_value_is_in_the_resolved_form_which_loads_to_itself(key: Key) -> None:
    config, without = load({**key.over, key.path: key.value}), load(key.over)
    resolved = config.model_dump(mode="json")
    assert load_config(resolved) == config
    assert resolved != without.model_dump(mode="json")


def test_the_resolved_form_without_these_keys_is_that_of_before_they_came() -> None:
    resolved = load({"account.commission": {"type": "per_share", "rate": 1}}).model_dump(mode="json")
    assert resolved["account"] == {
        "cash": 100_000.0,
        "position_size": 1.0,
        "lot_size": 0.0,
        "commission": {"type": "per_share", "rate": 1.0, "minimum": 0.0},
        "slippage": {"type": "none"},
    }
    assert set(resolved["execution"]) == {"fill", "close_at_end", "event_capacity", "optimization_phase"}
    assert set(resolved) == {
        *("name", "data", "strategy", "account", "execution", "workflow", "optimization", "containers"),
    }


def test_a_fraction_is_a_percent_trailing_stop() -> None:
    block = {"type": "percent", "rate": 0.03}
    assert load({"exits.trailing_stop": 0.03}) == load({"exits.trailing_stop": block})


PERCENT = {"type": "percent", "rate": 0.01}
C, SIZE, TRAIL = "account.commission", "account.sizing", "exits.trailing_stop"
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"account.tick_size": -1}, "account.tick_size: is -1; expected a number >= 0"),
    ({C: {**PERCENT, "amount": -1}}, "account.commission.amount: is -1; expected a number >= 0"),
    ({C: {**PERCENT, "minimum": None}}, "account.commission.minimum: is None; expected a number >= 0"),
    ({C: {**PERCENT, "maximum": -1}}, "account.commission.maximum: is -1; expected null or a number >= 0"),
    ({C: {**PERCENT, "minimum": 2, "maximum": 1}}, "account.commission: minimum 2.0 is above maximum 1.0; expected"),
    ({C: {**PERCENT, "maximun": 1}}, "account.commission.maximun: unknown key; did you mean 'maximum'?"),
    ({C: {"type": "fixed", "amount": 1, "maximum": 1}}, "account.commission.maximum: unknown key"),
    ({C: {"type": "fixed", "amount": 1, "per": "day"}}, "account.commission.per: is 'day'; expected"),
    ({C: {"type": "tiered", "tiers": TIERS, "per": "order"}}, "account.commission.per: unknown key"),
    ({C: {"type": "maker_taker", "maker": 0, "taker": 0, "per": "fill"}}, "account.commission.per: unknown key"),
    ({C: {"type": "per_share", "rate": 1, "minimum": 2, "maximum": 1}}, "account.commission: minimum 2.0 is above"),
    ({C: {"type": "tierd"}}, "account.commission.type: is 'tierd'; expected one of none, percent, fixed, per_share"),
    ({C: {"type": "tiered"}}, "account.commission.tiers: missing; expected a list of 1 to 5 tiers"),
    ({C: {"type": "tiered", "tiers": []}}, "account.commission.tiers: is []; expected 1 to 5 tiers, not 0"),
    ({C: {"type": "tiered", "tiers": [TIERS[0]] * 6}}, "expected 1 to 5 tiers, not 6"),
    ({C: {"type": "tiered", "tiers": TIERS[:2]}}, "expected up_to in every tier but the last"),
    ({C: {"type": "tiered", "tiers": [TIERS[2], TIERS[2]]}}, "expected up_to in every tier but the last"),
    ({C: {"type": "tiered", "tiers": [TIERS[1], TIERS[0], TIERS[2]]}}, "expected up_to to rise from tier to tier"),
    ({C: {"type": "tiered", "tiers": [{"rate": 1}]}}, "account.commission.tiers[0].rate: is 1; expected a fraction"),
    ({C: {"type": "tiered", "tiers": [{"up_to": 0, "rate": 0}]}}, "tiers[0].up_to: is 0; expected a traded value > 0"),
    ({C: {"type": "tiered", "tiers": [{"rte": 0}]}}, "tiers[0].rte: unknown key; did you mean 'rate'?"),
    ({C: {"type": "tiered", "tiers": [5]}}, "account.commission.tiers[0]: is 5; expected a mapping"),
    ({C: {"type": "tiered", "tiers": 5}}, "account.commission.tiers: is 5; expected a list of 1 to 5 tiers"),
    ({C: {"type": "maker_taker", "maker": 0.1}}, "account.commission.taker: missing; expected a fraction"),
    ({C: {"type": "maker_taker", "maker": -1.0, "taker": 0}}, "account.commission.maker: is -1.0; expected a fraction"),
    ({"account.slippage": {"type": "spread"}}, "account.slippage.spread: missing; expected a fraction"),
    ({"account.slippage": {"type": "spread", "spread": 1}}, "account.slippage.spread: is 1; expected a fraction"),
    ({"account.slippage": {"type": "volume_impact"}}, "account.slippage.coefficient: missing; expected a number >= 0"),
    (
        {"account.slippage": {"type": "volume_impact", "coefficient": 1, "exponent": 0}},
        "account.slippage.exponent: is 0; expected a number > 0",
    ),
    ({"account.slippage": {"type": "random", "rate": 1}}, "account.slippage.rate: is 1; expected a fraction"),
    ({SIZE: 0.5}, "account.sizing: is 0.5; expected a mapping"),
    ({SIZE: {"fraction": 0.5}}, "account.sizing.type: missing; expected one of fraction, quantity, cash, weight"),
    ({SIZE: {"type": "kely"}}, "did you mean 'kelly'?"),
    ({SIZE: {"type": "fraction", "fraction": 2}}, "account: position_size is 2.0 with leverage 1; expected at most 1"),
    ({SIZE: {"type": "quantity", "quantity": 0}}, "account.sizing.quantity: is 0; expected a number of units > 0"),
    ({SIZE: {"type": "cash", "amount": 0}}, "account.sizing.amount: is 0; expected a number > 0"),
    ({SIZE: {"type": "cash", "cash": 1, "amount": 1}}, "account.sizing.cash: unknown key"),
    ({SIZE: {"type": "weight", "weight": 0}}, "account.sizing.weight: is 0; expected a share of equity > 0"),
    ({SIZE: {"type": "weight", "weight": 1.5}}, "account: sizing.weight is 1.5 without margin; expected margin"),
    ({SIZE: {"type": "weight", "weight": 1, "band": 1}}, "account.sizing.band: is 1; expected a share of equity b"),
    ({SIZE: {"type": "weight", "weight": 1}, "account.pyramiding": 2}, "account: pyramiding is above 1 with sizing"),
    ({SIZE: {"type": "risk", "risk": 0.1}}, "type risk without a stop; expected exits.stop_loss or exits.trailing"),
    ({SIZE: {"type": "risk", "risk": 1}, **STOP}, "account.sizing.risk: is 1; expected a fraction r of equity"),
    ({SIZE: {"type": "volatility", "target": 0}}, "account.sizing.target: is 0; expected an annual volatility > 0"),
    ({SIZE: {"type": "volatility", "target": 1, "period": 1}}, "account.sizing.period: is 1; expected a whole number"),
    ({SIZE: {"type": "kelly", "fraction": 0}}, "account.sizing.fraction: is 0; expected a fraction k of the Kelly"),
    ({SIZE: {"type": "kelly", "minimum_trades": 0}}, "minimum_trades: is 0; expected a whole number of closed trades"),
    (
        {SIZE: {"type": "cash", "amount": 1}, "account.position_size": 0.5},
        "account: position_size is 0.5 and sizing of type cash is given too; expected one of the two",
    ),
    ({"account.pyramiding": 0}, "account.pyramiding: is 0; expected a whole number >= 1"),
    ({"account.pyramiding": 10**30}, "account.pyramiding: is 1000000000000000000000000000000; expected a whole number"),
    ({"account.margin": {}}, "account.margin: leverage: missing; expected a number >= 1, or short for a cash account"),
    ({"account.margin": {"short": {}}, "account.margin.short.initial": 0}, "short.initial: is 0; expected a share > 0"),
    ({"account.margin": {"short": {}}, "account.margin.short.maintenance": -1}, "short.maintenance: is -1; expected"),
    ({"account.margin": {"maintenance": 0.2, "short": {}}}, "account.margin: maintenance without leverage"),
    (
        {"account.margin": {"short": {"initial": 0.2, "maintenance": 0.3}}},
        "account.margin.short: maintenance 0.3 is above initial 0.2; expected at most initial",
    ),
    ({"account.margin": 2}, "account.margin: is 2; expected a mapping"),
    ({"account.margin": {"leverage": 0.5}}, "account.margin.leverage: is 0.5; expected a number >= 1"),
    ({"account.margin": {"levrage": 2}}, "account.margin.levrage: unknown key; did you mean 'leverage'?"),
    ({"account.margin": {"leverage": 2, "maintenance": -1}}, "account.margin.maintenance: is -1; expected a fraction"),
    (
        {"account.margin": {"leverage": 2, "maintenance": 0.5}},
        "account.margin: maintenance 0.5 with leverage 2.0; expected maintenance < 1 / leverage",
    ),
    ({"account.interest_rate": -1, **MARGIN}, "account.interest_rate: is -1; expected a fraction >= 0"),
    (
        {"account.interest_rate": 0.1},
        "account: interest_rate is above 0 without margin, so that cash is never negative",
    ),
    ({"account.funding": 1}, "account.funding: "),
    ({"account.dividends": ""}, "account.dividends: "),
    ({"account.splits": 2.0}, "account.splits: "),
    ({"account.borrow_rate": -1}, "account.borrow_rate: is -1; expected a fraction >= 0"),
    ({"execution.intrabar": "bound"}, "execution.intrabar: is 'bound'; expected one of stop_first, target_first"),
    ({"execution.max_volume_share": 0}, "execution.max_volume_share: is 0; expected null or a share v"),
    ({"execution.max_volume_share": 1.1}, "execution.max_volume_share: is 1.1; expected null or a share v"),
    ({"execution.order_capacity": 0}, "execution.order_capacity: is 0; expected a whole number from 1 to 4096"),
    ({"execution.order_capacity": 4097}, "execution.order_capacity: is 4097; expected a whole number from 1 to 4096"),
    ({"execution.preset": "backtesting"}, "is 'backtesting'; expected null, vectorbt or backtesting.py; did you mean"),
    ({"execution.preset": "x"}, "execution.preset: is 'x'; expected null, vectorbt or backtesting.py"),
    ({"exits.stop_los": 0.1}, "exits.stop_los: unknown key; did you mean 'stop_loss'?"),
    ({"exits.stop_loss": 0}, "exits.stop_loss: is 0; expected null or a fraction r with 0 < r < 1"),
    ({"exits.stop_loss": 1}, "exits.stop_loss: is 1; expected null or a fraction r with 0 < r < 1"),
    ({"exits.take_profit": 0}, "exits.take_profit: is 0; expected null or a fraction > 0"),
    ({TRAIL: 1}, "exits.trailing_stop.rate: is 1; expected a fraction r with 0 < r < 1"),
    ({TRAIL: "3%"}, "exits.trailing_stop: is '3%'; expected null, a fraction r with 0 < r < 1, or a mapping"),
    ({TRAIL: True}, "exits.trailing_stop: is True; expected null, a fraction r"),
    ({TRAIL: {"rate": 0.1}}, "exits.trailing_stop.type: missing; expected one of percent, amount, atr"),
    ({TRAIL: {"type": "percnt"}}, "did you mean 'percent'?"),
    ({TRAIL: {"type": "amount", "amount": 0}}, "exits.trailing_stop.amount: is 0; expected a number > 0"),
    ({TRAIL: {"type": "atr", "multiple": 0}}, "exits.trailing_stop.multiple: is 0; expected a number > 0"),
    ({TRAIL: {"type": "atr", "multiple": 1, "period": 0}}, "exits.trailing_stop.period: is 0; expected a whole number"),
    ({"exits.max_holding_bars": 0}, "exits.max_holding_bars: is 0; expected null or a whole number of bars >= 1"),
    ({"exits.max_holding_bars": 1.5}, "exits.max_holding_bars: is 1.5; expected null or a whole number of bars >= 1"),
    ({"exits.exit_at": "24:00"}, "exits.exit_at: is '24:00'; expected a local time of day"),
    ({"exits.exit_at": "9:30"}, "exits.exit_at: is '9:30'; expected a local time of day"),
    ({"exits.exit_at": 1555}, "exits.exit_at: is 1555; expected null or a local time of day"),
    ({"risk.max_drawdwn": 1}, "risk.max_drawdwn: unknown key; did you mean 'max_drawdown'?"),
    ({"risk.max_position": 0}, "risk.max_position: is 0; expected null or a share of equity > 0"),
    ({"risk.max_gross_exposure": 0}, "risk.max_gross_exposure: is 0; expected null or a share of equity > 0"),
    ({"risk.max_net_exposure": "1"}, "risk.max_net_exposure: is '1'; expected null or a share of equity > 0"),
    ({"risk.max_orders_per_day": 0}, "risk.max_orders_per_day: is 0; expected null or a whole number >= 1"),
    ({"risk.max_daily_loss": 1}, "risk.max_daily_loss: is 1; expected null or a fraction x of equity"),
    ({"risk.max_drawdown": 0}, "risk.max_drawdown: is 0; expected null or a fraction x of equity"),
    ({"risk.on_breach": "stop"}, "risk.on_breach: is 'stop'; expected one of halt, flatten"),
    ({"risk.on_breach": "flatten"}, "risk: on_breach is flatten without a limit on losses; expected max_daily_loss"),
    ({"exit.stop_loss": 0.1}, "exit: unknown key; did you mean 'exits'?"),
]


@pytest.mark.parametrize(("settings", "message"), REFUSED, ids=lambda value: str(value)[:60])
def test_refuses_with_path_value_and_expectation(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(settings)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_every_key_is_refused_in_some_way() -> None:
    tried = {path for settings, _ in REFUSED for path in settings}
    inside = {
        f"{path}.{key}"
        for settings, _ in REFUSED
        for path, value in settings.items()
        if isinstance(value, dict)
        for key in value
    }
    parts = {key.path for key in KEYS if not any(part.isdecimal() for part in key.path.split("."))}
    assert parts <= tried | inside | {"exits.trailing_stop.rate"}


def test_a_null_block_can_be_filled_on_the_command_line() -> None:
    settings = {**BASE, "account": {"margin": None}}
    config = load_config(settings, ["account.margin.leverage=2", "exits.stop_loss=0.1"])
    assert (config.account.margin.leverage, config.exits.stop_loss) == (2.0, 0.1)  # type: ignore[union-attr]
