"""Local potentials with their levels drawn into them."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .levels import Spectrum
from .model import Model

Floats = NDArray[np.float64]


def level_figure(h: Floats, C: float, model: Model, spectrum: Spectrum) -> Figure:
    """One panel for each field h (B,); the levels (B, n) are those of ``levels(h, C, model)``."""
    figure = Figure(figsize=(3.2 * len(h) + 1, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    for n, ax in enumerate(np.atleast_1d(figure.subplots(1, len(h), squeeze=True))):
        floor, energies = spectrum.floor[n], spectrum.floor[n] + spectrum.energy[n]
        top = floor + 1.1 * spectrum.energy[n, -1]

        def U(v: Floats, field: float = float(h[n])) -> Floats:
            return np.asarray(model.G.value(v) / model.gamma - C * v**2 / 2 - field * v)

        reach = 1e-3
        while np.min(U(np.array([-reach, reach]))) < top:
            reach *= 1.05
        v = np.linspace(-reach, reach, 801)
        ax.plot(v, U(v), color="#222222")
        for E in energies:
            ax.plot(v, np.where(U(v) < E, E, np.nan), color="#4c72b0", lw=0.9)
        ax.set(xlabel="$v$", title=f"$h$ = {h[n]:g}", ylim=(floor - 0.05 * (top - floor), top))
    figure.axes[0].set_ylabel(r"$U_{\rm eff}(v; h)$ and its levels")
    return figure
