"""What an import costs: who is not asked is not loaded, and the order does not matter."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Collection
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ROOMS = ("site", "recursion", "wells", "hessian", "ansatz", "quantum", "heat", "phases", "plots")

SOLVER = [f"glasswell.theory.{room}" for room in ROOMS]
"""All of theory but the model and the numerics that it needs."""


def _loaded(code: str) -> set[str]:
    """Modules of a fresh interpreter after this code."""
    end = "\nimport sys; print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code + end],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def _of(modules: Collection[str], *packages: str) -> list[str]:
    return sorted(
        name for name in modules if f"{name}.".startswith(tuple(f"{p}." for p in packages))
    )


def test_the_model_executes_no_replica_code() -> None:
    code = """
from glasswell.theory.model import Model, load_model, parse_model
from scipy import stats
model = Model(gamma=stats.uniform(8, 4), J0=0.5)
model.sites(), model.site_at([0.5]).G.value(1.0)
"""
    loaded = _loaded(code)
    assert "glasswell.theory.model.gauss_rule" in loaded
    assert _of(loaded, *SOLVER, "glasswell.sim", "glasswell.compare", "matplotlib") == []


def test_a_pure_model_needs_no_scipy() -> None:
    loaded = _loaded("from glasswell.theory.model import Model\nModel(gamma=10.0).G.value(1.0)")
    assert _of(loaded, "scipy", "glasswell.sim", "matplotlib") == []


SIMULATE = """
from glasswell.sim import *
from glasswell.theory.model import Model
if __name__ == "__main__":
    import tempfile, os
    with tempfile.TemporaryDirectory() as folder:
        config = SimulationConfig(sizes=(8,), samples=2, starts=2, method="quench")
        simulate(Model(gamma=10.0), config, os.path.join(folder, "x.h5"), engine="inline")
"""


def test_a_simulation_needs_neither_solver_nor_matplotlib() -> None:
    """All public names of sim, and a run from the couplings to the archive."""
    loaded = _loaded(SIMULATE)
    assert "glasswell.sim.run.tasks" in loaded
    assert _of(loaded, *SOLVER, "matplotlib", "glasswell.compare") == []


@pytest.mark.parametrize("option", ["--help", "--version", "--cite"])
def test_options_that_answer_load_next_to_nothing(option: str) -> None:
    code = f"""
from glasswell.compare.cli.command import main
try:
    main(["{option}"])
except SystemExit:
    pass
"""
    loaded = _loaded(code)
    assert "glasswell.compare.cli.command" in loaded
    assert _of(loaded, "numpy", "scipy", "matplotlib", "h5py", "tqdm", "attrs") == []


def test_inspect_needs_no_solver() -> None:
    loaded = _loaded("from glasswell.compare.cli.command import main; main(['inspect', 'no.h5'])")
    assert "glasswell.sim.archive.reading" in loaded
    assert _of(loaded, *SOLVER, "matplotlib", "scipy.stats", "scipy.optimize") == []


def test_solve_needs_neither_sim_nor_matplotlib() -> None:
    code = "from glasswell.compare.cli.command import main; main(['solve', '--gamma', '10'])"
    loaded = _loaded(code)
    assert _of(loaded, "matplotlib", "h5py", "glasswell.sim.run", "glasswell.sim.sample") == []


def _file(name: str) -> Path | None:
    """Where a module of ours lies; None if the name is of something else."""
    place = ROOT.joinpath(*name.split(".")[1:])
    candidates = (place / "__init__.py", place.with_suffix(".py"))
    return next((path for path in candidates if path.is_file()), None)


def _imports(name: str, path: Path) -> set[str]:
    """Modules of ours that are executed before this one is done; those in functions are not."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            parts = [
                *(base if node.level else []),
                *(node.module.split(".") if node.module else []),
            ]
            found.update(".".join([*parts, alias.name]) for alias in node.names)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    # With a module its packages are executed, but for those that are being executed already.
    found |= {
        ".".join(full.split(".")[:n]) for full in found for n in range(2, full.count(".") + 1)
    }
    return {full for full in found if _file(full) and not f"{name}.".startswith(f"{full}.")}


def _graph() -> dict[str, set[str]]:
    names = {
        ".".join(["glasswell", *path.relative_to(ROOT).with_suffix("").parts])
        for package in ("theory", "sim", "compare")
        for path in (ROOT / package).rglob("*.py")
    }
    modules = {name.removesuffix(".__init__") for name in names}
    return {name: _imports(name, path) for name in modules if (path := _file(name))}


def test_no_circle_of_imports() -> None:
    """Whichever module is imported first: sim.config before all else once failed."""
    graph = _graph()
    assert len(graph) > 150
    assert "glasswell.sim.archive.layout" in graph["glasswell.sim.archive.writing"]
    list(TopologicalSorter(graph).static_order())  # raises CycleError


def test_a_circle_would_be_noticed() -> None:
    graph = _graph()
    graph["glasswell.sim.backend.memory"].add("glasswell.sim.config.simulation")
    with pytest.raises(CycleError):
        list(TopologicalSorter(graph).static_order())
