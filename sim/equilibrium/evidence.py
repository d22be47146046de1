"""All that speaks for or against the equilibrium of one size's tempering, gathered."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from glasswell.theory.model import Model

from .._typing import Bools, Floats, Integers
from ..records.time_series import Tempered
from .autocorrelation import integrated_time
from .drift import Drift, drift
from .flags import flags
from .identities import Balance, integration_by_parts, virial_theorem
from .jackknife import LIMIT
from .rhat import largest, ranked_rhat


@dataclass(frozen=True)
class Evidence:
    """Of S samples at T temperatures."""

    N: int
    temperatures: Floats
    """(T,) ascending."""
    parts: Balance
    """Gaussian integration by parts."""
    controlled: Balance
    """The same, less what the variance of each sample's couplings explains of the difference."""
    virial: Balance
    """The virial theorem."""
    drift_of_energy: Drift
    """Of e_J."""
    drift_of_overlap: Drift
    """Of R², the slowest."""
    flags: Integers
    """(S, T)."""
    rhat: Floats
    """(S, T) the largest ranked split R̂ of U/N, Q and R²; NaN where one of them says nothing."""
    tau: Floats
    """(S, T) integrated autocorrelation time of R² in sweeps; infinite if longer than the run."""
    acceptance: Floats
    """(T,) of trajectories."""
    swap_acceptance: Floats
    """(T - 1,) between each temperature and the next hotter."""
    round_trips: Integers
    """(S,) of both replicas."""
    gaussian: bool = True
    """False where the couplings are not: then the integration by parts says nothing."""

    @property
    def scores(self) -> Floats:
        """(5, T) the z-scores that must be small: parts, controlled, virial, and both drifts."""
        return np.stack(
            [
                self.parts.z,
                self.controlled.z,
                self.virial.z,
                self.drift_of_energy.z,
                self.drift_of_overlap.z,
            ]
        )

    @property
    def refuted(self) -> Bools:
        """(T,) True where a z-score is beyond LIMIT: this is no equilibrium."""
        return np.asarray(np.any(np.abs(self.scores) > LIMIT, axis=0))

    @property
    def judged(self) -> Bools:
        """(T,) False where no identity has an error to judge by: too few samples."""
        return np.isfinite(self.parts.z if self.gaussian else self.virial.z)


def evidence(run: Tempered, model: Model, control: Floats, *, gaussian: bool = True) -> Evidence:
    """Judge a run.

    Parameters
    ----------
    control
        (S,) ``equilibrium.coupling_variance`` of its samples.
    gaussian
        False if the couplings are not: what needs it is then given without an error.

    Raises
    ------
    ShapeError
        If there are fewer than four measurements, or not one control variate per sample.
    """
    T, N, moments = run.temperatures, run.displacement.shape[-1], run.moments
    squares = moments.R**2
    watched = {"energy": run.energy, "q_hat": run.q_hat, "square of overlap": squares}
    trips = run.round_trips.sum(axis=-1)
    exchanged = len(T) > 1
    return Evidence(
        N=N,
        temperatures=T,
        parts=_if(gaussian, integration_by_parts(moments, T, N, model)),
        controlled=_if(gaussian, integration_by_parts(moments, T, N, model, control)),
        virial=virial_theorem(run.virial, T),
        drift_of_energy=drift(run.bond_energy),
        drift_of_overlap=drift(squares),
        flags=flags(watched, run.virial, T, trips if exchanged else None),
        rhat=largest([ranked_rhat(series) for series in watched.values()]),
        tau=run.measure_every * _times(squares),
        acceptance=run.acceptance.mean(axis=0),
        swap_acceptance=run.swap_acceptance.mean(axis=0),
        round_trips=trips,
        gaussian=gaussian,
    )


def _if(valid: bool, balance: Balance) -> Balance:
    """A balance; without an error of the difference, and so without z, where it need not hold."""
    if valid:
        return balance
    unknown = np.full_like(balance.difference.error, np.nan)
    return replace(balance, difference=replace(balance.difference, error=unknown))


def _times(series: Floats) -> Floats:
    """(S, T, chain, time) -> (S, T)."""
    S, T = series.shape[:2]
    return np.array([[integrated_time(series[s, t]).tau for t in range(T)] for s in range(S)])
