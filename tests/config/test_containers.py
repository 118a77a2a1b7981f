import sys

import pytest

from admf_jit.config import ResourcesConfig, admission_limit, load_config
from admf_jit.errors import ConfigError


def resources(**limits):
    return ResourcesConfig.model_validate(limits)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("512MB", 512 * 1024**2),
        ("2GB", 2 * 1024**3),
        ("64KiB", 65536),
        ("1.5 g", 3 * 1024**3 // 2),
        ("100 b", 100),
        ("4096", 4096),
        (4096, 4096),
    ],
)
def test_sizes(text, expected):
    assert resources(memory_limit=text).memory_limit == expected


@pytest.mark.parametrize("text", ["", "MB", "-1MB", "1e3", "12XB", "1 M B", True, 1.5, None.__class__])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="expected a size"):
        resources(memory_limit=text)


def test_the_isolation_pages_machine_takes_115_containers():
    assert admission_limit(resources(memory_limit="512MB", cpu_limit=0.1), 64 * 1024**3, 32) == 115


def test_processors_bound_too_and_decimals_are_exact():
    assert admission_limit(resources(cpu_limit=0.5), 1, 2) == 3
    assert admission_limit(resources(cpu_limit=0.1), 1, 1) == 9


def test_one_container_always_fits_the_processors_but_not_the_memory():
    assert admission_limit(resources(cpu_limit=4), 1024, 1) == 1
    with pytest.raises(ConfigError, match="2,048 bytes for one container; expected at most 921"):
        admission_limit(resources(memory_limit=2048), 1024, 1)


def test_without_limits_nothing_is_bounded():
    assert admission_limit(resources(), 1, 1) == sys.maxsize


def test_a_strategys_own_limits_replace_the_defaults_key_by_key():
    containers = load_config(
        {
            "data": {"source": "sample"},
            "strategy": {"type": "package.module:Momentum"},
            "containers": {
                "defaults": {"resources": {"memory_limit": "1MB", "cpu_limit": 0.5}},
                "Momentum": {"resources": {"cpu_limit": 1.0}},
            },
        }
    ).containers
    own = containers.resources_for("package.module:Momentum")
    assert (own.memory_limit, own.cpu_limit) == (1024**2, 1.0)
    other = containers.resources_for("sma_crossover")
    assert (other.memory_limit, other.cpu_limit) == (1024**2, 0.5)
