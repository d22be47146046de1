"""A second implementation of RS and 1RSB at T = 0, which shares nothing with the package.

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
from dataclasses import dataclass

import numpy as np
from glasswell.theory import Model
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
