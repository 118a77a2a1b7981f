"""Parameters that are one of some texts: `kind: Literal["sma", "ema"] = "sma"`."""

from pathlib import Path
from typing import Literal

import pytest

import admf_jit as aj
from admf_jit import ta
from admf_jit.cli.main import main
from tests.contract.samples import MARKET

BARS = MARKET.frame()


@aj.strategy
class Chosen:
    """Follows the average that its parameter names."""

    kind: Literal["sma", "ema", "wma"] = "sma"
    side: Literal["long", "both"] = "long"
    sma = ta.sma(5)
    ema = ta.ema(5)
    wma = ta.wma(5)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        line = self.wma
        if self.kind == "ema":
            line = self.ema
        elif self.kind not in ("ema", "wma"):
            line = self.sma
        if bar.close > line:
            return aj.LONG
        return aj.FLAT if "both" != self.side else aj.SHORT


def _alone(kind: str) -> float:
    @aj.strategy
    class Alone:
        line = getattr(ta, kind)(5)
        others = ta.ema(5)  # which is warm at the same bar

        def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
            return aj.LONG if bar.close > self.line else aj.FLAT

    return float(aj.backtest(Alone(), BARS).metrics["final_equity"])


def test_each_text_is_the_strategy_that_has_it_written_out(tmp_path: Path) -> None:
    kinds = ["ema", "sma", "wma"]
    run = tmp_path / "run"
    many = aj.grid(Chosen, BARS, {"kind": kinds}, out=run, master_seed=2)
    assert many.frame["kind"].tolist() == kinds
    assert many.frame["final_equity"].tolist() == [_alone(kind) for kind in kinds]
    full = aj.grid(Chosen, BARS, {"kind": kinds}, isolation="full", master_seed=2)
    assert full.frame["result_hash"].tolist() == many.frame["result_hash"].tolist()
    assert many.manifest["isolation"]["evaluated"] == "together"
    assert many.container(2).parameters == {"kind": "wma", "side": "long"}
    assert main(["verify", str(run)]) == 0
    more = aj.grid(Chosen, BARS, {"kind": [*kinds]}, out=run, resume=True, master_seed=2)
    assert more.frame["container_id"].tolist() == many.frame["container_id"].tolist()
    both = aj.backtest(Chosen(kind="wma"), BARS, parameters={"side": "both"})
    assert both.parameters == {"kind": "wma", "side": "both"} and (both.trades["direction"] == -1).any()
    assert many.container(0).indicators().shape == (len(BARS), 3)
    assert "no look-ahead was found" in str(aj.check(Chosen(kind="ema"), BARS))
    rows = aj.grid(Chosen, BARS, {"kind": kinds, "side": ["long", "both"]}, constraints=lambda row: row.kind != "sma")
    assert sorted(set(rows.frame["kind"])) == ["ema", "wma"] and len(rows) == 4


@aj.strategy
class MayHaveNone:
    """Follows the average that its parameter names, or none."""

    kind: Literal["sma", "ema"] | None = None
    side: Literal["long", "both", None] = "long"
    sma = ta.sma(5)
    ema = ta.ema(5)

    def on_bar(self, bar, position):  # type: ignore[no-untyped-def]
        if self.kind is None:
            return aj.LONG
        line = self.ema
        if self.kind not in ("ema", None):
            line = self.sma
        if bar.close > line:
            return aj.LONG
        return aj.SHORT if self.side == None or self.side == "both" else aj.FLAT  # noqa: E711


def test_none_may_be_one_of_them(tmp_path: Path) -> None:
    swept = {"kind": [None, "sma", "ema"]}
    many = aj.grid(MayHaveNone, BARS, swept, out=tmp_path / "run", master_seed=2)
    equity = many.frame["final_equity"].tolist()
    # The averages are there with the fifth bar, and its order fills at the open of the sixth.
    assert equity[0] == pytest.approx(100_000.0 * BARS["close"].iloc[-1] / BARS["open"].iloc[5], rel=1e-9)
    assert equity[1:] == [_alone("sma"), _alone("ema")]
    assert many.frame["kind"].isna().tolist() == [True, False, False]
    full = aj.grid(MayHaveNone, BARS, swept, isolation="full", master_seed=2)
    assert full.frame["result_hash"].tolist() == many.frame["result_hash"].tolist()
    assert many.container(0).parameters == {"kind": None, "side": "long"}
    assert many.container(0).metrics["final_equity"] == equity[0]
    assert main(["verify", str(tmp_path / "run")]) == 0
    sides = aj.grid(MayHaveNone(kind="ema"), BARS, {"side": ["long", None, "both"]}).frame["final_equity"].tolist()
    assert sides[0] != sides[1] == sides[2]
    with pytest.raises(aj.StrategyError, match="kind: 'emma': expected one of sma, ema; did you mean 'ema'.*or None"):
        MayHaveNone(kind="emma")  # type: ignore[call-arg]
    with pytest.raises(aj.ConfigError, match=r"kind.*expected one of sma, ema"):
        aj.grid(MayHaveNone, BARS, {"kind": ["emma", None]})


@pytest.mark.parametrize("value", ["emma", 1, None, True])
def test_another_value_is_refused(value: object) -> None:
    with pytest.raises(aj.StrategyError, match="parameter kind: .*: expected one of sma, ema, wma"):
        Chosen(kind=value)  # type: ignore[call-arg]
    with pytest.raises(aj.ConfigError, match=r"kind.*expected one of sma, ema, wma"):
        aj.grid(Chosen, BARS, {"kind": [value]})


@pytest.mark.parametrize(
    ("head", "line", "says"),
    [
        ('kind: Literal["a", "b"] = "a"', 'self.kind == "c"', "'c' is none of the texts that it may be: a, b"),
        ('kind: Literal["a", "b"] = "a"', 'self.kind > "a"', "compare a text with ==, != or in"),
        ('kind: Literal["a", "b"] = "a"', "self.kind", "self.kind is a text: compare it, self.kind == 'a'"),
        ('kind: Literal["a", "b"] = "a"', "self.kind is None", "compare a text with ==, != or in"),
        ('kind: Literal["a", "b"] = "a"', "self.kind == None", "None is none of the texts that it may be: a, b"),
        ('kind: Literal["a", "b"] | None = "a"', "self.kind", "self.kind is a text: compare it"),
        ('kind: Optional[Literal["a", "b"]] = 3', "True", "parameter kind: 3: expected one of a, b, or None"),
        ("kind: Literal[None] = None", "True", "expected different texts"),
        ('kind: Literal["a", "b"] = "c"', "True", "parameter kind: 'c': expected one of a, b"),
        ('kind: Literal["a", 3] = "a"', "True", "expected different texts"),
        ('kind: Literal["a", "b"] = "a"\n    fast = ta.sma("kind")', "True", "kind is a text: declare an indicator"),
        ('kind: str = "a"', "True", r"one of some texts is Literal\['sma', 'ema'\]"),
    ],
)
def test_what_is_wrong_is_said_at_its_line(head: str, line: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(
        "from __future__ import annotations\nfrom typing import Literal\n"
        "import admf_jit as aj\nfrom admf_jit import ta\n"
        f"\n\n@aj.strategy\nclass Wrong:\n    {head}\n\n    def on_bar(self, bar, position):\n"
        f"        return aj.LONG if {line} else aj.FLAT\n"
    )
    with pytest.raises(aj.StrategyError, match=says):
        aj.backtest(f"{file}:Wrong", BARS)
