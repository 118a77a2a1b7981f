"""From a YAML file or a mapping to a checked, immutable `Config`."""

import glob
import os
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path as FilePath
from typing import Any

from admf_jit.config.model import Config
from admf_jit.config.optimization import MAX_RANGE_VALUES
from admf_jit.config.overrides import apply_overrides
from admf_jit.config.problems import Path, Problem, refuse, show
from admf_jit.config.run_config import RunConfig, check_run
from admf_jit.config.workflow_config import Workflow, check_workflow
from admf_jit.config.yaml_reader import MAX_BYTES, MAX_DEPTH, Document, has_characters_only, read_yaml
from admf_jit.errors import ConfigError, closest

# Python refuses to write down longer numbers, in a message as in a manifest.
_MAX_BITS = 8192


Given = str | os.PathLike[str] | Mapping[str, Any]


def load_config(path_or_mapping: Given, overrides: Iterable[str] = ()) -> Config:
    """Read the configuration of one strategy over one set of data, as `load_run` does; ConfigError for another."""
    run = load_run(path_or_mapping, overrides)
    if not run.is_plain:
        source = "" if isinstance(path_or_mapping, Mapping) else f"{path_or_mapping}: "
        key, names = ("strategies", run.strategies) if run.strategies else ("data", run.data_sets)
        raise ConfigError(
            f"{source}{key}: has {', '.join(names)}; expected one strategy and one set of data without a name. "
            "`grid`, `plan` and `validate` take several"
        )
    return run.common


def load_run(path_or_mapping: Given, overrides: Iterable[str] = ()) -> RunConfig:
    """Read, override and check a configuration; one ConfigError lists everything that is wrong with it.

    A relative path in `data.source` or in the `type` of a strategy is looked up in the configuration file's folder,
    then in the working directory, and becomes absolute, so that a run can be replayed from anywhere.
    """
    document, source, problems = _read(path_or_mapping, overrides)
    return _checked(document, source, problems)


def load_workflow(path_or_mapping: Given, overrides: Iterable[str] = ()) -> Workflow:
    """Read, override and check the configuration of a workflow and of the run of each of its phases."""
    document, source, problems = _read(path_or_mapping, overrides)
    workflow, found = check_workflow(document.value, _checked(document, source, problems))
    if workflow is None:
        raise refuse(found, source, document.lines)
    return workflow


def _checked(document: Document, source: str, problems: list[Problem]) -> RunConfig:
    run, found = check_run(document.value)
    if run is None or problems:
        raise refuse([*found, *problems], source, document.lines)
    return run


def _read(path_or_mapping: Given, overrides: Iterable[str]) -> tuple[Document, str, list[Problem]]:
    """Return a configuration with absolute paths, what messages call it, and paths that are not there."""
    if isinstance(path_or_mapping, Mapping):
        source, folders = "", [FilePath.cwd()]
        document = Document(_plain(path_or_mapping, "configuration"))
    else:
        path = FilePath(path_or_mapping)
        source, folders = str(path), [path.resolve().parent, FilePath.cwd()]
        document = read_yaml(_read_text(path), source)
    if document.value is None:
        document.value = {}
    if not isinstance(document.value, dict):
        raise ConfigError(f"{source}: is {show(document.value)}; expected a mapping such as name, data, strategy")
    apply_overrides(document, overrides)
    problems = _resolve_all(document.value, folders)
    return document, source, problems


def _resolve_all(value: dict[str, Any], folders: list[FilePath]) -> list[Problem]:
    """Make every path of a configuration absolute, in it."""
    problems: list[Problem] = []
    if isinstance(value.get("data"), dict):
        problems += _resolve(value["data"], ("data", "source"), folders)
        problems += _resolve(value["data"], ("data", "features"), folders)
    if isinstance(value.get("data"), list):
        for number, one in enumerate(value["data"]):
            if isinstance(one, dict):
                problems += _resolve(one, ("data", number, "source"), folders)
                problems += _resolve(one, ("data", number, "features"), folders)
    if isinstance(value.get("strategy"), dict):
        problems += _resolve(value["strategy"], ("strategy", "type"), folders)
    if isinstance(value.get("strategies"), dict):
        for name, entry in value["strategies"].items():
            if isinstance(entry, dict):
                problems += _resolve(entry, ("strategies", str(name), "type"), folders)
    return problems


def _read_text(path: FilePath) -> str:
    try:
        with path.open("rb") as file:  # which may be a device or a pipe, without a size or an end
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ConfigError(f"{path}: more than {MAX_BYTES:,} bytes; a configuration is not longer")
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        folder = path.parent
        hint = closest(path.name, sorted(os.listdir(folder))) if folder.is_dir() else ""
        raise ConfigError(
            f"{path}: no such file" + (f"; did you mean {str(folder / hint)!r}?" if hint else "")
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8; expected a YAML text") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); expected a YAML file") from None


def _resolve(section: dict[str, Any], key: Path, folders: list[FilePath]) -> list[Problem]:
    """Make every path in one key absolute; a name that is no path (a built-in's, a module's) stays as it is."""
    name = str(key[-1])
    value = section.get(name)
    if isinstance(value, dict):
        section[name] = several = dict(value)
        return [problem for one in several for problem in _resolve_one(several, one, (*key, one), folders)]
    if isinstance(value, list):
        section[name] = listed = list(value)
        return [
            problem for place in range(len(listed)) for problem in _resolve_one(listed, place, (*key, place), folders)
        ]
    return _resolve_one(section, name, key, folders)


def _resolve_one(section: Any, place: str | int, key: Path, folders: list[FilePath]) -> list[Problem]:
    value = section[place] if isinstance(place, int) else section.get(place)
    if not isinstance(value, str) or not value:
        return []
    name, class_name = value, ""
    if key[0] != "data":
        name, _, class_name = value.rpartition(":")
        if not name.endswith(".py"):
            return []
    elif value == "sample" and key[-1] != "features":
        return []
    for folder in folders:
        found = _existing(folder, name)
        if found is not None:
            section[place] = str(found) + (f":{class_name}" if class_name else "")
            return []
    nearest = closest(value, ["sample"]) if key[0] == "data" else ""
    hint = f"; did you mean {nearest!r}?" if nearest else ""
    places = " or ".join(dict.fromkeys(str(folder) for folder in folders))
    return [Problem(key, f"is {show(value)}; no such file in {places}{hint}")]


def _existing(folder: FilePath, name: str) -> FilePath | None:
    try:
        path = folder / FilePath(name).expanduser()
        if path.exists():
            return path.resolve()
        pattern = any(character in name for character in "*?[")
        return folder.resolve() / path if pattern and any(glob.iglob(str(path), recursive=True)) else None
    except (OSError, RuntimeError, ValueError):  # too long, no such user in ~user, a zero character
        return None


def _plain(value: Any, place: str, depth: int = 0) -> Any:
    """Copy a mapping given from Python into the plain types of YAML: ranges and arrays become lists."""
    if depth > MAX_DEPTH:
        raise ConfigError(f"{place}: nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, range) and value[MAX_RANGE_VALUES:]:
        raise ConfigError(f"{place}: is {value}; expected a range of at most {MAX_RANGE_VALUES:,} values")
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise ConfigError(f"{place}: key {show(key)}; expected a text")
            if not has_characters_only(key):
                raise ConfigError(f"{place}: key {show(key)}: half of a surrogate pair, which is no character")
        return {key: _plain(item, f"{place}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, date):  # a time is one too
        return value.isoformat()
    if isinstance(value, str) and not has_characters_only(value):
        raise ConfigError(f"{place}: half of a surrogate pair, which is no character")
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise ConfigError(f"{place}: is a whole number of {value.bit_length():,} bits; expected at most {_MAX_BITS:,}")
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, list | tuple | range):
        return [_plain(item, place, depth + 1) for item in value]
    return value
