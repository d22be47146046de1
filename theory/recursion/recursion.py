"""The k-step recursion: from overlaps and breakpoints to free energy and stationarity.

One code for every k: RS is k = 0, 1RSB is k = 1. Breakpoints are y_l = β m_l throughout, which
stay finite at T = 0 (physics.md §2). A step of the recursion is a stochastic matrix between the
fields of one level and those of the next,

    W_l(h → h') = N(h' - h; J² (q_l - q_{l-1})) exp{ y_l [g_l(h') - g_{l-1}(h)] } dh',

so that P_l = P_{l-1} W_l and g_{l-1}' = W_l g_l': what is integrated is always a probability.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .._typing import Floats
from ..model.model import Model, Sites
from ..numerics.quadrature import ORDER, panel_rule
from ..site.ground import PANEL_IN_SIGMAS, SingleSite, SiteGrid
from ..site.thermal import single_site
from .kernel import TAIL, Transition, UnresolvedError, gaussian, transition

MAX_NODES = 12_000
"""Fields of one level, at most; finer ones are refused, not approximated."""


@dataclass(frozen=True)
class Order:
    """What the free energy is stationary in: p, C, q_0 ≤ … ≤ q_k and y_1 < … < y_k."""

    p: float
    C: float
    q: Floats
    y: Floats

    @property
    def rsb(self) -> int:
        """The number k of steps."""
        return len(self.y)


@dataclass(frozen=True)
class Level:
    """One level l: its fields h, their probabilities P_l(h) dh, and g_l, g_l' there; all (n,).

    g_l is relative to g_k(0). On a folded level h ≥ 0 stands for both signs and the probabilities
    add up to one there.
    """

    h: Floats
    mass: Floats
    g: Floats
    slope: Floats


@dataclass(frozen=True)
class Recursion:
    """Levels 0 … k at given order parameters, and the moments that the saddle point needs.

    ``curvature`` and ``potential`` are g_k'' (without jumps) and ⟨W⟩ at the fields of level k,
    ``gaps`` and ``gains`` (k,) what ``overlaps`` and ``mean_g`` rise by from level to level: as
    differences they would drown in rounding where breaking is weak.
    """

    model: Model
    order: Order
    temperature: float
    site: SingleSite
    curvature: Floats
    potential: Floats
    folded: bool
    levels: tuple[Level, ...]
    gaps: Floats = field(default_factory=lambda: np.zeros(0), kw_only=True)
    gains: Floats = field(default_factory=lambda: np.zeros(0), kw_only=True)

    @property
    def parts(self) -> tuple[tuple[float, Recursion], ...]:
        """Weights and recursions of the different kinds of sites: all are alike."""
        return ((1.0, self),)

    @cached_property
    def free_energy(self) -> float:
        """f = J0 p²/2 + (J²/4) [C (q̂ + q_k) + Σ y_l (q_l² - q_{l-1}²)] - ∫P_0 g_0."""
        mean_field = self.model.J0 * self.order.p**2 / 2
        return float(mean_field + self._coupling / 4 - self.mean_g[0] - self._g_at_zero)

    @cached_property
    def energy(self) -> float:
        """u = -J0 p²/2 - (J²/2) [C (q̂ + q_k) + Σ y_l (q_l² - q_{l-1}²)] + ∫P_k ⟨G/γ - H v⟩.

        The terms in J are those of Gaussian integration by parts (physics.md §5).
        """
        order, model = self.order, self.model
        bonds = -model.J0 * order.p**2 / 2 - self._coupling / 2
        site = self.levels[-1].mass @ self.potential + model.J**2 * order.C * self.q_hat / 2
        return float(bonds + site - model.field * order.p)

    @property
    def q_hat(self) -> float:
        """q̂ = q_k + T C."""
        return float(self.order.q[-1] + self.temperature * self.order.C)

    @property
    def _coupling(self) -> float:
        """J² [C (q̂ + q_k) + Σ y_l (q_l² - q_{l-1}²)] = β J² [q̂² - q_k² + Σ m_l (q_l² - …)]."""
        order = self.order
        steps = np.dot(order.y, np.diff(order.q**2))
        return float(self.model.J**2 * (order.C * (self.q_hat + order.q[-1]) + steps))

    @cached_property
    def polarisation(self) -> float:
        """∫P_k ⟨v⟩."""
        return 0.0 if self.folded else float(self.levels[-1].mass @ self.levels[-1].slope)

    @cached_property
    def overlaps(self) -> Floats:
        """∫P_l (g_l')² for l = 0 … k."""
        return np.array([level.mass @ level.slope**2 for level in self.levels])

    @cached_property
    def mean_g(self) -> Floats:
        """∫P_l g_l - g_k(0) for l = 0 … k."""
        return np.array([level.mass @ level.g for level in self.levels])

    @cached_property
    def _g_at_zero(self) -> float:
        return float(self.site.g(np.zeros(1))[0])

    @cached_property
    def C_reg(self) -> float:
        """∫P_k g_k'' without the jumps of ⟨v⟩."""
        return float(self.levels[-1].mass @ self.curvature)

    @cached_property
    def C_jump(self) -> float:
        """Σ Δv P_k(h) over the jumps of v*(h); zero for T > 0."""
        signs = [
            (jump, sign) for jump in self.site.jumps for sign in ((1,) if jump.h == 0 else (1, -1))
        ]
        if not signs:
            return 0.0
        density = self.field_density(np.array([sign * jump.h for jump, sign in signs]))
        return float(np.dot(density, [jump.size for jump, _ in signs]))

    @property
    def response(self) -> float:
        """∫P_k g_k'', jumps of ⟨v⟩ included: C at the saddle point."""
        return self.C_reg + self.C_jump

    @cached_property
    def replicon(self) -> float:
        """λ = 1 - J² ∫P_k (g_k'')², which is -∞ where ⟨v⟩ jumps at a field that occurs."""
        return -np.inf if self.C_jump > 0 else 1.0 - self.model.J**2 * self.curvature_squared

    @cached_property
    def curvature_squared(self) -> float:
        """∫P_k (g_k'')² without the jumps of ⟨v⟩."""
        return float(self.levels[-1].mass @ self.curvature**2)

    @cached_property
    def susceptibility(self) -> float:
        """χ = ∫P_0 g_0'' = C + Σ y_l (q_l - q_{l-1}), the response of p to H + J0 p.

        The second form follows from g_{l-1}'' = W_l [g_l'' + y_l (g_l')²] - y_l (g_{l-1}')².
        """
        return float(self.order.C + np.dot(self.order.y, np.diff(self.order.q)))

    @cached_property
    def reach(self) -> float:
        """The largest |h| that occurs."""
        return _reach(self.site, self.model, self.order)

    def of_sites(self, kinds: Sites) -> tuple[tuple[float, Recursion], ...]:
        """Weights and recursions of other kinds of sites at the same order parameters."""
        return recursions(kinds, self.order, self.temperature)

    def field_density(self, h: Floats) -> Floats:
        """P_k(h) on the whole axis, at any h; zero everywhere if P_k is a point mass."""
        order, variance = self.order, self.model.J**2 * np.diff(self.order.q, prepend=0.0)
        centre = field_centre(self.model, order.p)
        if order.q[-1] * self.model.J == 0.0:
            return np.zeros_like(h)
        if order.rsb == 0:
            return gaussian(h - centre, variance[0], np.zeros(()))
        below = self.levels[-2]
        tilt = order.y[-1] * ((self.site.g(h) - self._g_at_zero)[:, None] - below.g)
        kernel = gaussian(h[:, None] - below.h, variance[-1], tilt)
        if self.folded:
            kernel = (kernel + gaussian(h[:, None] + below.h, variance[-1], tilt)) / 2
        return np.asarray(kernel @ below.mass)


def recursions(
    kinds: Sites, order: Order, temperature: float, *, resolution: float = 1.0
) -> tuple[tuple[float, Recursion], ...]:
    """Weights and recursions of several kinds of sites at the same order parameters."""
    return tuple(
        (weight, recursion(site, order, temperature, resolution=resolution))
        for weight, site in kinds
    )


def field_centre(model: Model, p: float) -> float:
    """H + J0 p, the mean of P_0."""
    return model.field + model.J0 * p


def recursion(
    model: Model, order: Order, temperature: float = 0.0, *, resolution: float = 1.0
) -> Recursion:
    """Run the k-step recursion for given order parameters, stationary or not.

    Parameters
    ----------
    model
        The model.
    order
        p, C, q_0 < … < q_k and y_1 … y_k. q_0 = 0 is allowed; q_k = 0 for k = 0 only.
    temperature
        T ≥ 0; y_k < 1/T.
    resolution
        Scales the number of quadrature panels.

    Raises
    ------
    UnresolvedError
        If two overlaps are too close for MAX_NODES fields.
    """
    site = single_site(model, order.C, temperature)
    centre = field_centre(model, order.p)
    folded = centre == 0.0
    if order.q[-1] * model.J == 0.0:
        h = np.array([centre])
        curvature, potential = site.response(h), site.potential(h)
        levels: tuple[Level, ...] = (
            Level(h, np.ones(1), site.g(h) - site.g(0 * h), site.slope(h)),
        )
        return Recursion(model, order, temperature, site, curvature, potential, folded, levels)
    variance = model.J**2 * np.diff(order.q, prepend=0.0)
    narrowest = float(np.sqrt(variance[1:].min() if order.rsb else variance[0]))
    if narrowest == 0.0:
        raise UnresolvedError("two overlaps are equal")
    reach = _reach(site, model, order)
    nodes = (1 if folded else 2) * reach / narrowest * ORDER / PANEL_IN_SIGMAS
    if order.rsb > 0 and nodes > MAX_NODES:
        raise UnresolvedError(f"Gaussians of width {narrowest:.1e} on fields up to {reach:.1e}")
    grid = site.grid(reach, narrowest, folded=folded, resolution=resolution)
    gaps = gains = np.zeros(0)
    if order.rsb == 0:
        mass = gaussian(grid.h - centre, variance[0], np.zeros(())) * grid.weight * (1 + folded)
        levels = (Level(grid.h, mass, grid.g, grid.slope),)
    else:
        root, root_mass = _root(centre, variance[0], variance[1], folded, resolution)
        levels, gaps, gains = _levels(order.y, variance, grid, root, root_mass)
    return Recursion(
        model,
        order,
        temperature,
        site,
        grid.curvature,
        grid.potential,
        folded,
        levels,
        gaps=gaps,
        gains=gains,
    )


def _levels(
    y: Floats, variance: Floats, grid: SiteGrid, root: Floats, root_mass: Floats
) -> tuple[tuple[Level, ...], Floats, Floats]:
    """Down from g_k to g_0, then up again from P_0 to P_k; gaps and gains on the way."""
    k = len(y)
    h, g, slope = grid.h, grid.g, grid.slope
    down = [(h, g, slope)]
    steps: list[Transition] = []
    for step in range(k, 0, -1):
        h = grid.h if step > 1 else root
        steps.append(transition(h, grid, g, slope, y[step - 1], variance[step]))
        g, slope = steps[-1].g, steps[-1].slope
        down.append((h, g, slope))
    levels = [Level(down[k][0], root_mass, *down[k][1:])]
    gaps, gains = [], []
    for (h, g, slope), step_up in zip(down[k - 1 :: -1], reversed(steps), strict=True):
        mass = levels[-1].mass
        gaps.append(float(mass @ step_up.spread))
        gains.append(float(mass @ step_up.gain))
        levels.append(Level(h, mass @ step_up.even, g, slope))
    return tuple(levels), np.array(gaps), np.array(gains)


def _root(
    centre: float, variance: float, next_variance: float, folded: bool, resolution: float
) -> tuple[Floats, Floats]:
    """Fields and probabilities of P_0 = Normal(centre, variance)."""
    if variance == 0.0:
        return np.array([centre]), np.ones(1)
    # What is averaged over P_0, (g_0')² say, is a square of what N(·; next_variance) has smoothed.
    widest = PANEL_IN_SIGMAS / float(np.sqrt(1 + 2 * variance / next_variance)) / resolution
    panels = int(np.ceil(TAIL / widest))
    z, dz = panel_rule(
        np.linspace(0.0 if folded else -TAIL, TAIL, (1 if folded else 2) * panels + 1)
    )
    mass = gaussian(z, 1.0, np.zeros(())) * dz
    return centre + np.sqrt(variance) * z, mass / mass.sum()


def _reach(site: SingleSite, model: Model, order: Order) -> float:
    """The largest |h| needed: P_k is a Gaussian of variance J² q_k, tilted by exp(y_l g_l).

    A step's tilt moves its Gaussian by at most J² y_l (q_l - q_{l-1}) v*(reach).
    """
    spread = abs(field_centre(model, order.p)) + TAIL * model.J * float(np.sqrt(order.q[-1]))
    pull = model.J**2 * float(np.dot(order.y, np.diff(order.q)))
    if pull == 0:
        return spread
    reach = spread
    for _ in range(100):
        new = spread + pull * float(site.slope(np.array([reach]))[0])
        if abs(new - reach) < 1e-3 * reach:
            break
        reach = new
    return reach
