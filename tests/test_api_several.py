"""Several strategies and several sets of data from Python."""

import pandas as pd
import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.errors import ConfigError


@aj.strategy
class Above:
    """Holds above its average."""

    period: int = 5
    average = ta.sma("period")

    def on_bar(self, bar, position):
        return bar.close > self.average


@aj.strategy
class Slow:
    """Holds above its average of many bars."""

    bars: int = 30
    average = ta.sma("bars")

    def on_bar(self, bar, position):
        return bar.close > self.average


@pytest.fixture(scope="module")
def sets() -> dict[str, aj.MarketData]:
    year = {"timeframe": "1d", "start": "2016-01-01", "end": "2016-12-31"}
    return {name: aj.load("sample", symbols=[name], **year) for name in ("ALFA", "BETA", "GAMA")}


@pytest.fixture(scope="module")
def many(sets: dict[str, aj.MarketData]) -> aj.GridResult:
    return aj.grid(
        [Above, Slow],
        sets,
        {"Above": {"period": [3, 5, 9]}, "Slow": {"bars": [20, 40]}, "position_size": [0.5, 1.0]},
        constraints={"Above": "period != 5"},
        memory_limit={"Slow": "900MB"},
        n_jobs=1,
    )


def test_each_strategy_sweeps_its_own_values_over_each_set(many: aj.GridResult) -> None:
    counts = many.frame.groupby(["strategy", "data_set"], sort=False).size()
    assert counts.to_dict() == {
        **{("Above", name): 4 for name in ("ALFA", "BETA", "GAMA")},
        **{("Slow", name): 4 for name in ("ALFA", "BETA", "GAMA")},
    }
    assert many.manifest["accounting"]["Slow"]["memory_limit"] == 900 * 2**20
    assert many.manifest["accounting"]["Above"]["memory_limit"] is None


def test_a_row_is_that_of_its_strategy_and_set_alone(many: aj.GridResult, sets: dict[str, aj.MarketData]) -> None:
    alone = aj.grid(Slow, sets["GAMA"], {"bars": [20, 40], "position_size": [0.5, 1.0]}, n_jobs=1).frame
    mine = many.frame.query("strategy == 'Slow' and data_set == 'GAMA'")
    both = ["bars", "position_size", "container_id", "seed", "result_hash"]
    rows = [frame[both].sort_values(both[:2]).to_numpy().tolist() for frame in (alone, mine)]
    assert rows[0] == rows[1]
    index = int(mine["index"].iloc[2])
    assert many.container(index).result_hash == mine["result_hash"].iloc[2]


def test_combinations_are_judged_over_all_sets(many: aj.GridResult) -> None:
    best = many.best(99)
    pd.testing.assert_frame_equal(best, aj.open_run(many.directory).best(99))
    frame = many.frame.assign(earned=many.frame["total_return"] > 0)
    keys = ["strategy", "period", "bars", "position_size"]
    grouped = frame.groupby(keys, dropna=False)
    expected = pd.DataFrame(
        {
            "mean": grouped["sharpe_ratio"].mean(),
            "worst": grouped["sharpe_ratio"].min(),
            "positive_share": grouped["earned"].mean(),
        }
    )
    assert len(best) == len(expected) == 8
    pd.testing.assert_frame_equal(best.set_index(keys)[list(expected)].sort_index(), expected.sort_index())
    assert best["mean"].is_monotonic_decreasing


def test_the_worst_set_may_rank(sets: dict[str, aj.MarketData]) -> None:
    swept = {"period": [2, 3, 5, 9, 15]}
    found = aj.grid(Above, sets, swept, across_data="worst", objective=lambda row: -row.max_drawdown, n_jobs=1)
    best = found.best(5)
    drawdowns = -found.frame.groupby("period")["max_drawdown"].max()
    assert best["worst"].is_monotonic_decreasing
    assert best.set_index("period")["worst"].to_dict() == pytest.approx(drawdowns.to_dict())


def test_what_is_wrong_is_named(sets: dict[str, aj.MarketData]) -> None:
    one = sets["ALFA"]
    with pytest.raises(ConfigError, match="Above is in the list twice; expected a mapping of names"):
        aj.grid([Above, Above(period=3)], one, {"position_size": [1.0]})
    with pytest.raises(ConfigError, match="constraints.Abov: unknown strategy; did you mean 'Above'"):
        aj.grid([Above, Slow], one, {}, constraints={"Abov": "period > 1"})
    with pytest.raises(ConfigError, match="optimization.across_data: judges several sets of data together"):
        aj.grid(Above, one, {"period": [3]}, across_data="worst")
    with pytest.raises(ConfigError, match=r"strategies\.Slow: optimization\.parameters\.period: unknown name"):
        aj.grid([Above, Slow], one, {"period": [3]})
    with pytest.raises(ConfigError, match="column of a run with several strategies"):
        aj.grid({"a": Named, "b": Slow}, one, {"a": {"strategy": [1, 2]}})


@aj.strategy
class Named:
    """Has a parameter with the name of a column."""

    strategy: int = 1

    def on_bar(self, bar, position):
        return bar.index % 2 == self.strategy
