"""The documentation builds as a site without a warning, and links lead somewhere, also where its pages lie."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from admf_jit.cli.parser import COMMANDS
from admf_jit.config.schema import configuration_schema
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, with the picture of one strategy."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-D", "pictures=predictions"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "kernels")])}
    done = subprocess.run(
        [*command, "-d", str(folder / "doctrees"), str(ROOT / "docs"), str(folder / "html")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "html"


def test_it_builds_without_a_warning_and_every_page_is_on_it(site: Path) -> None:
    for path in PAGES:
        name = path.stem if path.parent.name == "docs" else f"site/{path.stem.lower()}"
        assert (site / f"{name}.html").is_file() or path.name == "README.md", path


def test_every_key_of_a_configuration_and_every_command_is_looked_up_there(site: Path) -> None:
    schema = configuration_schema()
    settings = (site / "site" / "settings.html").read_text(encoding="utf-8")
    for block in (schema, *schema["$defs"].values()):
        for key in block.get("properties", {}):
            assert f'<span class="pre">{key}</span>' in settings, key
    commands = (site / "site" / "commands.html").read_text(encoding="utf-8")
    assert all(f'<section id="{command}">' in commands for command in COMMANDS)
    assert 'class="sig-name descname"><span class="pre">grid</span>' in (site / "site" / "api.html").read_text()


def test_the_gallery_has_its_pictures(site: Path) -> None:
    assert 'src="../_static/gallery/predictions.html"' in (site / "site" / "pictures.html").read_text(encoding="utf-8")
    picture = (site / "_static" / "gallery" / "predictions.html").read_text(encoding="utf-8")
    assert 'src="plotly.min.js"' in picture and (site / "_static" / "gallery" / "plotly.min.js").is_file()


def test_nothing_is_fetched_from_another_host(site: Path) -> None:
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"""<(script|link|img|iframe)[^>]*(src|href)=["'](https?:)?//""", text), path


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_to_files_where_the_page_lies(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not link.startswith(("http:", "https:", "#", "mailto:")):
            assert (page.parent / link.split("#")[0]).exists(), f"{page.name}: {link}"
