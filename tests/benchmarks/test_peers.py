"""What is compared with other engines, and that nothing is timed where results differ."""

import numpy as np
import pytest

from benchmarks.peers.compare import CHECKED, TIMED, TIMED_SLOW, Engine, check, measured
from benchmarks.peers.work import Work, averages

ROW = {"final_equity": 100.0, "n_trades": 3, "sharpe_ratio": -0.5, "max_drawdown": -0.1}
OTHER = Engine("other", "run_other", "other")


def test_equal_results_pass_and_say_how_close_they_are():
    assert "the same trades" in check(OTHER, [ROW], [{**ROW, "final_equity": 100.0 * (1 + 1e-12)}])


@pytest.mark.parametrize("change", [{"n_trades": 4}, {"final_equity": 100.001}, {"sharpe_ratio": 0.5}])
def test_other_results_stop_it(change):
    with pytest.raises(SystemExit, match="nothing is timed"):
        check(OTHER, [ROW], [{**ROW, **change}])


def test_a_missing_row_stops_it():
    with pytest.raises(SystemExit, match="expected 2"):
        check(OTHER, [ROW, ROW], [ROW])


def test_time_is_told_per_bar_and_combination():
    found = measured(OTHER, {"seconds": [9.0, 0.5], "peak_bytes": 10}, 1.5)
    assert found["nanoseconds"] == pytest.approx(0.5 / (1188 * 100_000) * 1e9)
    assert (found["seconds"], found["rounds"], found["compile_seconds"]) == (0.5, 2, 1.5)


def test_the_work_has_the_shape_that_is_claimed():
    assert len(TIMED.combinations) == 1188 and TIMED.n_bars == 100_000
    assert set(TIMED_SLOW.combinations) < set(TIMED.combinations)
    assert len({fee for _, _, fee in CHECKED.combinations}) == 3


def test_bars_come_from_the_seed_and_open_where_the_last_one_closed():
    bars, again = (Work(n_bars=500, n_fees=1).bars() for _ in range(2))
    assert all(np.array_equal(bars[name], again[name]) for name in bars)
    assert np.array_equal(bars["open"][1:], bars["close"][:-1])
    assert (bars["high"] >= np.maximum(bars["open"], bars["close"])).all()
    assert (bars["low"] <= np.minimum(bars["open"], bars["close"])).all()


def test_an_average_is_of_the_last_closes():
    found = averages(np.array([1.0, 2.0, 6.0, 7.0]), (2, 3))
    assert np.isnan(found[3][:2]).all() and found[3][2:].tolist() == [3.0, 5.0]
    assert found[2][1:].tolist() == [1.5, 4.0, 6.5]
