"""Thermal observables of a run, per temperature, with jackknife errors over samples.

⟨·⟩ is the average over the chains and times of a sample, [·] that over samples. Series are
(S, T, chain, time), overlaps R = Σ v¹v²/N of independent replicas (S, T, pair, time); results
are (T,). P(q) is in ``overlap_distribution``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Bools, Floats
from ..errors import ShapeError
from .jackknife import Average, average, jackknife


def mean(series: Floats) -> Average:
    """[⟨x⟩]: e(T) of the energies per site U/N, q̂(T) of Q = Σ v²/N, p(T) of Σ v/N.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import observables
    >>> series = np.random.default_rng(1).normal(2.0, 1.0, (20, 3, 2, 100))  # S, T, chain, time
    >>> average = observables.mean(series)
    >>> bool(np.all(np.abs(average.value - 2.0) < 4 * average.error))
    True
    """
    return average(_time_averages(series))


def heat_capacity(energy: Floats, temperatures: ArrayLike, N: int) -> Average:
    """c = N β² [⟨e²⟩ - ⟨e⟩²], of the displacements only: the momenta would add 1/2 per site.

    ⟨e⟩² is taken as the product of the means of two chains, which is free of bias at any length
    of the chains; summed over pairs this is W + B, the mean of the chains' variances plus the
    variance of their means.

    Parameters
    ----------
    energy
        U/N, (S, T, chain, time) with two chains or more.
    temperatures
        (T,).
    N
        Number of sites.

    Raises
    ------
    ShapeError
        If there is one chain only, or not one temperature per column.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import observables
    >>> energy = np.random.default_rng(1).normal(1.0, 0.1, (50, 1, 2, 400))
    >>> C = observables.heat_capacity(energy, [1.0], 100)  # N β² ([⟨e²⟩] - [⟨e⟩²])
    >>> bool(abs(C.value[0] - 1.0) < 4 * C.error[0])
    True
    """
    T = np.asarray(temperatures, dtype=np.float64)
    if energy.ndim != 4 or energy.shape[2] < 2 or energy.shape[1:2] != T.shape:
        raise ShapeError(
            "a heat capacity needs energies (S, T, chain, time) of two chains or more and (T,) "
            f"temperatures, got {energy.shape} and {T.shape}: run two independent sets"
        )
    within = energy.var(axis=-1).mean(axis=-1)
    between = energy.mean(axis=-1).var(axis=-1, ddof=1)
    return average(N / T**2 * (within + between))


def binder(overlap: Floats) -> Average:
    """g = ½(3 - [⟨R⁴⟩]/[⟨R²⟩]²): 0 for a Gaussian, 1 for R = ±q, where H = 0 and J0 = 0.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import observables
    >>> overlap = np.random.default_rng(1).normal(0.0, 0.1, (50, 1, 2, 200))  # Gaussian: no glass
    >>> binder = observables.binder(overlap)
    >>> bool(abs(binder.value[0]) < 4 * binder.error[0])
    True
    """

    def ratio(fourth: Floats, second: Floats) -> Floats:
        return 0.5 * (3.0 - fourth / second**2)

    return jackknife(ratio, _time_averages(overlap**4), _time_averages(overlap**2))


def chi_SG(overlap: Floats, temperatures: ArrayLike, N: int) -> Average:
    """χ_SG = N β² [⟨R²⟩] = (β²/N) Σ_ij [⟨v_i v_j⟩²], where ⟨v⟩ = 0.

    Above T_g its limit is C²/(1 - J²C²); below, where R² stays finite, it grows as N.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import observables
    >>> overlap = np.random.default_rng(1).normal(0.0, 0.1, (50, 1, 2, 200))
    >>> chi = observables.chi_SG(overlap, [2.0], 64)  # N β² ⟨R²⟩ = 0.16
    >>> bool(abs(chi.value[0] - 0.16) < 4 * chi.error[0])
    True
    """
    T = np.asarray(temperatures, dtype=np.float64)
    return average(N / T**2 * _time_averages(overlap**2))


def inherent_structures(energy: Floats, converged: Bools) -> Average:
    """Energy per site of the minima that quenches from temperature T fall into.

    Parameters
    ----------
    energy
        U/N of the quenched configurations, (S, T, quench).
    converged
        Whether the minimiser reached a minimum, (S, T, quench). What it did not reach is left
        out; a sample none of whose quenches converged is left out at that temperature.

    Raises
    ------
    ShapeError
        If the shapes differ.
    """
    if energy.shape != converged.shape or energy.ndim != 3:
        raise ShapeError(
            "energies and their status must both be (S, T, quench), got "
            f"{energy.shape} and {converged.shape}"
        )
    reached = converged.sum(axis=-1)
    total = np.where(converged, energy, 0.0).sum(axis=-1)
    return average(np.where(reached > 0, total / np.maximum(reached, 1), np.nan))


def _time_averages(series: Floats) -> Floats:
    if series.ndim != 4:
        raise ShapeError(f"a series must be (S, T, chain, time), got {series.shape}")
    return np.asarray(series.mean(axis=(-2, -1)))
