"""How many states there are: energies of stored minima beside Σ(e) of one step of breaking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from glasswell.theory import plots

from .._typing import Floats
from ..confront.comparison import Comparison
from ..report.drawing import Drawings, single
from ..report.section import Section, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class NumberOfStates(Section):
    """Where Σ of 1RSB ends, and how many of the minima, lowest ones first, lie above it."""

    title = "Number of states"
    terminal = False
    captions: ClassVar[Mapping[str, str]] = {
        "states": "Logarithm of the number of minima per site by energy, in one step of breaking, "
        "which ends at the threshold; and all stored minima of the largest N."
    }

    def applies(self, comparison: Comparison) -> bool:
        return comparison.states is not None

    def sentences(self, comparison: Comparison) -> Sequence[str]:
        if comparison.states is None or comparison.states.threshold is None:
            return ()
        _, energy, sigma = comparison.states.threshold
        return [
            f"In one step of breaking minima are counted up to e = {energy:.6g}, where "
            f"Σ = {sigma:.3g}. Its replicon is negative: an approximation."
        ]

    def tables(self, comparison: Comparison) -> Sequence[Table]:
        states = comparison.states
        if states is None or states.threshold is None or states.equilibrium is None:
            return ()
        width = states.threshold[1] - states.equilibrium[1]
        rows = []
        for N, energies in _energies(comparison).items():
            found = energies[np.isfinite(energies)]
            others = (energies - energies[:, :1])[:, 1:]
            others = others[np.isfinite(others)]
            rows.append(
                (
                    str(N),
                    str(found.size),
                    f"{found.mean():.6g}",
                    f"{100 * states.above_threshold(found):.0f} %",
                    f"{(found - states.threshold[1]).mean() / width:.3g}",
                    f"{others.mean() / width:.3g}" if others.size else None,
                    f"{100 * np.mean(others > width):.0f} %" if others.size else None,
                )
            )
        head = (
            *("N", "minima", "energy per site", "above the threshold", "mean height above it"),
            *("of others above a sample's lowest", "beyond one unit"),
        )
        note = (
            f"Heights are in units of {width:.4g}, from the lowest energy of 1RSB to its "
            "threshold. At finite N all states lie higher than in the limit, often by many such "
            "units; heights above the lowest state of the same sample hold less of that."
        )
        return [Table(head, rows, note=note)]

    def figures(self, comparison: Comparison) -> Drawings:
        states = comparison.states
        if states is None:
            return {}

        def draw(ax: Axes) -> None:
            energies = _energies(comparison)[comparison.largest.N]
            plots.plot_complexity(states, ax, energies=energies[np.isfinite(energies)])

        return {"states": lambda: single(draw)}

    def record(self, comparison: Comparison) -> Mapping[str, Any]:
        states = comparison.states
        if states is None or states.threshold is None or states.equilibrium is None:
            return {"number_of_states": None}
        _, energy, sigma = states.threshold
        return {
            "number_of_states": {
                "lowest": states.equilibrium[1],
                "threshold": energy,
                "sigma": sigma,
                "above_threshold": {
                    str(N): states.above_threshold(energies[np.isfinite(energies)])
                    for N, energies in _energies(comparison).items()
                },
            }
        }


def _energies(comparison: Comparison) -> dict[int, Floats]:
    """Energies per site of stored minima by N, (sample, state); NaN where there is none."""
    sizes = comparison.archive.sizes
    return {states.N: np.asarray(sizes[states.N].energy) for states in comparison.measured}
