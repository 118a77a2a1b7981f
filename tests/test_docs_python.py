"""The examples of docs/python.md run from top to bottom, and do what the page says."""

import importlib.util
import re
from pathlib import Path

import pytest

from admf_jit.results import scratch

PAGE = Path(__file__).resolve().parents[1] / "docs" / "python.md"


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scratch, "cache_root", lambda: tmp_path / "cache")
    examples = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    # A file, as strategies are compiled from their source.
    (tmp_path / "examples.py").write_text("\n\n".join(examples), encoding="utf-8")
    specification = importlib.util.spec_from_file_location("examples", tmp_path / "examples.py")
    assert specification is not None and specification.loader is not None
    page = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(page)
    assert page.one.status == "ok" and page.one.equity.index[-1].year == 2016
    assert len(page.measured.trades) and page.measured.metrics["alpha"] == page.measured.measures()["alpha"]
    assert page.against["beta"] != page.measured.metrics["beta"]
    frame = page.many.frame
    assert sorted(set(frame["fast_period"])) == [5, 8, 11] and sorted(set(frame["slow_period"])) == [20, 30, 40]
    assert len(frame) == 2 * sum(2 * fast < slow for fast in (5, 8, 11) for slow in (20, 30, 40))
    assert page.many.directory.parent == tmp_path / "cache" / "runs"
    assert page.pairs.frame["slow_period"].tolist() == [20, 50]
    assert page.by_row.frame[["fast_period", "slow_period"]].values.tolist() == [
        [5, 20],
        [5, 30],
        [8, 20],
        [8, 30],
        [11, 30],
    ]
    assert len(page.by_name) == 8
    assert len(page.again.frame) in (9, 12) and len(page.calm) == 12
    assert page.calm.directory == Path("runs/calm")
    assert len(page.figure.data) > 2 and page.page == Path("sweep.html") and page.page.stat().st_size > 1_000_000
    assert page.Breakout.__doc__ and page.Breakout(period=5).parameters == {"period": 5}
