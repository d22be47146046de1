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
            above = energies - states.threshold[1]
            rows.append(
                (
                    str(N),
                    str(energies.size),
                    f"{energies.mean():.6g}",
                    f"{100 * states.above_threshold(energies):.0f} %",
                    f"{above.mean():.3g}",
                    f"{above.mean() / width:.2g}",
                )
            )
        head = ("N", "minima", "energy per site", "above the threshold", "mean height above it")
        return [Table((*head, "in units of threshold - lowest"), rows)]

    def figures(self, comparison: Comparison) -> Drawings:
        states = comparison.states
        if states is None:
            return {}

        def draw(ax: Axes) -> None:
            plots.plot_complexity(states, ax, energies=_energies(comparison)[comparison.largest.N])

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
                    str(N): states.above_threshold(energies)
                    for N, energies in _energies(comparison).items()
                },
            }
        }


def _energies(comparison: Comparison) -> dict[int, Floats]:
    """Energies per site of all stored minima by N."""
    sizes = comparison.archive.sizes
    found = {states.N: np.ravel(sizes[states.N].energy) for states in comparison.measured}
    return {N: energies[np.isfinite(energies)] for N, energies in found.items()}
