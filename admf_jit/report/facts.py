"""What was run, on what and how long it took: names and texts, from the manifest of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from admf_jit.errors import printable
from admf_jit.report.best import Source
from admf_jit.report.clock import period_of
from admf_jit.wording import counted

Facts = list[tuple[str, str]]


def facts_of_run(manifest: Mapping[str, Any], sources: Sequence[Source] = ()) -> dict[str, Facts]:
    """Titles, and under each the facts of a run; what its manifest does not say is left out.

    ``sources`` are the sets of data, where they are at hand: they know their periods.
    """
    periods = {source.data.digest: period_of(source.data) for source in sources}
    found: dict[str, Facts] = {}
    for name, said in _sets(_mapping(manifest, "data")).items():
        found[f"Data {name}".strip()] = _data(said, periods.get(str(said.get("digest")), ""))
    found |= {
        "Strategy and account": _strategy(manifest),
        "Sweep": _sweep(manifest),
        "Versions and machine": _machine(manifest),
        "Time and resources": _resources(manifest),
    }
    return {title: [(name, printable(text)) for name, text in facts] for title, facts in found.items() if facts}


def _sets(facts: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The facts of each set of data or strategy by name; of the only one under an empty name."""
    sets = facts.get("sets")
    return {str(name): said for name, said in sets.items()} if isinstance(sets, Mapping) else {"": facts}


def workers_of_run(manifest: Mapping[str, Any]) -> list[list[str]]:
    """A row for each strategy's containers and each host of a cluster: who, containers, time, and memory or bytes."""
    rows = [
        [
            printable(name),
            f"{used['containers']:,}",
            f"{used['worker_seconds']:.2f} s",
            f"{used['largest_batch_bytes'] / 2**20:,.1f} MiB more in the largest process",
        ]
        for name, used in _mapping(manifest, "accounting").items()
    ]
    for host in _mapping(manifest, "workers").get("hosts") or []:
        state = "refused: " + str(host["refused"]) if host.get("refused") is not None else ""
        state = state or f"{host['bytes_sent'] / 2**20:,.1f} MiB sent{', lost' if host.get('lost') else ''}"
        seconds = f"{host['worker_seconds']:.2f} s, {counted(host['jobs'], 'worker')}"
        rows.append([printable(host["host"]), f"{host['containers']:,}", seconds, printable(state)])
    return rows


def _mapping(source: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = source.get(key)
    return value if isinstance(value, Mapping) else {}


def _data(data: Mapping[str, Any], period: str) -> Facts:
    symbols = data.get("symbols") or []
    listed = ", ".join(map(str, symbols[:8])) + (f" and {len(symbols) - 8} more" if len(symbols) > 8 else "")
    facts = [
        ("source", str(data.get("source", ""))),
        ("symbols", listed),
        ("period", period),
        ("bars", f"{data['bars']:,} of {data.get('timeframe', '')}" if "bars" in data else ""),
        ("time zone", str(data.get("timezone", ""))),
        (
            "a year",
            f"{data['bars_per_year']:g} bars: {data.get('bars_per_year_basis')}" if "bars_per_year" in data else "",
        ),
        ("digest", str(data.get("digest", ""))[:16]),
        *[("note", str(note)) for note in (data.get("notes") or [])[:12]],
    ]
    return [(name, text) for name, text in facts if text]


def _year(data: Mapping[str, Any]) -> str:
    said = data.get("bars_per_year")
    return "" if said is None else f"{said:g} bars: {data.get('bars_per_year_basis')}"


def _strategy(manifest: Mapping[str, Any]) -> Facts:
    config = _mapping(manifest, "config")
    strategy = _mapping(config, "strategy")
    named = _sets(_mapping(manifest, "strategy"))
    facts = [(f"strategy {name}".strip(), str(said.get("name") or "")) for name, said in named.items()]
    for name, own in _mapping(config, "strategies").items():
        facts.append((f"strategies.{name}", _value(own)))
    facts += [(f"{name} (fixed)", _value(value)) for name, value in _mapping(strategy, "parameters").items()]
    for block in ("account", "execution", "exits", "risk"):
        facts += [
            (f"{block}.{key}", _value(value)) for key, value in _mapping(config, block).items() if _is_said(value)
        ]
    return [(name, text) for name, text in facts if text]


def _sweep(manifest: Mapping[str, Any]) -> Facts:
    config = _mapping(manifest, "config")
    optimization = _mapping(config, "optimization")
    seed = _mapping(_mapping(config, "workflow"), "reproducibility").get("master_seed")
    facts = [
        ("containers", f"{manifest['containers']:,}" if isinstance(manifest.get("containers"), int) else ""),
        ("method", str(optimization.get("method", ""))),
        ("objective", f"{optimization.get('objective')}, {optimization.get('direction')}"),
        *[(name, _value(values)) for name, values in _mapping(optimization, "parameters").items()],
        *[("constraint", str(text)) for text in optimization.get("constraints") or []],
        *[("condition", str(text)) for text in optimization.get("result_constraints") or []],
        ("isolation", str(_mapping(manifest, "isolation").get("used", ""))),
        ("master seed", "" if seed is None else str(seed)),
    ]
    return [(name, text) for name, text in facts if text]


def _machine(manifest: Mapping[str, Any]) -> Facts:
    facts = [(name, str(text)[:16]) for name, text in _mapping(manifest, "versions").items()]
    machine = _mapping(manifest, "machine")
    for key in ("system", "processor", "cores"):
        if key in machine:
            facts.append((key, str(machine[key])))
    if isinstance(machine.get("memory"), int):
        facts.append(("memory", f"{machine['memory'] / 2**30:.1f} GiB"))
    return facts


def _resources(manifest: Mapping[str, Any]) -> Facts:
    timings, workers = _mapping(manifest, "timings"), _mapping(manifest, "workers")
    facts = [(name.replace("_", " "), f"{value:.3f}") for name, value in timings.items() if isinstance(value, float)]
    for key in ("executor", "processes", "batch_size", "events"):
        if key in workers:
            facts.append((key.replace("_", " "), _value(workers[key])))
    if isinstance(workers.get("largest_private_bytes"), int):
        facts.append(("memory of the largest worker", f"{workers['largest_private_bytes'] / 2**20:,.0f} MiB"))
    return facts


def _is_said(value: Any) -> bool:
    return value is not None and value is not False and value != {} and value != []


def _value(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_value(entry)}" for key, entry in value.items() if _is_said(entry))
    if isinstance(value, list | tuple):
        text = ", ".join(_value(entry) for entry in value[:12])
        return text + (f", ... ({len(value):,} values)" if len(value) > 12 else "")
    return str(value)[:200]
