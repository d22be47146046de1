"""Every fault of an archive is found and named, and what has none is said to have none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from glasswell.compare.cli.command import main
from glasswell.sim import ArchiveError, SimulationConfig, SizeData, blocks, read, simulate, verify
from glasswell.sim.archive import writing
from glasswell.theory import Model


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sizes of ten samples."""
    path = tmp_path_factory.mktemp("verify") / "minima.h5"
    config = SimulationConfig(sizes=(4, 6), samples=10, starts=3, states=2, method="quench")
    simulate(Model(gamma=10.0), config, path)
    return path


@pytest.fixture(scope="module")
def tempered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("verify") / "chains.h5"
    config = SimulationConfig(
        sizes=(4,), samples=3, starts=4, method="temper", temperatures=(1.0, 2.0), sweeps=100
    )
    simulate(Model(gamma=2.0), config, path)
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path))


def _datasets(path: Path) -> dict[str, int]:
    """Where the first number of each is in the file."""
    found: dict[str, int] = {}

    def note(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.size:
            found[name] = item.id.get_chunk_info(0).byte_offset

    with h5py.File(path) as file:
        file.visititems(note)
    return found


def _flip(path: Path, place: int, bit: int = 0x10) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= bit
    path.write_bytes(data)


def _texts(path: Path) -> list[str]:
    return [fault.text for fault in verify(path).faults]


@pytest.mark.parametrize("kind", ["made", "tempered"])
def test_a_whole_archive_has_no_fault(kind: str, request: pytest.FixtureRequest) -> None:
    found = verify(request.getfixturevalue(kind), again=None)
    assert (found.faults, found.notes) == ((), ())
    assert found.samples == found.again == {"made": 20, "tempered": 3}[kind]


@pytest.mark.parametrize("kind", ["made", "tempered"])
def test_a_flipped_bit_of_any_dataset_is_named(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    whole: Path = request.getfixturevalue(kind)
    path = tmp_path / "flipped.h5"
    for name, place in _datasets(whole).items():
        shutil.copy(whole, path)
        _flip(path, place + 6)
        (text,) = _texts(path)
        assert text.startswith(f"{name} is damaged (its checksum is wrong)")
        assert text.endswith("in samples 0 to 9") == (
            kind == "made" and name.rpartition("/")[2] not in ("sample", "state", "site")
        )


def test_every_fault_is_told(path: Path) -> None:
    places = _datasets(path)
    for name in ("N=4/energy", "N=4/hits", "N=6/displacement", "N=6/site"):
        _flip(path, places[name] + 6)
    found = verify(path)
    assert [fault.text.partition(" ")[0] for fault in found.faults] == [
        "N=6/site", "N=4/energy", "N=4/hits",
    ]  # fmt: skip
    assert [fault.N for fault in found.faults] == [6, 4, 4]
    assert found.again == 0


def _states(path: Path) -> SizeData:
    (data,) = blocks(read(path).sizes[6])
    return data


def _rewritten(path: Path, data: SizeData) -> None:
    """With checksums that are right."""
    content = read(path)
    writing.write(path, {**content.sizes, 6: data}, content.provenance)


def test_values_that_make_no_sense_are_told_by_samples(path: Path) -> None:
    data = _states(path)
    data.hits[[2, 7]] = 99
    _rewritten(path, data)
    assert _texts(path) == [
        f"N=6/hits does not fit its states and the configuration's starts, in sample {n}"
        for n in (2, 7)
    ]


def test_energies_and_gradients_are_held_against_couplings(path: Path) -> None:
    """Displacements of another sample have the right checksum, and the wrong energy."""
    data = _states(path)
    data.displacement[3] = data.displacement[4]
    _rewritten(path, data)
    first, second = _texts(path)[:2]
    assert first.startswith("N=6/energy is ")
    assert first.endswith(("in sample 3, state 0", "in sample 3, state 1"))
    assert second.startswith("N=6/gradient_norm is ")
    assert verify(path, again=0).faults == ()


def test_an_energy_that_is_wrong_in_its_eighth_digit(path: Path) -> None:
    data = _states(path)
    data.energy[5] *= 1 + 1e-7
    _rewritten(path, data)
    (text,) = _texts(path)
    assert "N=6/energy" in text
    assert "in sample 5" in text


def test_files_that_cannot_be_opened(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    (text,) = _texts(path)
    assert "not a whole HDF5 file" in text
    with pytest.raises(ArchiveError, match="there is no archive"):
        verify(path.with_name("none.h5"))


def test_a_damaged_attribute_does_not_hide_the_rest(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file["provenance"].attrs["config"] = "[model]\n"
    _flip(path, _datasets(path)["N=4/energy"] + 6)
    assert _texts(path) == [
        "the attribute provenance/config is damaged (its checksum is wrong)",
        "N=4/energy is damaged (its checksum is wrong) in samples 0 to 9",
    ]


def _everything(path: Path) -> dict[str, object]:
    """All that a reader can see."""
    content = read(path)
    found: dict[str, object] = {"provenance": content.provenance}
    for N, size in content.sizes.items():
        found |= {f"{N}/{name}": x.tolist() for name, x in vars(next(blocks(size))).items()
                  if isinstance(x, np.ndarray)}  # fmt: skip
    return found


def test_a_flipped_bit_anywhere_is_found_or_changes_nothing(made: Path, tmp_path: Path) -> None:
    """HDF5 leaves gaps in its files: what is there is never read."""
    whole, path, length = _everything(made), tmp_path / "flipped.h5", made.stat().st_size
    rng = np.random.default_rng(1)
    found = 0
    for place in rng.integers(length, size=60):
        shutil.copy(made, path)
        _flip(path, int(place), 1 << int(rng.integers(8)))
        if verify(path, again=0).faults:
            found += 1
        else:
            assert _everything(path) == whole
    assert found > 10


def test_the_command(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "--verify", str(path)]) == 0
    assert capsys.readouterr().out == "20 samples read, 16 made again: no fault\n"
    assert main(["inspect", "--verify", "--again", "all", str(path)]) == 0
    assert capsys.readouterr().out == "20 samples read, 20 made again: no fault\n"
    _flip(path, _datasets(path)["N=4/energy"] + 6)
    assert main(["inspect", "--verify", str(path)]) == 1
    said = f"{path}: N=4/energy is damaged (its checksum is wrong) in samples 0 to 9"
    assert capsys.readouterr().out.splitlines() == [said, "20 samples read, 8 made again: 1 fault"]
    assert main(["inspect", "--verify", "--json", str(path)]) == 1
    (fault,) = json.loads(capsys.readouterr().out)["faults"]
    assert (fault["N"], fault["rows"]) == (4, [0, 10])
    assert main(["inspect", "--again", "3", str(path)]) == 2
    assert main(["inspect", "--verify", str(path.with_name("none.h5"))]) == 2
