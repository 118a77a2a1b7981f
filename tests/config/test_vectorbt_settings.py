"""Settings under `execution.preset: vectorbt`: those it has land in the row, the others are refused by key."""

from typing import Any

import pytest

import admf_jit as aj
from admf_jit.config import load_config
from admf_jit.errors import ConfigError
from admf_jit.testing import generate_test_data
from admf_jit.workers.settings import settings_row
from admf_kernels.constants import StopEntryPrice, StopExitPrice

BASE: dict[str, Any] = {
    "data": {"source": "sample", "symbols": ["ALFA"]},
    "strategy": {"type": "sma_crossover"},
    "execution": {"preset": "vectorbt"},
}
QUANTITY = {"type": "quantity", "quantity": 3}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"account.tick_size": 0.01}, "account.tick_size is not a setting of preset vectorbt"),
    ({"account.pyramiding": 2}, "account.pyramiding is not"),
    ({"account.margin": {"leverage": 2}}, "account.margin is not"),
    ({"account.borrow_rate": 0.1}, "account.borrow_rate is not"),
    ({"account.position_size": 0.5}, "account.position_size is 0.5; preset vectorbt expects 1"),
    ({"account.cash": 1e-10}, "account.cash is 1e-10; preset vectorbt expects at least 1e-09"),
    ({"account.sizing": {"type": "cash", "amount": 10}}, "account.sizing.type is 'cash'; preset vectorbt has quantity"),
    ({"account.sizing": {"type": "fraction", "fraction": 1}}, "account.sizing.type is 'fraction'"),
    ({"account.commission": {"type": "per_share", "rate": 1}}, "account.commission.type is 'per_share'"),
    ({"account.commission": {"type": "percent", "rate": 0, "minimum": 1}}, "account.commission.minimum is not"),
    ({"account.commission": {"type": "fixed", "amount": 1, "per": "fill"}}, "account.commission.per is not a setting"),
    ({"account.commission": {"type": "percent", "rate": 0, "maximum": 1}}, "account.commission.maximum is not"),
    (
        {"account.slippage": {"type": "fixed", "amount": 1}},
        "account.slippage.type is 'fixed'; preset vectorbt has none",
    ),
    ({"execution.close_at_end": True}, "execution.close_at_end is not"),
    ({"execution.intrabar": "ohlc_path"}, "execution.intrabar is not"),
    ({"execution.max_volume_share": 0.1}, "execution.max_volume_share is not"),
    ({"execution.order_capacity": 8}, "execution.order_capacity is not"),
    ({"execution.event_capacity": 8}, "execution.event_capacity is not"),
    ({"exits.max_holding_bars": 3}, "exits.max_holding_bars is not"),
    ({"exits.exit_at": "15:55"}, "exits.exit_at is not"),
    ({"exits.trailing_stop": {"type": "amount", "amount": 1}}, "exits.trailing_stop.type is 'amount'"),
    ({"exits.trailing_stop": 0.1, "exits.stop_loss": 0.1}, "exits.stop_loss and exits.trailing_stop are both given"),
    ({"risk.max_drawdown": 0.2}, "risk.max_drawdown is not"),
    ({"execution.stop_exit_price": "open"}, "execution.stop_exit_price: is 'open'"),
]


def configured(settings: dict[str, Any]) -> dict[str, Any]:
    """The base with some dotted keys set."""
    fields = {block: dict(keys) for block, keys in BASE.items()}
    for path, value in settings.items():
        block, _, key = path.partition(".")
        fields.setdefault(block, {})[key] = value
    return fields


@pytest.mark.parametrize(("settings", "message"), REFUSED, ids=lambda value: str(value)[:60])
def test_what_the_preset_does_not_have_is_refused_by_key(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(configured(settings))
    assert message in str(caught.value)


def test_the_keys_of_the_preset_stand_with_it_alone() -> None:
    for key in ("stop_exit_price", "stop_entry_price"):
        with pytest.raises(ConfigError, match=f"{key} is a setting of preset vectorbt alone"):
            load_config({**BASE, "execution": {key: "price"}})


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({"execution.stop_exit_price": "close"}, {"stop_exit_price": StopExitPrice.CLOSE}),
        ({"execution.stop_exit_price": "stopmarket"}, {"stop_exit_price": StopExitPrice.STOPMARKET}),
        ({"execution.stop_exit_price": "price"}, {"stop_exit_price": StopExitPrice.PRICE}),
        ({"execution.stop_entry_price": "price"}, {"stop_entry_price": StopEntryPrice.PRICE}),
        ({"execution.stop_entry_price": "fillprice"}, {"stop_entry_price": StopEntryPrice.FILLPRICE}),
        ({"execution.stop_entry_price": "valprice"}, {"stop_entry_price": StopEntryPrice.VALPRICE}),
        ({"exits.stop_loss": 0.1, "account.sizing": QUANTITY}, {"stop_loss": 0.1, "sizing_amount": 3}),
    ],
)
def test_a_setting_lands_in_its_field(settings: dict[str, Any], fields: dict[str, float]) -> None:
    config = load_config(configured(settings))
    row = settings_row(config.account, config.execution, config.exits, config.risk, 252.0)
    assert {field: row[field] for field in fields} == fields


def test_the_resolved_form_has_the_keys_only_where_they_are_set() -> None:
    plain = load_config({**BASE, "execution": {}}).model_dump(mode="json")["execution"]
    assert not {"preset", "stop_exit_price", "stop_entry_price"} & set(plain)
    given = load_config(configured({"execution.stop_exit_price": "close"})).model_dump(mode="json")["execution"]
    assert (given["preset"], given["stop_exit_price"]) == ("vectorbt", "close")


@pytest.mark.parametrize(
    ("swept", "message"),
    [
        ({"execution.preset": ["vectorbt"]}, "execution.preset: a preset cannot be swept"),
        ({"account.tick_size": [0.0, 0.01]}, "account.tick_size = 0.01: account.tick_size is not a setting"),
        ({"position_size": [1.0, 0.5]}, "account.position_size = 0.5: account.position_size is 0.5"),
        ({"account.commission.minimum": [0, 1]}, "account.commission.minimum = 1.0: account.commission.minimum is not"),
        ({"exits.trailing_stop": [0.1], "exits.stop_loss": [0.1]}, "exits.stop_loss and exits.trailing_stop are both"),
        ({"risk.max_position": [1]}, "risk.max_position is not a setting of preset vectorbt"),
    ],
    ids=str,
)
def test_a_sweep_of_what_the_preset_does_not_have_is_refused(swept: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        aj.grid(
            "sma_crossover",
            generate_test_data(60),
            swept,
            preset="vectorbt",
            commission={"type": "percent", "rate": 0.001},
        )
    assert message in str(caught.value)
