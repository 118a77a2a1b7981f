"""A code that nobody knows is an error by name, under every engine and isolation; it is never the last one known."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from admf_jit.config import load_config
from admf_jit.strategies.compiled import compile_strategy
from admf_jit.strategies.declaration import definition_of
from admf_jit.strategies.generate import ORDER_ENGINE
from admf_jit.workers.batch import BatchOutcome, run_task
from admf_jit.workflow.prepare import prepare
from admf_kernels import costs as kernels
from admf_kernels.settings import CODES, SETTINGS_DTYPE
from tests.contract.order_cases import Call, Script, frame_of, scripted
from tests.contract.samples import MARKET
from tests.contract.test_order_agreement import result_of
from tests.kernels.plain import callable_from_python
from tests.kernels.test_costs import Model

ENGINES: dict[str, dict[str, Any]] = {
    "plain": {},
    "orders": {"exits": {"stop_loss": 0.1}},
}
CALM = (100.0, 101.0, 99.0, 100.0)


def outcome_of(isolation: str, engine: str, change: dict[str, int]) -> BatchOutcome:
    """What three containers come to, of which the second has changed settings."""
    execution = {"optimization_phase": {"isolation": isolation}}
    config = load_config(
        {
            "data": {"source": "sample"},
            "strategy": {"type": "sma_crossover"},
            "execution": execution,
            "optimization": {"parameters": {"position_size": [0.3, 0.4, 0.5]}},
            **ENGINES[engine],
        }
    )
    prepared = prepare(config, data=aj.load(MARKET.frame()))
    assert (prepared.engine, prepared.isolation.used) == (engine, isolation)
    task = prepared.task(list(prepared.grid), prepared.limits(1))
    settings = task.inputs.settings.copy()
    for setting, code in change.items():
        settings[1][setting] = code
    return run_task(replace(task, inputs=replace(task.inputs, settings=settings)))


@pytest.mark.parametrize("isolation", ["full", "minimal"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_container_with_an_unknown_code_fails_by_its_name(isolation: str, engine: str) -> None:
    sound = outcome_of(isolation, engine, {})
    assert sound.errors == (None, None, None)
    for setting, codes in CODES.items():
        for code in (len(codes), 99, -1):
            outcome = outcome_of(isolation, engine, {setting: code})
            assert outcome.errors[::2] == (None, None)
            assert outcome.errors[1] is not None
            assert outcome.errors[1].startswith(f"setting {setting} has the unknown code {code}; expected 0 (")
            assert np.isnan(outcome.metrics[1]).all()
            assert np.array_equal(outcome.metrics[::2], sound.metrics[::2], equal_nan=True)


def test_every_code_is_counted_from_zero_without_a_gap() -> None:
    for codes in CODES.values():
        assert [int(code) for code in codes] == list(range(len(codes)))
    assert {name for name in SETTINGS_DTYPE.names or () if name.endswith("_kind")} <= set(CODES)


def test_costs_of_an_unknown_kind_are_no_numbers() -> None:
    commission = callable_from_python(kernels.commission)
    fill_price = callable_from_python(kernels.fill_price)
    unknown = Model(99, 0.01, slippage=99, slippage_rate=0.01)  # type: ignore[arg-type]
    assert math.isnan(commission(unknown.fees(), 10.0, 20.0))
    assert math.isnan(fill_price(unknown.costs(), 20.0, 10.0, 5.0, 0.5))


@pytest.mark.parametrize("tif", [5, -1, 99])
@pytest.mark.parametrize("call", ["limit", "stop", "stop_limit"])
def test_an_unknown_time_in_force_is_an_error_of_the_strategy(call: str, tif: int) -> None:
    compiled = compile_strategy(definition_of(Script), ORDER_ENGINE)
    case = scripted(frame_of(CALM, CALM, CALM), Call(1, call, 1.0, 100.0, 101.0, tif=tif))
    error = result_of(compiled, case).error
    assert error is not None
    assert "tif of an order: expected aj.GTC, aj.DAY, aj.GTD, aj.IOC or aj.FOK" in error
    assert "bar 1" in error


@pytest.mark.parametrize(("tif", "minutes"), [(0, 60), (1, 60), (2, 0), (3, 60), (4, 60)])
@pytest.mark.parametrize("call", ["limit", "stop", "stop_limit"])
def test_a_time_of_expiry_is_for_gtd_and_gtd_has_one(call: str, tif: int, minutes: int) -> None:
    compiled = compile_strategy(definition_of(Script), ORDER_ENGINE)
    case = scripted(frame_of(CALM, CALM, CALM), Call(1, call, 1.0, 100.0, 101.0, tif=tif, minutes=minutes))
    error = result_of(compiled, case).error
    assert error is not None
    assert "until of an order: the time of one with tif=aj.GTD, such as bar.time, and of no other" in error
    assert "bar 1" in error
