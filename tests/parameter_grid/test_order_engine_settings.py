"""Sweeping the settings of the order engine: by path, below absent blocks, and in combinations that go together."""

from typing import Any

import pytest

from admf_jit.config import load_config, why_order_engine
from admf_jit.errors import ConfigError
from admf_jit.workers.settings import settings_row
from tests.config.order_engine_keys import KEYS, Key, blocks_of
from tests.parameter_grid.builders import make_config, make_grid

WHOLE = [key for key in KEYS if isinstance(key.value, dict)]
SWEPT = [key for key in KEYS if key.other is not None]


def row_of(container: Any) -> bytes:
    parts = (container.account, container.execution, container.exits, container.risk)
    return settings_row(*parts, 252.0).tobytes()


@pytest.mark.parametrize("key", SWEPT, ids=lambda key: f"{key.path}={key.value}")
def test_a_swept_setting_is_the_setting_itself(key: Key) -> None:
    grid = make_grid({key.path: [key.value, key.other]}, **blocks_of(key.over))
    for container, value in zip(grid, (key.value, key.other), strict=True):
        alone = make_grid(**blocks_of({**key.over, key.path: value})).container(0)
        assert row_of(container) == row_of(alone)
        assert container.container_id == alone.container_id
        assert container.swept == {key.path: value}
        assert type(container.swept[key.path]) is type(key.other) or isinstance(key.other, str)
    assert len({container.container_id for container in grid}) == 2
    assert (grid.why_order_engine is not None) == key.order_engine


@pytest.mark.parametrize("path", ["account.commission.tiers.1.rate", "account.commission.tiers.0.up_to"])
def test_a_tier_is_swept_by_its_position(path: str) -> None:
    key = next(key for key in KEYS if key.path == path)
    container = make_grid({path: [key.value]}, **blocks_of(key.over)).container(0)
    assert row_of(container) == row_of(make_grid(**blocks_of({**key.over, path: key.value})).container(0))


def test_every_key_is_swept_or_is_a_block() -> None:
    paths = {key.path for key in SWEPT}
    left = {key.path for key in KEYS} - paths - {key.path for key in WHOLE}
    assert left == {"account.commission.tiers.1.rate", "account.commission.tiers.0.up_to"}


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.path}={key.value}")
def test_a_setting_that_is_not_its_default_has_an_id_of_its_own(key: Key) -> None:
    with_key = make_grid(**blocks_of({**key.over, key.path: key.value})).container(0)
    assert with_key.container_id != make_grid(**blocks_of(key.over)).container(0).container_id


@pytest.mark.parametrize(
    "settings",
    [
        {"account.tick_size": 0, "account.sizing": None, "account.margin": None, "account.pyramiding": 1},
        {"execution.intrabar": "stop_first", "execution.order_capacity": 64, "execution.preset": None},
        {"exits.stop_loss": None, "exits.exit_at": None},
        {"risk.max_position": None, "risk.on_breach": "halt"},
        {"account.sizing": {"type": "fraction", "fraction": 1}},
    ],
)
def test_what_says_what_holds_anyway_does_not_enter_the_id(settings: dict[str, Any]) -> None:
    assert make_grid(**blocks_of(settings)).container(0).container_id == make_grid().container(0).container_id


def test_a_fraction_is_the_position_size_by_another_name() -> None:
    by_sizing = make_grid({"account.sizing.fraction": [0.25]}).container(0)
    by_size = make_grid({"position_size": [0.25]}).container(0)
    assert (by_sizing.container_id, by_sizing.seed) == (by_size.container_id, by_size.seed)
    assert row_of(by_sizing) == row_of(by_size)


@pytest.mark.parametrize("key", SWEPT, ids=lambda key: f"{key.path}={key.value}")
def test_a_sweep_loads_again_from_its_resolved_form(key: Key) -> None:
    """A run is replayed from the configuration that its manifest keeps."""
    config = make_config({key.path: [key.value, key.other]}, **blocks_of(key.over))
    assert load_config(config.model_dump(mode="json")) == config


def test_settings_that_need_each_other_can_all_be_swept() -> None:
    grid = make_grid(
        {
            "risk.on_breach": ["flatten", "halt"],
            "risk.max_drawdown": [0.1, 0.2],
            "account.interest_rate": [0.01],
            "account.margin.maintenance": [0.2],
            "account.margin.leverage": [1, 2],
            "account.sizing.risk": [0.01],
            "exits.trailing_stop.period": [10],
            "exits.trailing_stop.multiple": [2],
        }
    )
    container = grid.container(7)
    assert (container.account.margin.leverage, container.account.margin.maintenance) == (2.0, 0.2)
    assert (container.risk.on_breach, container.risk.max_drawdown) == ("halt", 0.2)
    assert container.exits.trailing_stop.model_dump() == {"type": "atr", "multiple": 2.0, "period": 10}
    assert grid.why_order_engine == "account.sizing is risk"


MARGIN = {"account": {"margin": {"leverage": 2, "maintenance": 0.4}}}


def test_values_that_only_go_with_some_values_of_another_are_sorted_out_by_a_constraint() -> None:
    sweep = {"account.margin.leverage": [1, 4], "account.margin.maintenance": [0.2, 0.5]}
    with pytest.raises(ConfigError) as caught:
        make_grid(sweep, **MARGIN)
    assert str(caught.value) == (
        "optimization.parameters: account.margin.leverage = 4.0, account.margin.maintenance = 0.5: "
        "maintenance 0.5 with leverage 4.0; expected maintenance < 1 / leverage; "
        "a constraint can leave such combinations out"
    )
    grid = make_grid(
        {"fast_period": [5, 6], **sweep, "slow_period": [7, 8]},
        ["account.margin.leverage * account.margin.maintenance < 1"],
        **MARGIN,
    )
    kept = {(c.account.margin.leverage, c.account.margin.maintenance) for c in grid}
    assert (len(grid), kept) == (12, {(1.0, 0.2), (1.0, 0.5), (4.0, 0.2)})


@pytest.mark.parametrize(
    ("sweep", "constraints", "expected"),
    [
        ({"account.borrow_rate": [0, 0.01]}, [], True),
        ({"account.borrow_rate": [0]}, [], False),
        ({"account.borrow_rate": [0, 0.01], "account.pyramiding": [1, 2]}, [], True),
        ({"account.borrow_rate": [0, 0.01], "fast_period": [5, 6]}, ["account.borrow_rate < 0.001"], False),
        ({"account.borrow_rate": [0, 0.01], "fast_period": [5, 6]}, ["account.borrow_rate * fast_period < 0.06"], True),
        ({"account.cash": [1, 2], "execution.intrabar": ["bounds", "ohlc_path"]}, [], False),
        ({"exits.stop_loss": [0.1]}, [], True),
        ({"fast_period": [5, 6]}, [], False),
    ],
)
def test_a_grid_knows_whether_any_container_needs_the_order_engine(
    sweep: dict[str, Any], constraints: list[str], expected: bool
) -> None:
    grid = make_grid(sweep, constraints)
    reasons = [why_order_engine(c.account, c.execution, c.exits, c.risk) for c in grid]
    assert grid.why_order_engine == next((reason for reason in reasons if reason is not None), None)
    assert (grid.why_order_engine is not None) is expected


def test_a_swept_value_stands_in_for_the_one_that_is_configured() -> None:
    assert not make_grid({"account.borrow_rate": [0]}, account={"borrow_rate": 0.01}).why_order_engine


REFUSED = [
    ({"exits.stop_loss": [0.1, 2]}, {}, "parameters.exits.stop_loss[1]: is 2; expected null or a fraction"),
    ({"exits.stop_loss": [2, 0.1]}, {}, "parameters.exits.stop_loss[0]: is 2; expected null or a fraction"),
    ({"exits.stop_los": [0.1]}, {}, "exits.stop_los: unknown name; did you mean 'exits.stop_loss'?"),
    ({"exits.trailing_stop": [0.1, 1]}, {}, "exits.trailing_stop[1]: is 1; expected a fraction r with 0 < r < 1"),
    (
        {"exits.trailing_stop": [0.1]},
        {"exits.trailing_stop": {"type": "amount", "amount": 1}},
        "exits.trailing_stop: the configuration has one of type amount; expected exits.trailing_stop.amount",
    ),
    ({"exits.trailing_stop": [0.1], "exits.trailing_stop.rate": [0.2]}, {}, "sweeps the same setting as 'exits.trail"),
    ({"exits.trailing_stop.type": ["atr"]}, {"exits.trailing_stop": 0.1}, "a type cannot be swept"),
    ({"exits.trailing_stop.period": [5]}, {}, "exits.trailing_stop.period: unknown name"),
    ({"account.sizing.risk": [0.1]}, {}, "account.sizing of type risk without a stop"),
    (
        {"account.sizing.quantity": [1]},
        {"account.position_size": 0.5},
        "position_size is 0.5 and sizing of type quantity is given too",
    ),
    (
        {"position_size": [0.5]},
        {"account.sizing": {"type": "quantity", "quantity": 1}},
        "[0]: position_size is 0.5 and sizing of type quantity is given too",
    ),
    ({"account.sizing.weight": [0.5, 1.5]}, {}, "account.sizing.weight[1]: sizing.weight is 1.5 without margin"),
    ({"account.margin.maintenance": [0.1]}, {}, "account.margin.maintenance: unknown name"),
    ({"account.margin.leverage": [0.5]}, {}, "account.margin.leverage: is 0.5; expected a number >= 1"),
    ({"account.interest_rate": [0, 0.1]}, {}, "account.interest_rate[1]: interest_rate is above 0 without margin"),
    ({"risk.on_breach": ["halt", "flatten"]}, {}, "risk.on_breach[1]: on_breach is flatten without a limit"),
    ({"execution.preset": ["vectorbt"]}, {}, "optimization.parameters.execution.preset: a preset cannot be swept"),
    (
        {"account.commission.minimum": [1, 3], "account.commission.maximum": [2, 4]},
        {"account.commission": {"type": "percent", "rate": 0}},
        "account.commission.minimum = 3.0, account.commission.maximum = 2.0: minimum 3.0 is above maximum 2.0",
    ),
    (
        {"account.commission.minimum": [-1], "account.commission.maximum": [2, 4]},
        {"account.commission": {"type": "percent", "rate": 0}},
        "account.commission.minimum[0]: is -1; expected a number >= 0",
    ),
]


@pytest.mark.parametrize(("sweep", "settings", "message"), REFUSED, ids=lambda value: str(value)[:50])
def test_refuses_a_sweep_with_path_and_expectation(
    sweep: dict[str, Any], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        make_grid(sweep, **blocks_of(settings))
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["account.commission", "account.slippage"])
@pytest.mark.parametrize("written", [None, 0.3, {"type": "percent", "rate": 0.3}])
def test_costs_are_swept_as_a_number_alone(name: str, written: Any) -> None:
    short = name.removeprefix("account.")
    blocks = {} if written is None else {"account": {short: written}}
    grid = make_grid({name: [0.0, 0.001]}, [f"{name} < 0.5"], **blocks)
    rates = [getattr(one.account, short) for one in grid]
    assert [(cost.type, cost.rate) for cost in rates] == [("percent", 0.0), ("percent", 0.001)]
    by_path = make_grid({f"{name}.rate": [0.0, 0.001]}, account={short: {"type": "percent", "rate": 0.3}})
    assert [one.container_id for one in grid] == [one.container_id for one in by_path]


def test_a_number_alone_is_no_key_of_another_cost() -> None:
    account = {"commission": {"type": "per_share", "rate": 0.01}}
    with pytest.raises(ConfigError, match=r"account\.commission: the configuration has one of type per_share"):
        make_grid({"account.commission": [0.001]}, account=account)
