"""RS and 1RSB at T = 0 against a second implementation that shares nothing with the package.

It starts from the functional f of physics.md §2. The global minimiser v*(h) is the closed form of
the cubic; integrals are taken in u with h = ± u³, which is smooth at the kink even at the onset of
double wells, by scipy's adaptive quad for RS and by one long Gauss rule on each side for 1RSB,
where the outer average is a trapezoidal rule and a test doubles both. C is never
built from dv*/dh and a jump but by integrating by parts, C = -∫ v* dP_k, which has the jump in it:

    RS    C = E[z v*]/(J √q)
    1RSB  C = E_0[⟨z_1 v*⟩]/(J √(q_1 - q_0)) - y E_0[⟨v*²⟩].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from glasswell.theory import Model, Solution
from numpy.typing import NDArray
from scipy import integrate, optimize, special

Floats = NDArray[np.float64]

AGREE = 1e-8
"""Relative: both sides stop at residuals of 1e-10 or less, and the softest combination of C, q and
y amplifies a residual some 30 times."""

Z_MAX = 9.0
"""Gaussians are cut where 2e-19 of them is left."""


def minimiser(h: Floats | float, C: float, model: Model) -> Floats:
    """v*(h) of the quartic: the root of a v³/(6γ) - B v = h with the sign of h, B = J²C - k/γ."""
    B = model.J**2 * C - model.k / model.gamma
    h = np.asarray(h, dtype=float)
    size = np.abs(h)
    radius = 2 * np.sqrt(2 * model.gamma * abs(B) / model.a)
    ratio = size / (2 / 3 * abs(B) * np.sqrt(2 * model.gamma * abs(B) / model.a))
    if B < 0:
        v = radius * np.sinh(np.arcsinh(ratio) / 3)
    else:
        inside = np.cos(np.arccos(np.minimum(ratio, 1.0)) / 3)
        v = radius * np.where(ratio < 1, inside, np.cosh(np.arccosh(np.maximum(ratio, 1.0)) / 3))
    return np.asarray(np.copysign(v, h))


def depth(h: Floats | float, C: float, model: Model) -> Floats:
    """g(h) = -min_v U_eff(v; h)."""
    v = minimiser(h, C, model)
    W = (model.k / model.gamma - model.J**2 * C) * v**2 / 2 + model.a * v**4 / (24 * model.gamma)
    return np.asarray(h * v - W)


@dataclass(frozen=True)
class Expected:
    """Every number that a Solution is held against."""

    free_energy: float
    C: float
    p: float
    q: Floats
    y: Floats
    P_h0: float
    dwp_fraction: float
    P0: float


def spinodal(C: float, model: Model) -> tuple[float, float]:
    """(h_s, v_0): the spinodal field, and the minimum at h = 0; zeros without double wells."""
    B = max(model.J**2 * C - model.k / model.gamma, 0.0)
    reach = np.sqrt(2 * model.gamma * B / model.a)
    return 2 / 3 * B * reach, np.sqrt(3) * reach


# ---------------------------------------------------------------- replica symmetry


def rs_average(function: Callable[[float], float], centre: float, sigma: float) -> float:
    """E f(centre + σ z), by quad in u with h = ± u³."""
    total = 0.0
    for sign in (1.0, -1.0):
        middle = np.cbrt(max(sign * centre, 0.0))
        ends = [max(sign * centre + s * Z_MAX * sigma, 0.0) for s in (-1, 1)]
        low, high = np.cbrt(ends)
        if high == low:
            continue

        def integrand(u: float, sign: float = sign) -> float:
            h = sign * u**3
            weight = np.exp(-((h - centre) ** 2) / (2 * sigma**2)) / np.sqrt(2 * np.pi)
            return float(function(h) * weight / sigma * 3 * u**2)

        points = [middle] if low < middle < high else None
        value, _ = integrate.quad(
            integrand, low, high, points=points, epsabs=1e-13, epsrel=1e-12, limit=200
        )
        total += value
    return total


def rs_free_energy(C: float, q: float, p: float, model: Model) -> float:
    """f = J0 p²/2 + J² C q/2 - E g."""
    sigma, centre = model.J * np.sqrt(q), model.field + model.J0 * p
    g = rs_average(lambda h: float(depth(h, C, model)), centre, sigma)
    return float(model.J0 * p**2 / 2 + model.J**2 * C * q / 2 - g)


def rs_expected(model: Model, start: tuple[float, float, float]) -> Expected:
    """Solve q = E v*², p = E v*, C = E[z v*]/(J√q) from rough values of C, q and p."""
    symmetric = start[2] == 0

    def unpack(x: Floats) -> tuple[float, float, float]:
        C, q = np.exp(x[:2])
        return float(C), float(q), 0.0 if symmetric else float(x[2] * np.sqrt(q))

    def mismatch(x: Floats) -> list[float]:
        C, q, p = unpack(x)
        sigma, centre = model.J * np.sqrt(q), model.field + model.J0 * p

        def moment(power: int, order: int) -> float:
            return rs_average(
                lambda h: float(((h - centre) / sigma) ** order * minimiser(h, C, model) ** power),
                centre,
                sigma,
            )

        rows = [moment(1, 1) / (sigma * C) - 1, moment(2, 0) / q - 1]
        return rows if symmetric else [*rows, (moment(1, 0) - p) / np.sqrt(q)]

    C, q, p = start
    x = [np.log(C), np.log(q)] + ([] if symmetric else [p / np.sqrt(q)])
    root = optimize.root(mismatch, x, tol=1e-13)
    assert np.abs(mismatch(root.x)).max() < 1e-11
    C, q, p = unpack(root.x)
    sigma, centre = model.J * np.sqrt(q), model.field + model.J0 * p
    h_s, v_0 = spinodal(C, model)
    P_h0 = float(np.exp(-((centre / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi)))
    upper, lower = (s * h_s - centre for s in (1, -1))
    inside = float(special.ndtr(upper / sigma) - special.ndtr(lower / sigma))
    return Expected(
        rs_free_energy(C, q, p, model),
        C,
        p,
        np.array([q]),
        np.zeros(0),
        P_h0,
        inside,
        P_h0 / v_0 if v_0 > 0 else 0.0,
    )


# ---------------------------------------------------------------- one step of breaking


def one(h: Floats, _: Floats) -> Floats:
    """The constant moment."""
    return np.ones_like(h)


@dataclass(frozen=True)
class OneStep:
    """The nested integrals of 1RSB at given order parameters."""

    model: Model
    C: float
    q_0: float
    q_1: float
    y: float
    p: float
    nodes: int = 120
    spacing: float = 0.2

    @property
    def sigma(self) -> float:
        """Width of the inner Gaussian."""
        return float(self.model.J * np.sqrt(self.q_1 - self.q_0))

    def roots(self) -> tuple[Floats, Floats]:
        """Fields and weights of the outer average: the trapezoidal rule, exponentially accurate
        for what is analytic, on the scale of the inner Gaussian and of wells that exchange."""
        centre = self.model.field + self.model.J0 * self.p
        if self.q_0 == 0:
            return np.array([centre]), np.ones(1)
        width = self.model.J * np.sqrt(self.q_0)
        step = min(0.3, self.spacing * self.sigma / width)
        z = np.arange(-Z_MAX, Z_MAX, step)
        return centre + width * z, step * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

    def inner(self, *moments: Callable[[Floats, Floats], Floats], limit: float = np.inf) -> Floats:
        """∫ dh N(h - h_0; σ²) exp(y g(h) - top) moment(h, z) over |h| < limit, (moments, roots).

        On each side of the kink, and for each root, u = |h|^(1/3) runs over what matters: the
        tilt moves the Gaussian by at most y σ² v*(largest h).
        """
        h_0, _ = self.roots()
        sigma, top = self.sigma, self.top()
        reach = float(np.abs(h_0).max()) + Z_MAX * sigma
        span = Z_MAX * sigma
        for _ in range(50):
            span = Z_MAX * sigma + self.y * sigma**2 * float(minimiser(reach, self.C, self.model))
            reach = float(np.abs(h_0).max()) + span
        t, dt = np.polynomial.legendre.leggauss(self.nodes)
        total = np.zeros((len(moments), len(h_0)))
        for sign in (1.0, -1.0):
            low, high = (np.cbrt(np.clip(sign * h_0 + s * span, 0.0, limit)) for s in (-1, 1))
            u = ((low + high) + t[:, None] * (high - low)) / 2
            h = sign * u**3
            z = (h - h_0) / sigma
            tilt = self.y * depth(h, self.C, self.model) - z**2 / 2 - top
            weight = dt[:, None] * np.exp(tilt) * 3 * u**2 * (high - low) / 2
            total += [np.sum(weight * f(h, z), axis=0) for f in moments]
        return np.asarray(total / (np.sqrt(2 * np.pi) * sigma))

    def top(self) -> Floats:
        """The largest exponent of the inner integral, roughly: nothing may overflow."""
        h_0, _ = self.roots()
        z = np.linspace(-Z_MAX, Z_MAX, 181)[:, None]
        tilt = self.y * depth(h_0 + self.sigma * z, self.C, self.model) - z**2 / 2
        return np.asarray(tilt.max(axis=0))

    def free_energy(self) -> float:
        """f = J0 p²/2 + J² [C q_1/2 + y (q_1² - q_0²)/4] - E_0 ln(E_1 e^{y g})/y."""
        _, weight = self.roots()
        norm = self.inner(one)[0]
        g_0 = (np.log(norm) + self.top()) / self.y
        J, J0 = self.model.J, self.model.J0
        mean_field = self.C * self.q_1 / 2 + self.y * (self.q_1**2 - self.q_0**2) / 4
        return float(J0 * self.p**2 / 2 + J**2 * mean_field - weight @ g_0)

    def mismatches(self) -> dict[str, float]:
        """Each stationarity equation, divided by its own scale."""

        def v(h: Floats) -> Floats:
            return minimiser(h, self.C, self.model)

        _, weight = self.roots()
        norm, mean, square, noise, g_1 = self.inner(
            one,
            lambda h, _: v(h),
            lambda h, _: v(h) ** 2,
            lambda h, z: z * v(h),
            lambda h, _: depth(h, self.C, self.model),
        )
        mean, square, noise, g_1 = (m / norm for m in (mean, square, noise, g_1))
        g_0 = (np.log(norm) + self.top()) / self.y
        C = weight @ (noise / self.sigma - self.y * square)
        rise = self.model.J**2 * (self.q_1**2 - self.q_0**2) / 4
        return {
            "C": C / self.C - 1,
            "q_1": weight @ square / self.q_1 - 1,
            "q_0": (weight @ mean**2 - self.q_0) / self.q_1,
            "y": weight @ (g_1 - g_0) / (self.y * rise) - 1,
            "p": (weight @ mean - self.p) / np.sqrt(self.q_1),
        }

    def field_density(self, h: float) -> float:
        """P_1(h) = ∫ dP_0(h_0) N(h - h_0; σ²) exp(y [g_1(h) - g_0(h_0)])."""
        h_0, weight = self.roots()
        norm = self.inner(one)[0]
        tilt = self.y * depth(h, self.C, self.model) - self.top()
        tilt = tilt - ((h - h_0) / self.sigma) ** 2 / 2
        return float(weight @ (np.exp(tilt) / norm) / (np.sqrt(2 * np.pi) * self.sigma))

    def fraction_below(self, limit: float) -> float:
        """∫ P_1 over |h| < limit."""
        _, weight = self.roots()
        return float(weight @ (self.inner(one, limit=limit)[0] / self.inner(one)[0]))


@cache
def weak_glass() -> tuple[Model, Expected]:
    """γ = 2 in 1RSB, solved here."""
    model, start = ONE_STEP_CASES["weak glass"]
    return model, one_step_expected(model, **start)


def one_step_expected(
    model: Model,
    *,
    C: float,
    q_0: float,
    q_1: float,
    y: float,
    p: float,
    y_is_free: bool = True,
) -> Expected:
    """Solve the 1RSB equations from rough values; p = 0 stays zero by symmetry."""
    free = [
        "C",
        "q_1",
        "q_0",
        *(["y"] if y_is_free else []),
        *([] if p == 0 else ["p"]),
    ]

    def unpack(x: Floats) -> OneStep:
        C, gap, q_0 = (float(value) for value in np.exp(x[:3]))
        q_1 = q_0 + gap
        return OneStep(
            model,
            C,
            q_0,
            q_1,
            float(np.exp(x[3])) if y_is_free else y,
            0.0 if p == 0 else float(x[-1] * np.sqrt(q_1)),
        )

    def mismatch(x: Floats) -> list[float]:
        at = unpack(x).mismatches()
        return [at[name] for name in free]

    x = [
        *np.log([C, q_1 - q_0, q_0]),
        *([np.log(y)] if y_is_free else []),
        *([] if p == 0 else [p / np.sqrt(q_1)]),
    ]
    root = optimize.root(mismatch, x, tol=1e-13)
    assert np.abs(mismatch(root.x)).max() < 1e-10
    at = unpack(root.x)
    h_s, v_0 = spinodal(at.C, model)
    P_h0 = at.field_density(0.0)
    return Expected(
        at.free_energy(),
        at.C,
        at.p,
        np.array([at.q_0, at.q_1]),
        np.array([at.y]),
        P_h0,
        at.fraction_below(h_s) if h_s > 0 else 0.0,
        P_h0 / v_0 if v_0 > 0 else 0.0,
    )


def assert_agrees(solution: Solution, expected: Expected) -> None:
    """Every number of the solution is the expected one."""
    assert solution.converged
    numbers = solution.to_dict()
    for name in ("free_energy", "C", "p", "P_h0", "dwp_fraction", "P0"):
        wanted = getattr(expected, name)
        assert numbers[name] == pytest.approx(wanted, rel=AGREE, abs=1e-12), name
    np.testing.assert_allclose(solution.overlaps, expected.q, rtol=AGREE)
    np.testing.assert_allclose(solution.breakpoints, expected.y, rtol=AGREE)


RS_CASES = {
    # The last three numbers are where the search starts: C, q, p.
    "glass": (Model(gamma=10.0), (0.9, 90.0, 0.0)),
    "weak glass": (Model(gamma=2.0), (0.9, 13.0, 0.0)),
    "no double wells": (Model(gamma=0.7), (0.9, 1.0, 0.0)),
    "polarised glass": (Model(gamma=10.0, J0=1.6), (0.4, 100.0, 8.6)),
    "polarised": (Model(gamma=2.0, J0=3.0), (0.14, 30.0, 5.5)),
    "field": (Model(gamma=10.0, field=-3.0), (0.9, 90.0, -2.5)),
    "polarised in a field": (Model(gamma=4.0, J0=1.2, field=0.5), (0.4, 30.0, 4.0)),
    "weak disorder": (Model(gamma=6.0, J=0.6, a=2.5), (1.4, 8.0, 0.0)),
    "double well on site": (Model(gamma=1.0, k=-1.0, a=6.0), (0.6, 2.0, 0.0)),
}


@pytest.mark.parametrize("case", RS_CASES)
def test_replica_symmetric_numbers(case: str, solved: Callable[..., Solution]) -> None:
    """RS: f, C, q, p, P(h=0), double-well fraction and P0 from the functional alone."""
    model, start = RS_CASES[case]
    assert_agrees(solved(model, 0), rs_expected(model, start))


ONE_STEP_CASES: dict[str, tuple[Model, dict[str, Any]]] = {
    "glass": (Model(gamma=10.0), {"C": 0.55, "q_0": 51.0, "q_1": 88.0, "y": 0.011, "p": 0.0}),
    "weak glass": (Model(gamma=2.0), {"C": 0.64, "q_0": 7.4, "q_1": 13.0, "y": 0.059, "p": 0.0}),
    "field": (
        Model(gamma=10.0, field=0.5),
        {"C": 0.55, "q_0": 51.5, "q_1": 88.0, "y": 0.011, "p": 0.48},
    ),
}


@pytest.mark.parametrize("case", ONE_STEP_CASES)
def test_one_step_numbers(case: str, solved: Callable[..., Solution]) -> None:
    """1RSB: the same numbers and y, q_0 included: nothing makes q_0 vanish without a field."""
    model, start = ONE_STEP_CASES[case]
    assert_agrees(solved(model, 1), one_step_expected(model, **start))


@pytest.mark.parametrize(
    "model", [Model(gamma=10.0, J0=1.6), Model(gamma=6.0, J=0.7, J0=1.0, a=0.4, field=0.3)]
)
def test_polarised_one_step_satisfies_the_equations(
    model: Model, solved: Callable[..., Solution]
) -> None:
    """Where q_0 and q_1 nearly coincide y is soft: the equations are held to, not the unknowns."""
    solution = solved(model, 1)
    assert solution.converged
    q_0, q_1 = (float(q) for q in solution.overlaps)
    y = float(solution.breakpoints[0])
    at = OneStep(model, solution.C, q_0, q_1, y, solution.p)
    # C is a difference of terms y q_1/C ≈ 90 times larger, whose quadrature is good to 1e-9.
    np.testing.assert_allclose(list(at.mismatches().values()), 0.0, atol=1e-7)
    h_s, v_0 = spinodal(solution.C, model)
    P_h0 = at.field_density(0.0)
    # At given order parameters only quadrature is left.
    assert solution.free_energy == pytest.approx(at.free_energy(), rel=1e-9)
    assert float(solution.field_density(0.0)) == pytest.approx(P_h0, rel=1e-7)
    assert solution.wells.fraction == pytest.approx(at.fraction_below(h_s), rel=1e-7)
    np.testing.assert_allclose(solution.wells.P0, P_h0 / v_0, rtol=1e-7)


def test_the_second_implementation_does_not_depend_on_its_nodes() -> None:
    """Doubling the inner rule and halving the outer step changes no equation by 1e-11."""
    model = Model(gamma=10.0, J0=1.6)
    at = OneStep(model, 0.315, 99.57, 99.935, 0.27, 8.6)
    finer = replace(at, nodes=2 * at.nodes, spacing=at.spacing / 2)
    coarse, fine = (np.array(list(x.mismatches().values())) for x in (at, finer))
    # C is a difference of terms 90 times larger: 1e-15 of rounding in 1e5 terms becomes 1e-11.
    np.testing.assert_allclose(coarse, fine, atol=3e-11)


@pytest.mark.parametrize("name", ["C", "q_0", "q_1", "y"])
def test_the_second_implementation_is_stationary_in_its_own_functional(name: str) -> None:
    """The equations above follow from f: its numerical derivatives vanish where they hold."""
    model, expected = weak_glass()
    at = OneStep(
        model, expected.C, float(expected.q[0]), float(expected.q[1]), float(expected.y[0]), 0.0
    )
    value = getattr(at, name)
    step = 0.02 * value
    near, far = (
        replace(at, **{name: value + n * step}).free_energy()
        - replace(at, **{name: value - n * step}).free_energy()
        for n in (1, 2)
    )
    # f ≈ 4; the fourth-order difference leaves step⁴ ~ 1e-7 of the fifth derivative.
    assert (8 * near - far) / (12 * 0.02) == pytest.approx(0.0, abs=2e-6)


def test_the_breakpoint_maximises_the_free_energy(solved: Callable[..., Solution]) -> None:
    """f, extremised in C and q at fixed y, is largest at the solution's y."""
    model, start = ONE_STEP_CASES["weak glass"]
    best = solved(model, 1)
    for factor in (0.8, 1.25):
        fixed = {**start, "y": factor * start["y"]}
        other = one_step_expected(model, **fixed, y_is_free=False)
        assert other.free_energy < best.free_energy
        # The maximum is quadratic: a step of 20 % costs little, which says it is near.
        assert other.free_energy == pytest.approx(best.free_energy, rel=1e-3)
