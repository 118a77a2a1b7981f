"""Workflows: what a phase hands to the next, how they go on, and what of a configuration is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import admf_jit as aj
from admf_jit.cli import main
from admf_jit.config import load_config, load_workflow
from admf_jit.errors import ConfigError, ResultsError
from admf_jit.results import RunDirectory
from admf_jit.workflow import WorkflowRun, replay, run_workflow, verify
from admf_jit.workflow.prepare import prepare
from tests.workflow.runs import moody, results_of
from tests.workflow.test_strategies_in_one_run import two

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
LIVE = {"containers": 1, "isolation": "minimal", "shared_services": ["market_data", "indicators"]}


def phased(folder: Path, config: dict[str, Any] | None = None, **phases: Any) -> dict[str, Any]:
    """A workflow over 2016: half a year chooses, the other judges."""
    fields = config or moody(folder)
    chosen = {
        "optimization_phase": {"data": {"end": "2016-06-30"}, "isolation": "full", "select": {"best": 3}},
        "validation_phase": {"data": {"start": "2016-07-01"}, "select": {"best": 1}},
        "live_trading_phase": {"depends_on": "validation_phase", **LIVE},
    }
    for name, phase in phases.items():
        chosen[name] = {**chosen.get(name, {}), **phase}
    return {**fields, "workflow": {**fields["workflow"], "phases": chosen}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("phases")


@pytest.fixture(scope="module")
def done(folder: Path) -> WorkflowRun:
    return run_workflow(load_workflow(phased(folder)), out=folder / "workflow", n_jobs=1)


def frame_of(done: WorkflowRun, phase: str) -> pd.DataFrame:
    run = done.phases[phase].run
    assert run is not None
    frame: pd.DataFrame = run.table.to_pandas()
    return frame


def test_the_best_rows_of_a_phase_are_the_containers_of_the_next(done: WorkflowRun) -> None:
    first, second = frame_of(done, "optimization_phase"), frame_of(done, "validation_phase")
    assert len(first) == 12
    assert len(second) == 3
    best = first.sort_values("sharpe_ratio", ascending=False, kind="stable").head(3)
    assert (
        second[["period", "position_size"]].to_numpy().tolist() == best[["period", "position_size"]].to_numpy().tolist()
    )
    said = json.loads((done.directory / "workflow.json").read_text(encoding="utf-8"))["phases"]
    assert [one["container_id"] for one in said["optimization_phase"]["selected"]] == best["container_id"].tolist()
    origins = said["validation_phase"]["from"]
    assert [one["chosen_by"] for one in origins] == best["container_id"].tolist()
    assert [one["container_id"] for one in origins] == second["container_id"].tolist()


def test_each_phase_is_a_run_over_its_own_bars(done: WorkflowRun, folder: Path) -> None:
    spans = {"optimization_phase": {"end": "2016-06-30"}, "validation_phase": {"start": "2016-07-01"}}
    for phase, span in spans.items():
        fields = moody(folder)
        fields["data"] |= span
        alone = prepare(load_config(fields))
        rows = frame_of(done, phase).set_index("container_id")
        ids = {one.container_id: one.swept for one in alone.grid}
        assert set(rows.index) <= set(ids)
        for identifier, row in rows.iterrows():
            assert ids[str(identifier)]["period"] == row["period"]
        manifest = json.loads((done.directory / phase / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["phase"] == phase
        assert manifest["correlation_id"] == done.manifest["correlation_id"]
    found = verify(done.directory / "validation_phase")
    assert (found.checked, found.differences) == (3, [])
    assert replay(done.directory / "validation_phase", 0).status == "ok"


def test_the_live_configuration_is_the_chosen_container(done: WorkflowRun) -> None:
    live = done.phases["live_trading_phase"].live
    assert live is not None
    best = frame_of(done, "validation_phase").sort_values("sharpe_ratio", ascending=False).iloc[0]
    assert live.container_id == best["container_id"]
    config = load_config(live.path)
    # The same container as the row, where it runs over the same bars.
    data = config.data.model_copy(update={"start": "2016-07-01"})
    grid = prepare(config.model_copy(update={"data": data})).grid
    assert len(grid) == 1
    assert (grid.container(0).container_id, grid.container(0).seed) == (best["container_id"], best["seed"])
    assert config.execution.live_trading_phase is not None
    assert config.execution.live_trading_phase.shared_services == ("market_data", "indicators")


class StopError(Exception):
    """Ends a workflow in its middle."""


@pytest.mark.parametrize("rows", [7, 12, 13])
def test_a_workflow_goes_on_in_and_between_its_phases(
    folder: Path, done: WorkflowRun, tmp_path: Path, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = 0
    genuine = RunDirectory.finish if rows in (12, 15) else RunDirectory.add

    def stop(self: RunDirectory, *given: Any, **named: Any) -> Any:
        nonlocal added
        answer = genuine(self, *given, **named)
        added += len(given[0]) if given else named["expected"]
        if added >= rows:
            raise StopError
        return answer

    workflow = load_workflow(phased(folder, optimization_phase={"containers": 1}))
    with monkeypatch.context() as patch:
        patch.setattr(RunDirectory, genuine.__name__, stop)
        with pytest.raises(StopError):
            run_workflow(workflow, out=tmp_path / "run", n_jobs=1)
    before = json.loads((tmp_path / "run" / "workflow.json").read_text(encoding="utf-8"))
    assert before["status"] == "running"
    resumed = run_workflow(workflow, out=tmp_path / "run", n_jobs=1, resume=True)
    assert resumed.manifest["correlation_id"] == before["correlation_id"]
    assert resumed.manifest["status"] == "finished"
    for phase in ("optimization_phase", "validation_phase"):
        assert results_of(tmp_path / "run" / phase) == results_of(done.directory / phase)


def test_a_phase_that_halves_goes_on_between_its_rungs(folder: Path, tmp_path: Path) -> None:
    fields = moody(folder)
    search = {**fields["optimization"], "method": "halving", "n_trials": 6, "rungs": 2}
    workflow = load_workflow(phased(folder, {**fields, "optimization": search}))
    done = run_workflow(workflow, out=tmp_path / "run", n_jobs=1)
    rows = {phase: results_of(tmp_path / "run" / phase) for phase in ("optimization_phase", "validation_phase")}
    for name in ("manifest.json", "results.parquet", "periods.npy"):
        (tmp_path / "run/optimization_phase" / name).unlink()
    again = run_workflow(workflow, out=tmp_path / "run", n_jobs=1, resume=True)
    assert {phase: results_of(tmp_path / "run" / phase) for phase in rows} == rows
    assert again.phases["validation_phase"].selected == done.phases["validation_phase"].selected


def test_another_selection_takes_the_rows_that_are_there(folder: Path, tmp_path: Path) -> None:
    run_workflow(load_workflow(phased(folder)), out=tmp_path / "run", n_jobs=1)
    more = load_workflow(phased(folder, optimization_phase={"select": {"best": 5}}))
    grown = run_workflow(more, out=tmp_path / "run", n_jobs=1, resume=True)
    runs = [grown.phases[name].run for name in ("optimization_phase", "validation_phase")]
    new = [next(iter(run.manifest["accounting"].values()))["containers"] for run in runs if run is not None]
    assert new == [0, 2]
    with pytest.raises(ResultsError, match=r"cannot resume, config\.account\.cash was"):
        changed = load_workflow({**phased(folder), "account": {"cash": 5.0}})
        run_workflow(changed, out=tmp_path / "run", resume=True)


def test_strategies_hand_on_their_own_rows(folder: Path, tmp_path: Path) -> None:
    config = phased(folder, two(folder), optimization_phase={"select": {"best": 7}})
    run = run_workflow(load_workflow(config), out=tmp_path / "run", n_jobs=1)
    first, second = frame_of(run, "optimization_phase"), frame_of(run, "validation_phase")
    best = first.sort_values("sharpe_ratio", ascending=False, kind="stable").head(7)
    keys = ["strategy", "position_size", "period", "channel"]
    for name in ("calm", "bold"):
        mine = best[best["strategy"] == name][keys].astype(object)
        handed = second[second["strategy"] == name].reindex(columns=keys).astype(object)
        assert mine.fillna(-1).to_numpy().tolist() == handed.fillna(-1).to_numpy().tolist()


def test_rows_within_a_standard_error_of_the_best_are_chosen(folder: Path, tmp_path: Path) -> None:
    select = {"within_standard_errors": 1, "where": ["n_trades >= 5"]}
    run = run_workflow(
        load_workflow(phased(folder, optimization_phase={"select": select})), out=tmp_path / "run", n_jobs=1
    )
    frame = frame_of(run, "optimization_phase")
    data = run.phases["optimization_phase"].run.manifest["data"]  # type: ignore[union-attr]
    kept = frame[frame["n_trades"] >= 5].sort_values("sharpe_ratio", ascending=False, kind="stable")
    best = kept.iloc[0]
    # Mertens (2002), per bar: (1 - skewness SR + (kurtosis - 1) / 4 SR^2) / n.
    sharpe = best["sharpe_ratio"] / np.sqrt(data["bars_per_year"])
    variance = (1 - best["skewness"] * sharpe + (best["kurtosis"] + 2) / 4 * sharpe**2) / data["bars"]
    margin = np.sqrt(variance * data["bars_per_year"])
    expected = kept[kept["sharpe_ratio"] >= best["sharpe_ratio"] - margin]
    selected = [one.index for one in run.phases["optimization_phase"].selected]
    assert selected == expected["index"].tolist()
    assert 0 < len(selected) <= len(kept)


def test_the_standard_error_over_sets_is_that_of_their_mean(folder: Path, tmp_path: Path) -> None:
    config = phased(folder, optimization_phase={"select": {"within_standard_errors": 0.5}})
    config["data"] = [{"name": name, **config["data"], "symbols": [name]} for name in ("ALFA", "BETA", "GAMA")]
    run = run_workflow(load_workflow(config), out=tmp_path / "run", n_jobs=1)
    frame = frame_of(run, "optimization_phase")
    values = frame.pivot_table(index=["period", "position_size"], columns="data_set", values="sharpe_ratio")
    mean, error = values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(3)
    expected = mean[mean >= mean.max() - 0.5 * error[mean.idxmax()]].sort_values(ascending=False)
    selected = run.phases["optimization_phase"].selected
    assert [(one.parameters["period"], one.parameters["position_size"]) for one in selected] == list(expected.index)
    assert 1 <= len(selected) < len(mean)
    assert all(len(one.container_ids) == 3 for one in selected)
    assert len(frame_of(run, "validation_phase")) == 3 * len(selected)


def test_a_phase_takes_the_rows_of_several_once(folder: Path, tmp_path: Path) -> None:
    spans = {"first": {"end": "2016-04-30"}, "second": {"start": "2016-05-01", "end": "2016-06-30"}}
    phases: dict[str, Any] = {
        name: {"depends_on": [], "data": span, "select": {"best": 4}} for name, span in spans.items()
    }
    phases["validation_phase"] = {"depends_on": ["first", "second"], "data": {"start": "2016-07-01"}}
    config = {**moody(folder), "workflow": {"phases": phases}}
    run = run_workflow(load_workflow(config), out=tmp_path / "run", n_jobs=1)
    wanted: list[tuple[Any, Any]] = []
    for name in spans:
        best = frame_of(run, name).sort_values("sharpe_ratio", ascending=False, kind="stable").head(4)
        wanted += list(zip(best["period"], best["position_size"], strict=True))
    judged = frame_of(run, "validation_phase")
    assert list(zip(judged["period"], judged["position_size"], strict=True)) == list(dict.fromkeys(wanted))
    with pytest.raises(ResultsError, match=r"run: is the directory of a workflow; expected .* such as .*run/first"):
        replay(tmp_path / "run", 0)


def test_a_phase_that_selects_nothing_ends_the_workflow(folder: Path, tmp_path: Path) -> None:
    config = phased(folder, optimization_phase={"select": {"where": ["n_trades > 1000"]}})
    run = run_workflow(load_workflow(config), out=tmp_path / "run", n_jobs=1)
    assert run.stopped == "optimization_phase: no row of it has a result and satisfies n_trades > 1000"
    assert list(run.phases) == ["optimization_phase"]
    assert run.manifest["status"] == "stopped"


def test_bars_that_chose_and_judge_are_told(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    config = phased(folder, validation_phase={"data": {"start": "2016-06-28"}})
    found = aj.run_workflow(config, out=tmp_path / "run", n_jobs=1)
    said = found.manifest["phases"]["validation_phase"]["warnings"]
    assert len(said) == 1
    assert said[0].startswith("validation_phase runs over 3 bars over which optimization_phase has chosen its rows")
    assert said[0] in capfd.readouterr().err
    assert (
        found.selected("optimization_phase")["period"].tolist()
        == found.phases["validation_phase"].frame["period"].tolist()
    )
    assert found.live_config is not None


def test_phases_of_execution_alone_follow_each_other(folder: Path) -> None:
    execution = {"optimization_phase": {"containers": 1000, "isolation": "full"}, "live_trading_phase": LIVE}
    workflow = load_workflow({**moody(folder), "execution": execution})
    assert [(phase.name, phase.depends_on) for phase in workflow.phases] == [
        ("optimization_phase", ()),
        ("live_trading_phase", ("optimization_phase",)),
    ]
    assert workflow.phases[0].settings.isolation == "full"
    assert workflow.phases[0].run.common.containers_in_flight == 1000


@pytest.mark.parametrize(
    ("phases", "text"),
    [
        (
            {"validation_phase": {"depends_on": "optimisation_phase"}},
            "unknown phase; did you mean 'optimization_phase'",
        ),
        ({"validation_phase": {"depends_on": "validation_phase"}}, "depends_on: is the phase itself"),
        ({"validation_phase": {"depends_on": "live_trading_phase"}}, "which hands nothing on"),
        (
            {"optimization_phase": {"depends_on": "validation_phase"}},
            "in a circle: optimization_phase -> validation_ph",
        ),
        ({"live_trading_phase": {"depends_on": []}}, "live_trading_phase.depends_on: missing; expected the phase"),
        ({"live_trading_phase": {"containers": 2}}, "live_trading_phase.containers: is 2; expected 1"),
        ({"live_trading_phase": {"isolation": "full", "shared_services": None}}, "isolation: is 'full'; expected min"),
        ({"live_trading_phase": {"shared_services": ["market_data"]}}, "shared_services: isolation minimal shares ind"),
        (
            {"live_trading_phase": {"shared_services": ["market_data"], "isolation": "auto"}},
            "expected [market_data, in",
        ),
        ({"live_trading_phase": {"select": {"best": 1}}}, "select: nothing comes after the live phase"),
        ({"optimization_phase": {"select": {}}}, "select: selects nothing; expected best, where or"),
        ({"optimization_phase": {"select": {"bset": 1}}}, "select.bset: unknown key; did you mean 'best'"),
        ({"optimization_phase": {"select": {"where": ["n_trade > 1"]}}}, "did you mean 'n_trades'"),
        ({"optimization_phase": {"isolaton": "full"}}, "phases.optimization_phase.isolaton: unknown key; did you mean"),
        (
            {"optimization_phase": {"data": {"start": "2017-01-01"}}},
            "optimization_phase.data: start 2017-01-01 is after",
        ),
        ({"optimization_phase": {"data": {"ende": "2017-01-01"}}}, "data.ende: unknown key; did you mean 'end'"),
        ({"live": {}}, "workflow.phases.live: would be a sweep, as the phase that goes live is live_trading_phase"),
        ({"life_trading_phase": {}}, "workflow.phases.life_trading_phase: would be a sweep"),
        ({"<script>": {}}, "workflow.phases: has the name '<script>'; expected one of letters"),
        ({"../../etc": {}}, "workflow.phases: has the name '../../etc'; expected one of letters"),
    ],
)
def test_what_is_wrong_with_a_phase_is_named(folder: Path, phases: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_workflow(phased(folder, **phases))
    assert text in str(refused.value)


def test_a_phase_has_any_name(folder: Path) -> None:
    names = ("opt", "val", "validation", "paper_trading_phase", "optimisation_phase")
    fields = phased(folder)
    fields["workflow"] = {"phases": {name: {} for name in names}}
    workflow = load_workflow(fields)
    assert [phase.name for phase in workflow.phases] == list(names)
    assert not any(phase.is_live for phase in workflow.phases)


def test_what_is_wrong_with_settings_of_phases_is_named(folder: Path) -> None:
    both = {**phased(folder), "execution": {"optimization_phase": {"isolation": "full"}}}
    with pytest.raises(ConfigError, match="execution.optimization_phase is there too; expected the settings"):
        load_workflow(both)
    with pytest.raises(ConfigError, match="workflow.phases: missing; expected a mapping of names to phases"):
        load_workflow(moody(folder))
    for run_one in (aj.run_optimization, aj.plan):
        with pytest.raises(ConfigError, match=r"workflow\.phases: phases are run by run-workflow"):
            run_one(phased(folder))
    near = phased(folder, optimization_phase={"select": {"within_standard_errors": 1}})
    near["optimization"]["objective"] = "cagr"
    with pytest.raises(ConfigError, match="within_standard_errors: the objective is cagr"):
        load_workflow(near)
    near["data"] = [{"name": "a", **near["data"]}, {"name": "b", **near["data"]}]
    load_workflow(near)
    near["optimization"]["across_data"] = "worst"
    with pytest.raises(ConfigError, match="within_standard_errors: optimization.across_data is worst"):
        load_workflow(near)


def test_the_example_runs_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    example = str(CONFIGS / "workflow.yaml")
    assert main(["run-workflow", example, "--n-jobs", "1"]) == 0
    said = capsys.readouterr().out
    assert "go live: python -m admf_jit live runs/workflow-1/live_trading_phase/live.yaml --feed - --out" in said
    counts = [len(RunDirectory.open(tmp_path / "runs/workflow-1" / name).table()) for name in PHASES]
    assert counts == [24, 8]
    assert main(["report", "runs/workflow-1"]) == 0
    assert capsys.readouterr().out == said
    assert main(["run-workflow", example, "--resume", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "finished"
    for command in ("validate", "plan"):
        assert main([command, example, "--json"]) == 0
        assert len(json.loads(capsys.readouterr().out)["phases"]) == (3 if command == "validate" else 2)
    assert main(["grid", example]) == 2
    assert "phases are run by run-workflow" in capsys.readouterr().err


PHASES = ("optimization_phase", "validation_phase")
