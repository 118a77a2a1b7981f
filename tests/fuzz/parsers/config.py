"""Configurations: any text is refused, or is a configuration that comes back from its manifest and lays out a grid.

A comment `#set key=value` is an override, as `--set` on the command line.
"""

import copy
import json
import random
import types
import typing
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, RootModel

from admf_jit.config import Config, load_config
from admf_jit.data.timeframe import normalise
from admf_jit.errors import ConfigError, DataError
from admf_jit.parameter_grid import build_grid
from admf_kernels.constants import METRIC_NAMES
from tests.fuzz.parsers.folder import scratch
from tests.fuzz.parsers.samples import two_symbols
from tests.fuzz.parsers.trees import changed, set_path

DEFAULTS = {"fast_period": 10, "slow_period": 30, "signal_threshold": 0.0, "allow_short": False}
SEEDS = [
    # The examples, without what people read.
    yaml.safe_dump(yaml.safe_load(path.read_text()), sort_keys=False, default_flow_style=None, width=1000).encode()
    for path in sorted((Path(__file__).parents[3] / "configs").glob("*.yaml"))
] + [
    b"data: {source: sample}\nstrategy: {type: sma_crossover}\n",
    b"{data: {source: sample, start: 2020-01-01, end: '2020-02-03T09:30:00Z', timeframe: 1d, timezone: Asia/Tokyo},"
    b" strategy: {type: x, parameters: {fast_period: 3}}, optimization: {parameters: {fast_period: {start: 1, stop: 9,"
    b" step: 2}, symbol: [A, B], account.cash: [1, 2.5]}, constraints: [fast_period < slow_period]}}",
    b"a: &a [1, 2]\nb: {<<: {c: *a}, d: !!str 3}\n? e\n: |\n  text\n",
    b"data: {source: sample}\nstrategy: {type: x}\naccount: {sizing: {type: kelly, window: 20, share: 0.5},"
    b" commission: {type: tiered, tiers: [{up_to: 5, rate: 0.1}, {rate: 0.2}]}, margin: {leverage: 2}}\n",
    b"data: {source: sample}\nstrategy: {type: x}\ncontainers: {defaults: {resources: {memory_limit: 1GB}}}\n"
    b"infrastructure: {distributed: false, machines: [{host: a, containers: 3, memory: 1GB}]}\n",
    b"data: {source: sample}\nstrategy: {type: x}\n#set account.cash=5\n#set optimization.parameters.a.b=[1, 2]\n",
]
#: The reader is plain Python: short documents are many documents.
LONGEST = 800
_FILE = scratch("config") / "c.yaml"
_SET = "#set "
_BARS = two_symbols()


def _blocks(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [block for inner in typing.get_args(annotation) for block in _blocks(inner)]


def _keys_of(model: type[BaseModel], prefix: str = "") -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        if not issubclass(model, RootModel):
            found.append(prefix + name)
        for block in _blocks(field.annotation):
            found += _keys_of(block, prefix + name + "." if not issubclass(model, RootModel) else prefix + "defaults.")
    return found


def _choices(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) is typing.Literal:
        return list(typing.get_args(annotation))
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is not None:
        return [choice for inner in typing.get_args(annotation) for choice in _choices(inner)]
    return []


def _all_choices(model: type[BaseModel]) -> list[Any]:
    found = []
    for field in model.model_fields.values():
        found += _choices(field.annotation)
        for block in _blocks(field.annotation):
            found += _all_choices(block)
    return found


PATHS = sorted(set(_keys_of(Config)))
KEYS = sorted(
    {part for path in PATHS for part in path.split(".")} | {*DEFAULTS, "start", "stop", "step", "<<", "symbol"}
)
CHOICES = sorted({str(choice) for choice in _all_choices(Config)} - {*METRIC_NAMES})
VALUES: list[Any] = [
    *CHOICES, *PATHS, None, True, False, 0, 1, -1, 2, 7, 0.5, -0.0, 1e308, 5e-324, 2**63, 2**63 - 1, -(2**63), 10**30,
    float("inf"), float("nan"), "", "sample", "A", "B", "1d", "5m", "2024-01-01", "2024-13-01T00:00+25:00",
    "9999-12-31", "0001-01-01", "2024-01-01T15:03Z", "9999-12-31T23:59:59-12:00", "999999999mo", "512MB", "9e9GB",
    "UTC", "America/New_York", "../../etc", "/", "~root/x.py:A", "a.py:B", "a:b", "fast_period < slow_period",
    "x" * 300, "\x00", "é\u202e", [], {}, [1, 2, 3], {"start": 1, "stop": 3, "step": 1},
    {"type": "percent", "rate": 0.1}, {"start": 0, "stop": 1999, "step": 1}, {"start": 0.1, "stop": 0.3, "step": 0.1},
]  # fmt: skip
_ODD_PATHS = (
    "data.symbols[0]",
    "optimization.constraints[999999999999999999999]",
    "optimization.parameters.a.b",
    "",
    ".",
    "a[0]",
)
DICTIONARY = [
    *KEYS, *CHOICES, ": ", "- ", "&a ", "*a", "<<: ", "!!", "!!python/object/apply:os.system ", "|\n", ">-\n", "? ",
    "---\n", "...\n", "%YAML 1.1\n", "#", "{", "}", "[", "]", ", ", "'", '"', '"\\ud800"', '"\\x00"', "\t", "\ufeff",
    "\u2028", "~", "1e999", ".inf", ".nan", "0x10", "0o7", "1_000", "-", "+1", "2024-01-01", "!!int ", "!!float ",
    "!!null ", "!!bool ",
]  # fmt: skip


def check(data: bytes) -> bool:
    """Load the text, and what the manifest would say of it; then lay out the grid of a strategy of four parameters."""
    _FILE.write_bytes(data)
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    overrides = [line.removeprefix(_SET) for line in lines if line.startswith(_SET)]
    try:
        config = load_config(_FILE, overrides)
    except ConfigError as error:
        said = str(error).splitlines()
        assert said and said[0].startswith((str(_FILE), "--set")), str(error)
        assert overrides or str(error).encode("utf-8")
        return False
    _select_bars(config)
    resolved = config.model_dump(mode="json")
    stored = json.dumps(resolved, ensure_ascii=False, allow_nan=False).encode("utf-8")
    again = load_config(json.loads(stored))
    assert again == config, (again, config)
    assert again.model_dump(mode="json") == resolved
    count = 1
    for values in config.optimization.parameters.values():
        count *= len(values)
    if count > 20_000:
        return True
    try:
        grid = build_grid(
            config,
            parameter_defaults=DEFAULTS,
            strategy_digest="s",
            data_digest="d",
            symbols=("A", "B"),
            portfolio=False,
        )
    except ConfigError as error:
        assert str(error)
        str(error).encode("utf-8")
        return True
    assert 1 <= len(grid) <= count
    first, last = grid.container(0), grid.container(len(grid) - 1)
    assert first.index == 0 and (first.container_id == last.container_id) == (len(grid) == 1)
    return True


def _changed(node: Any, chance: random.Random) -> Any:
    value = copy.deepcopy(chance.choice(VALUES))
    kind = chance.randrange(6)
    if kind < 4:
        return changed(node, chance, KEYS, VALUES)
    if kind == 4:
        return set_path(node, chance.choice(PATHS), value)
    names = [*DEFAULTS, *PATHS, "symbol", "position_size"]
    swept = [copy.deepcopy(chance.choice(VALUES)) for _ in range(chance.randint(1, 3))]
    return set_path(node, "optimization.parameters", {chance.choice(names): swept, chance.choice(names): value})


def _select_bars(config: Config) -> None:
    """Choose the span of time that a configuration asks for, and name its bars."""
    chosen = config.data
    try:
        _BARS.select(None, chosen.start, chosen.end)
        if chosen.timeframe is not None:
            assert normalise(normalise(chosen.timeframe)) == normalise(chosen.timeframe)
    except DataError as error:
        assert str(error).startswith(("made: start", "start: ", "end: ", "timeframe: ")), error


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Change the tree of the document, or its text by lines and words."""
    if chance.random() < 0.6:
        try:
            node = yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            text = yaml.dump(
                _changed(node, chance),
                Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),
                default_flow_style=chance.choice((None, True, False)),
                sort_keys=False,
                allow_unicode=True,
            )
            return text.encode("utf-8", "replace")
        except (yaml.YAMLError, ValueError, TypeError, RecursionError, LookupError, AttributeError, ArithmeticError):
            pass
    lines = data.split(b"\n")
    place = chance.randrange(len(lines))
    kind = chance.randrange(6)
    if kind == 0:
        lines.insert(place, lines[chance.randrange(len(lines))])
    elif kind == 1:
        del lines[place]
    elif kind == 2:
        lines[place] = b" " * chance.randrange(8) + lines[place].lstrip()
    elif kind == 3:
        path = chance.choice((*PATHS, *_ODD_PATHS))
        lines.append(f"{_SET}{path}={chance.choice(VALUES)}".encode("utf-8", "surrogateescape"))
    else:
        line = lines[place]
        start = chance.randint(0, len(line))
        end = min(len(line), start + chance.choice((0, 0, 1, 3, 10)))
        word = chance.choice(DICTIONARY).encode("utf-8", "surrogateescape") * chance.choice((1, 1, 1, 1, 40))
        lines[place] = line[:start] + word + line[end:]
    return b"\n".join(lines)
