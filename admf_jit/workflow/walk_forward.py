"""Walk-forward: a search in every window of the bars, and its best row over the bars that come next."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from admf_jit import interrupts
from admf_jit.config import Config
from admf_jit.config.phases import BEST_ROW
from admf_jit.config.walk_forward import WalkForwardConfig
from admf_jit.data import MarketData
from admf_jit.errors import ConfigError, ResultsError
from admf_jit.parameter_grid.survivors import Condition
from admf_jit.results import Progress, default_directory
from admf_jit.results.atomic import write_json_atomically
from admf_jit.results.chosen_rows import chosen_rows
from admf_jit.results.lock import DirectoryLock
from admf_jit.results.manifest import first_difference
from admf_jit.results.ranking import json_value, values_of
from admf_jit.results.selection import HALVING
from admf_jit.strategies.declaration import Definition
from admf_jit.workflow.grid_run import GridRun, is_begun, run_grid
from admf_jit.workflow.null_sweep import refuse_elsewhere
from admf_jit.workflow.replay import run_container
from admf_jit.workflow.run_data import load_data, moment_of
from admf_jit.workflow.stitched import Segment, Stitched, stitched

WALK_NAME = "walk_forward.json"
RUNNING, FINISHED = "running", "finished"


@dataclass(frozen=True)
class Window:
    """A window of the evaluated bars, first and last of them: those of the search, and those of the test after it."""

    number: int
    train: tuple[int, int]
    test: tuple[int, int]


@dataclass(frozen=True)
class WindowDone:
    """A window that came to its end.

    ``parameters`` are those of the best row by swept names, with its objective over the window (``in_sample``) and
    after it (``out_of_sample``); None, NaN and NaN where no row has a result, or none satisfies the conditions.
    ``trials`` are the points that the search has tried, also those that it ran over a part of the window alone;
    ``metrics`` are those of the test.
    """

    window: Window
    trials: int
    index: int | None = None
    parameters: Mapping[str, Any] | None = None
    in_sample: float = math.nan
    out_of_sample: float = math.nan
    metrics: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True)
class WalkForward:
    """A walk that came to its end: its windows, and the tests put together."""

    directory: Path
    windows: tuple[WindowDone, ...]
    tests: Stitched
    manifest: Mapping[str, Any] = field(repr=False)


def windows_of(n_bars: int, settings: WalkForwardConfig) -> list[Window]:
    """Return the windows of some bars: tests follow each other without a gap, and the last one may be shorter."""
    first = settings.train + settings.gap
    windows = []
    for number, begin in enumerate(range(first, n_bars - 1, settings.test)):
        last = begin - settings.gap - 1
        train = (0 if settings.anchored else last - settings.train + 1, last)
        windows.append(Window(number, train, (begin, min(begin + settings.test, n_bars) - 1)))
    if not windows:
        raise ConfigError(
            f"walk_forward: train {settings.train:,} and gap {settings.gap:,} leave fewer than 2 of {n_bars:,} bars "
            "for a test; expected fewer"
        )
    return windows


@interrupts.taken()
def walk_forward(
    config: Config,
    *,
    out: Path | None = None,
    n_jobs: int | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    definition: Definition | None = None,
    data: MarketData | None = None,
    conditions: tuple[Condition, ...] = (),
    default: Callable[..., Path] = default_directory,
    begun: Callable[[Path], None] = lambda directory: None,
) -> WalkForward:
    """Search in every window of ``config`` by its own method, and run the best row over the bars after the window.

    Each search and each test is a run in a folder of its window, over a span of the data; bars before the span warm
    indicators up. A test begins without a position and with the cash of the configuration. Raises AdmfError for bad
    input; an interrupt leaves what was finished, and ``resume`` goes on.
    """
    refuse_elsewhere(config, "a walk-forward")
    settings = config.walk_forward
    if settings is None:
        raise ConfigError("walk_forward: missing; expected a mapping such as {train: 500, test: 100}")
    bars = data if data is not None else load_data(config)
    windows = windows_of(bars.n_bars, settings)
    path = Path(out) if out is not None else default(config.name, resume=resume)
    with _opened(path, config, resume) as manifest:
        begun(path)
        done: list[WindowDone] = []
        tests = []
        for window in windows:
            interrupts.check()
            if progress is not None:
                progress.say(f"window {window.number + 1} of {len(windows)}")
            walk = _Walk(path, config, bars, n_jobs, progress, definition, conditions)
            one, equity = walk.window(window)
            done.append(one)
            tests.append(equity)
            manifest["windows"] = [_facts(bars, one) for one in done]
            _write(path, manifest)
        found = stitched(bars, config.account.cash, tests)
        facts = {"bars": bars.n_bars, "tests": found.facts(), "stability": stability(done)}
        manifest |= {"status": FINISHED, "trials": sum(one.trials for one in done), **facts}
        _write(path, manifest)
        found.frame().to_csv(path / "equity.csv", index_label="time")
    return WalkForward(path, tuple(done), found, manifest)


@dataclass(frozen=True)
class _Walk:
    """What all windows are run with."""

    path: Path
    config: Config
    data: MarketData
    n_jobs: int | None
    progress: Progress | None
    definition: Definition | None
    conditions: tuple[Condition, ...]

    def window(self, window: Window) -> tuple[WindowDone, Segment]:
        """Search in a window and test its best row."""
        folder = self.path / f"window-{window.number + 1:03}"
        search = self._run(self._over(window.train), folder / "search", self.conditions)
        chosen = chosen_rows(search.stored, search.manifest, BEST_ROW)
        trials = int(search.manifest.get(HALVING, {}).get("trials", search.stored.num_rows))
        if not chosen:
            return WindowDone(window, trials), Segment(*window.test, self.config.account.cash, None)
        prepared, container = search.sweeps.container(chosen[0].rows[0])
        optimization = self.config.optimization
        values: dict[str, Any] = {name: (value,) for name, value in container.swept.items()}
        single = optimization.without_search().model_copy(update={"parameters": values})
        over = self._over(window.test).model_copy(update={"optimization": single})
        test = self._run(over, folder / "test", ())
        result = run_container(test.sweeps.sweeps[0].prepared, test.sweeps.container(0)[1])
        made = WindowDone(
            window,
            trials,
            container.index,
            dict(container.swept),
            chosen[0].value,
            float(values_of(test.stored, optimization.objective)[0]),
            result.metrics,
            result.error,
        )
        n = window.test[1] - window.test[0] + 1
        equity = np.full(n, np.nan)  # a container that failed has less of it
        known = result.equity.to_numpy(np.float64)
        equity[: len(known)] = known
        return made, Segment(*window.test, container.account.cash, equity if result.error is None else None)

    def _over(self, span: tuple[int, int]) -> Config:
        """The configuration over a span of the bars, whose year has as many of them as in all."""
        start, end = (moment_of(self.data, bar) for bar in span)
        given = self.config.data
        source = {} if self.data.directory is None or self.definition is None else {"source": str(self.data.directory)}
        per_year = given.bars_per_year or self.data.bars_per_year
        over = given.model_copy(update={**source, "start": start, "end": end, "bars_per_year": per_year})
        return self.config.model_copy(update={"data": over, "walk_forward": None})

    def _run(self, config: Config, path: Path, conditions: tuple[Condition, ...]) -> GridRun:
        return run_grid(
            config,
            out=path,
            n_jobs=self.n_jobs,
            resume=is_begun(path),
            progress=self.progress,
            definition=self.definition,
            conditions=conditions,
        )


def stability(done: list[WindowDone]) -> dict[str, dict[str, Any]]:
    """Return for each swept name how often another value was chosen than in the window before, and which were."""
    chosen = [one.parameters for one in done if one.parameters is not None]
    names = list(chosen[0]) if chosen else []
    found = {}
    for name in names:
        values = [one[name] for one in chosen]
        changes = sum(1 for before, after in zip(values, values[1:], strict=False) if before != after)
        most = max(values.count(value) for value in values)
        found[name] = {"values": values, "changes": changes, "most_frequent_share": most / len(values)}
    return found


def _facts(data: MarketData, one: WindowDone) -> dict[str, Any]:
    """A window for the manifest."""
    window = one.window
    spans = {
        key: {"start": moment_of(data, first), "end": moment_of(data, last), "bars": last - first + 1}
        for key, (first, last) in (("train", window.train), ("test", window.test))
    }
    said = {key: getattr(one, key) for key in ("trials", "index", "parameters", "in_sample", "out_of_sample", "error")}
    return json_value({"directory": f"window-{window.number + 1:03}", **spans, **said, "metrics": dict(one.metrics)})  # type: ignore[no-any-return]


@contextmanager
def _opened(path: Path, config: Config, resume: bool) -> Iterator[dict[str, Any]]:
    """The manifest of the walk in a directory, new or gone on with, under the directory's lock."""
    manifest: dict[str, Any] = {"name": config.name, "config": config.model_dump(mode="json"), "status": RUNNING}
    there = (path / WALK_NAME).is_file()
    if resume and not there:
        raise ResultsError(f"{path}: no {WALK_NAME} in it; expected the directory of a walk-forward to resume")
    if path.exists() and not path.is_dir():
        raise ResultsError(f"{path}: is a file; expected a directory, or a name that does not exist yet")
    if path.is_dir() and not resume and any(not one.name.startswith(".") for one in path.iterdir()):
        hint = "add --resume (from Python resume=True) to go on with the walk in it, or " if there else ""
        raise ResultsError(f"{path}: not empty; expected a new or empty directory. Please {hint}choose another.")
    path.mkdir(parents=True, exist_ok=True)
    lock = DirectoryLock(path)
    try:
        if resume:
            _check_same(path, manifest)
        _write(path, manifest)
        yield manifest
    finally:
        lock.release()


def _check_same(path: Path, manifest: Mapping[str, Any]) -> None:
    try:
        before = json.loads((path / WALK_NAME).read_text(encoding="utf-8"))["config"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ResultsError(f"{path / WALK_NAME}: cannot be read ({problem}); expected that of a walk-forward") from None
    difference = first_difference("config", before, json.loads(json.dumps(manifest["config"])))
    if difference:
        raise ResultsError(
            f"{path}: cannot resume, {difference}. Resume with what the walk was started with, or start a new one in "
            "another directory."
        )


def _write(path: Path, manifest: Mapping[str, Any]) -> None:
    write_json_atomically(path / WALK_NAME, json_value(manifest))
