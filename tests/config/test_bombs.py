"""Configurations that are short, and would take all memory or all time, are refused at once."""

import os
import threading
import tracemalloc

import pytest

from admf_jit.config import load_config
from admf_jit.config.yaml_reader import MAX_BYTES, read_yaml
from admf_jit.errors import ConfigError
from tests.patience import PATIENCE

LEAST = "data: {source: sample}\nstrategy: {type: sma_crossover}\n"


def nested_aliases(wide, deep):
    lines = ["a0: &a0 [" + ", ".join("1" * wide) + "]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * wide)}]" for i in range(1, deep)]
    return "\n".join(lines)


def nested_merges(deep):
    lines = ["m0: &m0 {k: 1}"]
    lines += [f"m{i}: &m{i} {{<<: [{', '.join([f'*m{i - 1}'] * 9)}], k{i}: 1}}" for i in range(1, deep)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (nested_aliases(9, 30), "values once aliases are written out"),
        (nested_merges(30), "values once aliases are written out"),
        ("a: &x {b: *x}", "contains an alias of itself"),
        ("[" * 1000, "nested more than 32 levels deep"),
        ("{a: " * 5000, "nested more than 32 levels deep"),
        ("- " * 5000 + "1", "nested more than 32 levels deep"),
        ("? " * 5000 + "1", "nested more than 32 levels deep"),
        ("a: '" + "x" * MAX_BYTES + "'", "at most 200,000 bytes"),
        ("a: |\n" + "  x\n" * MAX_BYTES, "at most 200,000 bytes"),
        ("a: " + "9" * 5000, "cannot be read as int"),
        ('a: "\\Uffffffff"', "f.yaml:1:"),
        ("!%FF x", "f.yaml:1:"),
        ('a: "\\ud800"', "half of a surrogate pair"),
        ('"\\udc00": 1', "half of a surrogate pair"),
    ],
)
def test_a_bomb_is_refused_with_its_line(text, message):
    tracemalloc.start()
    try:
        with pytest.raises(ConfigError) as caught:
            read_yaml(text, "f.yaml")
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith("f.yaml") and message in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("names", [2, 3, 4, 50])
def test_a_grid_of_many_ranges_is_refused_before_any_is_written_out(tmp_path, names):
    swept = ", ".join(f"p{name}: {{start: 0, stop: 999999, step: 1}}" for name in range(names))
    path = tmp_path / "grid.yaml"
    path.write_text(LEAST + f"optimization: {{parameters: {{{swept}}}}}\n")
    tracemalloc.start()
    try:
        with pytest.raises(
            ConfigError, match="optimization.parameters: 1,000,000 x 1,000,000.* = .* containers; expected"
        ):
            load_config(path)
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    finally:
        tracemalloc.stop()


def test_a_grid_of_ten_to_the_twelve_lists_is_refused_with_its_size(tmp_path):
    values = list(range(1000))
    swept = {name: values for name in ("fast_period", "slow_period", "signal_threshold", "position_size")}
    with pytest.raises(ConfigError, match="1,000 x 1,000 x 1,000 x 1,000 = 1,000,000,000,000 containers"):
        load_config({"data": {"source": "sample"}, "strategy": {"type": "x"}, "optimization": {"parameters": swept}})


@pytest.mark.parametrize(
    "changes",
    [
        {"account": {"cash": 10**5000}},
        {"optimization": {"parameters": {"a": [10**5000]}}},
        {"optimization": {"parameters": {"a": {"start": 0, "stop": 10**5000, "step": 1}}}},
        {"optimization": {"parameters": {"a": {"start": 0, "stop": 10**2000, "step": 1}}}},
        {"workflow": {"reproducibility": {"master_seed": -(10**5000)}}},
        {"containers": {"\ud800": {}}},
        {"strategy": {"type": "\udfff"}},
        {"containers": {"defaults": {"resources": {"memory_limit": 2**60 + 1}}}},
        {"containers": {"defaults": {"resources": {"memory_limit": "9" * 4200 + "TB"}}}},
        {"infrastructure": {"machines": [{"host": "a", "containers": 1, "memory": "9999999999TB"}]}},
        {"data": {"source": "sample", "timeframe": "9" * 400 + "d"}},
    ],
)
def test_values_from_python_that_nothing_can_hold_are_refused(changes):
    with pytest.raises(ConfigError) as caught:
        load_config({"data": {"source": "sample"}, "strategy": {"type": "x"}, **changes})
    assert len(str(caught.value).encode()) < 500


def test_what_never_ends_is_refused():
    endless: dict = {"data": {"source": "sample"}}
    endless["strategy"] = {"parameters": endless}
    with pytest.raises(ConfigError, match="nested more than 32 levels deep"):
        load_config(endless)
    for values in (range(10**12), range(10**30), range(0, -(10**30), -1)):
        with pytest.raises(ConfigError, match=r"is range\(0, .*; expected a range of at most 1,000,000 values"):
            load_config({"optimization": {"parameters": {"a": values}}})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a system with named pipes")
def test_a_device_or_a_pipe_without_end_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="more than 200,000 bytes"):
        load_config("/dev/zero")
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)

    def fill():
        try:
            with pipe.open("wb") as file:
                file.write(b"a" * 10_000_000)
        except BrokenPipeError:
            pass

    writer = threading.Thread(target=fill)
    writer.start()
    with pytest.raises(ConfigError, match="more than 200,000 bytes"):
        load_config(pipe)
    writer.join(PATIENCE)
    assert not writer.is_alive()
