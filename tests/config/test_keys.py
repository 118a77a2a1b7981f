"""Every key: what it accepts, and how it refuses."""

import copy

import pytest

from admf_jit.config import load_config
from admf_jit.errors import ConfigError

MINIMAL = {"data": {"source": "sample"}, "strategy": {"type": "sma_crossover"}}


def build(path, value):
    """Return the minimal configuration with one key set; the path is a tuple of keys."""
    config = copy.deepcopy(MINIMAL)
    node = config
    for key in path[:-1]:
        node = node.setdefault(key, {})
    node[path[-1]] = value
    return config


def dig(config, path):
    node = config.model_dump(mode="json")
    for key in path:
        node = node[key]
    return node


ACCEPTED = [
    ("name", "spy-sma", "spy-sma"),
    ("data.symbols", ["SPY", "ON"], ["SPY", "ON"]),
    ("data.symbols", "SPY", ["SPY"]),
    ("data.start", "2024-01-31", "2024-01-31"),
    ("data.end", "2024-01-31T09:30:00+00:00", "2024-01-31T09:30:00+00:00"),
    ("data.timeframe", "1mo", "1mo"),
    ("data.timezone", "America/New_York", "America/New_York"),
    ("data.calendar", "XNYS", "XNYS"),
    ("data.delisted", {"ABC": 12.5, "XYZ": 0}, {"ABC": 12.5, "XYZ": 0.0}),
    ("strategy.type", "package.module:ClassName", "package.module:ClassName"),
    ("strategy.parameters", {"a": 1, "b": True, "c": 0.5}, {"a": 1, "b": True, "c": 0.5}),
    ("account.cash", 5000, 5000.0),
    ("account.position_size", 0.02, 0.02),
    ("account.lot_size", 100, 100.0),
    ("account.commission", {"type": "none"}, {"type": "none"}),
    ("account.commission", 0.002, {"type": "percent", "rate": 0.002}),
    ("account.slippage", 0, {"type": "percent", "rate": 0.0}),
    ("account.commission", {"type": "percent", "rate": 0}, {"type": "percent", "rate": 0.0}),
    ("account.commission", {"type": "fixed", "amount": 2}, {"type": "fixed", "amount": 2.0}),
    (
        "account.commission",
        {"type": "per_share", "rate": 0.005},
        {"type": "per_share", "rate": 0.005, "minimum": 0.0},
    ),
    ("account.slippage", {"type": "percent", "rate": 0.001}, {"type": "percent", "rate": 0.001}),
    ("account.slippage", {"type": "fixed", "amount": 0.01}, {"type": "fixed", "amount": 0.01}),
    ("execution.fill", "same_close", "same_close"),
    ("execution.close_at_end", True, True),
    ("execution.event_capacity", 65536, 65536),
    ("execution.optimization_phase.containers", 1000, 1000),
    ("execution.optimization_phase.isolation", "full", "full"),
    ("execution.optimization_phase.isolation", "minimal", "minimal"),
    ("execution.optimization_phase.isolation", "auto", "auto"),
    ("execution.optimization_phase.shared_services", ["market_data"], ["market_data"]),
    ("execution.optimization_phase.isolation", "process", "process"),
    ("workflow.reproducibility.master_seed", 2**63 - 1, 2**63 - 1),
    ("workflow.reproducibility.deterministic_ordering", False, False),
    ("optimization.method", "grid", "grid"),
    ("optimization.objective", "max_drawdown", "max_drawdown"),
    ("optimization.direction", "minimize", "minimize"),
    ("optimization.parallel_containers", 1000, 1000),
    ("optimization.containers", 1000, 1000),
    ("optimization.batch_size", 7, 7),
    ("optimization.parameters", {"a": [1, 2], "b": 3}, {"a": [1, 2], "b": [3]}),
    ("optimization.parameters", {"a": range(3)}, {"a": [0, 1, 2]}),
    ("optimization.constraints", ["a < b"], ["a < b"]),
    (
        "containers.momentum_strategy.resources",
        {"memory_limit": "2GB", "cpu_limit": 1, "time_limit": 60},
        {"memory_limit": 2 * 1024**3, "cpu_limit": 1.0, "time_limit": 60.0},
    ),
]


@pytest.mark.parametrize(("key", "value", "expected"), ACCEPTED)
def test_accepts(key, value, expected):
    path = tuple(key.split("."))
    assert dig(load_config(build(path, value)), path) == expected


REFUSED = [
    ("name", "a b", "name: is 'a b'; expected a name of letters"),
    ("name", 5, "name: is 5; expected a name of letters"),
    ("data.source", "", "data.source: is ''; expected a text, a list of texts"),
    ("data.calendar", "", "data.calendar: is ''; expected the calendar of an exchange, such as XNYS"),
    ("data.calendar", 5, "data.calendar: is 5; expected the calendar of an exchange, such as XNYS"),
    ("data.delisted", {"ABC": -1}, "data.delisted: the price of ABC is -1; expected a number >= 0 (0: worthless)"),
    ("data.delisted", {"ABC": float("nan")}, "data.delisted: the price of ABC is nan; expected a number >= 0"),
    ("data.delisted", {"ABC": True}, "data.delisted: the price of ABC is True; expected a number >= 0"),
    ("data.delisted", {"": 1}, "data.delisted: expected a mapping of symbols that end to prices"),
    ("data.delisted", ["ABC"], "; expected a mapping of symbols that end to prices"),
    ("data.symbols", [700], "data.symbols[0]: is 700; expected a list of symbols"),
    ("data.symbols", [], "data.symbols: is []; expected at least one symbol"),
    ("data.symbols", ["A", "A"], "expected at least one symbol, each named once"),
    ("data.start", "31.01.2024", "data.start: is '31.01.2024'; expected a date"),
    ("data.end", 2024, "data.end: is 2024; expected a date"),
    ("data.timeframe", "0m", "data.timeframe: is '0m'; expected a timeframe"),
    ("data.timezone", "America/NewYork", "did you mean 'America/New_York'?"),
    ("data.timezone", "../../etc/passwd", "data.timezone: is '../../etc/passwd'; expected an IANA"),
    ("strategy.type", 3, "strategy.type: is 3; expected the name of a built-in"),
    ("strategy.parameters", [1], "strategy.parameters: is [1]; expected a mapping"),
    ("strategy.parameters", {"a": [1]}, "strategy.parameters.a: is [1]; expected a number"),
    ("account.cash", 0, "account.cash: is 0; expected a number > 0"),
    ("account.cash", "100", "account.cash: is '100'; expected a number > 0"),
    ("account.cash", True, "account.cash: is True; expected a number > 0"),
    ("account.cash", float("inf"), "account.cash: is inf; expected a number > 0"),
    ("account.cash", float("nan"), "account.cash: is nan; expected a number > 0"),
    ("account.position_size", 1.5, "account: position_size is 1.5 with leverage 1; expected at most 1, or margin"),
    ("account.position_size", -0.5, "account.position_size: is -0.5; expected the fraction"),
    ("account.position_size", 0, "account.position_size: is 0; expected the fraction"),
    ("account.lot_size", -1, "account.lot_size: is -1; expected a number >= 0"),
    (
        "account.commission",
        "percent",
        "account.commission: is 'percent'; expected a fraction of the traded value (0.001",
    ),
    ("account.commission", True, "account.commission: is True; expected a fraction of the traded value"),
    ("account.slippage", 1.5, "account.slippage.rate: is 1.5; expected a fraction"),
    ("account.slippage", [0.1], "account.slippage: is [0.1]; expected a fraction of the traded value"),
    ("account.commission", {"rate": 0.1}, "account.commission.type: missing"),
    ("account.commission", {"type": "per_shar"}, "did you mean 'per_share'?"),
    ("account.commission", {"type": "percent"}, "account.commission.rate: missing; expected a fraction"),
    ("account.commission", {"type": "percent", "rate": 1}, "account.commission.rate: is 1; expected a frac"),
    ("account.commission", {"type": "none", "rate": 0.1}, "account.commission.rate: unknown key"),
    ("account.commission", {"type": "fixed", "amount": -1}, "account.commission.amount: is -1; expected"),
    ("account.slippage", {"type": "per_share", "rate": 1}, "expected one of none, percent, fixed"),
    ("account.slippage", {"type": "fixed", "amount": 1, "rate": 0.1}, "account.slippage.rate: unknown key"),
    (
        "execution.fill",
        "next_opn",
        "execution.fill: is 'next_opn'; expected one of next_open, same_close; did",
    ),
    ("execution.close_at_end", 1, "execution.close_at_end: is 1; expected true or false"),
    ("execution.event_capacity", 65, "execution.event_capacity: is 65; expected a power of two"),
    ("execution.event_capacity", 0, "execution.event_capacity: is 0; expected a power of two"),
    ("execution.event_capacity", 131072, "expected a power of two from 1 to 65536"),
    ("execution.intrabar", "stop_frst", "execution.intrabar: is 'stop_frst'; expected one of stop_first, target_first"),
    ("execution.optimization_phase.containers", 0, "phase.containers: is 0; expected a whole number >= 1"),
    ("execution.optimization_phase.shared_services", ["indicators"], "expected market_data among them"),
    (
        "execution.optimization_phase.shared_services",
        ["bars", "market_data"],
        "expected one of market_data, indicators",
    ),
    (
        "execution.optimization_phase.isolation",
        "ful",
        "isolation: is 'ful'; expected one of auto, full, minimal, process; did you mean",
    ),
    ("workflow.reproducibility.master_seed", -1, "master_seed: is -1; expected a whole number from 0"),
    ("workflow.reproducibility.master_seed", 2**63, "expected a whole number from 0 to 2**63 - 1"),
    ("workflow.reproducibility.master_seed", 1.0, "master_seed: is 1.0; expected a whole number"),
    ("workflow.reproducibility.deterministic_ordering", "yes", "ordering: is 'yes'; expected true or false"),
    (
        "optimization.method",
        "gird",
        "is 'gird'; expected grid, random, sobol, latin_hypercube, halving or optuna; did you mean 'grid'?",
    ),
    ("optimization.objective", "sharp_ratio", "did you mean 'sharpe_ratio'?"),
    ("optimization.direction", "maximise", "did you mean 'maximize'?"),
    ("optimization.parallel_containers", 0, "optimization.parallel_containers: is 0; expected a whole"),
    ("optimization.containers", 2.5, "optimization.containers: is 2.5; expected a whole number >= 1"),
    ("optimization.batch_size", 0, "optimization.batch_size: is 0; expected a whole number >= 1"),
    ("optimization.parameters", {"a": []}, "optimization.parameters.a: is []; expected at least one value"),
    ("data.history", -1, "data.history: is -1; expected all, none or a whole number >= 0"),
    ("data.history", "some", "data.history: is 'some'; expected all, none or a whole number >= 0"),
    ("evaluation.start", "late", "evaluation.start: is 'late'; expected one of own, common"),
    ("optimization.parameters", {"a": [1, [2]]}, "optimization.parameters.a[1]: is [2]; expected a number"),
    ("optimization.parameters", {"a": [[1]]}, "optimization.parameters.a[0]: is [1]; expected a number"),
    ("optimization.parameters", {"a": float("nan")}, "optimization.parameters.a[0]: is nan; expected a fin"),
    ("optimization.constraints", [1], "optimization.constraints[0]: is 1; expected a list of conditions"),
    ("containers.defaults.resources.memory_limit", "5QB", "memory_limit: is '5QB'; expected a size"),
    ("containers.defaults.resources.memory_limit", 0, "memory_limit: is 0; expected a size"),
    ("containers.defaults.resources.cpu_limit", 0, "cpu_limit: is 0; expected a number of cores > 0"),
    ("containers.defaults.resources.time_limit", 0, "time_limit: is 0; expected seconds of processor time > 0"),
    ("containers.sma_crosover.resources.cpu_limit", 1, "did you mean 'sma_crossover'?"),
    ("infrastructure.machines", [{"host": "a", "containers": 0, "memory": "1GB"}], "expected a whole number >= 1"),
    ("infrastructure.machines", [{"host": "a", "containers": 1}], "memory"),
    (
        "infrastructure.machines",
        2 * [{"host": "a", "containers": 1, "memory": 1}],
        "machines has a twice; expected each",
    ),
    ("infrastructure.distributed", True, "nothing says where; expected a scheduler, or machines"),
    ("infrastructure", {"scheduler": "local"}, "a scheduler, and distributed is false; expected distributed true"),
    ("infrastructure", {"distributed": True, "scheduler": "local", "backend": "loky"}, "backend is loky; expected"),
    (
        "infrastructure",
        {"distributed": True, "scheduler": "a:1", "machines": [{"host": "a", "containers": 1, "memory": 1}]},
        "a scheduler that is running, and machines to start workers on; expected one of them",
    ),
]


@pytest.mark.parametrize(("key", "value", "message"), REFUSED)
def test_refuses_with_path_value_and_expectation(key, value, message):
    with pytest.raises(ConfigError) as caught:
        load_config(build(tuple(key.split(".")), value))
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


TYPOS = [
    ("acount", "account"),
    ("data.sorce", "source"),
    ("data.timefrme", "timeframe"),
    ("strategy.paramters", "parameters"),
    ("account.comission", "commission"),
    ("account.position_sise", "position_size"),
    ("execution.fil", "fill"),
    ("execution.optimisation_phase", "optimization_phase"),
    ("execution.optimization_phase.isolaton", "isolation"),
    ("workflow.reproducability", "reproducibility"),
    ("workflow.reproducibility.master_sed", "master_seed"),
    ("optimization.paralel_containers", "parallel_containers"),
    ("containers.defaults.resource", "resources"),
    ("containers.defaults.resources.memory", "memory_limit"),
]


@pytest.mark.parametrize(("key", "nearest"), TYPOS)
def test_a_typo_at_any_level_names_the_path_and_the_nearest_key(key, nearest):
    with pytest.raises(ConfigError) as caught:
        load_config(build(tuple(key.split(".")), 1))
    assert str(caught.value) == f"{key}: unknown key; did you mean {nearest!r}?"


def test_a_key_far_from_all_lists_what_is_known():
    with pytest.raises(ConfigError, match="strategy.zzz: unknown key; expected one of type, parameters"):
        load_config(build(("strategy", "zzz"), 1))


def test_all_problems_are_listed_at_once_and_a_misspelled_required_key_counts_once():
    with pytest.raises(ConfigError) as caught:
        load_config({"data": {"source": "sample"}, "stratgy": {}, "name": "", "account": {"cash": -1}})
    paths = [line.split(":")[0] for line in str(caught.value).splitlines()]
    assert sorted(paths) == ["account.cash", "name", "stratgy"]


def test_required_blocks_are_named():
    with pytest.raises(ConfigError) as caught:
        load_config({})
    assert str(caught.value) == "data: missing; expected a mapping\nstrategy: missing; expected a mapping"


def test_start_after_end_is_refused():
    config = build(("data", "start"), "2024-02-01")
    config["data"]["end"] = "2024-01-01"
    with pytest.raises(ConfigError, match="data: start 2024-02-01 is after end 2024-01-01"):
        load_config(config)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"start": 5, "stop": 11, "step": 3}, [5, 8, 11]),
        ({"start": 5, "stop": 10, "step": 3}, [5, 8]),
        ({"start": 0.1, "stop": 0.5, "step": 0.1}, [0.1, 0.2, 0.3, 0.4, 0.5]),
        ({"start": 1, "stop": 1, "step": 1}, [1]),
        ({"start": 0, "stop": 1, "step": 0.5}, [0.0, 0.5, 1.0]),
    ],
)
def test_a_range_includes_its_stop_and_has_the_numbers_of_a_list(given, expected):
    values = load_config(build(("optimization", "parameters"), {"a": given})).optimization.parameters["a"]
    assert list(values) == expected
    assert [type(value) for value in values] == [type(value) for value in expected]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"start": 1, "stop": 2}, "but step is None"),
        ({"start": 1, "stop": 2, "step": 0}, "start <= stop and step > 0"),
        ({"start": 2, "stop": 1, "step": 1}, "start <= stop and step > 0"),
        ({"start": True, "stop": 2, "step": 1}, "but start is True"),
        ({"start": 1, "stop": 2, "step": float("nan")}, "expected a finite number"),
        ({"start": 1, "stop": 2, "steps": 1}, "unknown key 'steps' of a range; did you mean 'step'?"),
        ({"start": 0, "stop": 1e300, "step": 1e-300}, "at most 1,000,000 values"),
    ],
)
def test_a_range_that_cannot_be_expanded_is_refused(given, message):
    with pytest.raises(ConfigError) as caught:
        load_config(build(("optimization", "parameters"), {"a": given}))
    assert str(caught.value).startswith("optimization.parameters.a: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("caps", "expected"),
    [((None, None, None), None), ((5, None, 9), 5), ((5, 4, 3), 3), ((None, 2, None), 2)],
)
def test_the_smallest_cap_on_containers_in_flight_holds(caps, expected):
    config = copy.deepcopy(MINIMAL)
    config["optimization"] = {"parallel_containers": caps[0], "containers": caps[1]}
    config["execution"] = {"optimization_phase": {"containers": caps[2]}}
    assert load_config(config).containers_in_flight == expected


def test_the_resolved_configuration_loads_to_itself():
    config = load_config(build(("optimization", "parameters"), {"a": {"start": 1, "stop": 9, "step": 2}}))
    assert load_config(config.model_dump(mode="json")) == config


def test_objectives_are_the_metrics_of_the_kernels():
    constants = pytest.importorskip("admf_kernels.constants")
    for name in constants.METRIC_NAMES:
        assert load_config(build(("optimization", "objective"), name)).optimization.objective == name


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        (
            "objective",
            "sharpe_ratoi",
            "is 'sharpe_ratoi'; did you mean 'sharpe_ratio'\\? The metrics are final_equity, ",
        ),
        ("objective", "2 * sharpe_ratoi", "column 5: 'sharpe_ratoi': unknown name; did you mean 'sharpe_ratio'"),
        ("objective", "sharpe_ratio > 1", "expected a number, such as .*, not a condition"),
        ("objective", "sharpe_ratio -", "invalid syntax"),
        ("objective", "open('x')", "unknown function"),
        ("objective", "symbol * 2", "'symbol' is a text"),
        (
            "result_constraints",
            ["n_trades >= 10", "max_drawdwn > -0.2"],
            "'max_drawdwn > -0.2': column 1: .*did you mean",
        ),
        ("result_constraints", "n_trades + 1", "expected a condition"),
    ],
)
def test_formulas_of_results_are_refused_by_key(key, text, said):
    with pytest.raises(ConfigError, match=rf"optimization\.{key}: .*{said}"):
        load_config(
            {**MINIMAL, "optimization": {"parameters": {"fast_period": [3], "symbol": ["ALFA"]}, key: text}},
        )


def test_a_configuration_is_immutable():
    config = load_config(MINIMAL)
    with pytest.raises(ValueError, match="frozen"):
        config.account.cash = 5.0
