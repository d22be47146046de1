"""What a solve returns: the saddle point, what follows from it, and why the solver stopped."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import Floats
from ..hessian.resolvent import HessianSpectrum
from ..model.model import Model
from ..model.status import in_words
from ..model.text_table import columns
from ..numerics.limits import Limit
from ..plots import solutions
from ..recursion.mixture import Levels
from ..recursion.recursion import Order
from ..wells.distribution import DoubleWells

if TYPE_CHECKING:
    from matplotlib.axes import Axes


PRECISE = 15
"""Decimal digits that every float keeps."""


class Status(Enum):
    """Why the solver stopped; the value is advice, and ``in_words`` puts the verdict before it.

    Examples
    --------
    >>> from glasswell.theory import Model, Status, solve
    >>> solve(Model(gamma=0.4), rsb=1).status is Status.COLLAPSED
    True
    >>> Status.COLLAPSED.converged, Status.WRONG_ROOT.converged
    (True, False)
    """

    CONVERGED = ""
    COLLAPSED = (
        "replica symmetry is stable here, so all overlaps coincide and no breakpoint is defined"
    )
    NOT_CONVERGED = (
        "pass guess= a solution at a nearby gamma or J0, or a lower rsb, and look "
        "at the residual before using any number"
    )
    UNRESOLVED = (
        "the overlaps are so close to each other that their Gaussians cannot be "
        "resolved; use a lower rsb, whose free energy differs little"
    )
    WRONG_ROOT = (
        "a stationary point, but not the physical one: its free energy lies below that of fewer "
        "steps; start from guess= a solution at a nearby gamma or J0"
    )
    UNSTABLE = (
        "a stationary point, but not a state: p points against the field, or J0 χ > 1, so that p "
        "would grow; start from guess= a solution in a larger field or at a smaller J0"
    )
    TOO_FEW = "too few steps for a limit with an error: ask for four or more"

    @property
    def converged(self) -> bool:
        """True if the numbers may be used."""
        return self in (Status.CONVERGED, Status.COLLAPSED)

    @property
    def advice(self) -> str:
        """What it means and what to do; empty if all is well."""
        return str(self.value)


@dataclass(frozen=True)
class Solution:
    """The k-step mean-field theory of one model, at its saddle point.

    ``overlaps`` are q_0 … q_k, ``breakpoints`` y_1 … y_k at T = 0 and m_1 … m_k at T > 0. When
    replica symmetry is stable all overlaps coincide and the breakpoints are NaN. ``residual`` is
    the largest of the stationarity equations' mismatches, each divided by its own scale.

    Examples
    --------
    >>> from glasswell.theory import Model, solve
    >>> s = solve(Model(gamma=10.0))
    >>> s.name, round(s.free_energy, 4), round(s.q_hat, 4), round(s.C, 4)
    ('RS', -37.6186, 90.8786, 0.8779)
    >>> s.replicon < 0  # replica symmetry is not stable
    True
    >>> round(float(s.field_density(0.0)), 5)
    0.04185
    """

    levels: Levels
    rsb: int
    residual: float
    evaluations: int
    status: Status
    error: float = 0.0
    """Relative, of gaps and breakpoints where breaking is too weak to be solved for; else 0."""
    expansion: Order | None = None
    """Order parameters to first order in the strength of breaking, where Gaussians of the widths
    cannot be resolved: ``levels`` are then of fewer steps or of replica symmetry."""

    @property
    def order(self) -> Order:
        """p, C, the overlaps and the breakpoints y of the steps that were found."""
        return self.levels.order if self.expansion is None else self.expansion

    @property
    def name(self) -> str:
        """RS, 1RSB, 2RSB, …"""
        return "RS" if self.rsb == 0 else f"{self.rsb}RSB"

    @property
    def model(self) -> Model:
        """The model solved."""
        return self.levels.model

    @property
    def temperature(self) -> float:
        """T, with k_B = 1."""
        return self.levels.temperature

    @property
    def converged(self) -> bool:
        """True if the numbers may be used."""
        return self.status.converged

    @property
    def free_energy(self) -> float:
        """f per site; at T = 0 the ground-state energy per site."""
        return self.levels.free_energy

    @property
    def energy(self) -> float:
        """u, the mean potential energy per site; equal to f at T = 0."""
        return self.levels.energy

    @property
    def entropy(self) -> float:
        """s = (u - f)/T of the displacements; NaN at T = 0, where it is -∞ for a classical v."""
        if self.temperature == 0.0:
            return math.nan
        return (self.energy - self.free_energy) / self.temperature

    @property
    def p(self) -> float:
        """Polarisation ∫P_k ⟨v⟩."""
        return self.order.p

    @property
    def overlaps(self) -> Floats:
        """q_0 … q_k, shape (k + 1,)."""
        q = self.order.q
        if self.status is Status.COLLAPSED:
            return np.full(self.rsb + 1, q[-1])
        return q if self._has_all_steps else np.full(self.rsb + 1, np.nan)

    @property
    def breakpoints(self) -> Floats:
        """y_1 … y_k at T = 0, m_1 … m_k = T y_1 … T y_k at T > 0; shape (k,)."""
        if not self._has_all_steps:
            return np.full(self.rsb, np.nan)
        return self.order.y * (self.temperature or 1.0)

    @property
    def _has_all_steps(self) -> bool:
        """False if replica symmetry is stable, or the solver stopped at fewer steps."""
        return self.order.rsb == self.rsb

    @property
    def q_hat(self) -> float:
        """Self-overlap q̂ = [⟨v²⟩] = q_k + T C."""
        return float(self.order.q[-1] + self.temperature * self.order.C)

    @property
    def C(self) -> float:
        """Local susceptibility, with the jumps of v*."""
        return self.order.C

    @property
    def C_reg(self) -> float:
        """The part of C without jumps: at T = 0 what linear response in one minimum sees."""
        return self.C - self.C_jump

    @property
    def C_jump(self) -> float:
        """The part of C from the jumps of v*; zero at T > 0."""
        if self.expansion is None or self.levels.C_jump == 0.0:
            return self.levels.C_jump
        return self.order.C - self.levels.C_reg

    @property
    def susceptibility(self) -> float:
        """χ = g_0''(H + J0 p) averaged over P_0 = C + Σ y_l (q_l - q_{l-1}).

        The equilibrium response of p to the local mean field at fixed overlaps. In replica
        symmetry it is C; with breaking it also counts moves from state to state. At p = 0, where
        overlaps do not follow, dp/dH = χ/(1 - J0 χ), and the glass polarises where J0 χ = 1; else
        dp/dH is smaller.
        """
        return float(self.order.C + np.dot(self.order.y, np.diff(self.order.q)))

    @property
    def replicon(self) -> float:
        """λ = 1 - J²∫P_k (d⟨v⟩/dh)²; -∞ where ⟨v⟩ jumps at a field that occurs."""
        return self.levels.replicon

    @property
    def chi_SG(self) -> float:
        """Spin-glass susceptibility ∫P (g'')²/λ = C²/(1 - J² C²) in the ergodic phase.

        Infinite where replica symmetry is not stable.
        """
        if not self.replicon > 0:
            return math.inf
        return self.levels.curvature_squared / self.replicon

    @property
    def longest(self) -> Solution:
        """Itself: what ``FullSolution.longest`` is to the limit of many steps."""
        return self

    @property
    def gapless(self) -> bool:
        """False: with a finite number of steps the Hessian has a gap."""
        return False

    @property
    def extrapolated_from(self) -> str:
        """Nothing: these numbers are no limits."""
        return ""

    @property
    def has_distributions(self) -> bool:
        """True: distributions are those of this solution."""
        return True

    def limit_of(self, quantity: Callable[[Solution], float], order: float = 2.0) -> Limit:  # noqa: ARG002
        """A number of this solution, without error, where ``FullSolution`` has a limit."""
        return Limit(float(quantity(self)), 0.0)

    def field_density(self, h: Floats | float) -> Floats:
        """P_k(h), the density of cavity fields; any shape."""
        h = np.asarray(h, dtype=np.float64)
        return self.levels.field_density(h.ravel()).reshape(h.shape)

    @cached_property
    def wells(self) -> DoubleWells:
        """The double wells of the ensemble of local potentials: V, Δ, d, λ and their densities."""
        return DoubleWells.of(self.levels)

    @cached_property
    def hessian_spectrum(self) -> HessianSpectrum:
        """Eigenvalues of the Hessian at the minima: ρ(λ), D(ω), participation, χ_SG.

        Raises
        ------
        SolveError
            If T > 0, or J = 0.
        """
        return HessianSpectrum.of(self.levels)

    def plot_fields(self, ax: Axes | None = None) -> Axes:
        """Draw P_k(h) on ``ax``, the current axes by default; returns the axes."""
        return solutions.plot_fields(self, ax)

    def plot_overlaps(self, ax: Axes | None = None) -> Axes:
        """Draw the staircase q(y), or q(x) at T > 0."""
        return solutions.plot_overlaps(self, ax)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON; null stands for what is infinite or not defined."""
        point_mass = self.levels.order.q[-1] * self.model.J == 0.0
        values = {
            "free_energy": self.free_energy,
            "energy": self.energy,
            "entropy": _finite(self.entropy),
            "overlaps": [_finite(q) for q in self.overlaps],
            "breakpoints": [_finite(y) for y in self.breakpoints],
            "p": self.p,
            "q_hat": self.q_hat,
            "C": self.C,
            "C_reg": self.C_reg,
            "C_jump": self.C_jump,
            "susceptibility": self.susceptibility,
            "replicon": _finite(self.replicon),
            "P_h0": None if point_mass else float(self.field_density(0.0)),
            "dwp_fraction": self.wells.fraction,
            "P0": self.wells.P0,
        }
        return {
            "rsb": self.rsb,
            "temperature": self.temperature,
            **values,
            "residual": self.residual,
            "evaluations": self.evaluations,
            "converged": self.converged,
            "status": in_words(self.status),
        }

    def __repr__(self) -> str:
        C, C_reg, C_jump = (fixed(x, 8) for x in (self.C, self.C_reg, self.C_jump))
        breakpoints = "  ".join(f"{y:.8g}" for y in self.breakpoints)
        symbol = "m" if self.temperature > 0 else "y"
        wells = f"fraction {self.wells.fraction:.6f}, P0 {self.wells.P0:.4e}"
        rows = {
            "free energy f": fixed(self.free_energy, 10),
            "energy u, entropy s": f"{fixed(self.energy, 10)}  {fixed(self.entropy, 10)}",
            "overlaps q": "  ".join(f"{q:.8g}" for q in self.overlaps),
            f"breakpoints {symbol}": breakpoints,
            "polarisation p": f"{self.p:.8g}",
            "C = C_reg + C_jump": " ".join([C, "=", C_reg, "+", C_jump]),
            "replicon": f"{self.replicon:.6g}",
            "double wells": wells,
            "residual": f"{self.residual:.1e} after {self.evaluations} evaluations",
            "status": in_words(self.status),
        }
        if self.temperature == 0:
            del rows["energy u, entropy s"]
        if not self.rsb:
            del rows[f"breakpoints {symbol}"]
        title = f"{self.name} at T = {self.temperature:g} of {self.model}"
        lines = columns(rows.items(), at=("<22", "<"), gap="")
        return "\n".join([title, *(f"  {line}" for line in lines)])


def fixed(value: float, decimals: int) -> str:
    """The number with so many decimals, or as long as a float is precise if it is large."""
    large = abs(value) >= 10.0 ** (PRECISE - decimals)
    return f"{value:.{PRECISE}g}" if large else f"{value:.{decimals}f}"


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
