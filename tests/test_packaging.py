"""What the package promises as a whole: one version, whole contents, papers that are true."""

from __future__ import annotations

import re
import shlex
import tomllib
from importlib import import_module
from importlib.metadata import files as installed_files
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import pytest
from glasswell.compare import config as compare_config
from glasswell.compare.cli import command as cli
from glasswell.sim import config as sim_config
from glasswell.sim.archive.schema import COORDINATES, VARIABLES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGES = ("theory", "sim", "compare")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def _commands() -> list[str]:
    return re.findall(r"^    glasswell (.+?)(?: +#.*)?$", README, re.MULTILINE)


def test_one_version() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert version("glasswell") == declared
    assert re.findall(r"^version: (.+)$", citation, re.MULTILINE) == [declared]
    assert re.findall(r"^## \[(\d.*?)\]", changelog, re.MULTILINE)[0] == declared


def test_the_oldest_versions_tested_are_the_oldest_allowed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    allowed = [*project["dependencies"], *extras["fast"], *extras["cluster"]]
    text = (ROOT / "tests" / "oldest.txt").read_text(encoding="utf-8")
    tested = dict(re.findall(r"^([\w-]+)==([\d.]+?)(?:\.\*)?$", text, re.MULTILINE))
    assert dict(requirement.split(">=") for requirement in allowed) == tested


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_installed_is_what_is_here(package: str) -> None:
    """Package data included, every folder declared, and nothing left over from an earlier build."""
    here = _content(ROOT / package)
    there = _content(Path(str(files(f"glasswell.{package}"))))
    assert there == here
    assert Path("py.typed") in there


def _content(folder: Path) -> set[Path]:
    files_of = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path for path in files_of if "__pycache__" not in path.parts}


def test_the_suite_knows_its_version() -> None:
    import glasswell

    assert glasswell.__version__ == version("glasswell")


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_are_there(package: str) -> None:
    """What ``__init__.pyi`` lists can be imported, and no function hides a module beside it."""
    module = import_module(f"glasswell.{package}")
    modules = {info.name for info in iter_modules(module.__path__)}
    assert module.__all__
    for name in module.__all__:
        found = getattr(module, name)
        assert name not in modules or isinstance(found, ModuleType), name


def test_no_generic_names_among_the_users_packages() -> None:
    top = {path.parts[0] for path in installed_files("glasswell") or ()}
    assert not top & {*PACKAGES, "tests", "data", "benchmarks"}


@pytest.mark.parametrize("text", _blocks("toml"))
def test_configurations_in_the_readme(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    *_, table = sim_config.load(file)
    compare_config.parse(table)


@pytest.mark.parametrize("code", _blocks("python"))
def test_python_in_the_readme(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {})


@pytest.mark.parametrize("command", _commands())
def test_commands_in_the_readme(command: str) -> None:
    assert callable(cli._parser().parse_args(shlex.split(command)).run)


def test_the_readme_has_examples_to_test() -> None:
    assert len(_commands()) >= 6
    assert len(_blocks("toml")) >= 2
    assert _blocks("python")


def test_the_archive_in_the_readme() -> None:
    listed = re.findall(r"^    /N=\d+/(\w+) +\(([\w, ]+)\)", README, re.MULTILINE)
    assert {name: tuple(dims.split(", ")) for name, dims in listed} == {
        name: variable.dims for name, variable in VARIABLES.items()
    }
    assert set(COORDINATES) == {dim for variable in VARIABLES.values() for dim in variable.dims}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "data/README.md"])
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
