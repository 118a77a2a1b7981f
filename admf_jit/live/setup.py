"""What a live run is made of: a configuration, or a row of a stored run, and the history that warms it up."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from admf_jit import registry
from admf_jit.config import Config, load_config
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError, ResultsError, closest
from admf_jit.live.broker import Broker
from admf_jit.live.container import LiveContainer, columns_of
from admf_jit.live.feed import BarReader
from admf_jit.live.given import fed_instead, load_history
from admf_jit.live.journal import Journal, read_identity
from admf_jit.live.lines import LineWriter, time_text
from admf_jit.live.session import LiveSession, Output
from admf_jit.parameter_grid import ALL_SYMBOLS, ContainerSpec
from admf_jit.results.identity import Identity, identity_of, run_id
from admf_jit.results.manifest import versions
from admf_jit.results.run_directory import RunDirectory
from admf_jit.results.workflow_manifest import is_workflow, read_workflow
from admf_jit.strategies.cache import kernels_digest
from admf_jit.workflow.live_phase import fixed_fields
from admf_jit.workflow.prepare import prepare
from admf_jit.workflow.prepared import Prepared
from admf_jit.workflow.replay import find_row, prepare_again

SNAPSHOT_EVERY = 1_000


@dataclass(frozen=True)
class Chosen:
    """The container that goes on, and, where a row of a run chose its parameters, which."""

    prepared: Prepared
    spec: ContainerSpec
    row: dict[str, Any] | None = None
    correlation: str | None = None
    phase: str | None = None

    @property
    def history(self) -> MarketData:
        """The bars that warm it up."""
        return self.prepared.data.with_history


def from_file(path: Path, overrides: list[str], *, history_end: str | None = None) -> Chosen:
    """The one container of a configuration file, or of the one that the live phase of a workflow has written."""
    chosen = from_config(load_config(path, overrides), history_end=history_end)
    workflow = path.resolve().parent.parent
    if not is_workflow(workflow):
        return chosen
    manifest = read_workflow(workflow)
    phase = path.resolve().parent.name
    origin = manifest["phases"].get(phase, {}).get("chosen_by")
    row = None if origin is None else {"run": str(workflow / origin["phase"]), **origin}
    return replace(chosen, row=row, correlation=manifest["correlation_id"], phase=phase)


def from_config(config: Config, *, history_end: str | None = None) -> Chosen:
    """The one container of ``config``; ConfigError where its grid has several."""
    prepared = prepare(config, data=_until(load_history(config), history_end), more_follows=True)
    if len(prepared.grid) != 1:
        raise ConfigError(
            f"optimization: the grid has {len(prepared.grid):,} containers, and live runs one; expected RUN --row "
            "INDEX for a row of a run, or --set optimization.parameters={} for the fixed parameters"
        )
    return Chosen(prepared, prepared.grid.container(0))


def from_row(directory: Path, row: str, overrides: list[str], *, history_end: str | None = None) -> Chosen:
    """The container of a row of a stored run. ``overrides`` change its configuration, such as the data's end.

    The data may have grown since. Raises ResultsError where the strategy is another one by now, and where the row has
    no result.
    """
    stored = RunDirectory.open(directory)
    found = find_row(stored, row)
    if found["status"] != "ok":
        raise ResultsError(f"{directory}: row {row} is {found['status']} ({found['error']}); expected one that is ok")
    run = prepare_again(stored)
    if run.facts()["strategy"]["digest"] != stored.manifest["strategy"]["digest"]:
        raise ResultsError(f"{directory}: the strategy changed since the run: its row says nothing of this one")
    before, container = run.container(found["index"])
    fields = fixed_fields(before.config, container)
    if container.symbol != ALL_SYMBOLS:
        fields["data"]["symbols"] = [container.symbol]
    if before.definition.is_given:
        fields = fed_instead(fields, before.data)
    config = load_config(fields, overrides)
    prepared = prepare(config, data=_until(load_history(config), history_end), more_follows=True)
    said = {"run": str(directory.resolve()), "run_id": run_id(stored.manifest)}
    said |= {key: found[key] for key in ("index", "container_id", "result_hash")}
    correlation = identity_of(stored.manifest, found["container_id"]).correlation
    return Chosen(prepared, prepared.grid.container(0), said, correlation)


def open_session(
    chosen: Chosen,
    output: Output,
    directory: Path | None = None,
    *,
    resume: bool = False,
    broker: str = "paper",
    snapshot_every: int = SNAPSHOT_EVERY,
    all_events: bool = False,
    seed: int | None = None,
) -> LiveSession:
    """A session of the container, warmed up, whose files are in ``directory``; with ``resume`` it goes on there."""
    make_broker = _broker(broker)
    spec = chosen.spec if seed is None else replace(chosen.spec, seed=seed)
    chosen = replace(chosen, spec=spec)
    container = LiveContainer(chosen.prepared, spec)
    said = _identity_of(chosen, broker)
    journal = None
    if directory is not None:
        journal = Journal.resume(directory, said) if resume else Journal.create(directory, said)
        said = dict(journal.identity)
    identity = Identity(said["run"], said["container"]["container_id"], said["correlation"], said.get("phase"))
    history = chosen.history
    writer = LineWriter(identity, container.symbols)
    made: Broker = make_broker(writer)
    reader = BarReader(
        container.symbols,
        history.timezone,
        history.timeframe,
        allow_nonpositive=history.allow_nonpositive,
        columns=container.columns,
    )
    return LiveSession(
        container,
        reader,
        writer,
        made,
        output,
        journal,
        timezone=history.timezone,
        timeframe=history.timeframe,
        shortest_step=int(np.diff(history.time).min()),
        snapshot_every=snapshot_every,
        all_events=all_events,
    )


def history_end_of(directory: Path) -> str | None:
    """The last bar of the history that the live run in a folder began with; bars that came since are fed."""
    history = read_identity(directory).get("history")
    return history["last"] if isinstance(history, dict) else None


def _broker(name: str) -> Callable[..., Any]:
    if name not in registry.BROKERS:
        hint = closest(name, registry.BROKERS)
        known = registry.names_of(registry.BROKERS)
        raise ConfigError(f"--broker {name}: expected {known}" + (f"; did you mean {hint!r}?" if hint else ""))
    return registry.load(registry.BROKERS[name])


def _until(whole: MarketData, last: str | None) -> MarketData:
    """All bars, or those up to one."""
    return whole if last is None else whole.select(end=last)


def _identity_of(chosen: Chosen, broker: str) -> dict[str, Any]:
    prepared, spec, history = chosen.prepared, chosen.spec, chosen.history
    run = secrets.token_hex(8)
    container = {"container_id": spec.container_id, "seed": spec.seed, "symbol": spec.symbol}
    container["parameters"] = dict(spec.parameters)
    said = {
        "run": run,
        "correlation": chosen.correlation or run,
        "container": container,
        "chosen_by": chosen.row,
        "strategy": {"name": prepared.definition.name, "digest": prepared.digest},
        "history": {"digest": history.digest, "bars": history.n_bars, "last": time_text(int(history.time[-1]))},
        "columns": list(columns_of(prepared, spec)[0]),
        "broker": broker,
        "engine": prepared.engine,
        "config": prepared.config.model_dump(mode="json"),
        "versions": versions(kernels_digest=kernels_digest()),
    }
    return said if chosen.phase is None else {**said, "phase": chosen.phase}
