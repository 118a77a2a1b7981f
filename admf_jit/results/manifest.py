"""The manifest: what a run was, on what it ran, and how it went. Timings live here, never in the results."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import reprlib
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from admf_jit.config.execution import PHASES
from admf_jit.errors import ResultsError
from admf_jit.results.atomic import write_json_atomically
from admf_jit.results.columns import LEADING, TRAILING
from admf_jit.results.spread import SPREAD_NAMES
from admf_kernels.constants import METRIC_NAMES

MANIFEST_NAME = "manifest.json"
#: What a manifest says of the trials on some data: containers, streams, and those of other runs with a Sharpe ratio.
LEDGER_COUNTS = ("containers", "streams", "earlier", "earlier_mean", "earlier_variance")
#: The manifest of a workflow, whose phases have manifests of their own.
WORKFLOW_NAME = "workflow.json"
# What stands in a manifest may be long, or as deep as can be read.
_shorten = reprlib.Repr()
_shorten.maxstring = _shorten.maxother = _shorten.maxlong = 80
_VERSIONED = ("numba", "llvmlite", "numpy", "pyarrow")
# What decides the bits of a row. A run resumed under another of these would mix results that do not belong
# together.
_IDENTITY = (("config",), ("data", "digest"), ("strategy", "digest"), ("versions",), ("search",))
# How many containers run at once, within which limits, and how they are ranked change no row that came to its end; and
# which containers there are says nothing about each of them.
_FREE = frozenset(
    {f"config.optimization.{key}" for key in ("across_data", "batch_size", "containers", "direction", "n_trials")}
    | {f"config.optimization.{key}" for key in ("objective", "objectives", "result_constraints")}
    | {f"config.optimization.{key}" for key in ("combinations", "constraints", "parallel_containers", "parameters")}
    | {"config.containers", "config.infrastructure", *(f"config.execution.{phase}" for phase in PHASES)}
    | {f"config.statistics.null_{key}" for key in ("markets", "method", "seed")}
)
# The same of one strategy among several, and what a phase hands to the next.
_FREE_BELOW = re.compile(r"config\.(strategies\..*\.optimization|workflow\.phases\..*\.select)")
# What the ids of containers are made of, wherever the files lie.
_DECIDING = (
    *(f"config.{block}" for block in ("account", "execution", "exits", "risk", "strategy.parameters")),
    "config.workflow.reproducibility.master_seed",
    "data.digest",
    "strategy.digest",
)


def versions(*, kernels_digest: str) -> dict[str, str]:
    """Return the versions that results depend on, read from the installed packages without importing them."""
    from admf_jit import __version__

    found = {"admf_jit": __version__, "kernels": kernels_digest, "python": platform.python_version()}
    for name in _VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def machine() -> dict[str, str | int | None]:
    """Return what timings depend on: processor, cores that this process may use, and memory in bytes."""
    import psutil

    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory": psutil.virtual_memory().total,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def write_manifest(directory: Path, manifest: Mapping[str, Any]) -> None:
    """Replace the directory's manifest in one step."""
    write_json_atomically(directory / MANIFEST_NAME, manifest)


def read_manifest(directory: Path) -> dict[str, Any]:
    """Return the directory's manifest; ResultsError when there is none or it is not ours."""
    path = directory / MANIFEST_NAME
    if not directory.is_dir():
        raise ResultsError(f"{directory}: no such directory; expected the directory of a run")
    if (directory / WORKFLOW_NAME).is_file():
        phases = sorted(one.parent.name for one in directory.glob(f"*/{MANIFEST_NAME}"))
        raise ResultsError(
            f"{directory}: is the directory of a workflow; expected that of one of its phases"
            + (f", such as {directory / phases[0]}" if phases else "")
        )
    if not os.path.lexists(path):
        raise ResultsError(
            f"{directory}: no {MANIFEST_NAME} in it; expected the directory of a run (what `grid` wrote)"
        )
    if path.is_symlink() or not path.is_file():
        raise ResultsError(f"{path}: is not a plain file; expected the manifest of a run")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        # JSON can spell halves of characters, which nothing else can hold: that is a ValueError.
        json.dumps(manifest, ensure_ascii=False).encode()
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{path}: not readable as JSON ({error})") from None
    if not isinstance(manifest, dict):
        raise ResultsError(f"{path}: holds a {type(manifest).__name__}; expected the manifest of a run")
    return manifest


def check_shape(directory: Path, manifest: Mapping[str, Any]) -> None:
    """Refuse a manifest that lacks what the rows of a run are read and shown by, or has something else there."""
    for path, fits in _SHAPE.items():
        keys = tuple(path.split("."))
        found = _at(manifest, keys)
        if not fits(found):
            raise ResultsError(
                f"{directory / MANIFEST_NAME}: {path} is {_shown(found)}; expected the manifest of a run"
            )
    columns = manifest["columns"]
    taken = {*LEADING, *TRAILING, *METRIC_NAMES, *SPREAD_NAMES, *columns["metrics"]} & set(columns["swept"])
    if taken:
        raise ResultsError(
            f"{directory / MANIFEST_NAME}: columns.swept has {_shown(min(taken))}, which every run has; "
            "expected the manifest of a run"
        )


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value) and len(set(value)) == len(value)


def _are_types(value: object) -> bool:
    return isinstance(value, dict) and all(kind in ("bool", "int64", "double", "string") for kind in value.values())


def _is_mapping(value: object) -> bool:
    return isinstance(value, dict)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _may_be_objectives(value: object) -> bool:
    return value is None or (isinstance(value, dict) and all(isinstance(text, str) for text in value.values()))


def _may_be_halving(value: object) -> bool:
    """How many trials a search by halving had, and how their Sharpe ratios vary; missing from other runs."""
    keys = ("trials", "sharpe_variance")
    return value is None or (isinstance(value, dict) and all(_is_amount(value.get(key), False) for key in keys))


def _may_be_ledger(value: object) -> bool:
    """What the ledger of trials knew of each set of data; missing from runs of older versions."""
    if value is None:
        return True
    counts = value.get("data", {}) if isinstance(value, dict) else None
    return isinstance(counts, dict) and all(
        isinstance(one, dict) and all(_is_amount(one.get(key), False) for key in LEDGER_COUNTS)
        for one in counts.values()
    )


def _may_be_texts(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(text, str) for text in value))


def _are_limits(value: object) -> bool:
    """What was used and allowed, by strategy; it is missing from a run that has not come to its end."""
    if value is None:
        return True
    return isinstance(value, dict) and all(
        isinstance(used, dict) and all(key in used and _is_amount(used[key], key in _MAY_LACK) for key in _ACCOUNTED)
        for used in value.values()
    )


def _are_hosts(value: object) -> bool:
    """What each host of a cluster has done; it is missing from a run on one machine."""
    if value is None:
        return True
    return isinstance(value, list) and all(
        isinstance(host, dict)
        and _is_text(host.get("host"))
        and isinstance(host.get("lost"), bool)
        and (host.get("refused", "") is None or _is_text(host.get("refused")))
        and all(key in host and _is_amount(host[key], False) for key in _OF_A_HOST)
        for host in value
    )


def _are_sweeps(value: object) -> bool:
    """Where the rows of each sweep of a run begin, and what they have swept; it is missing from a run of one."""
    if value is None:
        return True
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and _are_texts(one.get("swept"))
        and all(isinstance(one.get(key), int) and one[key] >= 0 for key in ("first", "containers"))
        for one in value
    )


def _is_amount(value: object, may_lack: bool) -> bool:
    return (may_lack and value is None) or (isinstance(value, int | float) and -1e300 < value < 1e300)


_OF_A_HOST = ("jobs", "containers", "worker_seconds", "bytes_sent")
_MAY_LACK = ("memory_limit", "cpu_limit")
_ACCOUNTED = ("containers", "worker_seconds", "largest_batch_bytes", "time_limit", *_MAY_LACK)


#: What has to stand at each place for a run to be read.
_SHAPE: dict[str, Callable[[object], bool]] = {
    "columns.swept": _are_types,
    "columns.metrics": _are_texts,
    "config": _is_mapping,
    "config.optimization": _is_mapping,
    "config.optimization.parameters": _is_mapping,
    "config.optimization.objective": _is_text,
    "config.optimization.direction": _is_text,
    "config.optimization.objectives": _may_be_objectives,
    "config.optimization.result_constraints": _may_be_texts,
    "data.digest": _is_text,
    "strategy.digest": _is_text,
    "versions": _is_mapping,
    "halving": _may_be_halving,
    "ledger": _may_be_ledger,
    "accounting": _are_limits,
    "workers.hosts": _are_hosts,
    "sweeps": _are_sweeps,
}


def check_same_work(directory: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to resume a run as another one, naming the first thing that differs."""
    as_stored = json.loads(json.dumps(now))
    for keys in _IDENTITY:
        difference = first_difference(".".join(keys), _at(before, keys), _at(as_stored, keys))
        if difference:
            raise ResultsError(
                f"{directory}: cannot resume, {difference}. Resume with what the run was started with, "
                "or start a new run in another directory."
            )


def grid_key(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what gives rows their place, columns and content, and of the limits that ended some.

    Rows stored under another key are those of the same containers in another grid, which `adoption` carries over, or
    come from a run of something else, which it finds by their ids.
    """
    config = manifest.get("config", {})
    optimization = config.get("optimization", {})
    said = {
        "columns": manifest.get("columns"),
        "parameters": list(optimization.get("parameters", {}).items()),
        "constraints": optimization.get("constraints"),
        "limits": config.get("containers"),
        "work": {place: _bound(place, _at(manifest, tuple(place.split(".")))) for place in _DECIDING},
    }
    if config.get("strategies"):
        # As a text: the order of strategies, and of what each sweeps, gives rows their place.
        said["strategies"] = json.dumps(config["strategies"])
    if isinstance(config.get("data"), list):
        said["data_sets"] = [one.get("name") for one in config["data"]]
    if optimization.get("combinations"):
        said["combinations"] = optimization["combinations"]
    if manifest.get("search"):
        said["search"] = manifest["search"]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _bound(place: str, value: Any) -> Any:
    """What stands at a place, without what changes no row."""
    if not isinstance(value, Mapping):
        return value
    inner = {key: f"{place}.{key}" for key in value}
    return {key: _bound(path, value[key]) for key, path in inner.items() if path not in _FREE}


def _at(manifest: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    value: Any = manifest
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _shown(value: object) -> str:
    return _shorten.repr(value)


def first_difference(place: str, before: Any, now: Any) -> str | None:
    """Return the first thing at which two manifests differ that decides a row, and None where there is none."""
    if place in _FREE or _FREE_BELOW.fullmatch(place):
        return None
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in [*before, *(key for key in now if key not in before)]:
            found = first_difference(f"{place}.{key}", before.get(key), now.get(key))
            if found:
                return found
        return None
    return None if before == now else f"{place} was {_shown(before)} and is now {_shown(now)}"
