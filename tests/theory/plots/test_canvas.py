"""Our pictures look the same whatever a user's Matplotlib is told; pictures on axes are theirs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib
import pytest
from glasswell.theory import Model, Solution, SolveError
from glasswell.theory.plots import canvas
from matplotlib.figure import Figure

PNG = b"\x89PNG\r\n"

SILENT = """\
import sys
from glasswell.compare.cli.command import main
from glasswell.sim import SimulationConfig, simulate
from glasswell.theory import Model

simulate(Model(gamma=10.0), SimulationConfig(sizes=(4,), samples=2, starts=2), "samples.h5")
for words in (["--version"], ["solve", "--gamma", "2"], ["inspect", "samples.h5"], ["heat", "-h"]):
    try:
        assert main(words) == 0
    except SystemExit as done:
        assert done.code == 0
import glasswell.compare.page.report  # what writes figures, too
assert not [name for name in sys.modules if name.startswith("matplotlib")]
"""


def _run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env=os.environ | environment,
        timeout=60,
    )


def _draws() -> Figure:
    figure = canvas.blank(2.0, 2.0)
    figure.subplots().set(xlabel=r"$\gamma$ and text", title="100 % γ_i")
    return figure


def test_matplotlib_is_for_those_who_draw(tmp_path: Path) -> None:
    done = _run(tmp_path, "-c", SILENT, PYTHONIOENCODING="utf-8")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("backend", ["module://not_installed.backend", "tkagg"])
def test_no_backend_and_no_settings_reach_our_pictures(backend: str, tmp_path: Path) -> None:
    """What a Jupyter kernel hands down, and LaTeX where there is none."""
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nsavefig.dpi: 7\n")
    words = ["-m", "glasswell.compare.cli.command", "levels", "--gamma", "10", "--C", "0.9"]
    done = _run(
        tmp_path,
        *words,
        *("-o", "levels.png"),
        MPLBACKEND=backend,
        MATPLOTLIBRC=str(tmp_path / "matplotlibrc"),
        PATH="",
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "levels.png").read_bytes().startswith(PNG)


def test_the_backend_of_a_notebook_stays(tmp_path: Path) -> None:
    """Drawing in our style first leaves the backend that the environment asks for, if it is one."""
    script = (
        "from glasswell.theory.plots import canvas; canvas.load(); import matplotlib, os; "
        "print(matplotlib.rcParams['backend'], os.environ['MPLBACKEND'])"
    )
    assert _run(tmp_path, "-c", script, MPLBACKEND="svg").stdout == "svg svg\n"


def test_settings_are_put_aside_and_given_back(tmp_path: Path) -> None:
    with matplotlib.rc_context({"text.usetex": True, "lines.linewidth": 9.0}):
        canvas.save(_draws, tmp_path / "picture.png")
        assert matplotlib.rcParams["lines.linewidth"] == 9.0
        with canvas.own_style():
            assert matplotlib.rcParams["lines.linewidth"] == 1.5
            assert not matplotlib.rcParams["text.usetex"]
    assert (tmp_path / "picture.png").read_bytes().startswith(PNG)


def test_axes_of_a_user_keep_the_style_of_a_user(solved: Callable[..., Solution]) -> None:
    with matplotlib.rc_context({"lines.linewidth": 9.0}):
        ax = Figure().subplots()
        solved(Model(gamma=10.0)).plot_fields(ax)
    assert ax.lines[0].get_linewidth() == 9.0


def _fails() -> Figure:
    raise ValueError("no number\nis positive.")


@pytest.mark.parametrize(
    ("draw", "name", "reason"),
    [
        (_draws, "no/such/folder.png", "No such file"),
        (_fails, "picture.png", "no number is positive$"),
    ],
)
def test_a_picture_that_cannot_be_is_one_line(
    draw: Callable[[], Figure], name: str, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(SolveError, match=reason) as refused:
        canvas.save(draw, tmp_path / name)
    assert "\n" not in str(refused.value)
