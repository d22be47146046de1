"""The minimiser: every column certified, saddles left, stubborn columns named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from backends import host
from glasswell.sim import CouplingError, ShapeError, SimulationError, Status, minimise
from glasswell.sim.sample import couplings, landscape
from glasswell.sim.sample.scales import amplitude, force_rounding, gradient_tolerance, precision
from glasswell.theory import Model
from scipy.optimize import root

GLASS = Model(gamma=10.0)


def test_every_column_is_a_certified_minimum(case: Any) -> None:
    minima = case.minima
    assert np.all(minima.status == Status.CONVERGED)
    assert np.all(minima.gradient_norm <= gradient_tolerance(case.model))
    for r in range(case.starts.shape[1]):
        spectrum = np.linalg.eigvalsh(landscape.hessian(minima.v[:, r], case.J, case.model))
        assert spectrum[0] > 0.0
        assert spectrum[0] == pytest.approx(minima.smallest_eigenvalue[r], rel=1e-9)


def test_energy_is_that_of_the_place_and_below_the_start(case: Any) -> None:
    np.testing.assert_array_equal(
        case.minima.energy, landscape.energy(case.minima.v, case.J, case.model)
    )
    assert np.all(case.minima.energy < landscape.energy(case.starts, case.J, case.model))


def test_virial_vanishes_at_every_minimum(case: Any) -> None:
    scale = np.mean(case.minima.v**2, axis=0) + case.unit**2
    assert np.all(np.abs(landscape.virial(case.minima.v, case.J, case.model)) < 1e-9 * scale)
    assert np.all(np.abs(landscape.virial(case.starts, case.J, case.model)) > 1e-3 * scale)


def test_a_displaced_minimum_relaxes_to_where_scipy_finds_it(case: Any) -> None:
    """An independent root finder, MINPACK, agrees on the place."""
    v = case.minima.v[:, 0]
    start = v + 1e-4 * case.unit

    def force(x: np.ndarray) -> Any:
        return landscape.force(x, case.J, case.model)

    def slope(x: np.ndarray) -> Any:
        return -landscape.hessian(x, case.J, case.model)

    theirs = root(force, start, jac=slope)
    assert np.max(np.abs(theirs.fun)) < 1e-7
    ours = minimise(start, case.J, case.model)
    np.testing.assert_allclose(ours.v, theirs.x, atol=1e-6 * case.unit)
    assert ours.energy == pytest.approx(case.minima.energy[0], rel=1e-9)


def test_a_saddle_is_left() -> None:
    J = couplings.sample(GLASS, 16, seed=2)
    minima = minimise(np.zeros((16, 2)), J, GLASS)
    assert np.all(minima.status == Status.CONVERGED)
    assert np.all(minima.smallest_eigenvalue > 0.0)
    assert np.all(minima.energy < -1.0)


def test_only_the_sites_on_a_saddle_leave_it() -> None:
    """Uncoupled double wells: two sites on the barrier, two already in a well."""
    model = Model(gamma=1.0, k=-1.0, a=6.0, J=0.0)
    v = np.asarray([0.0, 1.0, -1.0, 0.0])
    minima = minimise(v, np.zeros((4, 4)), model)
    assert minima.status == Status.CONVERGED
    np.testing.assert_allclose(np.abs(minima.v), 1.0)
    np.testing.assert_allclose(minima.v[1:3], [1.0, -1.0])


def test_a_degenerate_minimum_is_called_marginal() -> None:
    flat = Model(gamma=1.0, k=0.0, J=0.0)
    minima = minimise(np.zeros(4), np.zeros((4, 4)), flat)
    assert minima.status == Status.MARGINAL
    assert not minima.converged


@pytest.mark.filterwarnings("ignore:invalid value", "ignore:overflow")
def test_bad_columns_do_not_spoil_good_ones() -> None:
    J = couplings.sample(GLASS, 12, seed=4)
    starts = np.random.default_rng(1).standard_normal((12, 3))
    starts[3, 1] = np.nan
    minima = minimise(starts, J, GLASS)
    assert list(minima.status) == [Status.CONVERGED, Status.NOT_FINITE, Status.CONVERGED]


def test_far_starts_come_home() -> None:
    J = couplings.sample(GLASS, 12, seed=4)
    minima = minimise(np.random.default_rng(1).standard_normal((12, 3)) * 1e4, J, GLASS)
    assert np.all(minima.status == Status.CONVERGED)


def test_a_budget_that_is_too_small_is_reported() -> None:
    J = couplings.sample(GLASS, 12, seed=4)
    starts = np.random.default_rng(1).standard_normal((12, 3))
    minima = minimise(starts, J, GLASS, max_iterations=10)
    assert np.all(minima.status == Status.ITERATION_LIMIT)
    assert np.all(np.isnan(minima.smallest_eigenvalue))


def test_every_backend_and_shape_agree(xp: Any) -> None:
    J = couplings.batch(GLASS, 10, seed=4, samples=[0, 1])
    starts = np.random.default_rng(1).standard_normal((2, 10, 3))
    minima = minimise(xp.asarray(starts), xp.asarray(J), GLASS)
    reference = minimise(starts[1], J[1], GLASS)
    assert minima.v.shape == (2, 10, 3)
    assert minima.energy.shape == minima.status.shape == (2, 3)
    np.testing.assert_allclose(host(minima.v)[1], reference.v, atol=1e-9)
    alone = minimise(starts[1, :, 2], J[1], GLASS)
    assert alone.v.shape == (10,)
    np.testing.assert_allclose(alone.v, reference.v[:, 2], atol=1e-9)


def test_scaling() -> None:
    """The same path in units of 1/√a, so the same iterations and the same minimum."""
    J = couplings.sample(GLASS, 16, seed=6)
    starts = np.random.default_rng(1).standard_normal((16, 4))
    one = minimise(starts, J, GLASS)
    other = minimise(starts / 8.0, J, GLASS.rescaled(64.0))
    np.testing.assert_allclose(other.v * 8.0, one.v, atol=1e-9)
    np.testing.assert_array_equal(other.iterations, one.iterations)


def test_bad_questions() -> None:
    J = couplings.sample(GLASS, 4, seed=1)
    for tolerance in (0.0, np.nan):
        with pytest.raises(SimulationError, match="positive"):
            minimise(np.zeros(4), J, GLASS, tolerance=tolerance)
    with pytest.raises(SimulationError, match="at least 1"):
        minimise(np.zeros(4), J, GLASS, max_iterations=0)
    with pytest.raises(ShapeError):
        minimise(np.zeros(5), J, GLASS)


@pytest.mark.parametrize(
    "model",
    [GLASS, Model(gamma=0.1, k=-1.0, a=6.0), Model(gamma=10.0, a=1e6, J0=2.0), Model(gamma=1e6)],
    ids=["glass", "spins", "polarised", "soft"],
)
def test_single_precision_finds_what_it_can_tell(model: Model) -> None:
    """The same minima as in double precision, in no more evaluations, to 1e-5."""
    N = 48
    J = couplings.sample(model, N, seed=3)
    starts = amplitude(model) * np.random.default_rng(2).standard_normal((N, 6))
    double = minimise(starts, J, model)
    single = minimise(starts.astype(np.float32), J.astype(np.float32), model)
    assert np.all(single.status == Status.CONVERGED)
    assert single.v.dtype == np.float32
    assert np.all(single.iterations <= 1.2 * double.iterations.max())
    same = np.abs(single.energy / double.energy - 1) < 1e-6
    # The two paths part by rounding, and may end in different minima now and then.
    assert np.count_nonzero(same) >= 5
    np.testing.assert_allclose(
        single.v[:, same], double.v[:, same], atol=1e-4 * amplitude(model), rtol=0.0
    )


def test_a_tolerance_below_rounding_is_refused_at_once() -> None:
    J = couplings.sample(GLASS, 16, seed=3).astype(np.float32)
    v = np.ones((16, 2), dtype=np.float32)
    for tolerance in (1e-9, np.nextafter(force_rounding(GLASS, precision(v)), 0.0)):
        with pytest.raises(SimulationError, match="below the rounding of forces") as error:
            minimise(v, J, GLASS, tolerance=float(tolerance))
        assert "\n" not in str(error.value)
    # One coarse array of the two is enough.
    with pytest.raises(SimulationError, match="rounding"):
        minimise(v.astype(np.float64), J, GLASS, tolerance=1e-9)
    assert np.all(minimise(v, J, GLASS, tolerance=1e-3).converged)


def test_forces_too_large_for_the_usual_tolerance() -> None:
    """γ = 1e14 has forces of 1e7, which double precision knows to 1e-9 at best."""
    model = Model(gamma=1e14)
    J = couplings.sample(model, 16, seed=3)
    starts = amplitude(model) * np.random.default_rng(2).standard_normal((16, 4))
    found = minimise(starts, J, model, max_iterations=1000)
    assert np.all(found.converged)


def test_every_status_has_advice() -> None:
    assert all(status.advice for status in Status)


@pytest.mark.parametrize(
    ("value", "message"), [(np.nan, "finite"), (np.inf, "finite"), (1.0, "symmetric")]
)
def test_bad_couplings_are_refused(value: float, message: str) -> None:
    """An asymmetric J has forces of its own that no energy has: it must not look converged."""
    J = couplings.sample(Model(gamma=10.0), 8, seed=1)
    J[2, 3] = value
    if not np.isfinite(value):
        J[3, 2] = value
    with pytest.raises(CouplingError, match=message):
        minimise(np.ones((8, 2)), J, Model(gamma=10.0))
