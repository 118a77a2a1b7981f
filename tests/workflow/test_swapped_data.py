"""Data that changes under a run: no resume, replay or verification takes other bars for the run's own."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import admf_jit as aj
from admf_jit.data import load, write_store
from admf_jit.workflow import replay, verify
from tests.workflow.runs import moody, results_of, run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store, and a run over it."""
    folder = tmp_path_factory.mktemp("swapped")
    bars = load("sample", symbols="ALFA", timeframe="1d", start="2016-01-01", end="2016-12-31")
    write_store(bars, folder / "bars.store")
    run(config_over(folder / "bars.store", folder), folder / "run", n_jobs=1)
    return folder


def config_over(store: Path, folder: Path, **parameters: Any) -> dict[str, Any]:
    return {**moody(folder, **(parameters or {"period": [3, 5]})), "data": {"source": str(store)}}


@pytest.fixture
def swapped(made: Path) -> Any:
    """The store with one price of it changed, and put back afterwards."""
    path = made / "bars.store" / "close.npy"
    genuine = path.read_bytes()
    closes = np.load(path)
    closes[0, 20] = np.load(path.with_name("low.npy"))[0, 20]
    np.save(path, closes)
    yield made
    path.write_bytes(genuine)


def test_undisturbed_it_is_replayed_and_verified(made: Path) -> None:
    assert replay(made / "run", 0).status == "ok"
    assert not verify(made / "run", sample=1).differences


@pytest.mark.parametrize("use", ["resume", "resume with more values", "replay", "verify", "a new run"])
def test_a_swapped_column_is_refused_by_its_name(swapped: Path, tmp_path: Path, use: str) -> None:
    before = results_of(swapped / "run")
    config = config_over(swapped / "bars.store", swapped)
    with pytest.raises(aj.AdmfError, match=r"close\.npy: SHA-256 is"):
        if use == "replay":
            replay(swapped / "run", 0)
        elif use == "verify":
            verify(swapped / "run", sample=1)
        elif use == "a new run":
            run(config, tmp_path / "run", n_jobs=1)
        else:
            more = config_over(swapped / "bars.store", swapped, period=[3, 5, 8])
            run(config if use == "resume" else more, swapped / "run", n_jobs=1, resume=True)
    assert results_of(swapped / "run") == before


def test_another_store_in_its_place_is_other_data(made: Path, tmp_path: Path) -> None:
    store = made / "bars.store"
    shutil.copytree(store, tmp_path / "genuine")
    try:
        write_store(load("sample", symbols="BETA", timeframe="1d", start="2016-01-01", end="2016-12-31"), store)
        with pytest.raises(aj.ResultsError, match="data changed since the run"):
            replay(made / "run", 0)
        with pytest.raises(aj.ResultsError, match="cannot resume, data.digest was"):
            run(config_over(store, made), made / "run", n_jobs=1, resume=True)
    finally:
        shutil.rmtree(store)
        shutil.copytree(tmp_path / "genuine", store)


def test_a_manifest_that_claims_other_data_is_refused(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "run", tmp_path / "run")
    path = tmp_path / "run" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["data"]["digest"] = "0" * 64
    path.write_text(json.dumps(manifest))
    with pytest.raises(aj.ResultsError, match="data changed since the run"):
        replay(tmp_path / "run", 0)
