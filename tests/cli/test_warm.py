import json

import pytest

from admf_jit.cli import main
from admf_jit.strategies.resolve import BUILT_IN


@pytest.fixture
def warmed(workflow):
    """The names that were compiled; the second one is in the cache."""
    named = []

    def warm(name):
        named.append(name)
        return {"strategy": name, "seconds": 8.25, "from_cache": len(named) == 2}

    workflow.warm = warm
    workflow.warm_engines = lambda: iter([("the order engine", {"seconds": 20.0, "from_cache": False})])
    return named


def test_each_is_compiled_and_told(capsys, warmed):
    assert main(["warm", "momentum", "spy.yaml"]) == 0
    assert capsys.readouterr().out.splitlines() == ["momentum: compiled in 8.2 s", "spy.yaml: was compiled already"]


def test_all_engines_and_built_in_strategies_unless_some_are_named(capsys, warmed):
    assert main(["warm", "--json"]) == 0
    assert warmed == list(BUILT_IN)
    assert list(json.loads(capsys.readouterr().out)) == ["the order engine", *BUILT_IN]


def test_engines_alone(capsys, warmed):
    assert main(["warm", "--engines"]) == 0
    assert capsys.readouterr().out.splitlines() == ["the order engine: compiled in 20.0 s"]
    assert not warmed


def test_engines_alone_and_a_strategy_are_refused(capsys, warmed):
    assert main(["warm", "--engines", "momentum"]) == 2
    assert "expected it without momentum" in capsys.readouterr().err
