"""The numbers beside a figure are those that it shows."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
from glasswell.compare.report.drawing import files, save, single
from glasswell.compare.report.figure_data import panels
from glasswell.theory.plots.canvas import blank
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def _everything(ax: Axes) -> None:
    ax.plot([0.0, 1.0], [2.0, math.nan], label="theory")
    ax.axhline(5.0)
    ax.errorbar([1.0, 2.0], [3.0, 4.0], [0.5, math.nan], fmt="o", label="measured")
    ax.errorbar([1.0], [3.0], xerr=[[0.25], [0.25]])
    ax.stairs([1.0, 2.0], [0.0, 1.0, 2.0], label="P(h)")
    ax.scatter([7.0], [8.0])
    ax.set(xlabel="N", ylabel="e", yscale="log")


def test_every_kind_of_drawing() -> None:
    (panel,) = panels(single(_everything))
    assert (panel["x"], panel["y"], panel["y_scale"]) == ("N", "e", "log")
    by_kind = [(one["kind"], one["label"]) for one in panel["drawn"]]
    assert by_kind == [
        ("points", "measured"),
        ("points", ""),
        ("curve", "theory"),
        ("steps", "P(h)"),
        ("points", ""),
    ]
    measured, other, theory, steps, scattered = panel["drawn"]
    assert (measured["x"], measured["y"]) == ([1.0, 2.0], [3.0, 4.0])
    assert measured["y_error"] == [0.5, None]
    assert other["x_error"] == [0.25]
    assert theory["y"] == [2.0, None]
    assert (steps["edges"], steps["values"]) == ([0.0, 1.0, 2.0], [1.0, 2.0])
    assert (scattered["x"], scattered["y"]) == ([7.0], [8.0])


def test_a_guide_that_spans_the_axis_is_no_data() -> None:
    def draw(ax: Axes) -> None:
        ax.axvline(1.0)

    (panel,) = panels(single(draw))
    assert panel["drawn"] == []


def test_a_figure_is_three_files(tmp_path: Path) -> None:
    def draw() -> Figure:
        figure = blank(2.0, 2.0)
        left, right = figure.subplots(1, 2)
        left.plot(np.arange(3))
        right.fill_between([0, 1], [0, 0], [1, 2])
        return figure

    assert save({"mine": draw}, tmp_path, lambda *_: None) == {}
    assert {path.name for path in tmp_path.iterdir()} == set(files("mine"))
    left, right = json.loads((tmp_path / "mine.json").read_text(encoding="utf-8"))
    assert left["drawn"][0]["y"] == [0.0, 1.0, 2.0]
    assert right["drawn"][0]["kind"] == "band"
    assert (tmp_path / "mine.pdf").read_bytes()[:4] == b"%PDF"
