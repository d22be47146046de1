"""Wells of sites that differ begin where the distribution ends, not at a rule's softest node."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from glasswell.theory import Model, Solution, Status, solve
from glasswell.theory.model.soft_sites import SoftSites
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

REGULAR = stats.uniform(0.5, 0.5)


@cache
def khgps(J: float, field: float) -> Solution:
    """Stiffness uniform on [.5, 1], a = γ = 1."""
    return solve(Model(gamma=1.0, k=REGULAR, J=J, field=field))


def test_wells_begin_at_the_end_of_the_distribution() -> None:
    """J = .87358 at H = 2, from 400 nodes; the softest of 12 nodes has them from .87717 on."""
    below, above = khgps(0.87355, 2.0), khgps(0.87361, 2.0)
    assert below.wells.fraction == below.C_jump == below.wells.P0 == 0.0
    assert np.isfinite(below.replicon)
    assert above.wells.fraction > 0
    assert above.C_jump > 0
    assert above.wells.P0 > 0
    assert above.replicon == -np.inf
    assert above.C_reg + above.C_jump == pytest.approx(above.C, rel=1e-10)
    # Broken by sites that no node of the average meets: no steps, and no claim of stability.
    for solution in (below, above):
        assert not solution.replicon > 0
        assert solve(solution.model, 1).status is Status.UNRESOLVED


@pytest.mark.parametrize(("field", "J"), [(0.1, 0.433323), (0.4, 0.556234)])
def test_linear_transitions(field: float, J: float) -> None:
    """The replicon vanishes without wells: J from an independent computation with 400 nodes."""
    assert khgps(J - 2e-6, field).replicon > 0 > khgps(J + 2e-6, field).replicon
    assert khgps(J + 2e-6, field).wells.fraction == 0.0


def curvature_squared(k: Floats, solution: Solution) -> Floats:
    """∫P (dv*/dh)² dh of replica symmetry for k > J² C, with v = √(2b) tan θ, b = k - J² C."""
    b = (k - solution.model.J**2 * solution.C)[:, None]
    theta, weight = np.polynomial.legendre.leggauss(1000)
    theta, weight = np.pi / 2 * theta, np.pi / 2 * weight
    v = np.sqrt(2 * b) * np.tan(theta)
    width = solution.model.J * np.sqrt(solution.overlaps[0])
    h = b * v + v**3 / 6
    density = np.exp(-(((h - solution.model.field) / width) ** 2) / 2) / width / np.sqrt(2 * np.pi)
    return np.asarray(np.sqrt(2 / b[:, 0]) * (density @ weight))


@pytest.mark.parametrize(("before", "error"), [(0.01, 1e-9), (1e-3, 3e-6), (1e-4, 5e-5)])
def test_the_replicon_next_to_the_onset(before: float, error: float) -> None:
    """1/√(k - J² C) of a site is averaged as it should be: against 1000 nodes in √(k - 1/2)."""
    solution = khgps(0.87358 - before, 2.0)
    t, dt = np.polynomial.legendre.leggauss(1000)
    t, dt = np.sqrt(0.125) * (1 + t), np.sqrt(0.125) * dt
    mean = float((2 * t * dt / 0.5) @ curvature_squared(0.5 + t**2, solution))
    assert solution.replicon == pytest.approx(1 - solution.model.J**2 * mean, abs=error)
    nodes = sum(weight * part.curvature_squared for weight, part in solution.levels.parts)
    assert abs(nodes - mean) > 3 * error


def dense(solution: Solution, count: int) -> tuple[float, float]:
    """Wells per site and C_jump of replica symmetry, by midpoints in all quantiles."""
    model = solution.model
    u = (np.arange(count) + 0.5) / count
    values = [getattr(model, name).quantile(u) for name in model.random]
    grid = dict(zip(model.random, np.meshgrid(*values, indexing="ij"), strict=True))
    gamma, k = (grid.get(name, getattr(model, name)) for name in ("gamma", "k"))
    B = np.maximum(model.J**2 * solution.C - k / gamma, 0.0)
    width = model.J * np.sqrt(solution.overlaps[0])
    fields = stats.norm(model.field + model.J0 * solution.p, width)
    h_s = 2 / 3 * B * np.sqrt(2 * gamma * B)
    jump = 2 * np.sqrt(6 * gamma * B) * fields.pdf(0.0)
    return float(np.mean(fields.cdf(h_s) - fields.cdf(-h_s))), float(np.mean(jump))


CUT = {
    "just begun": (Model(gamma=1.0, k=REGULAR, J=0.874, field=2.0), 1e-5),
    "k": (Model(gamma=1.0, k=REGULAR, J=0.9, field=2.0), 1e-6),
    "γ": (Model(gamma=stats.uniform(0.5, 1.0), field=1.0), 1e-6),
    "γ with a tail": (Model(gamma=stats.lognorm(0.3), J0=0.3, field=0.4), 1e-5),
    "k that vanishes at its ends": (
        Model(gamma=1.0, k=stats.beta(3, 3, 0.3, 1.2), field=1.0),
        1e-5,
    ),
    "γ and k": (Model(gamma=stats.uniform(0.5, 1.0), k=stats.uniform(0.5, 1.0), field=1.0), 1e-4),
}


@pytest.mark.parametrize("name", CUT)
def test_against_a_dense_rule(name: str) -> None:
    """The part with wells by 64 kinds of site and 24, against 2 10⁵ of them or more."""
    model, rel = CUT[name]
    solution = solve(model)
    assert solution.converged
    soft = SoftSites(model, solution.C)
    assert not soft.whole
    assert sum(weight for weight, _ in soft.rule(64)) < 1 - 1e-6
    fraction, jump = dense(solution, 200_000 if len(model.random) == 1 else 1000)
    assert solution.wells.fraction == pytest.approx(fraction, rel=rel)
    assert solution.C_jump == pytest.approx(jump, rel=10 * rel)
    # The Gauss rule of all averages misses it.
    nodes = sum(weight * part.C_jump for weight, part in solution.levels.parts)
    assert abs(nodes / jump - 1) > 100 * rel


def test_samples_next_to_the_onset() -> None:
    """Drawn among the few sites that have wells."""
    wells = khgps(0.874, 2.0).wells
    sample = wells.sample(2000, np.random.default_rng(3))
    error = np.sqrt((wells.moment("distance", 2) - wells.mean("distance") ** 2) / 2000)
    assert abs(sample.distance.mean() - wells.mean("distance")) < 4 * error
    assert sample.double.all()
