import io
import math

import pytest
from rich.console import Console

from admf_jit.results.block import ResultBlock
from admf_jit.results.columns import schema, to_table
from admf_jit.results.table import format_metric, format_value, print_metrics, print_results
from tests.results.conftest import METRICS, SWEPT, make_result

SHOWN = ("total_return", "max_drawdown", "win_rate", "commission_paid")


def printed(print_what) -> str:
    text = io.StringIO()
    print_what(Console(file=text, width=200, markup=False))
    return text.getvalue()


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("total_return", 0.1234, "12.34%"),
        ("final_equity", 1234567.891, "1,234,567.89"),
        ("n_trades", 1234, "1,234"),
        ("sharpe_ratio", -0.5, "-0.500"),
        ("profit_factor", math.inf, "inf"),
        ("win_rate", math.nan, "-"),
        ("n_trades", None, "-"),
    ],
)
def test_metrics_for_people(name, value, text):
    assert format_metric(name, value) == text


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (0.0002, "0.0002"), (15, "15"), ("none", "none")])
def test_values_as_in_the_configuration(value, text):
    assert format_value(value) == text


def test_the_table_shows_the_best_rows_and_the_first_failures():
    counted = {"risk_breaches": 2.0, "liquidations": 1.0}
    metrics = (*METRICS, *SHOWN, *counted)
    results = [make_result(index, failed=index >= 5) for index in range(10)]
    rows = [
        type(result)(**{**vars(result), "metrics": {**result.metrics, **dict.fromkeys(SHOWN, 0.5), **counted}})
        for result in results
    ]
    table = to_table(ResultBlock.of(rows), schema(SWEPT, metrics))
    text = printed(
        lambda console: print_results(
            console, table, swept=tuple(SWEPT), objective="sharpe_ratio", direction="maximize", top=2
        )
    )
    assert "best 2 of 10 by sharpe_ratio" in text
    assert "0000000000000002" in text and "0000000000000001" not in text
    assert "5 of 10 containers failed:" in text
    assert "5 (0000000000000005): equity is -3.0 at bar 7" in text
    assert "and 2 more" in text
    assert "20 breaches of limits in 10 of 10 containers, 10 of them liquidations" in text


@pytest.mark.parametrize(
    ("width", "shown", "dropped"),
    [
        (200, ("commission_", "0000000000000002", "drawdown"), ()),
        (80, ("sharpe_", "total_", "drawdown"), ("commission_", "0000000000000002")),
        (55, ("sharpe_",), ("commission_", "drawdown", "win_")),
    ],
)
def test_a_narrow_terminal_gets_fewer_columns(results, width, shown, dropped):
    metrics = (*METRICS, *SHOWN)
    rows = [
        type(result)(**{**vars(result), "metrics": {**result.metrics, **dict.fromkeys(SHOWN, 0.5)}})
        for result in results
    ]
    text = io.StringIO()
    print_results(
        Console(file=text, width=width),
        to_table(ResultBlock.of(rows), schema(SWEPT, metrics)),
        swept=tuple(SWEPT),
        objective="sharpe_ratio",
        direction="maximize",
        top=3,
    )
    printed = text.getvalue()
    assert all(word in printed for word in shown) and not any(word in printed for word in dropped)
    assert max(len(line) for line in printed.splitlines()) <= width


def test_metrics_are_printed_one_a_line():
    text = printed(lambda console: print_metrics(console, {"total_return": 0.5, "n_trades": 3.0}))
    assert [line.split() for line in text.splitlines()] == [["total_return", "50.00%"], ["n_trades", "3"]]
