"""What every solution of the mean-field theory says, whatever way it breaks replica symmetry."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from .._typing import Floats
from ..hessian.resolvent import HessianSpectrum
from ..model.model import Model
from ..numerics.limits import Limit, Number
from ..wells.distribution import DoubleWells

if TYPE_CHECKING:
    from .solution import Solution, Status


class Theory(Protocol):
    """A solution with k steps of breaking (``Solution``), or their limit (``FullSolution``).

    Comparison, report and heat ask for nothing else, so that another ansatz is one more class with
    these names. Numbers are floats, or limits with an error.

    Examples
    --------
    >>> from glasswell.theory import Model, Theory, solve
    >>> def depth(theory: Theory) -> float:
    ...     return float(theory.free_energy)
    >>> depth(solve(Model(gamma=2.0), rsb=1)) > depth(solve(Model(gamma=2.0)))
    True
    """

    @property
    def name(self) -> str:
        """As legends and tables call it, such as "1RSB"."""

    @property
    def model(self) -> Model:
        """The model that was solved."""

    @property
    def temperature(self) -> float:
        """T."""

    @property
    def rsb(self) -> int:
        """Steps of breaking, of the longest staircase in a limit."""

    @property
    def status(self) -> Status:
        """Why the solver stopped."""

    @property
    def converged(self) -> bool:
        """True if the numbers may be used."""

    @property
    def residual(self) -> float:
        """Largest mismatch of the stationarity equations, each divided by its scale."""

    @property
    def free_energy(self) -> Number:
        """f per site."""

    @property
    def energy(self) -> Number:
        """u per site."""

    @property
    def entropy(self) -> Number:
        """s per site."""

    @property
    def p(self) -> float:
        """Polarisation [⟨v⟩]."""

    @property
    def q_hat(self) -> Number:
        """Self-overlap [⟨v²⟩]."""

    @property
    def overlaps(self) -> Floats:
        """q_0 … q_k, ascending."""

    @property
    def breakpoints(self) -> Floats:
        """y_1 … y_k at T = 0, m_1 … m_k above."""

    @property
    def C(self) -> Number:
        """β (q̂ - q_k), what one state responds with."""

    @property
    def C_reg(self) -> Number:
        """C without the jumps of v*."""

    @property
    def C_jump(self) -> float:
        """What jumps of v* add."""

    @property
    def susceptibility(self) -> Number:
        """χ, what all states respond with."""

    @property
    def wells(self) -> DoubleWells:
        """Double wells among the local potentials."""

    @property
    def hessian_spectrum(self) -> HessianSpectrum:
        """The spectrum of the Hessian at minima."""

    @property
    def gapless(self) -> bool:
        """True if it is known that the Hessian's spectrum begins at zero."""

    @property
    def extrapolated_from(self) -> str:
        """What the numbers are limits of, in words; empty if they are none."""

    @property
    def has_distributions(self) -> bool:
        """True if P(h) and the wells are those of this theory and not of a shorter staircase."""

    @property
    def longest(self) -> Solution:
        """The solution with the most steps, whose distributions stand for this theory's."""

    def field_density(self, h: Floats | float) -> Floats:
        """P(h), the density of cavity fields; any shape."""

    def limit_of(self, quantity: Callable[[Solution], float], order: float = 2.0) -> Limit:
        """A number of solutions, for this theory: ``order`` is the power of 1/k it falls with."""

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON."""
