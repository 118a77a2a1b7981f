import json

from admf_jit.cli import main


def test_built_in_strategies_are_listed_with_their_defaults(capsys):
    assert main(["strategies"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "period=14" in lines["rsi_reversion"]
    assert "no parameters" in lines["buy_and_hold"]
    assert main(["strategies", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rsi_reversion"]["allow_short"] is False
