"""The product as a shop owner installs it: a wheel, in an empty environment."""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fallback.core.wizard.forms import FORMS

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel that would be released."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Install the wheel beside nothing but its locked dependencies."""
    folder = tmp_path_factory.mktemp("empty")
    venv = [sys.executable, "-m", "venv", "--without-pip", folder]
    subprocess.run(venv, check=True)
    pip = [sys.executable, "-m", "pip", "--python", folder, "install"]
    pip += ["--quiet", "--no-input", "--no-compile"]
    requirements = ROOT / "requirements" / "run.txt"
    subprocess.run([*pip, "--require-hashes", "-r", requirements], check=True)
    subprocess.run([*pip, "--no-deps", wheel], check=True)
    return folder / "bin" / "fallback"


def test_the_wheel_holds_themes_words_and_catalogues(wheel: Path) -> None:
    """Nothing that the program needs is left behind in the repository."""
    names = zipfile.ZipFile(wheel).namelist()

    assert "fallback/themes/plain/page.html" in names
    assert "fallback/starter/fallback.toml" in names
    assert any(name.startswith("fallback/starter/content/") for name in names)
    assert {f"fallback/starter/{name}" for name in FORMS} <= set(names)
    assert "fallback/locales/pl/LC_MESSAGES/page.mo" in names
    assert "fallback/locales/pl/LC_MESSAGES/owner.mo" in names


def test_the_installed_product_works_outside_the_repository(
    installed: Path, tmp_path: Path
) -> None:
    """From an empty folder to a published page, with nothing but the wheel."""

    def fallback(*words: str) -> dict[str, object]:
        run = subprocess.run(
            [installed, "--json", "--no-input", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        answer: dict[str, object] = json.loads(run.stdout)
        return answer

    fallback(
        *("init", "shop", "--name", "Kwiaty u Ani", "--url", "https://kwiaty.example"),
        *("--email", "awaria@elsewhere.example", "--phone", "+48600100200"),
    )
    deployed = fallback("-C", "shop", "deploy")

    assert deployed["ok"] is True
    pages = list((tmp_path / "shop").rglob("index.html"))
    assert pages
    assert all("+48600100200" in page.read_text("utf-8") for page in pages)


def test_the_page_needs_only_the_small_render_set(tmp_path: Path) -> None:
    """A broken cloud SDK can never stop the page."""
    program = (
        "import sys\n"
        "for name in ('boto3', 'botocore', 'dns', 'cloudflare', 'rich'):\n"
        "    sys.modules[name] = None\n"
        "from fallback.__main__ import main\n"
        "main()\n"
    )
    for words in (["build", "--out", str(tmp_path / "public")], ["deploy"]):
        run = subprocess.run(
            [sys.executable, "-c", program, "-C", str(example(tmp_path)), *words],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr


def example(folder: Path) -> Path:
    """Copy the example shop into *folder*, once."""
    site = folder / "site"
    if not site.exists():
        site.mkdir()
        shutil.copy(ROOT / "fallback.toml", site)
        shutil.copytree(ROOT / "content", site / "content")
    return site
