"""Settings given from Python become the same configuration as in a YAML file, and are refused as helpfully."""

from typing import Any

import pytest

import admf_jit as aj
from admf_jit.api.fields import as_data, fields_of
from admf_jit.config import load_config
from admf_jit.strategies.resolve import resolve_strategy
from tests.config.order_engine_keys import KEYS, Key, blocks_of


@pytest.fixture(scope="module")
def bars() -> Any:
    return as_data(aj.load("sample", symbols=["ALFA"], timeframe="1d"))


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.path}={key.value}")
def test_a_setting_from_python_is_the_one_of_a_file(bars: Any, key: Key) -> None:
    blocks = blocks_of({**key.over, key.path: key.value})
    flat = {**blocks.get("account", {}), **blocks.get("execution", {})}
    whole = {name: blocks[name] for name in ("exits", "risk") if name in blocks}
    fields = fields_of(resolve_strategy("buy_and_hold"), "buy_and_hold", bars, {**flat, **whole}, parameters={})
    from_file = {key: fields[key] for key in ("name", "data", "strategy")}
    assert load_config(fields) == load_config({**from_file, **blocks})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"intrabr": "bounds"}, "intrabr: unknown setting; did you mean 'intrabar'?"),
        ({"exit": {}}, "exit: unknown setting; did you mean 'exits'?"),
        ({"fees": 0.001}, "fees: unknown setting; expected commission, a fraction such as 0.001"),
        ({"sl_stop": 0.05}, "sl_stop: unknown setting; expected exits: {stop_loss: ...}"),
        ({"comission": {}}, "comission: unknown setting; did you mean 'commission'?"),
        ({"optimization_phase": {"containers": 1}}, "optimization_phase: unknown setting"),
        ({"exits": 0.5}, "exits: is 0.5; expected a mapping"),
        ({"exits": {"stop_los": 0.5}}, "exits.stop_los: unknown key; did you mean 'stop_loss'?"),
        ({"risk": {"max_drawdown": 2}}, "risk.max_drawdown: is 2; expected null or a fraction x of equity"),
        ({"margin": {"leverage": 0}}, "account.margin.leverage: is 0; expected a number >= 1"),
        ({"preset": "vectrobt"}, "execution.preset: is 'vectrobt'; expected null, vectorbt or backtesting.py; did you"),
        ({"sizing": {"type": "risk", "risk": 0.1}}, "account.sizing of type risk without a stop"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(bars: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(aj.AdmfError) as caught:
        aj.backtest("buy_and_hold", bars, **settings)
    assert str(caught.value).startswith(message)
    with pytest.raises(aj.AdmfError) as caught:
        aj.grid("sma_crossover", bars, {"fast_period": [5]}, **settings)
    assert str(caught.value).startswith(message)


def test_null_says_nothing(bars: Any) -> None:
    nothing = {"sizing": None, "commission": None, "max_volume_share": None, "exits": None, "risk": None}
    plain, same = aj.backtest("buy_and_hold", bars), aj.backtest("buy_and_hold", bars, **nothing)
    assert plain.container_id == same.container_id


def test_a_sweep_can_bring_the_stop_that_the_size_needs(bars: Any, tmp_path: Any) -> None:
    swept = {"exits.stop_loss": [0.05, 0.1], "fast_period": [5]}
    sizing = {"type": "risk", "risk": 0.01}
    result = aj.grid("sma_crossover", bars, swept, sizing=sizing, n_jobs=1, out=tmp_path / "run")
    assert result.frame["exits.stop_loss"].tolist() == [0.05, 0.1]
