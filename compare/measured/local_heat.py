"""Specific heat, entropy and density of states of measured local potentials {(h_i, C_i)}.

Errors are those of a bootstrap over samples: the sites of one sample share its couplings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from glasswell.sim import CavityPotentials, EnergyLevels
from glasswell.sim.local.cavity_potential import SiteModel
from glasswell.sim.local.heat import heat_and_entropy
from glasswell.theory.model import LevelsError
from numpy.typing import ArrayLike

from .._typing import Floats, Indices
from ..config import RESAMPLES


@dataclass(frozen=True)
class Band:
    """A mean over samples, (n,), with ``low`` and ``high`` that hold 68 % of the resampled means.

    ``by_sample`` is (S, n).

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import measured_heat
    >>> from glasswell.theory import Model
    >>> h = np.random.default_rng(1).normal(0.0, 1.0, (4, 6))  # samples, sites
    >>> band = measured_heat(h, np.full((4, 6), 0.5), Model(gamma=1.0), [0.1, 0.5], seed=1)
    >>> band.entropy.by_sample.shape  # samples, temperatures
    (4, 2)
    """

    value: Floats
    low: Floats
    high: Floats
    by_sample: Floats

    @classmethod
    def of(cls, by_sample: Floats, seed: int) -> Band:
        """Of one row per sample."""
        S = len(by_sample)
        rng = np.random.default_rng(seed)
        means = np.stack(
            [by_sample[rng.integers(S, size=S)].mean(axis=0) for _ in range(RESAMPLES)]
        )
        low, high = np.quantile(means, [0.16, 0.84], axis=0)
        return cls(by_sample.mean(axis=0), low, high, by_sample)


@dataclass(frozen=True)
class HeatBand:
    """C(T) and S(T) per site, measured on samples at temperatures (t,).

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.compare import measured_heat
    >>> from glasswell.theory import Model
    >>> h = np.random.default_rng(1).normal(0.0, 1.0, (4, 6))  # samples, sites
    >>> band = measured_heat(h, np.full((4, 6), 0.5), Model(gamma=1.0), [0.1, 0.5], seed=1)
    >>> band.temperature, band.capacity.value.shape
    (array([0.1, 0.5]), (2,))
    """

    temperature: Floats
    capacity: Band
    entropy: Band


def measured_heat(
    h: ArrayLike,
    C: ArrayLike,
    model: SiteModel,
    temperature: ArrayLike,
    *,
    seed: int,
    count: int = 40,
    hbar: float = 1.0,
    mass: float = 1.0,
) -> HeatBand:
    """C(T) and S(T) per site of measured local potentials, with errors over samples.

    Parameters
    ----------
    h, C
        Cavity fields and coefficients C_i of -v²/2 as they are measured, (S, N): samples first. NaN
        where a site is not known.
    model
        The model that was sampled; where sites differ, γ and the coefficients of G as (S, N).
    temperature
        (t,)
    seed
        Of the bootstrap.
    count, hbar, mass
        As for ``EnergyLevels.of``.

    Raises
    ------
    LevelsError
        If there is one sample only, a sample has no known site, or as ``heat_and_entropy``.

    Examples
    --------
    >>> from glasswell.theory.model import Model
    >>> h = np.random.default_rng(0).normal(size=(4, 3))
    >>> heat = measured_heat(h, 0.3, Model(gamma=10.0), [0.05, 0.1], seed=1, count=8)
    >>> heat.capacity.value.shape, heat.capacity.by_sample.shape
    ((2,), (4, 2))
    """
    T = np.atleast_1d(np.asarray(temperature, dtype=np.float64))
    sites = _Sites.of(h, C, model)
    c, s = heat_and_entropy(sites.excitation(count, hbar, mass), T)
    return HeatBand(T, Band.of(sites.means(c), seed), Band.of(sites.means(s), seed))


def measured_states(
    h: ArrayLike,
    C: ArrayLike,
    model: SiteModel,
    edges: ArrayLike,
    *,
    seed: int,
    count: int = 40,
    hbar: float = 1.0,
    mass: float = 1.0,
) -> Band:
    """n(E) in the bins between ``edges`` (b + 1,): excitations per site and energy, with errors.

    Other parameters as for ``measured_heat``; levels beyond the ``count`` lowest are missing.

    Raises
    ------
    LevelsError
        If the edges do not increase, or as ``measured_heat``.
    """
    edges = np.asarray(edges, dtype=np.float64)
    if edges.ndim != 1 or len(edges) < 2 or not np.all(np.diff(edges) > 0):
        raise LevelsError("edges must be increasing energies, two or more")
    sites = _Sites.of(h, C, model)
    E = sites.excitation(count, hbar, mass)[:, 1:]
    place = np.searchsorted(edges, E, side="right") - 1
    inside = (place >= 0) & (place < len(edges) - 1)
    counts = np.zeros((len(E), len(edges) - 1))
    row = np.broadcast_to(np.arange(len(E))[:, None], E.shape)
    np.add.at(counts, (row[inside], place[inside]), 1.0)
    return Band.of(sites.means(counts / np.diff(edges)), seed)


@dataclass(frozen=True)
class _Sites:
    """The known sites of all samples, one after the other."""

    potentials: CavityPotentials
    sample: Indices
    share: Floats
    """Of its sample's mean, one per site, so that sums need no padding."""

    @classmethod
    def of(cls, h: ArrayLike, C: ArrayLike, model: SiteModel) -> _Sites:
        every = CavityPotentials.of(h, C, model)
        if len(every.shape) != 2 or every.shape[0] < 2:
            raise LevelsError(
                f"h must be (samples, sites) with two samples or more, got {every.shape}"
            )
        number = every.known.reshape(every.shape).sum(axis=1)
        if not number.all():
            empty = np.sum(number == 0)
            raise LevelsError(f"{empty} samples hold no local potential: leave them out")
        sample = np.repeat(np.arange(len(number)), number)
        return cls(every[every.known], sample, 1.0 / number[sample])

    def excitation(self, count: int, hbar: float, mass: float) -> Floats:
        """E_n - E_0, (sites, n)."""
        found = EnergyLevels.of(self.potentials, count=count, hbar=hbar, mass=mass)
        return found.excitation

    def means(self, values: Floats) -> Floats:
        """Per sample, (S, n), of something per site (sites, n)."""
        total = np.zeros((self.sample[-1] + 1, values.shape[1]))
        np.add.at(total, self.sample, values * self.share[:, None])
        return total
