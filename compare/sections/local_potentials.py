"""Local potentials three ways: how far the cavity form can be trusted, and C in random fields."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from glasswell.sim.local.three_ways import Status

from ..confront.comparison import Comparison
from ..measured.local_potentials import LocalPotentials
from ..measured.three_ways import WAYS, WELL_COLUMNS, well_row
from ..report import json_values
from ..report.drawing import Drawings
from ..report.section import Section, Table
from ..statistics.bootstrap import Estimate
from .double_wells import SHAPES
from .three_ways_figures import response_figure, three_ways_figure

RESPONSE_HEAD = ("", "δ/√[v²]", "C, state followed", "C, lowest state", "another state is lowest")


class ThreeMeasurements(Section):
    """Cavity potentials against constrained relaxation and paths, where that was measured."""

    title = "Local potentials three ways"
    captions: ClassVar[Mapping[str, str]] = {
        "three_ways": "One site's potential measured three ways. Where a second minimum of U is "
        "behind a cavity potential's second well: barrier, asymmetry and distance of the cavity "
        "potential against constrained relaxation and the minimum-energy path, whose length is in "
        "the space of all sites. Last: the share of second wells that are minima of U, from "
        "symmetric to spinodal.",
        "field_response": "C in random fields δ, of the state that was lowest without a field and "
        "of the lowest in it: what the crossings add is the trace of the theory's jump part. "
        "Lines: C within one state or one cluster of states, and χ of all of them, 1/J where "
        "replica symmetry is fully broken. The search for the lowest state is as good as the "
        "archive's states.",
    }

    def applies(self, comparison: Comparison) -> bool:
        return bool(comparison.local)

    def sentences(self, comparison: Comparison) -> Sequence[str]:
        return summary(comparison)

    def tables(self, comparison: Comparison) -> Sequence[Table]:
        fates = [
            well_row(f"N = {N}", local.wells)
            for N, local in comparison.local.items()
            if len(local.wells.status)
        ]
        return [Table(WELL_COLUMNS, fates), Table(RESPONSE_HEAD, response_lines(comparison))]

    def figures(self, comparison: Comparison) -> Drawings:
        drawings: Drawings = {}
        local = comparison.local
        wells = [each.wells for each in local.values() if each.wells.real.any()]
        if wells:
            drawings["three_ways"] = lambda: three_ways_figure(wells)
        answers = {N: each.response for N, each in local.items() if each.response is not None}
        if answers:
            drawings["field_response"] = lambda: response_figure(comparison, answers)
        return drawings

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        return {"local_potentials": {str(N): _local(each) for N, each in comparison.local.items()}}


def response_lines(comparison: Comparison) -> list[list[str]]:
    """One per size and field, then what theory says of C and of χ."""
    lines = []
    for N, local in comparison.local.items():
        answer = local.response
        if answer is None:
            continue
        lines.append([f"N = {N}", "0", f"C_reg = {answer.hessian}", "", ""])
        columns = [answer.averages(name) for name in ("same_state", "lowest_state", "crossings")]
        for delta, *cells in zip(answer.field, *columns, strict=True):
            ratio = delta / math.sqrt(_size(comparison, N).value)
            lines.append([f"N = {N}", f"{ratio:.3g}", *(str(cell) for cell in cells)])
    for name, solution in comparison.distinct.items() if lines else ():
        J2 = comparison.model.J**2
        numbers = (J2 * solution.C_reg, J2 * solution.C, solution.susceptibility)
        C_reg, C, chi = (f"{float(x):.4f}" for x in numbers)
        lines.append([name, "", f"J² C_reg = {C_reg}", f"J² C = {C}, χ = {chi}", ""])
    return lines


def _size(comparison: Comparison, N: int) -> Estimate:
    return next(states.scalar("q") for states in comparison.measured if states.N == N)


def summary(comparison: Comparison) -> list[str]:
    """How far the cavity form can be trusted, and what level crossings add to C."""
    sizes = [(N, local) for N, local in comparison.local.items() if len(local.wells.status)]
    if not comparison.local:
        return []
    if not sizes:
        return ["No cavity potential of these samples is a double well: nothing to ask of them."]
    return [
        "Of the cavity potentials' double wells this share has a second minimum of U behind it: "
        + _by_size(sizes, "confirmed")
        + "; where it is missing, the site slides back as its neighbours follow.",
        "Where it is there, the cavity potential's V and Δ differ from the path's by "
        + "; ".join(
            f"{_percent(local.wells.scatter('barrier', 'path'))} and "
            f"{_percent(local.wells.scatter('asymmetry', 'path'))} at N = {N}"
            for N, local in sizes
        )
        + ".",
    ]


def _by_size(sizes: list[tuple[int, LocalPotentials]], name: str) -> str:
    return "; ".join(f"{_percent(getattr(each.wells, name)())} at N = {N}" for N, each in sizes)


def _percent(estimate: Estimate) -> str:
    return f"{estimate.over(0.01)} %"


def _local(local: LocalPotentials) -> dict[str, Any]:
    """Fate of the second wells, what the cavity form misses, and C in random fields."""
    three, answer = local.wells, local.response
    found: dict[str, Any] = {
        "samples": len(three.wells),
        "wells": len(three.status),
        "confirmed": json_values.estimate(three.confirmed()),
        **{
            name: json_values.estimate(three.share(status))
            for name, status in (
                ("avalanche", Status.AVALANCHE),
                ("elsewhere", Status.ELSEWHERE),
                ("no_partner", Status.NO_SECOND_MINIMUM),
            )
        },
        "ratio": {
            way: {name: json_values.estimate(three.ratio(name, way)) for name in SHAPES}
            for way in WAYS
        },
        "scatter": {
            way: {name: json_values.estimate(three.scatter(name, way)) for name in SHAPES}
            for way in WAYS
        },
        "response": None,
    }
    if answer is not None:
        found["response"] = {
            "field": answer.field.tolist(),
            "C_reg": json_values.estimate(answer.hessian),
            **{
                key: [json_values.estimate(found) for found in answer.averages(name)]
                for key, name in (
                    ("followed", "same_state"),
                    ("whole", "lowest_state"),
                    ("crossings", "crossings"),
                )
            },
        }
    return found
