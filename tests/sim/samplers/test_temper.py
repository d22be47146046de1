"""Method "temper": minima and time series in one archive, whole however it is interrupted."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray
from glasswell.sim import Batch, Sample, SimulationConfig, SimulationError, simulate
from glasswell.sim.archive import writing
from glasswell.sim.backend.interrupts import Terminated, deferred, terminable
from glasswell.sim.equilibrium.evidence import evidence
from glasswell.sim.run import shards, tasks
from glasswell.sim.sample import couplings, landscape, scales
from glasswell.sim.samplers.tempering import Tempering
from glasswell.theory import Model
from scipy import stats

MODEL = Model(gamma=10.0)
CONFIG = SimulationConfig(
    sizes=(8, 12),
    samples=(5, 2),
    starts=8,
    seed=4,
    method="temper",
    states=3,
    temperatures=(0.1, 0.3, 0.7, 1.5),
    sweeps=80,
    burn_in=40,
    measure_every=20,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, computed inline in one go."""
    path = tmp_path_factory.mktemp("whole") / "tempered.h5"
    simulate(MODEL, CONFIG, path)
    return path


def test_the_archive_holds_minima_and_series(whole: Path) -> None:
    content = writing.read(whole)
    for N, S in ((8, 5), (12, 2)):
        data = content.sizes[N]
        run = data.tempering
        assert run is not None
        J = couplings.batch(MODEL, N, seed=4, samples=range(S))
        assert data.energy.shape == (S, 3)
        assert np.all(np.diff(data.energy, axis=1) >= 0.0)
        assert np.all(data.status == 0)
        assert set(data.hits.tolist()) <= {1, 2}
        np.testing.assert_allclose(
            run.temperatures / scales.temperature(MODEL), (0.1, 0.3, 0.7, 1.5), rtol=1e-12
        )
        assert run.energy.shape == (S, 4, 2, 4)
        assert run.overlap.shape == (S, 4, 4)
        final = np.moveaxis(run.displacement, -1, 1).reshape(S, N, 8)
        energy = landscape.energy(final, J, MODEL).reshape(S, 4, 2) / N
        np.testing.assert_allclose(run.energy[..., -1], energy, rtol=1e-10)
    assert content.provenance.settings["sweeps"] == {"8": 80, "12": 80}
    assert [file.name for file in whole.parent.iterdir()] == ["tempered.h5"]


def test_xarray_opens_it_by_name(whole: Path) -> None:
    with xarray.open_dataset(whole, group="/N=8/tempering", engine="h5netcdf") as data:
        assert data.energy.dims == ("sample", "temperature", "replica", "measurement")
        assert data.overlap.dims == ("sample", "temperature", "measurement")
        assert data.measurement.values.tolist() == [20, 40, 60, 80]
        assert data.energy.attrs["units"] == "1"
        assert "U/N" in data.energy.attrs["long_name"]


@pytest.mark.parametrize(
    "how", [{"chunk": 1}, {"chunk": 100}, {"chunk": 2, "engine": "process", "workers": 2}]
)
def test_bit_for_bit_the_same_however_it_is_made(
    whole: Path, tmp_path: Path, how: dict[str, Any]
) -> None:
    simulate(MODEL, CONFIG, tmp_path / "tempered.h5", **how)
    assert (tmp_path / "tempered.h5").read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("stop", [13, 77])
def test_an_interrupt_finishes_to_a_checkpoint(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    path = tmp_path / "tempered.h5"
    sweep = Tempering.sweep
    counts: list[int] = []

    def interrupted(run: Tempering) -> None:
        if run.swept == stop and not counts:
            counts.append(run.swept)
            signal.raise_signal(signal.SIGINT)
        sweep(run)

    monkeypatch.setattr(Tempering, "sweep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        simulate(MODEL, CONFIG, path)
    assert len(list(shards.folder(path).glob("*.checkpoint"))) == 1
    swept: list[int] = []

    def counted(run: Tempering) -> None:
        swept.append(run.swept)
        sweep(run)

    monkeypatch.setattr(Tempering, "sweep", counted)
    simulate(MODEL, CONFIG, path, resume=True)
    assert swept[0] == stop + 1
    assert path.read_bytes() == whole.read_bytes()
    assert not shards.folder(path).exists()


TERMINATED = """\
import signal, sys
from pathlib import Path
from glasswell.sim import SimulationConfig
from glasswell.sim.run import planning, provenance, shards, tasks
from glasswell.sim.samplers.tempering import Tempering
from glasswell.theory import Model
model, path = Model(gamma=10.0), Path(sys.argv[1])
config = SimulationConfig(sizes=(8,), samples=1, starts=2, method="temper",
                          temperatures=(0.5, 1.5), sweeps=50, burn_in=0)
sweep = Tempering.sweep
def stopped(run):
    if run.swept == 20:
        signal.raise_signal(signal.SIGTERM)
    sweep(run)
Tempering.sweep = stopped
where = provenance.describe(model, config, device="cpu")
(job,) = planning.Plan(shards.Finished({}, []), path, where, "cpu").jobs()
tasks.run(job)
"""


def test_a_terminated_worker_leaves_a_checkpoint(tmp_path: Path) -> None:
    """What the process engine does to its workers on Ctrl-C."""
    path = tmp_path / "tempered.h5"
    shards.folder(path).mkdir()
    child = subprocess.run([sys.executable, "-c", TERMINATED, str(path)], check=False)
    assert child.returncode == -signal.SIGTERM
    (kept,) = shards.folder(path).glob("*.checkpoint")
    with np.load(kept) as arrays:
        assert int(arrays["run.swept"]) == 21


def test_the_second_signal_is_not_deferred() -> None:
    reached = []

    def impatient() -> None:
        with deferred() as interrupt:
            signal.raise_signal(signal.SIGINT)
            reached.append(interrupt.requested)
            signal.raise_signal(signal.SIGINT)
            reached.append(False)

    with pytest.raises(KeyboardInterrupt):
        impatient()
    assert reached == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_sigterm_changes_nothing() -> None:
    """A batch system signals a worker, then its parent does: the checkpoint is still written."""
    reached = []

    def patient() -> None:
        with deferred() as interrupt:
            for _ in range(2):
                signal.raise_signal(signal.SIGTERM)
                reached.append(interrupt.requested)

    with terminable(), pytest.raises(Terminated):
        patient()
    assert reached == [True, True]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_tempering_finds_what_annealing_finds(tmp_path: Path) -> None:
    """The lowest states of small samples, by two algorithms that share only the minimiser."""
    how: dict[str, Any] = {"sizes": (16,), "samples": 4, "starts": 16, "seed": 2}
    annealed = simulate(MODEL, SimulationConfig(**how), tmp_path / "annealed.h5")
    config = SimulationConfig(**how, method="temper", rungs=8, sweeps=600, burn_in=300)
    tempered = simulate(MODEL, config, tmp_path / "tempered.h5").sizes[16]
    np.testing.assert_allclose(
        tempered.energy[:, 0], annealed.sizes[16].energy[:, 0], rtol=0.0, atol=1e-9
    )
    assert np.all(tempered.hits == 2)
    run = tempered.tempering
    assert run is not None
    assert len(run.temperatures) == 8
    np.testing.assert_allclose(
        run.temperatures[[0, -1]] / scales.temperature(MODEL), [0.1, 1.5], rtol=1e-12
    )
    # Eight rungs are tuned to exchange evenly.
    assert np.ptp(run.swap_acceptance.mean(axis=0)) < 0.25


def test_another_number_of_samples_has_the_same_ladder() -> None:
    config = SimulationConfig(sizes=(8,), samples=1, method="temper", rungs=3)
    more = SimulationConfig(sizes=(8,), samples=9, method="temper", rungs=3)
    one, other = (tasks.prepare(MODEL, c, 8, device="cpu") for c in (config, more))
    assert len(one["temperatures"]) == 3
    np.testing.assert_array_equal(one["temperatures"], other["temperatures"])


def test_a_sample_by_itself_is_that_of_the_archive(whole: Path) -> None:
    """With the ladder that all samples of its size share."""
    alone, run = tasks.run_sample(MODEL, CONFIG, 8, 3), writing.read(whole).sizes[8]
    np.testing.assert_array_equal(alone.energy[0], run.energy[3])
    assert alone.tempering is not None
    assert run.tempering is not None
    np.testing.assert_array_equal(alone.tempering.q_hat[0], run.tempering.q_hat[3])


@pytest.mark.parametrize(
    ("sweeps", "measure_every", "enough"), [(30, 10, 40), (3, 1, 4), (79, 20, 80)]
)
def test_a_run_too_short_to_be_judged_is_refused_before_it_is_made(
    tmp_path: Path, sweeps: int, measure_every: int, enough: int
) -> None:
    """With the number of sweeps that is enough, and that is enough for all of the evidence."""
    options: dict[str, Any] = {"sweeps": sweeps, "measure_every": measure_every}
    config = replace(CONFIG, sizes=(8,), samples=1, **options)
    with pytest.raises(SimulationError, match=f"at least {enough} sweeps") as error:
        simulate(MODEL, config, tmp_path / "tempered.h5")
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []
    options["sweeps"] = enough
    long = simulate(MODEL, replace(config, **options), tmp_path / "tempered.h5")
    run = long.sizes[8].tempering
    assert run is not None
    assert evidence(run, MODEL, np.zeros(1)).rhat.shape == (1, 4)


WELLS = Model(gamma=0.3, k=-1.0, a=6.0)
SOME_WELLS = Model(gamma=stats.uniform(0.4, 0.2), k=stats.uniform(-0.3, 2.0))
"""Of six sites none is a double well in four samples of ten, and some are in the others."""


@pytest.mark.parametrize("model", [WELLS, SOME_WELLS], ids=["all sites", "some sites"])
def test_wells_of_sites_are_the_same_however_they_are_made(tmp_path: Path, model: Model) -> None:
    """Bit for bit, whichever samples are tempered beside each other."""
    config = replace(CONFIG, sizes=(6,), samples=5)
    whole, other = tmp_path / "whole.h5", tmp_path / "other.h5"
    simulate(model, config, whole)
    simulate(model, config, other, chunk=2)
    assert other.read_bytes() == whole.read_bytes()


def test_an_interrupted_tempering_of_wells_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(CONFIG, sizes=(6,), samples=5)
    whole, other = tmp_path / "whole.h5", tmp_path / "other.h5"
    simulate(SOME_WELLS, config, whole)
    sweep = Tempering.sweep
    stopped: list[int] = []

    def interrupted(run: Tempering) -> None:
        if run.swept == 50 and not stopped:
            stopped.append(run.swept)
            signal.raise_signal(signal.SIGINT)
        sweep(run)

    monkeypatch.setattr(Tempering, "sweep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        simulate(SOME_WELLS, config, other)
    simulate(SOME_WELLS, config, other, resume=True)
    assert stopped == [50]
    assert other.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("model", [WELLS, SOME_WELLS], ids=["all sites", "some sites"])
def test_tempering_finds_what_annealing_finds_in_wells(tmp_path: Path, model: Model) -> None:
    how: dict[str, Any] = {"sizes": (12,), "samples": 4, "starts": 16, "seed": 2}
    annealed = simulate(model, SimulationConfig(**how), tmp_path / "annealed.h5").sizes[12]
    config = SimulationConfig(**how, method="temper", rungs=6, sweeps=300, burn_in=150)
    tempered = simulate(model, config, tmp_path / "tempered.h5").sizes[12]
    np.testing.assert_allclose(tempered.energy[:, 0], annealed.energy[:, 0], rtol=0.0, atol=1e-9)
    assert np.all(tempered.hits == 2)
    assert set(tempered.parameters) == set(model.random)
    run = tempered.tempering
    assert run is not None
    assert np.all(run.round_trips > 0)
    assert np.all(run.divergences == 0)


def test_refused() -> None:
    with pytest.raises(SimulationError, match="shares its ladder"):
        CONFIG.sampler.init(Batch.of([Sample(MODEL, 8, seed=1)], seed=1))
