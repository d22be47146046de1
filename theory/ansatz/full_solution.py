"""The limit k → ∞ of the k-step solutions, with a stated error.

The free energy's distance from its limit falls as k^-4, that of C as k^-2 (both are seen in the
solutions to three digits of the exponent), that of P_k(0) as k^(-5/3): ``limits`` takes it from
there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import interpolate

from .._typing import Floats
from ..hessian.resolvent import HessianSpectrum
from ..model.model import Model
from ..model.status import in_words
from ..numerics.limits import FEWEST, Limit, Number, extrapolated
from ..wells.distribution import DoubleWells
from .continuum import Resolved
from .full_table import table
from .overlap_distribution import OverlapDistribution, overlap_curve
from .solution import Solution, Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes


ORDERS = {
    **dict.fromkeys(("free_energy", "energy", "q_hat"), 4),
    **dict.fromkeys(("C", "C_reg", "susceptibility", "replicon"), 2),
}
"""The power n with which each quantity approaches its limit."""

AT_ZERO = 5 / 3
"""That of P_k(0), whose limit at T = 0 is zero: P_k(0)^(-3/5) is linear in k to a per cent."""

LIMITS = ("free_energy", "energy", "entropy", "q_hat", "C", "susceptibility")


@dataclass(frozen=True)
class FullSolution:
    """The solutions with k = 0, 1, … steps, and the limits that they approach.

    If replica symmetry is stable there is one solution only and the limits are exact. What is a
    function - q(y), the density of fields, the wells - is that of ``longest``; ``limit_of`` has
    the limit of any number. ``continuum`` is None where the iteration for the continuous equations
    does not converge, and the limits are those of the staircases.

    Examples
    --------
    >>> from glasswell.theory import Model, solve_full
    >>> full = solve_full(Model(gamma=2.0), 8.0)
    >>> [solution.name for solution in full.solutions], full.status.name
    (['RS', '1RSB', '2RSB'], 'CONVERGED')
    >>> full.solutions[0].free_energy < full.solutions[1].free_energy
    True
    """

    solutions: tuple[Solution, ...]
    continuum: Resolved | None = None

    @property
    def model(self) -> Model:
        """The model solved."""
        return self.solutions[0].model

    @property
    def temperature(self) -> float:
        """T, with k_B = 1."""
        return self.solutions[0].temperature

    @property
    def longest(self) -> Solution:
        """The one closest to the limit: of the continuous equations, else the last staircase."""
        return self.continuum.fine if self.continuum else self.solutions[-1]

    @property
    def converged(self) -> bool:
        """True if every member converged and there are enough for an error."""
        return self.status.converged

    @property
    def status(self) -> Status:
        """Why the climb ended."""
        status = self.solutions[-1].status
        if self.continuum is not None:
            return Status.CONVERGED
        if status is Status.CONVERGED and len(self.solutions) <= FEWEST:
            return Status.TOO_FEW
        return status

    @property
    def residual(self) -> float:
        """The largest residual of all staircases; the continuum has its own."""
        return max(solution.residual for solution in self.solutions)

    @property
    def free_energy(self) -> Limit:
        """f of full replica-symmetry breaking."""
        return self._limit("free_energy")

    @property
    def energy(self) -> Limit:
        """u, the mean potential energy per site; equal to f at T = 0."""
        return self._limit("energy")

    @property
    def entropy(self) -> Limit:
        """s = (u - f)/T = -∂f/∂T; NaN at T = 0."""
        T = self.temperature
        if T == 0.0:
            return Limit(math.nan, math.nan)
        return (self.energy - self.free_energy) / T

    @property
    def q_hat(self) -> Limit:
        """Self-overlap q̂ = [⟨v²⟩]."""
        return self._limit("q_hat")

    @property
    def C(self) -> Limit:
        """Local susceptibility. Its jump part vanishes with k, so that C_reg has the same limit.

        C_k falls towards it, C_reg,k approaches it from elsewhere and often sooner.
        """
        return _better(self._limit("C"), self._limit("C_reg"))

    @property
    def C_reg(self) -> Limit:
        """The same as C: linear response sees all of it."""
        return self.C

    @property
    def C_jump(self) -> float:
        """Zero in the limit."""
        return 0.0

    @property
    def susceptibility(self) -> Limit:
        """χ, which is 1/J where nothing is polarised (Parisi and Toulouse)."""
        return self._limit("susceptibility")

    @property
    def name(self) -> str:
        """full RSB."""
        return "full RSB"

    @property
    def rsb(self) -> int:
        """Steps or intervals of ``longest``."""
        return self.longest.rsb

    @property
    def p(self) -> float:
        """Polarisation, of ``longest``."""
        return self.longest.p

    @property
    def overlaps(self) -> Floats:
        """q_0 … q_k of ``longest``."""
        return self.longest.overlaps

    @property
    def breakpoints(self) -> Floats:
        """Where they change, as in ``Solution``."""
        return self.longest.breakpoints

    @property
    def replicon(self) -> Limit:
        """1 - J² ∫P (m')², negative for every staircase: zero in the glass, where all is marginal.

        Where replica symmetry is stable that of replica symmetry.
        """
        if self.continuum:
            return self.continuum.limit_of(lambda s: s.replicon)
        return self._limit("replicon")

    @property
    def chi_SG(self) -> float:
        """Spin-glass susceptibility: infinite in the glass, which is marginal."""
        return self.longest.chi_SG if self.status is Status.COLLAPSED else math.inf

    def field_density(self, h: Floats | float) -> Floats:
        """P(h) of ``longest``: if that is a staircase, it still falls with k near h = 0."""
        return self.longest.field_density(h)

    @property
    def wells(self) -> DoubleWells:
        """The double wells of ``longest``."""
        return self.longest.wells

    @property
    def hessian_spectrum(self) -> HessianSpectrum:
        """The Hessian's spectrum of ``longest``."""
        return self.longest.hessian_spectrum

    @property
    def overlap_distribution(self) -> OverlapDistribution:
        """P(q) at T > 0, of the continuous equations.

        Raises
        ------
        SolveError
            At T = 0, or where the continuous equations were not solved.
        """
        return OverlapDistribution.of(self.longest.levels)

    def overlap_function(self, y: ArrayLike) -> Floats:
        """q(y), monotone between the points where the jumps of ``longest`` are halved.

        For y beyond the last breakpoint it is held at q_k; as a function of x = T y for T > 0.
        """
        y = np.asarray(y, dtype=np.float64)
        order = self.longest.levels.order
        if order.rsb == 0:
            return np.full(y.shape, order.q[0])
        known_y, known_q = overlap_curve(self.longest.levels)
        curve = interpolate.PchipInterpolator(known_y, known_q)
        return np.asarray(curve(np.minimum(y, known_y[-1])))

    def plot_fields(self, ax: Axes | None = None) -> Axes:
        """Draw P(h) of ``longest`` on ``ax``, the current axes by default; returns the axes."""
        return self.longest.plot_fields(ax)

    def plot_overlaps(self, ax: Axes | None = None) -> Axes:
        """Draw q(y), or q(x) at T > 0, on ``ax``: the last staircase and the curve in it."""
        ax = self.solutions[-1].plot_overlaps(ax)
        beta = 1 / (self.temperature or 1.0)
        x = np.linspace(*ax.get_xlim(), 400)
        x = x[x >= 0]
        ax.plot(x, self.overlap_function(x * beta), label="full RSB")
        return ax

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON: those of ``longest``, and limits where there are."""
        limits = {name: getattr(self, name) for name in LIMITS}
        longest = self.longest.to_dict()
        limits["dwp_fraction"] = self._well_fraction
        limits["P0"] = self.limit_of(lambda s: s.wells.P0, AT_ZERO).at_least(0.0)
        if self.continuum:
            limits["replicon"] = self.replicon
        if longest["P_h0"] is not None:
            at_zero = self.limit_of(lambda s: float(s.field_density(0.0)), AT_ZERO)
            limits["P_h0"] = at_zero.at_least(0.0)
        return {
            **longest,
            "rsb": "full",
            "steps": self.longest.rsb,
            **{name: _finite(limit) for name, limit in limits.items()},
            "C_reg": _finite(self.C),
            "C_jump": self.C_jump,
            "residual": self.residual,
            "continuum_residual": self.continuum.fine.residual if self.continuum else None,
            "evaluations": self.solutions[-1].evaluations,
            "errors": {name: _finite(limit.error) for name, limit in limits.items()},
            "converged": self.converged,
            "status": in_words(self.status),
            "sequence": [solution.to_dict() for solution in self.solutions],
        }

    def __repr__(self) -> str:
        shown = {name: getattr(self, name) for name in LIMITS}
        return table(self, {**shown, "wells": self._well_fraction})

    @property
    def gapless(self) -> bool:
        """True if it is known that the Hessian's spectrum begins at zero."""
        return self.continuum is not None and self.continuum.gapless

    @property
    def extrapolated_from(self) -> str:
        """Staircases, and the continuous equations where they were solved; in words."""
        steps = f"staircases with up to {self.solutions[-1].rsb} steps"
        if self.rsb == 0 or self.continuum is None:
            return steps if self.rsb > 0 else ""
        return f"{steps}, and of the continuous equations at {self.continuum.fine.rsb} overlaps"

    @property
    def has_distributions(self) -> bool:
        """True where Parisi's equations were solved; else those of the longest staircase stand."""
        return self.continuum is not None

    def limit_of(self, quantity: Callable[[Solution], float], order: float = 2.0) -> Limit:
        """The limit k → ∞ of any number that a solution gives, with its error.

        Parameters
        ----------
        quantity
            Of one solution. Where it cannot be negative an extrapolation still may: see
            ``Limit.at_least``.
        order
            The power n of its approach, k^(-n), where staircases are all there is: 5/3 where P(0)
            alone matters, 2 where it is integrated with bounds that follow C, as the number of
            double wells.
        """
        if self.continuum:
            return self.continuum.limit_of(quantity)
        return self._extrapolated([float(quantity(s)) for s in self.solutions], order)

    @property
    def _well_fraction(self) -> Limit:
        return self.limit_of(lambda s: s.wells.fraction).at_least(0.0)

    def _limit(self, name: str) -> Limit:
        steps = self._extrapolated([float(getattr(s, name)) for s in self.solutions], ORDERS[name])
        if not self.continuum:
            return steps
        return _better(steps, self.continuum.limit_of(lambda s: float(getattr(s, name))))

    def _extrapolated(self, values: list[float], order: float) -> Limit:
        if self.solutions[-1].status is Status.COLLAPSED:
            return Limit(values[-1], 0.0)
        return extrapolated(values[1:], order)


def _better(*limits: Limit) -> Limit:
    """The one with the smallest error."""
    return min(limits, key=lambda limit: limit.error if limit.error >= 0 else math.inf)


def _finite(value: Number) -> float | None:
    return float(value) if math.isfinite(value) else None
