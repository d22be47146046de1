"""The spectrum of the Hessian at a minimum, as random-matrix theory has it for N → ∞.

The Hessian is s_i δ_ij - J_ij with the local stiffness s = G''(v)/γ distributed by μ. Its resolvent

    G(z) = lim (1/N) Tr (∂²U - z)⁻¹ = ∫dμ(s) / (s - z - J² G(z))

is that of the free convolution of μ with a semicircle, and there is a way to it that needs no
iteration of G: with w = z + J² G(z) and m(w) = ∫dμ(s)/(s - w),

    z = w - J² m(w),

where z is real and the density positive just where w = x + iy has J² ∫dμ/((s - x)² + y²) = 1. There
is one such y > 0 at most for each x, λ(x) increases, and ρ(λ(x)) = y/(π J²) (P. Biane, Indiana
Univ. Math. J. 46, 705 (1997)). J0 adds a matrix of rank one, which leaves the spectrum as it is
but for single eigenvalues.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from .._typing import Bools, Complexes, Floats
from ..model.errors import SolveError
from ..recursion.mixture import Levels
from .stiffness import Stiffness

SCAN = 60
"""Points x of each kind at which λ(x) is known before any λ is asked for."""

PRECISION = 1e-11
"""z is met within this, in units of J and the mean stiffness."""

NEAR = 1e-5
"""Where the scan of a band starts; λ is quadratic there, and ρ beyond it next to zero."""

NEWTON_STEPS, BISECTIONS = 30, 30
"""Newton's iteration takes 5 steps where it works; bisection brings x to 1e-9 of a scan."""

EDGE = 1e-12
"""Distance from μ, in units of its extent, at which the search for an edge ends."""


@dataclass(frozen=True)
class HessianSpectrum:
    """Eigenvalues of s_i δ_ij - J_ij for s ~ μ and Gaussian J_ij of variance J²/N, N → ∞.

    Raises
    ------
    SolveError
        If J is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> from glasswell.theory import Model, solve
    >>> spectrum = solve(Model(gamma=0.4)).hessian_spectrum
    >>> spectrum.density(np.array([0.4, 2.5, 4.6])).round(4)  # a semicircle about k/γ = 2.5
    array([0.    , 0.3183, 0.    ])
    """

    stiffness: Stiffness
    J: float

    def __post_init__(self) -> None:
        if not self.J > 0.0:
            raise SolveError("without couplings, J = 0, the Hessian is diagonal: its spectrum is μ")

    @classmethod
    def of(cls, levels: Levels) -> HessianSpectrum:
        """The spectrum at the minima that a solution's P_k(h) and C describe: ``Solution.levels``.

        Raises
        ------
        SolveError
            If T > 0, or J = 0.
        """
        return cls(Stiffness.of(levels), levels.model.J)

    @cached_property
    def bands(self) -> Floats:
        """Intervals of λ that hold eigenvalues, (b, 2)."""
        x = self._x_bands.ravel()
        m = self.stiffness.inverse(x.astype(np.complex128)).real
        return np.asarray((x - self.J**2 * m).reshape(-1, 2))

    @property
    def lower_edge(self) -> float:
        """The smallest eigenvalue; negative where the theory's minima are not minima."""
        return float(self.bands[0, 0])

    @property
    def upper_edge(self) -> float:
        """The largest eigenvalue; where P_k has tails, that of the largest field considered."""
        return float(self.bands[-1, 1])

    def density(self, eigenvalue: ArrayLike) -> Floats:
        """ρ(λ) per site, ∫ρ dλ = 1; any shape."""
        z, inside = self._located(eigenvalue)
        rho = np.zeros(z.shape)
        rho[inside] = self._w(z[inside]).imag / (np.pi * self.J**2)
        return rho

    def frequency_density(self, frequency: ArrayLike) -> Floats:
        """D(ω) = 2ω ρ(ω²): modes per site and frequency ω = √λ, for mass 1."""
        omega = np.asarray(frequency, dtype=np.float64)
        return np.asarray(2 * omega * self.density(omega**2))

    def count_below(self, eigenvalue: ArrayLike) -> Floats:
        """∫_{-∞}^λ ρ = (1/π) Im[-∫dμ ln(s - w) - J² m(w)²/2], an integral of G dz = m (dz/dw) dw.

        Exact means of ρ over bins are differences of this.
        """
        z, inside = self._located(eigenvalue)
        bands_below = np.searchsorted(self.bands.mean(axis=1), z)
        weights = [self.stiffness.weight_in(left, right) for left, right in self._x_bands]
        count = np.array(np.concatenate([[0.0], np.cumsum(weights)])[bands_below])
        w = self._w(z[inside])
        potential = self.stiffness.logarithm(w) + self.J**2 * self.stiffness.inverse(w) ** 2 / 2
        count[inside] = -potential.imag / np.pi
        return count

    def participation(self, eigenvalue: ArrayLike) -> Floats:
        """Participation ratio (Σψ_i²)²/(N Σψ_i⁴) of eigenvectors at λ; NaN where there are none.

        Components are Gaussian with variance J²/(N |s_i - w|²): the ratio is
        1/(3 J⁴ ∫dμ/|s - w|⁴), which is 1/3 where all sites are alike.
        """
        z, inside = self._located(eigenvalue)
        ratio = np.full(z.shape, np.nan)
        w = self._w(z[inside])
        ratio[inside] = 1 / (3 * self.J**4 * self._inverse_fourth(w))
        return ratio

    @property
    def inverse_trace(self) -> float:
        """G(0) = lim Tr (∂²U)⁻¹/N; NaN unless 0 lies below the spectrum.

        It equals the solution's C_reg where v* does not jump (C_jump = 0).
        """
        if self.lower_edge <= 0.0:
            return np.nan
        return float(self.stiffness.inverse(self._w_of_zero).real[0])

    @property
    def inverse_square_trace(self) -> float:
        """G'(0) = lim Tr (∂²U)⁻²/N, the χ_SG of one minimum; ∞ unless 0 lies below the spectrum."""
        if self.lower_edge <= 0.0:
            return np.inf
        slope = float(self.stiffness.inverse_square(self._w_of_zero).real[0])
        return slope / (1 - self.J**2 * slope)

    @cached_property
    def _w_of_zero(self) -> Complexes:
        """w at z = 0, (1,): it lies between 0, where z < 0, and the first band."""

        def z(x: float) -> float:
            return float(x - self.J**2 * self.stiffness.inverse(np.array([x + 0j])).real[0])

        return np.array([_root(z, 0.0, float(self._x_bands[0, 0])) + 0j])

    @cached_property
    def _x_bands(self) -> Floats:
        """Intervals of x with y > 0, (b, 2): everything but the parts of gaps with J² m' < 1."""
        ends = [end for gap in self.stiffness.gaps() for end in self._without_modes(*gap)]
        return np.array(ends[1:-1]).reshape(-1, 2)

    def _without_modes(self, left: float, right: float) -> list[float]:
        """Ends of the interval in a gap of μ where J² m' < 1; m' is convex there."""

        def excess(x: float) -> float:
            return self.J**2 * float(self.stiffness.inverse_square(np.array([x + 0j])).real[0]) - 1

        margin = EDGE * (self.stiffness.upper.max() - self.stiffness.lower[0] + self.J)
        # Farther than J from all of μ, m' < 1/J².
        low = left + margin if np.isfinite(left) else right - self.J - margin
        high = right - margin if np.isfinite(right) else left + self.J + margin
        # Where μ fades out m' stays below 1/J², and the band ends with μ itself; there m of a piece
        # is infinite, and next to it is not.
        if not np.isfinite(left):
            return [left, _root(excess, low, high) if excess(high) > 0 else high]
        if not np.isfinite(right):
            return [_root(excess, low, high) if excess(low) > 0 else low, right]
        if high <= low:
            return []
        lowest = optimize.minimize_scalar(excess, bounds=(low, high), method="bounded").x
        if excess(lowest) >= 0.0:
            return []
        return [_root(excess, low, lowest), _root(excess, lowest, high)]

    @cached_property
    def _scan(self) -> tuple[Floats, Complexes]:
        """λ, increasing, and w at points x that resolve the bands, their edges and μ."""
        grid = []
        quantiles = self.stiffness.quantiles(SCAN)
        for left, right in self._x_bands:
            edges = (1 - np.cos(np.linspace(0, np.pi, SCAN))) / 2
            x = np.concatenate(
                [
                    left + (right - left) * np.array([NEAR, 1 - NEAR]),
                    left + (right - left) * edges,
                    left + (quantiles[0] - left) * edges,
                    left + (quantiles[SCAN // 2] - left) * edges,
                    quantiles,
                ]
            )
            grid.append(np.unique(x[(x > left) & (x < right)]))
        x = np.concatenate(grid)
        w = x + 1j * self._y(x)
        z = (w - self.J**2 * self.stiffness.inverse(w)).real
        order = np.argsort(z)
        return z[order], w[order]

    def _y(self, x: Floats) -> Floats:
        """y > 0 with ∫dμ/((s - x)² + y²) = 1/J², by Newton's iteration for t = y².

        1/∫dμ/((s - x)² + t) is concave in t: from below, steps never overshoot.
        """
        t = np.full(x.shape, self.J**2)
        active = np.ones(x.shape, dtype=bool)
        for _ in range(100):
            w = x[active] + 1j * np.sqrt(t[active])
            second = self.stiffness.inverse(w).imag / w.imag
            step = (self.J**2 - 1 / second) * second**2 / self._inverse_fourth(w)
            new = np.where(t[active] + step > 0, t[active] + step, t[active] / 100)
            moved = np.abs(new - t[active]) > 1e-10 * t[active]
            t[active] = new
            active[active] = moved & (new > 1e-20 * self.J**2)
            if not active.any():
                break
        return np.asarray(np.sqrt(t))

    def _inverse_fourth(self, w: Complexes) -> Floats:
        """∫dμ/|s - w|⁴ = [Im m/y - Re m']/(2 y²)."""
        second = self.stiffness.inverse(w).imag / w.imag
        return np.asarray((second - self.stiffness.inverse_square(w).real) / (2 * w.imag**2))

    def _w(self, z: Floats) -> Complexes:
        """w with w - J² m(w) = z for z inside a band, by Newton's iteration from the scan."""
        known, w_known = self._scan
        # ρ² is linear where a band begins or ends.
        w = np.interp(z, known, w_known.real) + 1j * np.sqrt(np.interp(z, known, w_known.imag**2))
        unit = self.J + abs(self.stiffness.mean)
        active = np.arange(len(z))
        for _ in range(NEWTON_STEPS):
            here = w[active]
            mismatch = here - self.J**2 * self.stiffness.inverse(here) - z[active]
            wrong = np.abs(mismatch) > PRECISION * unit
            active, here, mismatch = active[wrong], here[wrong], mismatch[wrong]
            if not len(active):
                return w
            step = mismatch / (1 - self.J**2 * self.stiffness.inverse_square(here))
            # Not beyond the real axis: the conjugate root lies there.
            shorten = np.minimum(1.0, here.imag / (2 * np.abs(step)))
            w[active] = here - shorten * step
        w[active] = self._between(z[active])
        return w

    def _between(self, z: Floats) -> Complexes:
        """The same by bisection in x, along which λ(x) increases: slow and sure.

        Where μ is thin, y is less than the width of a piece, and Newton's steps see its ends.
        """
        known, w_known = self._scan
        after = np.searchsorted(known, z)
        low, high = w_known.real[after - 1], w_known.real[after]
        for _ in range(BISECTIONS):
            x = (low + high) / 2
            w = x + 1j * self._y(x)
            above = (w - self.J**2 * self.stiffness.inverse(w)).real > z
            low, high = np.where(above, low, x), np.where(above, x, high)
        return w

    def _located(self, eigenvalue: ArrayLike) -> tuple[Floats, Bools]:
        """The eigenvalues, and which of them lie within a band."""
        z = np.asarray(eigenvalue, dtype=np.float64)
        inside = np.any([(z > left) & (z < right) for left, right in self.bands], axis=0)
        # Between an edge and the scan's nearest point ρ vanishes within rounding.
        return z, inside & (z > self._scan[0][0]) & (z < self._scan[0][-1])


def _root(function: Callable[[float], float], left: float, right: float) -> float:
    return float(optimize.brentq(function, left, right, xtol=1e-14, rtol=1e-14))
