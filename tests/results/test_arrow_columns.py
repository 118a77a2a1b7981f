"""Arrow columns by their buffers, against Arrow's own conversions."""

import math

import numpy as np
import pyarrow as pa
import pytest

from admf_jit.results import arrow_columns
from admf_jit.results.arrow_columns import picked, to_array, to_nulls, to_numbers

COLUMNS = {
    "int64": [3, None, -(2**63), 2**63 - 1, 0, None, 7, 8, 9],
    "double": [0.5, math.inf, -0.0, None, 5e-324, 1.0, 2.0, 3.0, 4.0],
    "bool": [True, None, False, True, True, False, False, True, True],
    "string": ["", None, "ok", "Ä €", "x" * 300, "zero \0 inside", "1", "2", "3"],
}


@pytest.mark.parametrize("type_name", COLUMNS)
@pytest.mark.parametrize("kept", [slice(0), slice(1), slice(None), slice(4, None, 2)])
def test_the_same_array_as_arrows_own(type_name, kept):
    arrow_type = pa.type_for_alias(type_name)
    for values in (COLUMNS[type_name][kept], [v for v in COLUMNS[type_name][kept] if v is not None]):
        mine = to_array(values, arrow_type)
        mine.validate(full=True)
        assert mine.equals(pa.array(values, arrow_type)) and mine.null_count == values.count(None)


@pytest.mark.parametrize("type_name", ["int64", "double", "bool"])
def test_numbers_and_nulls_of_sliced_chunks(type_name):
    values = COLUMNS[type_name]
    whole = pa.array(values, pa.type_for_alias(type_name))
    for start in range(4):
        column = pa.chunked_array([whole[start:6], whole[:0], whole[1:]])
        expected = values[start:6] + values[1:]
        numbers = to_numbers(column)
        assert numbers.tolist() == [0 if value is None else value for value in expected]
        assert numbers.dtype == {"int64": np.int64, "double": np.float64, "bool": np.bool_}[type_name]
        assert to_nulls(column).tolist() == [value is None for value in expected]


def test_a_column_without_chunks():
    column = pa.chunked_array([], pa.int64())
    assert to_numbers(column).tolist() == [] and to_nulls(column).tolist() == []


def test_the_sign_of_zero_and_nan_are_kept():
    numbers = to_numbers(pa.chunked_array([pa.array([-0.0, math.nan, None])]))
    assert np.signbit(numbers[0]) and np.isnan(numbers[1]) and numbers[2] == 0.0


@pytest.mark.parametrize("type_name", COLUMNS)
@pytest.mark.parametrize("rows", [[], [0], [8, 1, 1, 0], [7, 6], list(range(8, -1, -1))])
def test_picked_rows_are_those_of_arrows_take(monkeypatch, type_name, rows):
    monkeypatch.setattr(arrow_columns, "_TEXTS_AT_A_TIME", 3)
    values = COLUMNS[type_name]
    whole = pa.array([*values, *values[::-1]], pa.type_for_alias(type_name))
    for begin in range(4):
        for chunk in (whole[begin : begin + 9], whole[begin : begin + 9].drop_null()):
            kept = [row for row in rows if row < len(chunk)]
            mine = picked(chunk, np.array(kept, np.int64))
            mine.validate(full=True)
            assert mine.equals(chunk.take(pa.array(kept, pa.int64())))


@pytest.mark.parametrize("texts", [["aa", "bb", "cc", "dd"], ["", "", "", ""], [None] * 4])
def test_picked_texts_of_one_length(texts):
    chunk = pa.array(texts, pa.string())[1:]
    mine = picked(chunk, np.array([2, 0, 1]))
    mine.validate(full=True)
    assert mine.to_pylist() == [texts[3], texts[1], texts[2]]
