"""The direction of imports, and what the command line may load before it has work to do."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from setuptools import find_packages

ROOT = Path(__file__).resolve().parent.parent

# What each part may import, besides itself and the errors. A part that is missing here fails the test: the
# direction of a new part is a decision, and this is where it is written down.
BESIDE = {"config", "data", "parameter_grid", "results"}
MAY_IMPORT = {
    "choices": set(),
    "errors": set(),
    "expression_text": {"parsing"},
    "registry": set(),
    "announcements": set(),
    "interrupts": set(),
    "parsing": set(),
    "config": {"registry", "admf_kernels"},
    "data": {"config"},
    "figures": set(),
    "ledger": set(),
    "markup": set(),
    "results": {"figures", "announcements", "config", "data", "statistics", "admf_kernels"},
    "parameter_grid": {"config"},
    "statistics": set(),
    "ta": {"strategies"},
    "strategies": {"announcements", "interrupts", "parsing", "ta", "data", "admf_kernels", "admf_presets"},
    "workers": {"interrupts", "registry", "strategies", "admf_kernels", *BESIDE},
    "workflow": {"workers", "ledger", "registry", "interrupts", "statistics", "strategies", "admf_kernels", *BESIDE},
    "report": {"workflow", "figures", *BESIDE, "admf_kernels"},
    "cli": {"announcements", "ledger", "live", "workflow", "report", "interrupts", "strategies", *BESIDE},
    "live": {"workflow", "workers", "registry", "interrupts", "strategies", "admf_kernels", *BESIDE},
    "__main__": {"cli"},
}
# The same of the packages of compiled code, besides the standard library: a preset stands on the engines' public
# interface, and no engine knows of a preset.
KERNELS_MAY_IMPORT = {
    "admf_kernels": {"numba", "llvmlite", "numpy", "admf_kernels"},
    "admf_presets": {"numba", "numpy", "admf_kernels", "admf_presets"},
}
HEAVY = ("numba", "pandas", "pyarrow", "pydantic", "yaml", "rich", "joblib", "psutil", "plotly", "jinja2")


def imported_modules(path: Path, root: Path) -> Iterator[str]:
    """Every module that a file imports anywhere in it, what is for type checkers alone included."""
    package = path.relative_to(root).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            outer = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*outer, *([node.module] if node.module else [])))
            # `from admf_jit import workflow` imports the module admf_jit.workflow.
            yield from (f"{module}.{alias.name}" for alias in node.names)


def sources(root: Path) -> list[Path]:
    return sorted(root.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "admf_jit").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", sources(ROOT / "kernels"), ids=lambda path: str(path.relative_to(ROOT)))
def test_kernels_import_numba_numpy_and_the_standard_library_alone(path):
    allowed = KERNELS_MAY_IMPORT[path.relative_to(ROOT / "kernels").parts[0]]
    foreign = {name.partition(".")[0] for name in imported_modules(path, ROOT / "kernels")} - allowed
    assert foreign <= sys.stdlib_module_names


#: Arguments that a kernel may take, and lines that it may have. Compiled entries, which take arrays one by one, are in
#: generated modules.
MOST_ARGUMENTS, MOST_LINES = 9, 120
FUNCTIONS = [
    (path, node)
    for path in sources(ROOT / "kernels")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.FunctionDef)
]


def test_kernels_take_records_rather_than_many_arguments():
    many = {
        f"{path.relative_to(ROOT)}: {node.name}"
        for path, node in FUNCTIONS
        if len([*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]) > MOST_ARGUMENTS
    }
    assert not many


def test_no_kernel_is_longer_than_a_page():
    assert not {f"{path}: {node.name}" for path, node in FUNCTIONS if node.end_lineno - node.lineno >= MOST_LINES}


def test_every_loop_over_bars_is_told_of_with_the_rules_that_it_calls():
    """Which they are, and why none of them has rules of its own: a table in ``benchmarks/NOTES.md``."""
    loops = {
        f"{path.relative_to(ROOT / 'kernels').with_suffix('').as_posix()}.{node.name}"
        for path, node in FUNCTIONS
        if re.fullmatch("_?advance(_.*)?", node.name)
    }
    notes = (ROOT / "benchmarks" / "NOTES.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([\w/]+\.\w*advance\w*)` \|", notes, flags=re.MULTILINE)) == loops


def test_python_text_is_parsed_by_one_function():
    """It takes one thread at a time, which CPython 3.11 needs."""
    parsing = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "admf_jit").rglob("*.py"))
        if re.search(r"\bast\.parse\(", path.read_text(encoding="utf-8"))
    ]
    assert parsing == ["admf_jit/parsing.py"]


def test_no_engine_knows_of_a_preset():
    for path in sources(ROOT / "kernels" / "admf_kernels"):
        assert "admf_presets" not in path.read_text(encoding="utf-8"), path


def test_a_wheel_has_every_package_and_says_that_it_is_typed():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    find = settings["packages"]["find"]
    found = {name: root for root in find["where"] for name in find_packages(str(ROOT / root), include=find["include"])}
    written = {
        ".".join(path.parent.relative_to(root).parts)
        for root, inside in ((ROOT, "admf_jit"), (ROOT / "kernels", "."))
        for path in (root / inside).rglob("__init__.py")
    }
    assert found.keys() == written
    for name in (name for name in found if "." not in name):
        assert "py.typed" in settings["package-data"][name]
        assert (ROOT / found[name] / name / "py.typed").is_file(), name


@pytest.mark.parametrize("path", sources(ROOT / "admf_jit"), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    part = part_of(path)
    if part in ("__init__", "api", "pytest_plugin", "testing"):
        pytest.skip("the public face imports whatever it shows")
    for name in imported_modules(path, ROOT):
        if name == "admf_jit.__version__" or (name == "admf_jit" and "builtin" in path.parts):
            continue  # the built-in strategies are written as a user writes one
        package, _, rest = name.partition(".")
        imported = rest.partition(".")[0] if package == "admf_jit" else package
        if package in ("admf_jit", *KERNELS_MAY_IMPORT) and imported not in (
            part,
            "choices",
            "errors",
            "expression_text",
            "markup",
            "wording",
        ):
            assert imported in MAY_IMPORT[part], f"{part} may not import {name}"


def test_the_public_face_is_imported_by_nobody():
    for path in sources(ROOT / "admf_jit"):
        if part_of(path) not in ("__init__", "api", "pytest_plugin", "testing"):
            modules = {".".join(name.split(".")[:2]) for name in imported_modules(path, ROOT)}
            assert not {"admf_jit.api", "admf_jit.pytest_plugin", "admf_jit.testing"} & modules, path


@pytest.mark.parametrize(
    "statement",
    [
        "import admf_jit",
        "from admf_jit.cli import main; main(['--help'])",
        "from admf_jit.cli import main; main(['grid', '--help'])",
    ],
)
def test_nothing_heavy_is_loaded_for_help(statement):
    script = (
        f"import sys\ntry:\n    {statement}\nexcept SystemExit:\n    pass\n"
        f"print(*[name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    outcome = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert outcome.stderr.split() == []
