"""What a page of a long table says of all its rows, against pandas over the whole table."""

import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from admf_jit.report import rows as rows_module
from admf_jit.report.landscape import Landscape, distribution
from admf_jit.report.packing import Packing
from admf_jit.report.rows import choose_rows

OPTIMIZATION = {"objective": "score", "direction": "minimize"}


class Stored:
    """A table in memory with what a page asks of one on the disk."""

    def __init__(self, frame):
        # Missing numbers are nulls in swept columns, and NaN in metrics.
        nulls = {name: frame[name].astype(object).where(frame[name].notna(), None) for name in ("period", "stop")}
        self._table = pa.table({name: pa.array(nulls.get(name, frame[name]).tolist()) for name in frame})
        self.schema, self.num_rows = self._table.schema, self._table.num_rows
        self.column = self.read_column = self._table.column


@pytest.fixture
def frame():
    random = np.random.default_rng(7)
    points = list(itertools.product([1, 2, 3, 4], [None, 0.1, 0.2], ["up", "down"]))
    frame = pd.DataFrame(points, columns=["period", "stop", "kind"])
    frame["score"] = random.normal(size=len(frame))
    frame["status"] = np.where(random.random(len(frame)) < 0.2, "failed", "ok")
    frame.loc[3, "score"] = np.nan
    return frame.sample(frac=1.0, random_state=1).reset_index(drop=True)


@pytest.fixture
def chosen(frame, monkeypatch):
    for name, value in {"MOST_ROWS": 10, "_BEST": 4, "_SAMPLED": 3, "_FAILED": 2}.items():
        monkeypatch.setattr(rows_module, name, value)
    return choose_rows(Stored(frame), OPTIMIZATION)


def test_of_a_long_table_the_best_a_stratified_sample_and_failures_are_chosen(frame, chosen):
    ok = frame[frame["status"] == "ok"].sort_values("score", kind="stable")
    failed = frame[frame["status"] != "ok"]
    rest = ok.index[4:]
    sample = [rest[number * len(rest) // 3] for number in range(3)]
    assert list(chosen.places) == [*ok.index[:4], *sample, *failed.index[:2]]
    assert (chosen.n_best, chosen.n_sampled, chosen.n_failed) == (4, 3, 2)
    assert chosen.failed_in_all == len(failed) and not chosen.whole


def test_cells_are_those_of_all_rows(frame, chosen):
    packing = Packing()
    landscape = Landscape(Stored(frame), ["period", "stop", "kind"], chosen)
    position = {int(place): number for number, place in enumerate(chosen.places)}
    maps = {(one["x"], one["y"]): one for one in landscape.heat_maps(position, packing)}
    assert set(maps) == {("period", "stop"), ("period", "kind"), ("stop", "kind")}
    content = b"".join(packing._parts)
    ok = frame[(frame["status"] == "ok") & frame["score"].notna()]
    for (x, y), found in maps.items():
        n = len(found["levels"][0]) * len(found["levels"][1])

        def array(name, dtype, found=found, n=n):
            return np.frombuffer(content, dtype, n, found[name]["$"][1])

        cells = itertools.product(*found["levels"])
        for cell, (across, up) in enumerate(cells):
            inside = ok[
                (ok[x].isna() if across is None else ok[x] == across) & (ok[y].isna() if up is None else ok[y] == up)
            ]
            assert array("count", "<i4")[cell] == len(inside)
            assert array("mean", "<f8")[cell] == pytest.approx(inside["score"].mean(), nan_ok=True)
            assert array("best", "<f8")[cell] == pytest.approx(inside["score"].min(), nan_ok=True)
            place = position.get(inside["score"].idxmin(), -1) if len(inside) else -1
            if len(inside):
                assert array("row", "<i4")[cell] == place


def test_no_step_leads_to_a_missing_value_nor_from_one_name_to_another(frame, chosen):
    places = np.arange(len(frame))
    median, count = Landscape(Stored(frame), ["period", "stop", "kind"], chosen).neighbours(places)
    for place, row in frame.iterrows():
        near = []
        for other in frame[
            (frame["status"] == "ok") & frame["score"].notna() & (frame["kind"] == row["kind"])
        ].itertuples():
            same_stop = other.stop == row["stop"] or (np.isnan(other.stop) and np.isnan(row["stop"]))
            if same_stop and abs(other.period - row["period"]) == 1:
                near.append(other.score)
            elif other.period == row["period"] and abs(other.stop - row["stop"]) == pytest.approx(0.1):
                near.append(other.score)
        assert count[place] == len(near)
        assert median[place] == pytest.approx(np.median(near) if near else np.nan, nan_ok=True)


@pytest.mark.parametrize("values", [[], [np.nan], [2.0], [2.0, 2.0], [0.0, 0.0], [1.0, np.inf, -np.inf, 3.0]])
def test_a_distribution_counts_every_value_once(values):
    found = distribution(np.array(values, np.float64))
    finite = [value for value in values if np.isfinite(value)]
    assert found["values"] == len(finite) and found["without"] == len(values) - len(finite)
    assert sum(found.get("counts", [])) == len(finite)


def test_the_ends_of_a_long_table_are_counted_beside_the_bins():
    values = np.append(np.linspace(0.0, 1.0, 5000), [1e9, -1e9])
    found = distribution(values)
    assert found["below"] + found["above"] + sum(found["counts"]) == len(values)
    assert found["edges"][0] >= 0.0 and found["edges"][-1] <= 1.0 and found["maximum"] == 1e9
