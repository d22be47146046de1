"""Local potentials in words and as tables of text: the page and the terminal show the same."""

from __future__ import annotations

import math

from ..confront.comparison import Comparison
from ..measured.local_potentials import LocalPotentials
from ..measured.three_ways import WELL_COLUMNS, well_row
from ..statistics.bootstrap import Estimate
from .well_table import COLUMNS, well_fits, well_rows

FITS_HEAD = ("max |F - F_theory| per double well", "V", "Δ", "d", "λ")

RESPONSE_HEAD = ("", "δ/√[v²]", "C, state followed", "C, lowest state", "another state is lowest")


def wells_head() -> list[str]:
    """Of the table of double wells by measurement and by theory."""
    return ["double wells", "mean C_i", *COLUMNS.values()]


def wells_lines(comparison: Comparison) -> list[list[str]]:
    """Its lines."""
    return [
        [row.name, str(row.C), *(str(row.values[key]) for key in COLUMNS)]
        for row in well_rows(comparison)
    ]


def fits_lines(comparison: Comparison) -> list[list[str]]:
    """How far each theory's V, Δ, d and λ per double well are from those of the largest size."""
    return [
        [name, *(f"D = {each.D:.2f}, p = {each.p_value:.2g}" for each in distances)]
        for name, distances in well_fits(comparison.distinct, comparison.largest).items()
    ]


def fate_head() -> list[str]:
    """Of the table that says what became of the cavity potentials' second wells."""
    return list(WELL_COLUMNS)


def fate_lines(comparison: Comparison) -> list[list[str]]:
    """One per size that has any."""
    return [
        well_row(f"N = {N}", local.wells)
        for N, local in comparison.local.items()
        if len(local.wells.status)
    ]


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
