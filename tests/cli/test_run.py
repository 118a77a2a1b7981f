import json

from admf_jit.cli import main


def test_metrics_and_trades(capsys, workflow, backtest, config_file):
    workflow.run_single = lambda config: backtest
    assert main(["run", str(config_file)]) == 0
    out = capsys.readouterr().out
    assert "total_return" in out and "25.00%" in out and "12.5" in out


def test_many_trades_are_shortened_and_counted(capsys, workflow, backtest, config_file):
    backtest.trade_rows *= 500
    workflow.run_single = lambda config: backtest
    main(["run", str(config_file)])
    out = capsys.readouterr().out
    assert "500 trades, the first and last 10:" in out
    assert len(out.splitlines()) < 40
    numbers = [line.split()[0] for line in out.splitlines()[-21:]]
    assert numbers == [*map(str, range(10)), "...", *map(str, range(490, 500))]


def test_no_trades(capsys, workflow, backtest, config_file):
    backtest.trade_rows = []
    workflow.run_single = lambda config: backtest
    main(["run", str(config_file)])
    assert "no trades" in capsys.readouterr().out


def test_a_failed_backtest_says_why_and_leaves_status_1(capsys, workflow, backtest, config_file):
    backtest.error = "equity is -3.0 at bar 7"
    workflow.run_single = lambda config: backtest
    assert main(["run", str(config_file)]) == 1
    assert "failed: equity is -3.0 at bar 7" in capsys.readouterr().out


def test_json(capsys, workflow, backtest, config_file):
    workflow.run_single = lambda config: backtest
    main(["run", str(config_file), "--json"])
    assert json.loads(capsys.readouterr().out)["metrics"]["total_return"] == 0.25


def test_validate_prints_what_would_run(capsys, workflow, config_file):
    workflow.validate = lambda config: {"containers": 1188, "symbols": ["SPY", "QQQ"], "notes": ["a note"]}
    assert main(["validate", str(config_file)]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["containers", "1188"],
        ["symbols", "SPY,", "QQQ"],
    ]
    assert main(["validate", str(config_file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["containers"] == 1188
