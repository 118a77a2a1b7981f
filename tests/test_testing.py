"""The helpers that users test their own strategies with."""

from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.testing import create_test_container, generate_test_data, indicator_values, parallel_execute
from tests.strategies.answering import Mixed


def test_test_data_is_the_same_everywhere_and_as_long_as_asked_for() -> None:
    data = generate_test_data(150, seed=2)
    assert data.n_bars == 150 and len(data.symbols) == 1
    assert data.digest == generate_test_data(150, seed=2).digest
    assert data.digest != generate_test_data(150, seed=3).digest
    hourly = generate_test_data(30, timeframe="1h")
    assert (hourly.n_bars, hourly.timeframe) == (30, "1h")


def test_a_container_runs_from_a_fresh_state_each_time() -> None:
    container = create_test_container(seed=3, strategy=Mixed, parameters={"period": 6}, cash=500)
    assert container.load_data(generate_test_data(120)) is container
    first, second = container.run_strategy(), container.run_strategy()
    assert first.result_hash == second.result_hash
    assert first.parameters["period"] == 6
    assert first.metrics["final_equity"] < 5_000
    assert (
        first.metrics
        == aj.backtest(Mixed, generate_test_data(120), parameters={"period": 6}, master_seed=3, cash=500).metrics
    )


def test_a_container_of_another_seed_differs() -> None:
    data = generate_test_data(120)
    results = [create_test_container(seed=seed, strategy=Mixed).load_data(data).run_strategy() for seed in (1, 2)]
    assert results[0].metrics["final_equity"] != results[1].metrics["final_equity"]


def test_a_container_takes_a_frame_too() -> None:
    data = generate_test_data(80)
    container = create_test_container(strategy="buy_and_hold").load_data(data.frame())
    other = create_test_container(strategy="buy_and_hold").load_data(data)
    np.testing.assert_equal(container.run_strategy().metrics, other.run_strategy().metrics)


def test_a_container_without_data_or_disposed_refuses() -> None:
    container = create_test_container()
    with pytest.raises(aj.AdmfError, match="the container has no data: call load_data first"):
        container.run_strategy()
    container.load_data(generate_test_data(50))
    container.dispose()
    for use in (container.run_strategy, lambda: container.load_data("sample")):
        with pytest.raises(aj.AdmfError, match="the container is disposed: create a new one"):
            use()


def test_containers_side_by_side_give_what_they_give_alone() -> None:
    data = generate_test_data(120)
    containers = [
        create_test_container(seed=seed, strategy=Mixed, position_size=size).load_data(data)
        for seed in range(6)
        for size in (0.4, 1.0)
    ]
    alone = [container.run_strategy().result_hash for container in containers]
    assert len(set(alone)) == 12
    assert [one.result_hash for one in parallel_execute(containers)] == alone
    assert [one.result_hash for one in parallel_execute(containers, n_jobs=1)] == alone
    assert parallel_execute([]) == []


def test_indicator_values_are_those_of_a_container() -> None:
    data = generate_test_data(60)
    close = data.close[0]
    found: Any = indicator_values(ta.sma(5), data)
    assert np.isnan(found[:4]).all()
    np.testing.assert_allclose(found[4:], np.convolve(close, np.ones(5) / 5, "valid"), rtol=1e-12)
    late: Any = indicator_values(ta.sma(5, lag=1), data)
    assert np.isnan(late[:5]).all() and late[5:].tolist() == found[4:-1].tolist()
    bands: Any = indicator_values(ta.bollinger(5), data, symbol=data.symbols[0])
    assert list(bands) == ["upper", "middle", "lower"]
