"""Specific heat, entropy and density of states of quantum levels, per site and with k_B = 1.

For one spectrum, with x_n = (E_n - E_0)/T, Z = Σ e^(-x_n) and ⟨·⟩ the Boltzmann average,

    c(T) = ⟨x²⟩ - ⟨x⟩²,      s(T) = ln Z + ⟨x⟩,

and for an ensemble C(T) = ∫P(h) c_h(T) dh. At low T double wells near h = 0 give the linear law
C = (π²/6) P0 T with P0 = 2P(0)/(2v_0) (physics.md §4).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._typing import Floats
from ..model.errors import LevelsError
from ..quantum.spectrum import available_cores
from .ensemble import LocalEnsemble

HIGHEST = 16.0
"""Levels must reach this many T above the ground state: e^-16 · 16² is 3e-5 of a k_B."""

CHUNK = 2**17
"""Boltzmann factors made at a time: they stay in the cache."""


@dataclass(frozen=True)
class HeatCurve:
    """C(T) and S(T) per site and where they come from; all (t,).

    ``two_level`` is the Schottky anomaly of the double wells' two-level systems alone,
    ``harmonic`` the rest of the double wells' heat, ``single_well`` that of the other sites: the
    three add up to ``capacity``. NaN where G allows for more than two wells.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.theory import Model, capacity, local_ensemble, solve
    >>> T = np.array([0.5, 1.0, 2.0])
    >>> ensemble = local_ensemble(solve(Model(gamma=0.4)), lowest_temperature=0.5, count=20)
    >>> curve = capacity.curve(ensemble, T)  # single wells: vibrations freeze out
    >>> curve.capacity.round(4)
    array([0.4632, 0.7647, 0.8493])
    """

    temperature: Floats
    capacity: Floats
    entropy: Floats
    two_level: Floats
    harmonic: Floats
    single_well: Floats

    @property
    def over_cube(self) -> Floats:
        """C/T³."""
        return self.capacity / self.temperature**3

    @property
    def exponent(self) -> Floats:
        """d ln C/d ln T at every temperature; NaN with fewer than two, and where C underflows."""
        return exponent(self.temperature, self.capacity)

    @property
    def bump(self) -> tuple[float, float]:
        """(T_b, C/T³ there): the highest interior maximum of C/T³; NaN where there is none."""
        return bump(self.temperature, self.capacity)


def capacity(excitation: ArrayLike, temperature: ArrayLike) -> Floats:
    """c(T) of spectra with excitations E_n - E_0 (…, n) at temperatures (t,): (…, t).

    Raises
    ------
    LevelsError
        If a temperature is not positive, or the levels do not reach HIGHEST times it.

    Examples
    --------
    >>> from glasswell.theory.heat.capacity import capacity
    >>> ladder = [n + 0.5 for n in range(40)]  # of an oscillator, whose C is 1 if T is high
    >>> capacity(ladder, [0.1, 0.5, 2.0]).round(4)
    array([0.0045, 0.7241, 0.9794])
    """
    return moments(excitation, temperature)[0]


def entropy(excitation: ArrayLike, temperature: ArrayLike) -> Floats:
    """s(T) of spectra with excitations E_n - E_0 (…, n) at temperatures (t,): (…, t).

    Raises
    ------
    LevelsError
        As ``capacity``.
    """
    return moments(excitation, temperature)[1]


def schottky(energy: ArrayLike, temperature: ArrayLike) -> Floats:
    """c(T) = (x/2)²/cosh²(x/2), x = E/T, of two levels E (…) apart at temperatures (t,): (…, t)."""
    T = temperatures(temperature)
    half = np.asarray(energy, dtype=np.float64)[..., None] / (2 * T)
    # 1/cosh in a form that does not overflow.
    decay = np.exp(-2 * np.abs(half))
    return np.asarray(4 * half**2 * decay / (1 + decay) ** 2)


def curve(ensemble: LocalEnsemble, temperature: ArrayLike) -> HeatCurve:
    """C(T) and S(T) per site of an ensemble of local potentials, and its parts.

    Raises
    ------
    LevelsError
        As ``capacity``.
    """
    T = temperatures(temperature)
    c, s = moments(ensemble.excitation, T)
    weight, pair = ensemble.weight, ensemble.pair
    double = np.where(np.isnan(pair), np.nan, pair > 0)
    two_level = (weight * double) @ schottky(pair, T)
    return HeatCurve(
        temperature=T,
        capacity=weight @ c,
        entropy=weight @ s,
        two_level=two_level,
        harmonic=(weight * double) @ c - two_level,
        single_well=(weight * (1 - double)) @ c,
    )


def density_of_states(ensemble: LocalEnsemble, edges: ArrayLike) -> Floats:
    """n(E): excitations per site and energy in the bins between ``edges`` (b + 1,): (b,).

        n(E) = Σ_(n ≥ 1) ∫P(h) δ(E - E_n(h) + E_0(h)) dh

    Between neighbouring fields of one panel levels are taken to be linear in h.

    Raises
    ------
    LevelsError
        If the edges do not increase.
    """
    edges = np.asarray(edges, dtype=np.float64)
    if edges.ndim != 1 or len(edges) < 2 or not np.all(np.diff(edges) > 0):
        raise LevelsError("edges must be increasing energies, two or more")
    below = np.zeros(len(edges))
    for here, there, weight in _intervals(ensemble):
        low, high = np.minimum(here, there), np.maximum(here, there)
        width = np.maximum(high - low, 1e-300)
        for n, edge in enumerate(edges):
            below[n] += float(weight @ np.clip((edge - low) / width, 0.0, 1.0).sum(axis=1))
    return np.diff(below) / np.diff(edges)


class _Interval(NamedTuple):
    here: Floats
    there: Floats
    weight: Floats


def _intervals(ensemble: LocalEnsemble) -> Iterator[_Interval]:
    """Each field's weight, halved, on the way to either neighbour, or whole where it has one."""
    panel, E, weight = ensemble.panel, ensemble.excitation[:, 1:], ensemble.weight
    index = np.arange(len(panel))
    for shift in (1, -1):
        other = np.clip(index + shift, 0, len(panel) - 1)
        other = np.where(panel[other] == panel, other, index)
        # Half-way to the neighbour is where this field's share ends.
        yield _Interval(E, (E + E[other]) / 2, weight / 2)


def exponent(temperature: Floats, heat: Floats) -> Floats:
    """d ln C/d ln T at temperatures (t,); NaN with fewer than two, and where C underflows.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.theory import capacity
    >>> T = np.geomspace(1e-3, 1e-1, 5)
    >>> capacity.exponent(T, 2.0 * T**1.5).round(6)
    array([1.5, 1.5, 1.5, 1.5, 1.5])
    """
    if len(temperature) < 2:
        return np.full(len(temperature), np.nan)
    known = np.where(heat > 0, heat, np.nan)
    return np.gradient(np.log(known), np.log(temperature))


def bump(temperature: Floats, heat: Floats) -> tuple[float, float]:
    """(T_b, C/T³ at T_b) at the highest interior maximum of C/T³, from a parabola in ln T.

    NaN where C/T³ has no interior maximum.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.theory import capacity
    >>> T = np.geomspace(0.05, 1.0, 80)
    >>> top, _ = capacity.bump(T, capacity.schottky(1.0, T))
    >>> round(top, 2)  # of C/T³; that of C is at 0.42
    0.2
    """
    # Without double wells C underflows at low T.
    x = np.log(temperature)
    y = np.log(np.maximum(heat, np.finfo(np.float64).tiny)) - 3 * x
    inside = np.flatnonzero((y[1:-1] > y[:-2]) & (y[1:-1] >= y[2:])) + 1
    if not len(inside):
        return np.nan, np.nan
    n = inside[np.argmax(y[inside])]
    parabola = np.polynomial.Polynomial.fit(x[n - 1 : n + 2], y[n - 1 : n + 2], 2)
    top = float(parabola.deriv().roots()[0])
    return float(np.exp(top)), float(np.exp(parabola(top)))


def temperatures(temperature: ArrayLike) -> Floats:
    """As an array (t,), refused unless positive and finite.

    Raises
    ------
    LevelsError
        If they are not.
    """
    T = np.atleast_1d(np.asarray(temperature, dtype=np.float64))
    if T.ndim != 1 or not np.all((T > 0) & np.isfinite(T)):
        raise LevelsError("temperatures must be a list of positive numbers")
    return T


def moments(excitation: ArrayLike, temperature: ArrayLike) -> tuple[Floats, Floats]:
    """c and s of every spectrum, (…, t), in one pass.

    Raises
    ------
    LevelsError
        As ``capacity``.
    """
    E, T = np.asarray(excitation, dtype=np.float64), temperatures(temperature)
    reached = float(E[..., -1].min()) / HIGHEST if E.size else np.inf
    if T.max() > reached:
        raise LevelsError(
            f"{E.shape[-1]} levels suffice up to T = {reached:.4g} and T = {T.max():.4g} was asked "
            "for: take more levels (count)"
        )
    flat = E.reshape(-1, E.shape[-1])
    chunk = max(1, CHUNK // (flat.shape[1] * len(T)))
    parts = [flat[n : n + chunk] for n in range(0, len(flat), chunk)]
    with ThreadPoolExecutor(available_cores()) as pool:
        done = list(pool.map(lambda part: _moments(part, T), parts))
    c, s = (np.concatenate(piece) for piece in zip(*done, strict=True))
    return c.reshape(*E.shape[:-1], len(T)), s.reshape(*E.shape[:-1], len(T))


def _moments(E: Floats, T: Floats) -> tuple[Floats, Floats]:
    """c and s, (B, t), from three moments of the Boltzmann factors (B, n, t)."""
    factors = np.exp(-E[:, :, None] / T)
    powers = np.stack([np.ones_like(E), E, E**2], axis=1)
    moments = powers @ factors
    Z, first, second = moments[:, 0], moments[:, 1] / T, moments[:, 2] / T**2
    mean = first / Z
    return second / Z - mean**2, np.log(Z) + mean
