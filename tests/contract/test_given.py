"""Signals and orders from outside come to what the reference engine and a ledger by hand say of each column."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.typing import NDArray

import admf_jit as aj
from admf_jit.cli.main import main
from tests.contract.compare import assert_agrees
from tests.contract.markets import Span
from tests.contract.samples import MARKET
from tests.reference.costs import Settings
from tests.reference.engine import KEEP, Strategy, run

BARS = MARKET.frame()
N, M = len(BARS), 4
NAMES = ["a", "b", "Funding (8h)", "class"]
FLAGS = np.random.default_rng(2).random((4, N, M)) < 0.1
ENTRIES, EXITS, SHORT_ENTRIES, SHORT_EXITS = (pd.DataFrame(one, BARS.index, NAMES) for one in FLAGS)
COSTS = {"position_size": 0.3, "cash": 10_000.0, "commission": {"type": "percent", "rate": 0.001}}


def _reference(column: int, *, shorts: bool) -> Strategy:
    """What the four signals of a bar mean, as docs/signals.md has it."""

    def answer(t: int, position: float) -> int | None:
        entry, leave, short_entry, short_exit = (bool(flags[t, column]) for flags in FLAGS)
        short_entry, short_exit = short_entry and shorts, short_exit and shorts
        long_side = entry and not leave
        short_side = short_entry and not short_exit
        if long_side != short_side:
            return 1 if long_side else -1
        if position > 0 and leave and not entry:
            return 0
        if position < 0 and short_exit and not short_entry:
            return 0
        return KEEP

    return Strategy(0, answer)


@pytest.mark.parametrize("shorts", [False, True])
def test_each_column_is_what_the_reference_makes_of_it(shorts: bool) -> None:
    more: dict[str, Any] = {"short_entries": SHORT_ENTRIES, "short_exits": SHORT_EXITS} if shorts else {}
    settings = Settings(**COSTS)  # type: ignore[arg-type]
    many = aj.from_signals(BARS, ENTRIES, EXITS, **more, **COSTS)
    assert many.frame["column"].tolist() == NAMES
    assert "minimal" in str(many.manifest["isolation"])
    full = aj.from_signals(BARS, ENTRIES, EXITS, isolation="full", **more, **COSTS)
    assert full.frame["result_hash"].tolist() == many.frame["result_hash"].tolist()
    for column in range(M):
        one = many.container(column)
        assert_agrees(one, run(Span().bars(BARS), _reference(column, shorts=shorts), settings), settings)
        assert one.metrics["final_equity"] == many.frame["final_equity"][column] and len(one.trades) > 5


def test_every_kind_of_table_is_the_same() -> None:
    expected = aj.from_signals(BARS, ENTRIES, EXITS).frame["final_equity"].tolist()
    shuffled = EXITS.sample(frac=1.0, random_state=4)[NAMES[::-1]]
    moved = ENTRIES.tz_convert("Asia/Tokyo")
    arrow = pa.Table.from_pandas(ENTRIES.astype(np.int8).reset_index())
    for entries, exits in (
        (moved, shuffled),
        (arrow, EXITS),
        (ENTRIES.to_numpy(), EXITS.to_numpy()),
        (ENTRIES.reset_index(drop=True), EXITS.astype(float)),
        (ENTRIES, pd.DataFrame(EXITS.to_numpy(object), EXITS.index, NAMES)),
    ):
        assert aj.from_signals(BARS, entries, exits).frame["final_equity"].tolist() == expected
    one = aj.from_signals(BARS, ENTRIES["b"], EXITS["b"]).frame
    assert one["column"].tolist() == ["b"] and one["final_equity"].tolist() == expected[1:2]
    shared = aj.from_signals(BARS, ENTRIES, EXITS["b"]).frame["final_equity"].tolist()
    assert shared[1] == expected[1] and shared[0] != expected[0]


def test_sizes_settings_and_exits_are_those_of_a_grid() -> None:
    data = aj.load(BARS.assign(buy=ENTRIES["a"].astype(int), sell=EXITS["a"]), extra=["buy", "sell"])

    @aj.strategy
    class Same:
        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            return aj.signals(bar.x.buy > 0.0, bar.x.sell > 0.0)

    stops = {"stop_loss": 0.02}
    swept = {"account.commission.rate": [0.0, 0.002]}
    settings: dict[str, Any] = {"commission": {"type": "percent", "rate": 0.0}, "master_seed": 3}
    given = aj.from_signals(data, ENTRIES["a"], EXITS["a"], parameters=swept, exit_rules=stops, **settings).frame
    written = aj.grid(Same, data, swept, exits=stops, **settings).frame
    assert given["final_equity"].tolist() == written["final_equity"].tolist()
    assert given["final_equity"][0] != aj.from_signals(data, ENTRIES["a"], EXITS["a"]).frame["final_equity"][0]
    sized = aj.from_signals(data, ENTRIES, EXITS, size=[0.1, 0.2, 0.3, 1.0]).frame
    assert sized["position_size"].tolist() == [0.1, 0.2, 0.3, 1.0]
    by_name = {"class": 1.0, "Funding (8h)": 0.3, "a": 0.1, "b": 0.2}
    for named in (by_name, pd.Series(by_name)):
        again = aj.from_signals(data, ENTRIES, EXITS, size=named).frame
        assert again["position_size"].tolist() == [0.1, 0.2, 0.3, 1.0]
    same = aj.from_signals(data, ENTRIES, EXITS, size=0.3).frame
    assert same["final_equity"][2] == sized["final_equity"][2] and same["final_equity"][1] != sized["final_equity"][1]


def test_history_and_a_part_of_the_bars_have_their_own_signals(tmp_path: Path) -> None:
    whole = aj.load(BARS)
    part = whole.select(start=BARS.index[50])
    assert part.n_history == 50
    given = ENTRIES.iloc[50:], EXITS.iloc[50:]
    alone = aj.from_signals(part, *given)
    rows = aj.from_signals(BARS.iloc[50:], *given, out=tmp_path / "run")
    assert rows.frame["final_equity"].tolist() == alone.frame["final_equity"].tolist()
    assert alone.container(1).metrics["final_equity"] == rows.frame["final_equity"][1]
    assert main(["verify", str(tmp_path / "run")]) == 0
    assert main(["replay", str(tmp_path / "run"), "2"]) == 0
    again = aj.open_run(tmp_path / "run")
    assert again.frame["column"].tolist() == NAMES
    assert again.container(3).metrics["final_equity"] == rows.frame["final_equity"][3]


def _ledger(quantities: NDArray[np.float64], cash: float) -> float:
    """Orders of a bar fill at the next open, without costs."""
    held = 0.0
    for t in range(1, N):
        bought = float(np.nan_to_num(quantities[t - 1]))
        cash, held = cash - bought * float(BARS["open"].iloc[t]), held + bought
    return cash + held * float(BARS["close"].iloc[-1])


def test_orders_are_a_ledger_by_hand() -> None:
    generator = np.random.default_rng(9)
    quantities = np.where(generator.random((N, M)) < 0.1, generator.normal(size=(N, M)), np.nan)
    rows = aj.from_orders(BARS, quantities, cash=1e6).frame
    expected = [_ledger(quantities[:, column], 1e6) for column in range(M)]
    assert rows["column"].tolist() == ["0", "1", "2", "3"]
    assert np.allclose(rows["final_equity"], expected, rtol=1e-12, atol=0.0)
    full = aj.from_orders(BARS, quantities, cash=1e6, isolation="full").frame
    leaving = {"max_holding_bars": 3}
    rules, block = (aj.from_orders(BARS, quantities, cash=1e6, **{key: leaving}) for key in ("exit_rules", "exits"))
    assert rules.frame["result_hash"].tolist() == block.frame["result_hash"].tolist() != rows["result_hash"].tolist()
    assert full["result_hash"].tolist() == rows["result_hash"].tolist()


def test_a_signal_is_acted_on_one_bar_later_and_not_before() -> None:
    entry = pd.Series(np.arange(N) == 20, BARS.index)
    trade = aj.from_signals(BARS, entry, pd.Series(np.arange(N) == 30, BARS.index)).container(0).trades
    assert trade[["entry_bar", "exit_bar"]].values.tolist() == [[21, 31]]
    assert trade["entry_price"][0] == BARS["open"].iloc[21]


def test_columns_of_a_file_are_signals_in_yaml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    BARS.assign(buy=ENTRIES["a"].astype(int), sell=EXITS["a"]).to_csv(tmp_path / "bars.csv")
    (tmp_path / "run.yaml").write_text(
        "data: {source: bars.csv, format: {extra: [buy, sell]}}\nstrategy: {type: signals, entries: buy, exits: sell}\n"
        "optimization: {parameters: {position_size: [0.5, 1.0]}}\n"
    )
    assert main(["grid", str(tmp_path / "run.yaml"), "--out", str(tmp_path / "out")]) == 0
    rows = aj.open_run(tmp_path / "out").frame
    expected = aj.from_signals(BARS, ENTRIES["a"], EXITS["a"], parameters={"position_size": [0.5, 1.0]}).frame
    assert rows["final_equity"].tolist() == expected["final_equity"].tolist()
    assert main(["verify", str(tmp_path / "out")]) == 0
    for strategy, says in (
        ("{type: signals}", "type signals needs entries or short_entries"),
        ("{type: buy_and_hold, exits: sell}", "exits is for type signals alone"),
        ("{type: signals, entries: byu}", "no column is called 'byu'.*did you mean 'buy'"),
    ):
        (tmp_path / "bad.yaml").write_text(
            f"data: {{source: bars.csv, format: {{extra: [buy, sell]}}}}\nstrategy: {strategy}\n"
        )
        capsys.readouterr()
        assert main(["validate", str(tmp_path / "bad.yaml")]) == 2
        assert pd.Series([capsys.readouterr().err]).str.contains(says).all()


LATE = ENTRIES.set_axis(BARS.index + pd.Timedelta("1min"))


@pytest.mark.parametrize(
    ("entries", "exits", "more", "says"),
    [
        (None, EXITS, {}, "no entries are given"),
        (ENTRIES, EXITS, {"stops": {"stop_loss": 1}}, "stops: unknown setting; expected one of exit_rules, risk"),
        (ENTRIES, EXITS, {"exit_rule": {}}, "exit_rule: unknown setting; did you mean 'exit_rules'"),
        (ENTRIES.iloc[1:], EXITS, {}, r"entries: 2024-01-02T09:30:00Z is a bar without a row"),
        (ENTRIES.iloc[:-2], EXITS, {}, r"is a bar without a row \(and 1 more\)"),
        (LATE, EXITS, {}, r"entries: 2024-01-02T09:31:00Z is no bar of the data"),
        (ENTRIES.tz_localize(None).tz_localize("Asia/Tokyo"), EXITS, {}, "is no bar of the data"),
        (pd.concat([ENTRIES, ENTRIES.iloc[:1]]), EXITS, {}, "2024-01-02T09:30:00Z twice"),
        (ENTRIES.to_numpy()[1:], EXITS, {}, "entries: has 299 rows, and the data has 300 bars"),
        (ENTRIES.to_numpy().T, EXITS.to_numpy().T, {}, "has 4 rows"),
        (ENTRIES.reset_index(drop=True).iloc[1:], EXITS, {}, "the index holds whole numbers"),
        (ENTRIES.shift(1), EXITS, {}, r"column 'a', bar 0 is missing; .*fillna\(False\)"),
        (ENTRIES.astype(float) * 2, EXITS, {}, "is 2.0; expected true or false"),
        (ENTRIES.astype(str), EXITS, {}, "is 'False'; expected a number"),
        (ENTRIES.set_axis(["a", "a", "b", "c"], axis=1), EXITS, {}, "several columns are called 'a'"),
        (ENTRIES, EXITS.iloc[:, :2], {}, "exits: has 2 columns other than those of the widest table, which has 4"),
        (ENTRIES, EXITS.rename(columns={"a": "z"}), {}, "such as 'z'"),
        (ENTRIES, EXITS, {"size": [1.0, 0.5]}, r"size has shape \(2,\)"),
        (ENTRIES, EXITS, {"size": {"a": 1.0, "z": 0.5}}, r"size and the columns do not match at 'Funding \(8h\)'"),
        (ENTRIES, EXITS, {"size": pd.Series([1.0, 0.5], ["a", "a"])}, "size has a column twice"),
        (ENTRIES, EXITS, {"size": "all"}, "size is 'all'; expected a number"),
        (np.zeros((2, 2, 2)), EXITS, {}, r"has shape \(2, 2, 2\)"),
    ],
)
def test_what_does_not_fit_the_bars_is_refused(entries: Any, exits: Any, more: dict[str, Any], says: str) -> None:
    with pytest.raises(aj.AdmfError, match=says):
        aj.from_signals(aj.load(BARS), entries, exits, **more)


def test_shorts_need_no_entries_and_signals_are_no_orders() -> None:
    short = aj.from_signals(aj.load(BARS), short_entries=ENTRIES["a"], short_exits=EXITS["a"], size=0.1)
    none = aj.from_signals(
        aj.load(BARS), entries=ENTRIES["a"] & False, short_entries=ENTRIES["a"], short_exits=EXITS["a"], size=0.1
    )
    assert short.frame["result_hash"].tolist() == none.frame["result_hash"].tolist()
    assert short.frame["n_trades"][0] > 0
    with pytest.raises(aj.DataError, match="holds true and false; expected numbers of units, or aj.from_signals"):
        aj.from_orders(BARS, ENTRIES)


def test_several_symbols_infinite_orders_and_other_strategies_are_refused() -> None:
    two = aj.load({"A": BARS, "B": BARS})
    with pytest.raises(aj.DataError, match=r"2 symbols, and signals are those of one: data.select\('A'\)"):
        aj.from_signals(two, ENTRIES)
    with pytest.raises(aj.DataError, match="column '1', bar 3 is infinite"):
        aj.from_orders(BARS, np.where(np.arange(2 * N).reshape(N, 2) == 7, np.inf, 0.0))
    with pytest.raises(aj.StrategyError, match=r"the data has no such columns: aj.from_signals makes them"):
        aj.grid("admf_jit.strategies.builtin.signals:GivenSignals", BARS, {"column": [0]})
