import numpy as np
import pytest

from admf_jit.config.reading import ReadingOptions
from admf_jit.data.policies import apply_policies
from tests.data.test_checks import LABELS, bars

NAN = np.nan


def options(**given: object) -> ReadingOptions:
    return ReadingOptions.model_validate(given)


def test_rows_of_nan_are_refused_by_name_or_left_out() -> None:
    values = bars(4, open=[10, NAN, 10, 10], close=[11, NAN, NAN, 11])
    refused = apply_policies(values, LABELS, options())
    assert [(p.position, p.column) for p in refused.problems] == [(1, "Open"), (1, "Close"), (2, "Close")]
    assert all("rows_of_nan: drop leaves such rows out" in p.rule for p in refused.problems)
    dropped = apply_policies(values, LABELS, options(rows_of_nan="drop"))
    assert dropped.keep is not None and dropped.keep.tolist() == [True, False, False, True]
    assert (dropped.problems, dropped.notes) == ([], ("2 rows without a price left out (rows_of_nan: drop)",))


@pytest.mark.parametrize("cells", [[5, NAN, 5, -1], [5, -1, 5, -1]])
def test_an_unknown_volume_is_0_or_left_out_or_refused(cells: list[float]) -> None:
    values = bars(4, volume=cells)
    zero = apply_policies(values, LABELS, options())
    assert values["volume"].tolist() == [5, 0, 5, 0]
    assert zero == (None, ("volume is not known on 2 rows: it is 0 there",), [])
    dropped = apply_policies(bars(4, volume=cells), LABELS, options(volume="drop"))
    assert dropped.keep is not None and dropped.keep.tolist() == [True, False, True, False]
    assert dropped.notes == ("2 rows without a volume left out (volume: drop)",)
    refused = apply_policies(bars(4, volume=cells), LABELS, options(volume="refuse"))
    assert [(p.position, p.column) for p in refused.problems] == [(1, "Volume"), (3, "Volume")]


def test_cells_that_could_not_be_read_are_told_once() -> None:
    sound = np.array([True, False, True])
    values = bars(3, close=[11, NAN, 11], volume=[5, NAN, NAN])
    found = apply_policies(values, LABELS, options(), sound)
    assert found == (None, ("volume is not known on 1 row: it is 0 there",), [])


def test_good_rows_are_not_touched() -> None:
    values = bars(3)
    before = values["volume"]
    assert apply_policies(values, LABELS, options()) == (None, (), [])
    assert values["volume"] is before
