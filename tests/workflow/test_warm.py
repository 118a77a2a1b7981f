"""Compiling ahead leaves nothing to compile for the run that comes after it."""

from pathlib import Path

import pytest

from admf_jit.errors import ConfigError
from admf_jit.strategies.compiled import _loaded
from admf_jit.strategies.generate import ENGINES
from admf_jit.strategies.generate_minimal import MINIMAL_ENGINES
from admf_jit.strategies.indicators import KINDS
from admf_jit.workflow import warm, warm_engines

HOURLY = Path(__file__).parents[1] / "strategies" / "hourly.py"


@pytest.mark.parametrize(
    ("named", "strategy"), [("sma_crossover", "SmaCrossover"), (f"{HOURLY}:Hourly", "Hourly"), ("config", "Momentum")]
)
def test_the_second_time_it_is_in_the_cache(named, strategy, tmp_path):
    if named == "config":
        path = tmp_path / "one.yaml"
        path.write_text("name: one\ndata: {source: sample}\nstrategy: {type: momentum}\n")
        named = str(path)
    assert warm(named)["strategy"] == strategy
    _loaded.clear()  # as in a new process
    assert warm(named)["from_cache"]


def test_an_unknown_name_is_refused_like_in_a_configuration():
    with pytest.raises(ConfigError, match="warmed"):
        warm("warmed.yaml")


def test_engines_and_indicators_are_all_compiled_and_then_in_the_cache() -> None:
    titles = [title for title, _ in warm_engines()]
    n_common = sum(kind.common for kind in KINDS.values())
    assert len(titles) == len(set(titles)) == len(ENGINES) + len(MINIMAL_ENGINES) + n_common
    _loaded.clear()  # as in a new process
    assert all(facts["from_cache"] for _, facts in warm_engines())
