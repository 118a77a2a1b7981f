import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from admf_jit.cli import main, report
from admf_jit.results import RunDirectory, table
from tests.results.conftest import METRICS, SWEPT, make_result

SHOWN = ("total_return", "max_drawdown", "win_rate", "commission_paid")


@pytest.fixture
def engine(workflow, monkeypatch):
    """Stores made-up rows like a real run; remembers how it was called."""

    def run_grid(config, **options):
        workflow.options = options
        results = []
        for index in range(4):
            result = make_result(index, failed=index in workflow.failing)
            metrics = {**result.metrics, **dict.fromkeys(SHOWN, 0.5)}
            results.append(type(result)(**{**vars(result), "metrics": metrics}))
        digests = {
            "data": {"digest": "d", "notes": ["a note"], "bars_per_year": 252.0, "bars_per_year_basis": "made up"},
            "strategy": {"digest": "s"},
        }
        manifest = {"config": config.model_dump(mode="json"), **digests, "versions": {}}
        with RunDirectory.create(options["out"], manifest, swept=SWEPT, metrics=[*METRICS, *SHOWN]) as run:
            run.add(results)
            stored = run.finish(expected=4, timings={"seconds": 1.25}, workers={"cache_hits": 2})
        failed = len(workflow.failing)
        return SimpleNamespace(directory=run.path, stored=stored, failed=failed, manifest=run.manifest)

    workflow.run_grid = run_grid
    workflow.failing = ()
    monkeypatch.setattr(report, "write_page", lambda table, manifest, directory, prepared: directory / "report.html")
    return workflow


def test_the_best_rows_go_to_stdout_and_the_run_to_a_directory_of_its_own(capsys, engine, config_file):
    assert main(["grid", str(config_file), "--top", "2"]) == 0
    assert main(["grid", str(config_file)]) == 0
    captured = capsys.readouterr()
    assert "best 2 of 4 by sharpe_ratio" in captured.out
    assert "run directory: runs/made-up-1" in captured.out
    assert "run directory: runs/made-up-2" in captured.out
    assert captured.err == 2 * "note: a note\nnote: a year is 252 bars: made up\n"


@pytest.mark.parametrize("terminal", [True, False])
def test_sentences_are_broken_on_a_terminal_alone(capsys, engine, config_file, monkeypatch, terminal):
    monkeypatch.setattr(
        table,
        "console_for_results",
        lambda: Console(width=80, force_terminal=terminal, color_system=None, highlight=False),
    )
    used = {"worker_seconds": 0.5, "largest_batch_bytes": 2**20, "time_limit": 300.0, "memory_limit": None}
    used |= {"containers": 4, "cpu_limit": None}
    shown = {"config": {"optimization": {"objective": "sharpe_ratio", "direction": "maximize"}}}
    shown |= {"columns": {"swept": ["fast_period"]}, "accounting": {"Crossing": used}}
    main(["grid", str(config_file), "--no-report"])
    directory = Path("runs/made-up-1")
    capsys.readouterr()
    report.print_report(directory, RunDirectory.open(directory).stored(), shown, top=1, as_json=False)
    out = capsys.readouterr().out
    said = "Crossing: 4 containers ran for 0.50 s, a process grew by 1.0 MiB at most; limit of a container: 300 s"
    assert (said in out) is not terminal
    assert said in " ".join(out.split())
    assert not terminal or max(map(len, out.splitlines())) <= 80


def test_the_last_line_is_the_path_of_the_report_unless_none_is_asked_for(capsys, engine, config_file):
    assert main(["grid", str(config_file)]) == 0
    assert capsys.readouterr().out.endswith("\nreport: runs/made-up-1/report.html\n")
    assert main(["grid", str(config_file), "--no-report"]) == 0
    assert "report" not in capsys.readouterr().out
    assert main(["grid", str(config_file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["report"] == "runs/made-up-3/report.html"


def test_failed_containers_leave_status_1(capsys, engine, config_file):
    engine.failing = (1,)
    assert main(["grid", str(config_file)]) == 1
    printed = capsys.readouterr().out
    assert "1 of 4 containers failed" in printed
    assert "python -m admf_jit replay runs/made-up-1 1" in printed
    assert main(["report", "runs/made-up-1", "--json"]) == 1
    (failure,) = json.loads(capsys.readouterr().out)["failed"]
    assert failure["replay"] == "python -m admf_jit replay runs/made-up-1 1"


def test_quiet_prints_the_results_alone(capsys, engine, config_file):
    assert main(["grid", str(config_file), "--quiet"]) == 0
    captured = capsys.readouterr()
    assert "best 4 of 4" in captured.out and captured.err == ""


def test_options_reach_the_engine(engine, config_file):
    assert main(["grid", str(config_file), "--n-jobs", "2", "--batch-size", "7", "--out", "here"]) == 0
    assert engine.options["n_jobs"] == 2
    assert engine.options["batch_size"] == 7
    assert str(engine.options["out"]) == "here"
    assert engine.options["resume"] is False


def test_json_is_one_object_without_nan(capsys, engine, config_file):
    engine.failing = (3,)
    main(["grid", str(config_file), "--json"])
    content = json.loads(capsys.readouterr().out)
    assert content["counts"] == {"failed": 1, "ok": 3}
    assert content["best"][0]["index"] == 2
    assert content["best"][0]["profit_factor"] == "inf"
    assert content["failed"][0]["error"] == "equity is -3.0 at bar 7"


def test_verbose_tells_timings_and_cache_hits_on_stderr(capsys, engine, config_file):
    main(["grid", str(config_file), "--verbose"])
    error = capsys.readouterr().err
    assert "timings.seconds: 1.250" in error
    assert "workers.cache_hits: 2" in error


def test_an_override_changes_the_configuration(capsys, engine, config_file):
    main(["grid", str(config_file), "--set", "optimization.direction=minimize", "--json"])
    assert json.loads(capsys.readouterr().out)["best"][0]["index"] == 0


def test_an_executor_is_chosen_by_its_name(capsys, engine, config_file):
    main(["grid", str(config_file), "--backend", "loky", "--out", "here"])
    run = RunDirectory.open(Path("here"))
    assert run.manifest["config"]["infrastructure"]["backend"] == "loky"
    capsys.readouterr()
    assert main(["grid", str(config_file), "--backend", "ray"]) == 2
    said = "infrastructure.backend: is 'ray'; expected processes, forks, loky, threads, inline or dask"
    assert said in capsys.readouterr().err


def test_an_interrupted_run_says_how_to_go_on(capsys, workflow, config_file):
    def interrupted(config, **options):
        raise KeyboardInterrupt

    workflow.run_grid = interrupted
    assert main(["grid", "config.yaml", "--set", "account.cash=5000", "--out", "my run"]) == 130
    command = "python -m admf_jit grid config.yaml --set account.cash=5000 --out 'my run' --resume"
    assert capsys.readouterr().err.strip().endswith(f"Go on with: {command}")


def test_who_interrupts_the_table_is_told_where_the_finished_run_is(capsys, engine, config_file, monkeypatch):
    def interrupted(*told):
        raise KeyboardInterrupt

    monkeypatch.setattr("admf_jit.cli.grid._print", interrupted)
    assert main(["grid", str(config_file), "--out", "my run"]) == 130
    assert capsys.readouterr().err.strip().endswith("finished, see: python -m admf_jit report 'my run'")
    assert main(["report", "my run"]) == 0


def test_resume_takes_the_latest_run_of_that_name(capsys, engine, config_file):
    main(["grid", str(config_file)])
    engine.run_grid = lambda config, **options: (_ for _ in ()).throw(KeyboardInterrupt)
    assert main(["grid", str(config_file), "--resume"]) == 130
    assert "--out runs/made-up-1 --resume" in capsys.readouterr().err


def test_nothing_to_resume_is_bad_usage(capsys, engine, config_file):
    assert main(["grid", str(config_file), "--resume"]) == 2
    assert "no run called 'made-up'" in capsys.readouterr().err


def test_report_prints_the_same_table_again(capsys, engine, config_file):
    main(["grid", str(config_file), "--no-report"])
    first = capsys.readouterr().out
    assert main(["report", "runs/made-up-1"]) == 0
    assert capsys.readouterr().out == first
