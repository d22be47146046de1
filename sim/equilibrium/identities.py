"""Proof of equilibrium: two identities whose sides meet only where the Boltzmann measure rules.

The Gaussian integration by parts ties the bonds to the overlap of two replicas, which is the last
to arrive: it is the acceptance test of every thermal result (after Katzgraber, Palassini and
Young, Phys. Rev. B 63, 184422 (2001)). Where replicas still have to find each other its left side
lies above the right one; but the two may cross on their way, so ask ``drift`` too. The virial is
reached within a few oscillations: it tests the code and the step size, not the equilibration.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from glasswell.theory.model import Model, columns
from numpy.typing import ArrayLike

from .._typing import Bools, Floats
from ..errors import ShapeError
from ..records.moments import Moments
from .jackknife import LIMIT, Average, average, jackknife


@dataclass(frozen=True)
class Balance:
    """Both sides of an identity per temperature, (T,), with errors over samples.

    ``difference`` is left - right, taken sample by sample: most of their noise is in common. What
    a control variate explains of it is taken off.
    """

    left: Average
    right: Average
    difference: Average

    @property
    def z(self) -> Floats:
        """The difference in its own errors, (T,); NaN without an error."""
        return self.difference.z()

    @property
    def holds(self) -> Bools:
        """|z| ≤ LIMIT, (T,); False also where there is no error to judge by."""
        return np.asarray(np.abs(self.z) <= LIMIT)

    def table(self, temperatures: ArrayLike) -> str:
        """A line per temperature: both sides with their errors, and z."""
        rows = [("T", "left side", "right side", "z", "samples")]
        for n, T in enumerate(np.atleast_1d(temperatures)):
            left, right = (
                f"{side.value[n]:.6g} ± {side.error[n]:.2g}" for side in (self.left, self.right)
            )
            samples = self.difference.samples[n]
            rows.append((f"{T:.5g}", left, right, f"{self.z[n]:+.1f}", f"{samples}"))
        return "\n".join(columns(rows, at=(">10", ">22", ">22", ">6", "<")))


def integration_by_parts(
    moments: Moments,
    temperatures: ArrayLike,
    N: int,
    model: Model,
    control: Floats | None = None,
) -> Balance:
    """Both sides of the Gaussian integration by parts (physics.md §5), exact at every N.

        [⟨e_J⟩] = -(J0/2)([⟨p²⟩] - [⟨Q⟩]/N)
                  - (β J²/2){ [⟨Q²⟩] - [⟨R²⟩] - ([⟨K⟩] - [⟨L⟩])/N }

    It needs Gaussian couplings, whatever G and the field are, and holds for the average over
    samples only. Every term is linear in time averages, so that short chains do not bias it.
    Samples with a moment that is not finite are left out, and missing from ``samples``.

    Parameters
    ----------
    moments
        (S, T, chain, time) and (S, T, pair, time).
    temperatures
        (T,).
    N, model
        Number of sites; J0 and J of the couplings.
    control
        (S,) a control variate, whose mean over all samples is zero for certain, such as
        ``coupling_variance``: its part in the difference is noise, which regression removes.

    Raises
    ------
    ShapeError
        If there is not one temperature per column, or not one control variate per sample.
    """
    beta = 1.0 / _temperatures(temperatures, moments.e_J)
    left = _time_average(moments.e_J)
    bias = _time_average(moments.p**2) - _time_average(moments.Q) / N
    variance = _time_average(moments.Q**2) - _time_average(moments.R**2)
    diagonal = (_time_average(moments.K) - _time_average(moments.L)) / N
    right = -0.5 * model.J0 * bias - 0.5 * beta * model.J**2 * (variance - diagonal)
    if control is None:
        return _balance(left, right)
    if np.shape(control) != left.shape[:1]:
        raise ShapeError(f"a control variate must be ({len(left)},), got {np.shape(control)}")
    return replace(_balance(left, right), difference=_regressed(left - right, control))


def coupling_variance(J: Floats, model: Model) -> Floats:
    """(1/N) Σ_{i≠j} [(J_ij - J0/N)² - J²/N] of each sample, (S, N, N) -> (S,); zero on average.

    At high T, e_J = -(β/2N) q̂² Σ_{i≠j} J_ij² + …: samples differ in it, and their sides with them.

    Examples
    --------
    >>> from glasswell.sim import couplings, identities
    >>> from glasswell.theory import Model
    >>> model = Model(gamma=10.0)
    >>> J = couplings.batch(model, 64, seed=1, samples=range(4))
    >>> identities.coupling_variance(J, model).shape
    (4,)
    """
    N = J.shape[-1]
    apart = J - model.J0 / N * (1.0 - np.eye(N))
    return np.asarray(np.sum(apart**2, axis=(-2, -1)) / N - model.J**2 * (N - 1) / N)


def virial_theorem(virial: Floats, temperatures: ArrayLike) -> Balance:
    """⟨2 e_J + (1/N) Σ v_i (G'(v_i)/γ - H)⟩ against T, for each sample and so on average.

    Parameters
    ----------
    virial
        ``landscape.virial`` at every measurement, (S, T, chain, time).
    temperatures
        (T,).

    Raises
    ------
    ShapeError
        If there is not one temperature per column.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.sim import identities
    >>> virial = np.random.default_rng(1).normal(2.0, 0.5, (50, 1, 2, 100))  # at T = 2
    >>> balance = identities.virial_theorem(virial, [2.0])
    >>> bool(abs(balance.difference.value[0]) < 4 * balance.difference.error[0])
    True
    """
    T = _temperatures(temperatures, virial)
    left = _time_average(virial)
    return _balance(left, np.where(np.isfinite(left), T, np.nan))


def _balance(left: Floats, right: Floats) -> Balance:
    """Averages over the samples in which both sides are finite."""
    difference = left - right
    exists = np.isfinite(difference)
    return Balance(
        average(np.where(exists, left, np.nan)),
        average(np.where(exists, right, np.nan)),
        average(difference),
    )


def _regressed(difference: Floats, control: Floats) -> Average:
    """[d] - b [x], with b the slope of d against x among the samples."""
    x = np.broadcast_to(control[:, None], difference.shape)

    def at_zero(d: Floats, x: Floats, xx: Floats, dx: Floats) -> Floats:
        return d - (dx - d * x) / (xx - x * x) * x

    return jackknife(at_zero, difference, x, x * x, difference * x)


def _time_average(series: Floats) -> Floats:
    """(S, T, chain, time) -> (S, T)."""
    return np.asarray(series.mean(axis=(-2, -1)))


def _temperatures(temperatures: ArrayLike, series: Floats) -> Floats:
    T = np.atleast_1d(np.asarray(temperatures, dtype=np.float64))
    if series.ndim != 4 or T.shape != series.shape[1:2]:
        raise ShapeError(
            f"{T.size} temperatures need series (S, {T.size}, chain, time), got {series.shape}"
        )
    return T
