"""Couplings of one's own through configuration, run, archive and comparison."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray
from glasswell.compare import CompareConfig, compare
from glasswell.compare.cli import command
from glasswell.sim import (
    Archive,
    ArchiveError,
    CouplingError,
    Sample,
    SimulationConfig,
    SimulationError,
    archive,
    couplings,
    inspect,
    landscape,
    simulate,
)
from glasswell.sim.archive.reading import read
from glasswell.sim.config import load
from glasswell.sim.sample import ensembles
from glasswell.sim.sample.couplings_file import Given
from glasswell.sim.sample.couplings_source import Drawn, source_of
from glasswell.theory import Model

MODEL = Model(gamma=10.0)
J = couplings.batch(MODEL, 8, seed=5, samples=range(6), ensemble=ensembles.binary)


def sparse(N: int, bits: np.random.Philox) -> Any:
    """Half of the bonds, and those of variance two."""
    z = ensembles.gaussian(N, bits)
    kept = ensembles.symmetric((np.arange(ensembles.pairs(N)) % 2).astype(float), N)
    return np.sqrt(2.0) * z * kept


def _saved(folder: Path, suffix: str, array: Any = J) -> Path:
    path = folder / f"J{suffix}"
    if suffix == ".npy":
        np.save(path, array)
    elif suffix == ".npz":
        np.savez(path, J=array)
    else:
        with h5py.File(path, "w") as file:
            file["J"] = array
    return path


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".h5"])
def test_files_of_couplings(suffix: str, tmp_path: Path) -> None:
    given = Given.read(_saved(tmp_path, suffix))
    assert given.shapes == ((8, 6),)
    np.testing.assert_array_equal(given.couplings(MODEL, 8, seed=1, number=3), J[3])
    # The values have one checksum, whatever holds them.
    assert given.checksum == Given.read(_saved(tmp_path, ".npy")).checksum
    other = Given.read(_saved(tmp_path, suffix, -J))
    assert other.checksum != given.checksum


def test_several_sizes_in_one_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "J.npz", small=J[0, :4, :4], large=J)
    assert Given.read(tmp_path / "J.npz").shapes == ((4, 1), (8, 6))
    config = SimulationConfig(couplings={"file": str(tmp_path / "J.npz")})
    assert config.sizes == (4, 8)
    assert config.samples == (1, 6)


def _config(folder: Path, **values: Any) -> Path:
    table = {"starts": 4, "method": "quench", **values}
    lines = [f"{name} = {json.dumps(value)}" for name, value in table.items()]
    path = folder / "run.toml"
    text = "\n".join(["[model]", "gamma = 10.0", "[simulation]", *lines])
    path.write_text(text + '\ncouplings = {file = "J.npy"}\n[theory]\nrsb = [0]\n')
    return path


def test_a_configuration_finds_the_file_beside_it(tmp_path: Path) -> None:
    _saved(tmp_path, ".npy")
    _, config, *_ = load(_config(tmp_path))
    assert config.sizes == (8,)
    assert config.samples == (6,)
    assert isinstance(config.couplings, Given)
    assert Path(config.couplings.file) == tmp_path / "J.npy"


@pytest.fixture
def run(tmp_path: Path) -> Archive:
    _saved(tmp_path, ".npy")
    model, config, text, _ = load(_config(tmp_path))
    return simulate(model, config, tmp_path / "A.h5", config_text=text)


def test_samples_have_the_couplings_of_the_file(run: Archive) -> None:
    data = run.sizes[8]
    for s in range(6):
        energy = landscape.energy(data.displacement[s, 0], J[s], MODEL) / 8
        assert data.energy[s, 0] == pytest.approx(energy, rel=1e-12)


def test_small_ones_are_kept_whole(run: Archive, tmp_path: Path) -> None:
    (tmp_path / "J.npy").unlink()
    again = read(tmp_path / "A.h5")
    for s in range(6):
        np.testing.assert_array_equal(again.sample(8, s).J, J[s])
    kept = xarray.open_dataset(tmp_path / "A.h5", group="couplings/N=8", engine="h5netcdf")
    assert kept["J"].dims == ("sample", "site", "partner")
    content = inspect(tmp_path / "A.h5")
    assert content["couplings_kept"]
    assert isinstance(run.config.couplings, Given)
    assert content["simulation"]["couplings"]["checksum"] == run.config.couplings.checksum


def test_large_ones_are_known_by_their_checksum(
    run: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glasswell.sim.run.merging.KEPT", 10)
    large = simulate(MODEL, run.config, tmp_path / "B.h5")
    assert large.couplings is None
    np.testing.assert_array_equal(large.sample(8, 2).J, J[2])
    _saved(tmp_path, ".npy", -J)
    with pytest.raises(CouplingError, match="any more"):
        read(tmp_path / "B.h5").sample(8, 2)
    moved = tmp_path / "elsewhere.npy"
    np.save(moved, J)
    found = read(tmp_path / "B.h5").with_couplings(Given.read(moved)).sample(8, 2)
    np.testing.assert_array_equal(found.J, J[2])


def test_damaged_couplings_are_named(run: Archive, tmp_path: Path) -> None:
    path = tmp_path / "A.h5"
    with h5py.File(path, "r+") as file:
        file["couplings/N=8/J"][0, 0, 1] = 3.0
    with pytest.raises(ArchiveError, match="couplings/N=8/J"):
        read(path)
    archive.writing.write(tmp_path / "C.h5", run.sizes, run.provenance, couplings=run.couplings)
    assert read(tmp_path / "C.h5").couplings is not None


def test_from_file_to_report(tmp_path: Path) -> None:
    """Simulated, resumed, inspected and compared like any other; then without the file."""
    _saved(tmp_path, ".npy", couplings.batch(MODEL, 8, seed=5, samples=range(10)))
    config, made = str(_config(tmp_path)), str(tmp_path / "A.h5")
    run = ["simulate", config, "-o", made, "--engine", "inline"]
    assert command.main(run) == 0
    assert command.main([*run, "--resume"]) == 0
    assert command.main(["inspect", made]) == 0
    (tmp_path / "J.npy").unlink()
    assert command.main(["compare", made, "-o", str(tmp_path / "report")]) == 0


def test_a_file_of_the_models_couplings_gives_the_models_samples(tmp_path: Path) -> None:
    """Anneal and temper see no difference between drawn couplings and the same from a file."""
    drawn = couplings.batch(MODEL, 8, seed=1, samples=range(4))
    np.save(tmp_path / "J.npy", drawn)
    for method in ("anneal", "temper"):
        options: dict[str, Any] = {"starts": 2, "steps": 200} | (
            {"method": method, "sweeps": 60, "burn_in": 20, "measure_every": 10}
            if method == "temper"
            else {}
        )
        options |= {"temperatures": (0.5, 1.0)} if method == "temper" else {}
        plain = SimulationConfig(sizes=(8,), samples=4, **options)
        given = SimulationConfig(couplings={"file": str(tmp_path / "J.npy")}, **options)
        one = simulate(MODEL, plain, tmp_path / f"{method}-drawn.h5").sizes[8]
        two = simulate(MODEL, given, tmp_path / f"{method}-given.h5").sizes[8]
        np.testing.assert_array_equal(one.displacement, two.displacement)


def test_integration_by_parts_is_not_asked_of_other_couplings(tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "method": "temper", "sweeps": 60, "burn_in": 20, "temperatures": (0.5, 1.0), "starts": 2,
    }  # fmt: skip
    for source, judged in (("gaussian", True), ("binary", False)):
        config = SimulationConfig(sizes=(8,), samples=8, couplings=source, **options)
        found = simulate(MODEL, config, tmp_path / f"{source}.h5")
        thermal = compare(found, CompareConfig(rsb=(0,))).thermal
        assert thermal is not None
        evidence = thermal.sizes[0].evidence
        assert np.isfinite(evidence.parts.z).all() == judged
        assert np.isfinite(evidence.virial.z).all()
        assert evidence.judged.all()


def test_a_function_of_ones_own(tmp_path: Path) -> None:
    config = SimulationConfig(sizes=(6,), samples=3, starts=2, method="quench", couplings=sparse)
    assert str(config.couplings).endswith(":sparse")
    assert pickle.loads(pickle.dumps(config)) == config
    found = simulate(MODEL, config, tmp_path / "A.h5")
    expected = Sample(MODEL, 6, seed=1, number=1, source=sparse).J
    np.testing.assert_array_equal(found.sample(6, 1).J, expected)
    # Its name is all that the configuration keeps: nothing is imported by it.
    again = read(tmp_path / "A.h5")
    kept, given_back = (a.config.couplings for a in (again, again.with_couplings(sparse)))
    assert isinstance(kept, Drawn)
    assert kept.function is None
    with pytest.raises(CouplingError, match="does not know"):
        kept.couplings(MODEL, 6, seed=1, number=0)
    assert isinstance(given_back, Drawn)
    assert given_back.function is sparse


def test_couplings_enter_the_hash(tmp_path: Path) -> None:
    config = SimulationConfig(sizes=(6,), samples=2, starts=2, method="quench")
    simulate(MODEL, config, tmp_path / "A.h5")
    other = SimulationConfig(sizes=(6,), samples=2, starts=2, method="quench", couplings="binary")
    with pytest.raises(ArchiveError, match="another configuration"):
        simulate(MODEL, other, tmp_path / "A.h5", resume=True)


NAN = np.where(J == J[0, 0, 1], np.nan, J)


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (J[0, :3], "N, N"),
        (np.triu(J), "symmetric"),
        (J + np.eye(8), "zero diagonal"),
        (NAN, "finite"),
        (J.astype(complex), "real numbers"),
        (np.array(["a"]), "real numbers"),
        (J[:0], "is empty"),
    ],
)
def test_wrong_arrays_get_one_line(array: Any, says: str, tmp_path: Path) -> None:
    path = _saved(tmp_path, ".npy", array)
    with pytest.raises(CouplingError, match=says) as caught:
        Given.read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert command.main(["simulate", str(_config(tmp_path)), "-o", str(tmp_path / "A.h5")]) == 2
    assert not (tmp_path / "A.h5").exists()


def test_wrong_files_get_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.npy").write_text("no array")
    np.save(tmp_path / "object.npy", np.array([None]), allow_pickle=True)
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["J"] = h5py.ExternalLink("/etc/hostname", "/J")
    np.savez(tmp_path / "two.npz", a=J, b=J)
    for name in ("none.npy", "text.npy", "object.npy", "link.h5", "two.npz", "J.txt", "."):
        with pytest.raises(CouplingError) as caught:
            Given.read(tmp_path / name)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "value", ["ising", 3, None, {}, {"file": 3}, {"file": "J.npy", "seed": 1}, [[0.0]]]
)
def test_wrong_sources(value: Any) -> None:
    with pytest.raises(CouplingError):
        source_of(value)


def test_more_than_the_file_has(tmp_path: Path) -> None:
    file = {"file": str(_saved(tmp_path, ".npy"))}
    with pytest.raises(SimulationError, match="7 samples"):
        SimulationConfig(couplings=file, samples=7)
    with pytest.raises(CouplingError, match="not of N = 16"):
        SimulationConfig(couplings=file, sizes=(16,), samples=1)
    with pytest.raises(CouplingError, match="not of N = 16"):
        SimulationConfig(couplings=file, sizes=(16,))
    wrong: Any = 16
    with pytest.raises(SimulationError, match="sizes must be a list of integers, got 16"):
        SimulationConfig(couplings=file, sizes=wrong)
