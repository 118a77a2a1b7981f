"""From what a user names to a strategy's definition: a built-in's name, a module's class, a file's class, a class."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from admf_jit.errors import StrategyError, closest
from admf_jit.strategies.declaration import Definition, definition_of

#: Built-in name -> class in the module of that name.
BUILT_IN = {
    "sma_crossover": "SmaCrossover",
    "ema_crossover": "EmaCrossover",
    "rsi_reversion": "RsiReversion",
    "bollinger_reversion": "BollingerReversion",
    "donchian_breakout": "DonchianBreakout",
    "macd_cross": "MacdCross",
    "momentum": "Momentum",
    "three_averages": "ThreeAverages",
    "keltner_breakout": "KeltnerBreakout",
    "ibs_reversion": "IbsReversion",
    "engulfing": "Engulfing",
    "hull_trend": "HullTrend",
    "aroon_trend": "AroonTrend",
    "calm_trend": "CalmTrend",
    "narrow_range": "NarrowRange",
    "inside_bar": "InsideBar",
    "zscore_reversion": "ZscoreReversion",
    "stochastic_reversion": "StochasticReversion",
    "double_sevens": "DoubleSevens",
    "weekday_reversion": "WeekdayReversion",
    "three_soldiers": "ThreeSoldiers",
    "halloween": "Halloween",
    "turn_of_month": "TurnOfMonth",
    "overnight": "Overnight",
    "buy_and_hold": "BuyAndHold",
}
#: Types of strategy that stand in a configuration.
_IN_CONFIGURATION = ("rules", "signals")


def resolve_strategy(named: object, *, folder: Path | None = None) -> Definition:
    """The definition behind ``named``: a built-in's name, "package.module:ClassName", "path/to/file.py:ClassName", or a
    decorated class or an instance of one.

    A relative path is looked for in ``folder`` (where the configuration lies) first, then in the working folder.
    """  # noqa: D205
    if not isinstance(named, str):
        return definition_of(named if isinstance(named, type) else type(named))
    return definition_of(named_object(named, folder=folder))


def named_object(named: str, *, folder: Path | None = None) -> Any:
    """What a name of a strategy stands for, as it is found there: a class, if it is right."""
    if named in BUILT_IN:
        module = importlib.import_module(f"admf_jit.strategies.builtin.{named}")
        return getattr(module, BUILT_IN[named])
    place, separator, class_name = named.rpartition(":")
    if not separator:
        hint = closest(named, [*BUILT_IN, *_IN_CONFIGURATION])
        suggestion = f"; did you mean {hint!r}?" if hint else ""
        raise StrategyError(
            f"strategy {named!r}: expected a built-in ({', '.join(BUILT_IN)}), package.module:ClassName or "
            f"path/to/file.py:ClassName; in a configuration {' and '.join(_IN_CONFIGURATION)} too{suggestion}"
        )
    module = _load_file(place, folder) if place.endswith(".py") else _load_module(place)
    cls = getattr(module, class_name, None)
    if cls is None:
        classes = [name for name, value in vars(module).items() if isinstance(value, type)]
        hint = closest(class_name, classes)
        suggestion = f"; did you mean {hint!r}?" if hint else ""
        raise StrategyError(f"strategy {named!r}: {place} has no class {class_name!r}{suggestion}")
    return cls


def _load_module(name: str) -> ModuleType:
    # A user's own package beside the working folder works as it does for `python -m`.
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as problem:
        if problem.name is not None and (name == problem.name or name.startswith(problem.name + ".")):
            raise StrategyError(f"strategy module {name!r} is not found (looked along sys.path)") from None
        raise StrategyError(f"strategy module {name!r}: {problem}") from problem
    except StrategyError:
        raise
    except Exception as problem:
        raise StrategyError(f"strategy module {name!r}: {type(problem).__name__}: {problem}") from problem


def _load_file(place: str, folder: Path | None) -> ModuleType:
    candidates = [Path(place)] if folder is None else [folder / place, Path(place)]
    path = next((p.resolve() for p in candidates if p.is_file()), None)
    if path is None:
        looked = " and ".join(str(p) for p in candidates)
        raise StrategyError(f"strategy file {place!r} is not found (looked for {looked})")
    name = f"admf_jit_user_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise StrategyError(f"strategy file {path}: cannot be loaded as a Python module")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    try:
        specification.loader.exec_module(module)
    except StrategyError:
        raise
    except SyntaxError as problem:
        raise StrategyError(f"{path}:{problem.lineno}: {problem.msg}") from None
    except Exception as problem:
        raise StrategyError(f"strategy file {path}: {type(problem).__name__}: {problem}") from problem
    return module
