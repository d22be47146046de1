"""Parallel tempering: the exact distribution at every temperature, and exact resumption."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.sim import CouplingError, ShapeError, SimulationError
from glasswell.sim.backend import kernels as fused
from glasswell.sim.backend import memory
from glasswell.sim.records.last_state import LAST
from glasswell.sim.records.time_series import SERIES, Tempered
from glasswell.sim.run import checkpoint
from glasswell.sim.sample import couplings, landscape
from glasswell.sim.samplers import hmc
from glasswell.sim.samplers.measurements import measure
from glasswell.sim.samplers.sweep_noise import Noise
from glasswell.sim.samplers.tempering import Plan, Tempering
from glasswell.theory import Model

GLASS = Model(gamma=10.0)
WELLS = Model(gamma=0.5, k=0.0, a=3.0, field=0.04)
PAIR = np.asarray([[0.0, 2.0], [2.0, 0.0]])
"""Of two sites, U = -2 v² + v⁴/2 along v_1 = v_2 = v: wells 2 deep, made by the coupling."""
LADDER = np.asarray([0.12, 0.25, 0.5, 1.0, 2.0])


def _run(run: Tempering, sweeps: int | None = None) -> Tempering:
    while not run.done and (sweeps is None or run.swept < sweeps):
        run.sweep()
    return run


def _pairs(seed: int, plan: Plan, temperatures: np.ndarray, samples: int = 24) -> Tempered:
    """The same two sites with two wells many times over, all starting in the wrong one."""
    J = np.broadcast_to(PAIR, (samples, 2, 2)).copy()
    noise = Noise(seed, 2, tuple(range(samples)))
    starts = np.full((samples, 2, 2 * len(temperatures)), -1.4)
    return _run(Tempering(J, WELLS, temperatures, plan, noise, starts=starts)).result()


def _exact(T: float) -> dict[str, float]:
    """The averages of two coupled sites, by quadrature."""
    x = np.linspace(-8.0, 8.0, 641)
    v = np.stack(np.meshgrid(x, x, indexing="ij")).reshape(2, -1)
    U = landscape.energy(v, PAIR, WELLS)
    weight = np.exp(-(U - U.min()) / T)
    weight /= weight.sum()
    bond = -0.5 * PAIR[0, 1] * v[0] * v[1]
    correlations = np.einsum("iw,jw,w->ij", v, v, weight)
    return {
        "energy": float(weight @ U) / 2.0,
        "bond_energy": float(weight @ bond),
        "virial": T,
        "polarisation": float(weight @ v.mean(axis=0)),
        "q_hat": float(weight @ (v**2).mean(axis=0)),
        "fourth_moment": float(weight @ (v**4).mean(axis=0)),
        "overlap": float(np.mean((v @ weight) ** 2)),
        "square_overlap": float(np.mean((v**2 @ weight) ** 2)),
        # Of the overlap's square: [⟨R²⟩] = (1/N²) Σ_ij ⟨v_i v_j⟩².
        "overlap²": float(np.mean(correlations**2)),
    }


def _deviations(result: Tempered) -> np.ndarray:
    """(measured - exact)/error of every quantity at every temperature, errors over samples."""
    out = []
    for t, T in enumerate(result.temperatures):
        exact = _exact(float(T))
        series = {name: getattr(result, name)[:, t] for name in exact if hasattr(result, name)}
        series["overlap²"] = result.overlap[:, t] ** 2
        for name, values in series.items():
            means = values.reshape(len(values), -1).mean(axis=1)
            error = means.std(ddof=1) / np.sqrt(len(means))
            out.append((means.mean() - exact[name]) / error)
    return np.asarray(out)


def test_two_wells_at_every_temperature() -> None:
    result = _pairs(1, Plan(burn_in=200, sweeps=1000, measure_every=2), LADDER)
    deviations = _deviations(result)
    assert deviations.shape == (5 * 9,)
    assert np.max(np.abs(deviations)) < 4.0
    assert np.all(result.round_trips > 10)


def test_without_hot_chains_the_cold_ones_stay_where_they_began() -> None:
    """Negative control of the test above."""
    result = _pairs(1, Plan(burn_in=300, sweeps=300, measure_every=2), LADDER[:1])
    assert np.max(np.abs(_deviations(result))) > 20.0
    assert np.all(result.round_trips == 0)
    assert result.swap_acceptance.shape == (24, 0)


def test_measurements_are_those_of_the_landscape(xp: Any) -> None:
    model = Model(gamma=3.0, field=0.2, coefficients=(0.4, -0.1, 0.02))
    S, N, T = 2, 7, 3
    rng = np.random.default_rng(1)
    J = couplings.batch(model, N, seed=1, samples=range(S))
    v = rng.standard_normal((S, N, 2 * T))
    kernels = fused.reference(model)
    state = hmc.start(xp.asarray(v), xp.asarray(J), kernels)
    chains = np.stack([[rng.permutation(T) for _ in range(2)] for _ in range(S)])
    measured = measure(state, chains, model)
    for s in range(S):
        for t in range(T):
            one, two = (v[s, :, r * T + chains[s, r, t]] for r in (0, 1))
            for r, w in enumerate((one, two)):
                expected = {
                    "energy": landscape.energy(w, J[s], model) / N,
                    "bond_energy": landscape.interaction_energy(w, J[s]) / N,
                    "virial": landscape.virial(w, J[s], model),
                    "polarisation": w.mean(),
                    "q_hat": (w**2).mean(),
                    "fourth_moment": (w**4).mean(),
                }
                for name, value in expected.items():
                    assert measured[name][s, t, r] == pytest.approx(value, rel=1e-12)
            assert measured["overlap"][s, t] == pytest.approx((one * two).mean(), rel=1e-12)
            square = ((one * two) ** 2).mean()
            assert measured["square_overlap"][s, t] == pytest.approx(square, rel=1e-12)


def _glass(
    samples: tuple[int, ...] = (0, 1), plan: Plan | None = None, **how: Any
) -> tuple[Tempering, np.ndarray]:
    J = couplings.batch(GLASS, 8, seed=1, samples=samples)
    plan = plan or Plan(burn_in=20, sweeps=24, measure_every=4)
    return Tempering(J, GLASS, [5.0, 20.0, 80.0], plan, Noise(1, 8, samples), **how), J


def _same(one: Tempered, other: Tempered, s: int | slice = slice(None)) -> None:
    np.testing.assert_array_equal(one.temperatures, other.temperatures)
    assert one.measure_every == other.measure_every
    pairs = [(name, getattr(one, name), getattr(other, name)) for name in SERIES]
    assert one.last is not None
    assert other.last is not None
    pairs += [(name, getattr(one.last, name), getattr(other.last, name)) for name in LAST]
    for name, a, b in pairs:
        b = b[s] if isinstance(s, slice) else b[s : s + 1]
        np.testing.assert_array_equal(a, b, err_msg=name)


def test_the_last_measurement_is_of_the_last_displacements() -> None:
    run, J = _glass()
    result = _run(run).result()
    energy = landscape.energy(result.displacement[0].reshape(6, 8).T, J[0], GLASS)
    np.testing.assert_allclose(result.energy[0, :, :, -1], energy.reshape(3, 2) / 8, rtol=1e-12)
    assert result.energy.shape == (2, 3, 2, 6)
    assert result.overlap.shape == (2, 3, 6)
    np.testing.assert_array_equal(run.coldest()[0], result.displacement[0, 0].T)
    # Not one walker under two names.
    assert np.all(np.ptp(result.displacement, axis=2) > 0.0)


def test_a_sample_runs_alone_as_in_company() -> None:
    together = _run(_glass((0, 1, 2))[0]).result()
    for s in range(3):
        _same(_run(_glass((s,))[0]).result(), together, s)


@pytest.mark.parametrize("stop", [0, 7, 20, 33])
def test_exact_resumption(tmp_path: Path, stop: int) -> None:
    whole = _run(_glass()[0]).result()
    checkpoint.save(tmp_path / "c", _run(_glass()[0], stop).checkpoint(), "")
    resumed, _ = _glass()
    kept = checkpoint.load(tmp_path / "c", "")
    assert kept is not None
    resumed.restore(kept)
    assert resumed.swept == stop
    _same(_run(resumed).result(), whole)


def test_a_checkpoint_is_a_snapshot() -> None:
    run, _ = _glass()
    kept = _run(run, 30).checkpoint()
    copies = {name: array.copy() for name, array in kept.items()}
    _run(run)
    for name, array in kept.items():
        np.testing.assert_array_equal(array, copies[name], err_msg=name)


def test_a_foreign_checkpoint_is_refused() -> None:
    kept = _glass()[0].checkpoint()
    with pytest.raises(SimulationError, match="another shape"):
        _glass((0,))[0].restore(kept)
    with pytest.raises(SimulationError, match="other temperatures"):
        _glass()[0].restore({**kept, "temperatures": kept["temperatures"] * 1.1})


KILLED = """\
import sys, os, signal
from glasswell.sim.run import checkpoint; from glasswell.sim.sample import couplings
from glasswell.sim.samplers.sweep_noise import Noise
from glasswell.sim.samplers.tempering import Plan, Tempering
from glasswell.theory import Model
model = Model(gamma=10.0)
path, stop = sys.argv[1], int(sys.argv[2])
run = Tempering(couplings.batch(model, 8, seed=1, samples=(0, 1)), model, [5.0, 20.0, 80.0],
                Plan(burn_in=20, sweeps=24, measure_every=4), Noise(1, 8, (0, 1)))
while True:
    run.sweep()
    if run.swept % 5 == 0:
        checkpoint.save(path, run.checkpoint(), "mine")
    if run.swept == stop:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_process_is_resumed_exactly(tmp_path: Path) -> None:
    path = tmp_path / "c"
    child = subprocess.run([sys.executable, "-c", KILLED, str(path), "33"], check=False)
    assert child.returncode == -signal.SIGKILL
    kept = checkpoint.load(path, "mine")
    assert kept is not None
    assert int(kept["swept"]) == 30
    resumed, _ = _glass()
    resumed.restore(kept)
    _same(_run(resumed).result(), _run(_glass()[0]).result())


def test_what_will_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    J, noise = couplings.sample(GLASS, 8, seed=1), Noise(1, 8, (0,))
    with pytest.raises(SimulationError, match=r"needs \S+ GiB .* free: temper fewer"):
        Tempering(J, GLASS, [1.0, 2.0], Plan(0, 10**14, measure_every=1), noise)
    monkeypatch.setattr(memory, "free_on_host", lambda: None)
    Tempering(J, GLASS, [1.0, 2.0], Plan(0, 10), noise)


def test_memory_is_what_the_arrays_take() -> None:
    """The series by their own size; the columns by a count that the benchmark measures."""
    run, _ = _glass()
    device, host = memory.tempering(2, 8, 6, 6)
    kept = run.checkpoint()
    assert host == sum(array.nbytes for name, array in kept.items() if name.startswith("series."))
    assert device == 6 * kept["state.v"].nbytes


def test_nothing_to_report_in_the_burn_in() -> None:
    with pytest.raises(SimulationError, match="burn-in"):
        _run(_glass()[0], 20).result()
    early = _run(_glass()[0], 29).result()
    assert early.energy.shape[-1] == 2
    assert np.all(early.energy != 0.0)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(SimulationError, match="measure_every"):
        Plan(burn_in=1, sweeps=1, measure_every=0)
    with pytest.raises(SimulationError, match="burn_in"):
        Plan(burn_in=-1, sweeps=1)
    plan, noise = Plan(1, 1), Noise(1, 8, (0,))
    J = couplings.sample(GLASS, 8, seed=1)
    with pytest.raises(SimulationError, match="must increase"):
        Tempering(J, GLASS, [2.0, 1.0], plan, noise)
    with pytest.raises(SimulationError, match="noise is for"):
        Tempering(J, GLASS, [1.0, 2.0], plan, Noise(1, 8, (0, 1)))
    with pytest.raises(ShapeError, match="starts must be"):
        Tempering(J, GLASS, [1.0, 2.0], plan, noise, starts=np.zeros((1, 8, 2)))
    broken = J.copy()
    broken[1, 2] = np.nan
    with pytest.raises(CouplingError, match="finite"):
        Tempering(broken, GLASS, [1.0, 2.0], plan, noise)
