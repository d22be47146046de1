"""Archives as xarray Datasets: what xarray reads of the file by itself, in memory or open."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray
from glasswell.sim import ArchiveError, SimulationConfig, open_archive, read, simulate
from glasswell.theory import Model
from scipy import stats

RANDOM = Model(gamma=stats.uniform(8, 4))


@pytest.fixture(scope="module")
def minima(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("xarray") / "minima.h5"
    simulate(RANDOM, SimulationConfig(sizes=(4, 6), samples=8, starts=3, method="quench"), path)
    return path


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("xarray") / "chains.h5"
    config = SimulationConfig(
        sizes=(4,), samples=3, starts=4, method="temper", temperatures=(1.0, 2.0), sweeps=100
    )
    simulate(Model(gamma=2.0), config, path)
    return path


@pytest.mark.parametrize(
    ("which", "group"), [("minima", "N=6"), ("chains", "N=4"), ("chains", "N=4/tempering")]
)
def test_it_is_what_xarray_reads(which: str, group: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(which)
    N, tempering = int(group[2]), group.endswith("tempering")
    with xarray.open_dataset(path, group=group, engine="h5netcdf") as expected:
        xarray.testing.assert_identical(read(path).to_xarray(N, tempering=tempering), expected)
        with open_archive(path) as archive:
            found = archive.to_xarray(N, tempering=tempering)
            xarray.testing.assert_identical(found, expected)
            for key in ({"sample": [2, 0]}, {"sample": slice(2, None, -2)}, {"sample": 1}):
                xarray.testing.assert_identical(found.isel(key), expected.isel(key))
            assert found.isel(sample=slice(0, 0)).sizes["sample"] == 0


def test_an_open_archive_is_read_when_it_is_used(minima: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(minima, tmp_path))
    with h5py.File(path) as file:
        place = file["N=6/energy"].id.get_chunk_info(0).byte_offset
    data = bytearray(path.read_bytes())
    data[place + 6] ^= 0x10
    path.write_bytes(data)
    with open_archive(path) as archive:
        found = archive.to_xarray(6)
        assert np.isfinite(found.displacement.values).all()
        with pytest.raises(ArchiveError, match=r"N=6/energy is damaged .* in samples 0 to 7"):
            _ = found.energy.values


def test_what_there_is_not(minima: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = read(minima)
    with pytest.raises(ArchiveError, match="there is no N=5: its sizes are 4, 6"):
        archive.to_xarray(5)
    with pytest.raises(ArchiveError, match="was not tempered"):
        archive.to_xarray(4, tempering=True)
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ArchiveError, match="pip install xarray"):
        archive.to_xarray(4)
