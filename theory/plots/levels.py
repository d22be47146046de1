"""Local potentials with their levels drawn into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from .._typing import Floats
from ..model.model import Model
from ..site.stationary import stationary_points
from .canvas import COLOURS, MEASURED, blank

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..quantum.spectrum import Spectrum

Potential = Callable[[Floats], Floats]


def level_figure(h: Floats, C: float, model: Model, spectrum: Spectrum) -> Figure:
    """One panel for each field h (B,); the levels (B, n) are those of ``levels(h, C, model)``.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.theory import Model, levels, plots
    >>> h, model = np.array([0.0, 0.1]), Model(gamma=1.0)
    >>> figure = plots.level_figure(h, 1.5, model, levels(h, 1.5, model, count=4))
    >>> len(figure.axes)
    2
    """
    figure = blank(3.2 * len(h) + 1, 4.2)
    for n, ax in enumerate(np.atleast_1d(figure.subplots(1, len(h)))):
        U = _potential(float(h[n]), C, model)
        floor, energies = float(spectrum.floor[n]), spectrum.floor[n] + spectrum.energy[n]
        points = _stationary(float(h[n]), C, model)
        barriers = [float(U(v)) for v in points[1::2]]
        top = floor + 1.1 * (max([float(energies[-1]), *barriers]) - floor)
        ends = [_end(U, points[0], top, -1.0), _end(U, points[-1], top, 1.0)]
        v = np.linspace(min(ends), max(ends), 801)
        ax.plot(v, U(v), color=MEASURED)
        for E in energies:
            ax.plot(v, np.where(U(v) < E, E, np.nan), color=COLOURS[2], lw=0.9)
        ax.set(xlabel="$v$", title=f"$h$ = {h[n]:g}", ylim=(floor - 0.05 * (top - floor), top))
    figure.axes[0].set_ylabel(r"$U_{\rm eff}(v; h)$ and its levels")
    return figure


def _potential(h: float, C: float, model: Model) -> Potential:
    W = model.G.shifted(-C / 2, scale=1 / model.gamma)
    return lambda v: np.asarray(W.value(v) - h * v)


def _stationary(h: float, C: float, model: Model) -> Floats:
    points = stationary_points(model.G.shifted(-C / 2, scale=1 / model.gamma), np.array(h))
    return np.asarray(points[~np.isnan(points)])


def _end(U: Potential, minimum: float, top: float, side: float) -> float:
    """Where U rises to ``top`` on the outer side of the outermost minimum."""
    width = 1e-3
    while U(np.array(minimum + side * width)) < top:
        width *= 2
    return float(
        optimize.brentq(lambda x: float(U(np.array(minimum + side * x))) - top, 0.0, width) * side
        + minimum
    )
