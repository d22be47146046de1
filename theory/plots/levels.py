"""Local potentials with their levels drawn into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from ..model.model import Model
from .canvas import COLOURS, MEASURED, blank

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..quantum.spectrum import Spectrum

Floats = NDArray[np.float64]


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
        barriers = [float(U(v)) for v in _real_roots(U.deriv()) if U.deriv(2)(v) < 0]
        top = floor + 1.1 * (max([float(energies[-1]), *barriers]) - floor)
        ends = _real_roots(U - top)
        v = np.linspace(min(ends), max(ends), 801)
        ax.plot(v, U(v), color=MEASURED)
        for E in energies:
            ax.plot(v, np.where(U(v) < E, E, np.nan), color=COLOURS[2], lw=0.9)
        ax.set(xlabel="$v$", title=f"$h$ = {h[n]:g}", ylim=(floor - 0.05 * (top - floor), top))
    figure.axes[0].set_ylabel(r"$U_{\rm eff}(v; h)$ and its levels")
    return figure


def _potential(h: float, C: float, model: Model) -> Polynomial:
    even = [c / model.gamma for c in model.G.coefficients]
    even[0] -= C / 2
    terms = np.zeros(2 * len(even) + 1)
    terms[1] = -h
    terms[2::2] = even
    return Polynomial(terms)


def _real_roots(polynomial: Polynomial) -> list[float]:
    roots = np.asarray(polynomial.roots(), dtype=np.complex128)
    # Companion matrices leave a rounding error of a few digits on roots that are real.
    return [float(z.real) for z in roots if abs(z.imag) <= 1e-6 * abs(z)]
