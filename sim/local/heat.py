"""Specific heat and entropy of levels, with k_B = 1.

With Boltzmann weights p_n ~ exp(-E_n/T) and ⟨·⟩ their average,

    c(T) = (⟨E²⟩ - ⟨E⟩²)/T²,      s(T) = ln Σ_n exp(-(E_n - E_0)/T) + ⟨E - E_0⟩/T.
"""

from __future__ import annotations

import numpy as np
from glasswell.theory.model import LevelsError
from numpy.typing import ArrayLike

from .._typing import Floats

HIGHEST = 16.0
"""Levels must reach that many T above the lowest: beyond, 16² e^-16 = 3e-5 of a k_B is missing."""

CHUNK = 2**17
"""Boltzmann weights made at a time: they stay in the cache."""


def heat_and_entropy(excitation: ArrayLike, temperature: ArrayLike) -> tuple[Floats, Floats]:
    """c(T) and s(T) of spectra at temperatures (t,), both (…, t).

    Parameters
    ----------
    excitation
        E_n - E_0, (…, n) ascending.

    Raises
    ------
    LevelsError
        If a temperature is not positive, or the levels do not reach HIGHEST times it.

    >>> c, s = heat_and_entropy([0.0, 1.0], [0.01, 0.05])
    >>> np.round(c, 9), np.round(s, 9)
    (array([0.00e+00, 8.24e-07]), array([0.0e+00, 4.3e-08]))
    """
    T = np.atleast_1d(np.asarray(temperature, dtype=np.float64))
    if T.ndim != 1 or not len(T) or not np.all((T > 0) & np.isfinite(T)):
        raise LevelsError("temperatures must be a list of positive numbers")
    E = np.asarray(excitation, dtype=np.float64)
    reached = float(E[..., -1].min()) / HIGHEST if E.size else np.inf
    if T.max() > reached:
        raise LevelsError(
            f"{E.shape[-1]} levels suffice up to T = {reached:.4g} and T = {T.max():.4g} was asked "
            "for: take more levels (count)"
        )
    flat = E.reshape(-1, E.shape[-1])
    rows = max(1, CHUNK // (flat.shape[1] * len(T)))
    heat, entropy = np.empty((len(flat), len(T))), np.empty((len(flat), len(T)))
    for n in range(0, len(flat), rows):
        part = slice(n, n + rows)
        heat[part], entropy[part] = _averages(flat[part], T)
    shape = (*E.shape[:-1], len(T))
    return heat.reshape(shape), entropy.reshape(shape)


def _averages(E: Floats, T: Floats) -> tuple[Floats, Floats]:
    """c and s of (B, n) levels, (B, t)."""
    weight = np.exp(-E[:, None, :] / T[:, None])
    Z = weight.sum(axis=2)
    mean = (weight @ E[:, :, None])[:, :, 0] / Z
    square = (weight @ (E**2)[:, :, None])[:, :, 0] / Z
    return (square - mean**2) / T**2, np.log(Z) + mean / T
