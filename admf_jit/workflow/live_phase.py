"""The live phase: the configuration of the one container that goes live, with the parameters that a row has chosen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from admf_jit.config import Config, load_config
from admf_jit.config.phases import LIVE_PHASE
from admf_jit.config.workflow_config import Phase
from admf_jit.parameter_grid import ALL_SYMBOLS, ContainerSpec
from admf_jit.results.atomic import write_text_atomically
from admf_jit.workflow.prepared_run import PreparedRun

CONFIG_NAME = "live.yaml"


@dataclass(frozen=True)
class LiveConfig:
    """The file that says what goes live, and the container that its row was."""

    path: Path
    container_id: str


def write_live(directory: Path, phase: Phase, run: PreparedRun, index: int) -> LiveConfig:
    """Write the configuration of row ``index`` of a run, over the bars of the live phase, and return where it is."""
    sweep = run.sweep_of(index)
    prepared, container = run.container(index)
    live = next(one for one in phase.run.sweeps if (one.strategy, one.data_set) == (sweep.strategy, sweep.data_set))
    fields = fixed_fields(prepared.config, container)
    fields["data"] = live.config.data.model_dump(mode="json")
    if container.symbol != ALL_SYMBOLS:
        fields["data"]["symbols"] = [container.symbol]
    settings = phase.settings.model_dump(mode="json", exclude_unset=True)
    fields["execution"][LIVE_PHASE] = {**settings, "containers": 1, "isolation": "minimal"}
    load_config(fields)
    directory.mkdir(exist_ok=True)
    text = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True)
    path = directory / CONFIG_NAME
    write_text_atomically(path, text)
    return LiveConfig(path, container.container_id)


def fixed_fields(config: Config, container: ContainerSpec) -> dict[str, Any]:
    """The configuration whose only container is ``container``: its values stand where the sweep's were."""
    fields = config.model_dump(mode="json")
    fields["strategy"]["parameters"] = dict(container.parameters)
    for block in ("account", "execution", "exits", "risk"):
        fields[block] = getattr(container, block).model_dump(mode="json")
    fields["optimization"] = {key: fields["optimization"][key] for key in ("objective", "direction")}
    return fields
