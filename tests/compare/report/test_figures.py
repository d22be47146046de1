"""Figures bear whatever samples hold: nothing, zeros, one size, no wells, no logarithm to take."""

from __future__ import annotations

import io

import numpy as np
import pytest
from glasswell.compare import CompareConfig, Comparison, compare
from glasswell.compare.page import report
from glasswell.compare.report.drawing import logarithmic
from glasswell.compare.sections import SECTIONS
from glasswell.compare.sections.fields import Fields
from glasswell.theory import Model
from glasswell.theory.plots.canvas import blank, own_style

from ..conftest import Samples

GLASS = Model(gamma=10.0)
FEW = (8, 8)
"""Samples and sites: as few fields as a valid run may have."""


def _compared(samples: Samples, model: Model, *sizes: tuple[object, object, object]) -> Comparison:
    data = [samples.size(*arrays) for arrays in sizes]
    return compare(samples.archive(model, *data), CompareConfig(rsb=(0,), resamples=100))


def _random(N: int, width: float = 10.0) -> tuple[object, object, object]:
    """Fields, responses and displacements of a glass of N sites."""
    rng = np.random.default_rng(N)
    shape = (8, N)
    h, C = width * rng.standard_normal(shape), 0.3 + 0.1 * rng.random(shape)
    return h, C, h


PANELS = {"energy", "responses", "double_wells"}
"""Those that the main figure has too."""

CASES: dict[str, tuple[Model, list[tuple[object, object, object]]]] = {
    "few fields": (GLASS, [_random(8)]),
    "all at rest": (GLASS, [(np.zeros(FEW), 0.3, 0.0)]),
    "nearly alike": (GLASS, [(2.0 + 1e-9 * np.random.default_rng(1).random(FEW), 0.3, 1.0)]),
    "double wells at zero": (GLASS, [(np.zeros(FEW), 0.9, 0.0)]),
    "no double wells": (GLASS, [(np.full(FEW, 50.0) + np.arange(8), 0.1, 9.0)]),
    "ergodic": (Model(gamma=0.3), [(np.zeros(FEW), 0.3, 0.0)]),
}


@pytest.mark.parametrize("case", CASES)
def test_every_figure_is_drawn(case: str, samples: Samples) -> None:
    """Warnings are errors here, as everywhere in the tests."""
    model, sizes = CASES[case]
    comparison = _compared(samples, model, *sizes)
    own = report._drawings(comparison, SECTIONS)
    drawings = {name: draw for each in own for name, draw in each.items()}
    assert {"crosscheck", "scatter"} <= set(drawings)
    with own_style():
        for name in drawings.keys() - PANELS:
            page = io.BytesIO()
            drawings[name]().savefig(page, dpi=40)
            assert page.getvalue().startswith(b"\x89PNG")


def test_exponents_say_why_there_are_none(samples: Samples) -> None:
    """64 fields are no power law: there is a sentence, and no logarithmic axis without data."""
    comparison = _compared(samples, GLASS, _random(8))
    _, right = Fields().figures(comparison)["pseudogap"]().axes
    assert [text.get_text() for text in right.texts] == ["too few fields near zero for an exponent"]
    assert right.get_xscale() == "linear"


@pytest.mark.parametrize(("values", "scale"), [([0.0, -1.0], "linear"), ([-1.0, 2.0], "log")])
def test_a_logarithmic_axis_needs_a_positive_number(values: list[float], scale: str) -> None:
    ax = blank(3.0, 3.0).subplots()
    ax.plot(values, values)
    logarithmic(ax, "x", "y")
    assert ax.get_xscale() == ax.get_yscale() == scale
    ax.figure.canvas.draw()
