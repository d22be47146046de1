"""A picture of the number of states: Σ(f), and energies of minima beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .canvas import COLOURS
from .solutions import current

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..ansatz.complexity import Complexity

BINS = 40


def plot_complexity(
    states: Complexity, ax: Axes | None = None, *, energies: ArrayLike | None = None
) -> Axes:
    """Σ(f) down from the threshold, which is dotted, and a histogram of energies of minima.

    Examples
    --------
    >>> from glasswell.theory import Model, complexity, plots
    >>> states = complexity(Model(gamma=0.4))  # nothing to be drawn
    >>> plots.plot_complexity(states, plots.blank(5.0, 4.0).subplots()).get_ylabel()
    '$\\\\Sigma$'
    """
    ax = current(ax)
    if states.threshold is not None:
        y, f, sigma = states.threshold
        counted = (states.y >= y) & (states.sigma >= 0)
        ax.plot(
            np.append(states.f[counted], f),
            np.append(states.sigma[counted], sigma),
            color=COLOURS[0],
            label=r"$\Sigma$, 1RSB",
        )
        ax.axvline(f, ls=":", color=COLOURS[0], label="threshold of 1RSB")
    if energies is not None:
        other = ax.twinx()
        other.hist(np.ravel(energies), BINS, color="lightgrey", density=True, zorder=0)
        other.set_ylabel("minima")
    thermal = states.temperature > 0
    ax.set(xlabel="free energy $f$" if thermal else "energy $e$", ylabel=r"$\Sigma$")
    if states.threshold is not None:
        ax.set_ylim(bottom=0)
        ax.legend(frameon=False)
    return ax
