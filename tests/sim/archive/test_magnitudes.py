"""Numbers too large for any model are refused when an archive is opened, finite though they are."""

from __future__ import annotations

import gzip
from pathlib import Path

import h5py
import numpy as np
import pytest
from glasswell.sim import ArchiveError, Status, inspect
from glasswell.sim.archive import writing
from glasswell.sim.archive.schema import LOCAL_PARAMETERS, TEMPERING, VARIABLES

REFERENCE = Path(__file__).parents[2] / "reference" / "archives" / "temper-v1.h5.gz"
RUN = "N=4/tempering"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An archive of the present format."""
    old, new = tmp_path / "old.h5", tmp_path / "new.h5"
    old.write_bytes(gzip.decompress(REFERENCE.read_bytes()))
    found = writing.read(old)
    writing.write(new, found.sizes, found.provenance)
    return new


def _multiply(path: Path, name: str, factor: float) -> None:
    """Other values, with a checksum that is theirs."""
    with h5py.File(path, "a") as file:
        values = file[name][()]
        del file[name]
        file.create_dataset(name, data=(values * factor).astype(values.dtype), fletcher32=True)


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("N=4/energy", 1e200),
        ("N=4/energy", 1e62),
        ("N=4/displacement", 1e200),
        ("N=4/displacement", 1e33),
        ("N=4/cavity_field", 1e200),
        ("N=4/cavity_susceptibility", -1e100),
        ("N=4/gradient_norm", 1e300),
        ("N=4/smallest_eigenvalue", 1e80),
        (f"{RUN}/energy", 1e290),
        (f"{RUN}/overlap", 1e160),
        (f"{RUN}/fourth_moment", 1e160),
        (f"{RUN}/temperature", 1e300),
        (f"{RUN}/step_size", 1e100),
    ],
)
def test_too_large(path: Path, name: str, factor: float) -> None:
    _multiply(path, name, factor)
    with pytest.raises(ArchiveError, match=rf"{name} has .* in it: nothing .* exceeds") as caught:
        writing.read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "factor"), [("N=4/energy", 1e40), ("N=4/displacement", 1e20), (f"{RUN}/energy", 1e46)]
)
def test_what_a_model_may_give(path: Path, name: str, factor: float) -> None:
    """Scales of 10^40, temperatures of 10^6 beyond, displacements of (10^40 10^40)^(1/4)."""
    _multiply(path, name, factor)
    assert list(writing.read(path).sizes) == [4]


def test_counts(path: Path) -> None:
    """Their sum over all samples is an integer of 64 bits."""
    with h5py.File(path, "a") as file:
        shape = file[f"{RUN}/divergences"].shape
        del file[f"{RUN}/divergences"]
        values = np.full(shape, 2**62)
        file.create_dataset(f"{RUN}/divergences", data=values, fletcher32=True)
    with pytest.raises(ArchiveError, match=r"divergences has values above 1e\+12"):
        writing.read(path)


def test_a_state_that_was_lost_may_be_anywhere(path: Path) -> None:
    """A start that overflowed is kept as it was found, and the archive is read."""
    with h5py.File(path, "a") as file:
        file["N=4/status"][0] = int(Status.NOT_FINITE)
        file["N=4/hits"][0] = 0
        file["N=4/energy"][0] = 1.7e308
        file["N=4/displacement"][0] = -1e200
        for name in ("cavity_field", "cavity_susceptibility", "smallest_eigenvalue"):
            file[f"N=4/{name}"][0] = np.nan
    assert writing.read(path).sizes[4].displacement.min() == -1e200
    assert inspect(path)["sizes"]["4"]["energy_error"] is None
    with h5py.File(path, "a") as file:
        file["N=4/status"][0] = int(Status.ITERATION_LIMIT)
    with pytest.raises(ArchiveError, match=r"N=4/energy has 1\.7e\+308 in it"):
        writing.read(path)


def test_sums_of_squares_of_the_largest_are_finite() -> None:
    """Of 10^6 samples of 10^4 sites; counts add up to an integer of 64 bits."""
    for variable in (*VARIABLES.values(), *TEMPERING.values()):
        if variable.dtype == "f8":
            assert np.isfinite(1e10 * variable.largest**2)
        elif variable.most is not None:
            assert 10**6 * int(variable.most) < 2**63
    assert all(np.isfinite(variable.largest**2) for variable in LOCAL_PARAMETERS.values())
