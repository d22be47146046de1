"""Archives: whole or absent, readable by name, and honest about what they are not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray
from glasswell.sim import ArchiveError, SimulationConfig, SizeData, Status, inspect
from glasswell.sim.archive import writing
from glasswell.sim.archive.schema import TEMPERING, VARIABLES
from glasswell.sim.archive.stored_provenance import as_of_its_time
from glasswell.sim.archive.summary import as_text
from glasswell.sim.backend import durable
from glasswell.sim.records.sizes import STATES, concatenate
from glasswell.sim.records.time_series import SERIES
from glasswell.sim.run.provenance import describe
from glasswell.theory import Model

MODEL = Model(gamma=10.0, J0=0.5)
CONFIG = SimulationConfig(sizes=(4, 6), samples=(3, 2), starts=5, states=2)
PROVENANCE = describe(MODEL, CONFIG, device="cpu", config_text="# mine\n[model]\ngamma = 10.0\n")


def _size(N: int, S: int, K: int = 2, first: int = 0) -> SizeData:
    rng = np.random.default_rng(N)
    return SizeData(
        sample=np.arange(first, first + S),
        energy=np.sort(rng.standard_normal((S, K)), axis=1),
        displacement=rng.standard_normal((S, K, N)),
        cavity_field=rng.standard_normal((S, K, N)),
        cavity_susceptibility=rng.standard_normal((S, K, N)),
        gradient_norm=np.full((S, K), 1e-12),
        smallest_eigenvalue=np.full((S, K), 0.1),
        status=np.zeros((S, K), dtype=np.int64),
        hits=np.full(S, 3),
    )


DATA = {6: _size(6, 2), 4: _size(4, 3)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "minima.h5"
    writing.write(file, DATA, PROVENANCE)
    return file


def test_round_trip(path: Path) -> None:
    content = writing.read(path)
    assert list(content.sizes) == [4, 6]
    assert content.model == MODEL
    assert content.config == CONFIG
    assert content.provenance == PROVENANCE
    for N, data in DATA.items():
        assert content.sizes[N].N == N
        for name in ("sample", *VARIABLES):
            np.testing.assert_array_equal(getattr(content.sizes[N], name), getattr(data, name))


def test_contract_of_the_file(path: Path) -> None:
    with h5py.File(path) as file:
        assert file.attrs["format"] == "glasswell"
        assert file.attrs["format_version"] == 3
        assert file["provenance"].attrs["config"].startswith("# mine")
        for name, variable in VARIABLES.items():
            dataset = file["N=6"][name]
            assert dataset.attrs["units"]
            assert dataset.attrs["long_name"]
            assert [dim[0].name for dim in dataset.dims] == [f"/N=6/{d}" for d in variable.dims]


def test_xarray_opens_it_by_name(path: Path) -> None:
    with xarray.open_dataset(path, group="N=6", engine="h5netcdf") as dataset:
        assert dict(dataset.sizes) == {"sample": 2, "state": 2, "site": 6}
        for name, variable in VARIABLES.items():
            assert dataset[name].dims == variable.dims
            assert "units" in dataset[name].attrs
        chosen = dataset["displacement"].sel(sample=1, state=0, site=3)
        assert float(chosen) == DATA[6].displacement[1, 0, 3]


def test_nothing_is_left_of_a_failed_write(tmp_path: Path) -> None:
    file = tmp_path / "minima.h5"
    wrong = SizeData(**{**vars(DATA[6]), "hits": np.zeros(7)})
    with pytest.raises(ArchiveError, match="hits"):
        writing.write(file, {6: wrong}, PROVENANCE)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_archive(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArchiveError, match="No space left"):
        writing.write(path, {6: DATA[6]}, PROVENANCE)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["minima.h5"]


def test_interrupted_writes_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        writing.write(tmp_path / "minima.h5", DATA, PROVENANCE)
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys
from glasswell.sim.archive import writing as archive
provenance, sizes = (lambda a: (a.provenance, a.sizes))(archive.read(sys.argv[1]))
write_size = archive.write_size
def killed(group, data, check):
    write_size(group, data, check)
    group.file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
archive.write_size = killed
archive.write(sys.argv[2], sizes, provenance)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_killed_write_leaves_nothing_that_reads_as_an_archive(path: Path) -> None:
    target = path.parent / "other.h5"
    words = [sys.executable, "-c", KILLED, str(path), str(target)]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    assert not target.exists()
    (part,) = path.parent.glob("other.h5.*.part")
    with pytest.raises(ArchiveError):
        writing.read(part)
    writing.write(target, DATA, PROVENANCE)
    assert writing.read(target).config == CONFIG
    durable.remove_parts(target)
    assert {file.name for file in path.parent.iterdir()} == {"minima.h5", "other.h5"}


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_truncated_files(path: Path, part: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(ArchiveError, match="not a whole HDF5 file"):
        writing.read(path)


def _foreign(file: h5py.File) -> None:
    del file.attrs["format"]


def _newer(file: h5py.File) -> None:
    file.attrs["format_version"] = 99


def _unfinished(file: h5py.File) -> None:
    del file.attrs["complete"]


def _no_energy(file: h5py.File) -> None:
    del file["N=4"]["energy"]


def _bad_model(file: h5py.File) -> None:
    file["provenance"].attrs["model"] = "{"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_foreign, "not a glasswell archive"),
        (_newer, "update glasswell"),
        (_unfinished, "never finished"),
        (_no_energy, "N=4/energy is missing"),
        (_bad_model, "provenance/model is not JSON"),
    ],
)
def test_other_files_are_refused(path: Path, spoil: object, message: str) -> None:
    assert callable(spoil)
    with h5py.File(path, "a") as file:
        spoil(file)
    with pytest.raises(ArchiveError, match=message) as caught:
        writing.read(path)
    assert "\n" not in str(caught.value)


def test_missing_and_foreign_files(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="no archive"):
        writing.read(tmp_path / "nothing.h5")
    text = tmp_path / "text.h5"
    text.write_text("hello")
    with pytest.raises(ArchiveError, match="not a whole HDF5 file"):
        writing.read(text)


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="create it first"):
        writing.check_writable(tmp_path / "nowhere" / "minima.h5")
    with pytest.raises(ArchiveError, match="is a folder"):
        writing.check_writable(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folders_that_are_read_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ArchiveError, match="cannot write to"):
        writing.check_writable(tmp_path / "minima.h5")


def test_concatenation_sorts_and_refuses_doubles() -> None:
    parts = [_size(4, 2, first=2), _size(4, 2, first=0)]
    joined = concatenate(parts)
    np.testing.assert_array_equal(joined.sample, [0, 1, 2, 3])
    np.testing.assert_array_equal(joined.energy[:2], parts[1].energy)
    with pytest.raises(ArchiveError, match="same sample"):
        concatenate([parts[0], parts[0]])


def test_inspect(path: Path) -> None:
    content = inspect(path)
    assert content["model"]["J0"] == 0.5
    assert content["sizes"]["4"]["samples"] == 3
    assert content["sizes"]["4"]["energy"] == pytest.approx(DATA[4].energy[:, 0].mean())
    assert content["sizes"]["4"]["hit_twice"] == 1.0
    text = as_text(content)
    assert "gamma = 10.0" in text
    assert len(text.splitlines()) == 7


def test_inspect_names_distributions(path: Path) -> None:
    content = inspect(path)
    content["model"]["gamma"] = {"distribution": "uniform", "loc": 8.0, "scale": 4.0}
    assert "gamma = uniform(loc = 8, scale = 4)" in as_text(content)


def test_inspect_says_null_where_nothing_converged(tmp_path: Path) -> None:
    nothing = {name: np.full((2, 2), np.nan) for name in ("smallest_eigenvalue",)}
    nothing |= {name: np.full((2, 2, 6), np.nan) for name in VARIABLES if "cavity" in name}
    stopped = {"status": np.full((2, 2), int(Status.ITERATION_LIMIT)), "hits": np.zeros(2)}
    failed = SizeData(**{**vars(DATA[6]), **nothing, **stopped})
    writing.write(tmp_path / "minima.h5", {**DATA, 6: failed}, PROVENANCE)
    content = inspect(tmp_path / "minima.h5")
    assert content["sizes"]["6"]["smallest_eigenvalue"] is None
    assert json.loads(json.dumps(content, allow_nan=False))["sizes"] == content["sizes"]
    assert as_text(content)


def test_what_is_kept_is_what_is_written() -> None:
    """Every array of the records has a dataset, and every dataset an array."""
    assert set(STATES) == set(VARIABLES)
    assert set(SERIES) == set(TEMPERING)


def test_anneals_from_before_reheats_had_none() -> None:
    """What an archive does not say of its sampler is what it was then, not what it is now."""
    table = SimulationConfig(sizes=(8,), samples=4).table()
    assert as_of_its_time(table)["reheats"] == table["reheats"] == 4
    del table["reheats"]
    assert as_of_its_time(table)["reheats"] == 0
    assert "reheats" not in as_of_its_time({**table, "method": "quench"})
