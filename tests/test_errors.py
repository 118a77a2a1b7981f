import pytest

from admf_jit.errors import AdmfError, ConfigError, DataError, ResultsError, StrategyError, closest


def test_all_errors_share_one_base():
    assert all(issubclass(kind, AdmfError) for kind in (ConfigError, DataError, StrategyError, ResultsError))


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("fast_perod", ["slow_period", "fast_period"], "fast_period"),
        ("FAST_PERIOD", ["fast_period"], "fast_period"),
        ("cpu", ["memory_limit", "cpu_limit"], "cpu_limit"),
        ("paralel", ["method", "parallel_containers"], "parallel_containers"),
        ("seed", ["deterministic_ordering", "master_seed"], "master_seed"),
        ("xyz", ["fast_period"], ""),
        ("", ["fast_period"], ""),
        ("a", [], ""),
    ],
)
def test_closest(name, known, expected):
    assert closest(name, known) == expected
