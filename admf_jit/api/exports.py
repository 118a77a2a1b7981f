"""The rows of a sweep in other programs: a table of DuckDB, a run of MLflow."""

from __future__ import annotations

import importlib
import math
import os
import re
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from admf_jit.errors import ConfigError, ResultsError

if TYPE_CHECKING:
    import pyarrow as pa

    from admf_jit.api.grid_result import GridResult

_TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Files of a run that are artifacts, where they are there.
_ARTIFACTS = ("manifest.json", "results.parquet", "report.html", "periods.npy")
#: Text of MLflow's parameters that is not cut off.
_LONGEST = 500


def to_duckdb(rows: pa.Table, target: Any, table: str, replace: bool) -> None:
    """Write rows as a table of a database, which is a path or an open connection."""
    if not isinstance(table, str) or not _TABLE.fullmatch(table):
        raise ConfigError(f"to_duckdb: table is {table!r:.80}; expected a name of letters, digits and _")
    duckdb = _needed("duckdb", "export", "to_duckdb")
    is_path = isinstance(target, str | os.PathLike)
    if not is_path and not hasattr(target, "register"):
        raise ConfigError(f"to_duckdb: {target!r:.80} is no database; expected a path or a connection of duckdb")
    source = "_admf_jit_rows"
    with closing(duckdb.connect(str(Path(target).expanduser()))) if is_path else nullcontext(target) as connection:
        connection.register(source, rows)
        try:
            how = "create or replace table" if replace else "create table"
            connection.execute(f'{how} "{table}" as select * from {source}')
        except duckdb.CatalogException as problem:
            raise ResultsError(
                f"to_duckdb: {str(problem).splitlines()[0]}; expected another table=..., or replace=True"
            ) from None
        finally:
            connection.unregister(source)


def to_mlflow(many: GridResult, experiment: str | None, run_name: str | None) -> str:
    """Log a sweep as one run, with its files."""
    mlflow = _needed("mlflow", "mlflow", "to_mlflow")
    if experiment is not None:
        mlflow.set_experiment(experiment)
    manifest = many.manifest
    with mlflow.start_run(run_name=run_name or manifest["name"]) as run:
        mlflow.log_params({name: str(value)[:_LONGEST] for name, value in _parameters(manifest).items()})
        mlflow.log_metrics(_metrics(many))
        mlflow.set_tags(
            {"admf_jit.data": manifest["data"]["digest"], "admf_jit.strategy": manifest["strategy"]["digest"]}
        )
        for name in _ARTIFACTS:
            if (many.directory / name).is_file():
                mlflow.log_artifact(str(many.directory / name))
        return str(run.info.run_id)


def _parameters(manifest: dict[str, Any]) -> dict[str, Any]:
    """What was run: names, data, objective, seed, and the values of each swept name."""
    config = manifest["config"]
    optimization = config["optimization"]
    found = {"name": manifest["name"], "objective": optimization["objective"], "method": optimization["method"]}
    found["direction"] = optimization["direction"]
    found["master_seed"] = config["workflow"]["reproducibility"]["master_seed"]
    for what in ("strategy", "data"):
        found[what] = manifest[what].get("name") or ", ".join(manifest[what].get("sets", ()))
    parameters = optimization.get("parameters") or {}
    return found | {f"swept.{name.replace(' ', '_')}": values for name, values in parameters.items()}


def _metrics(many: GridResult) -> dict[str, float]:
    """Counts of containers, and every metric of the best row that is a number."""
    found = {"containers": float(len(many)), "failed": float(many.failed)}
    best = many.best(1, columns="all")
    names = [name for name in many.manifest["columns"]["metrics"] if name in best]
    for name in [*names, *(["objective"] if "objective" in best else [])]:
        values = best[name].dropna().tolist()
        if values and math.isfinite(values[0]):
            found[f"best.{name}"] = float(values[0])
    return found


def _needed(package: str, extra: str, method: str) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError:
        raise ConfigError(f"{method}: needs the package {package}: pip install 'admf_jit[{extra}]'") from None
