"""What is wrong with an archive is found when it is opened, and named."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from glasswell.sim import ArchiveError, inspect
from glasswell.sim.archive import writing
from glasswell.sim.archive.schema import (
    CHECKSUMS,
    COORDINATES,
    LOCAL_PARAMETERS,
    TEMPERING,
    TEMPERING_COORDINATES,
    VARIABLES,
)
from glasswell.sim.archive.summary import as_text
from glasswell.sim.archive.tables import chunk_of
from glasswell.sim.backend.printable import printable

REFERENCE = Path(__file__).parents[2] / "reference" / "archives"
RUN = "N=4/tempering"

Damage = Callable[[h5py.File], None]


def _reference(name: str, folder: Path) -> Path:
    """An archive of the first version, as it was written then."""
    path = folder / f"{name}.h5"
    path.write_bytes(gzip.decompress((REFERENCE / f"{name}.h5.gz").read_bytes()))
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return _reference("temper-v1", tmp_path)


@pytest.fixture
def path(tmp_path: Path, old: Path) -> Path:
    """The same samples in the present format."""
    found = writing.read(old)
    writing.write(tmp_path / "temper.h5", found.sizes, found.provenance)
    return tmp_path / "temper.h5"


def _refused(path: Path) -> str:
    with pytest.raises(ArchiveError) as caught:
        writing.read(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


def _put(name: str, change: Callable[[np.ndarray[Any, Any]], Any], **how: Any) -> Damage:
    def damage(file: h5py.File) -> None:
        values = change(file[name][()])
        del file[name]
        file.create_dataset(name, data=values, **how)

    return damage


def _attribute(group: str, name: str, value: Any) -> Damage:
    def damage(file: h5py.File) -> None:
        file[group].attrs[name] = value

    return damage


def _spoil(path: Path, damage: Damage) -> None:
    with h5py.File(path, "a") as file:
        damage(file)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_put("N=4/energy", lambda x: x > 0), "N=4/energy does not hold 64-bit floating-point"),
        (_put("N=4/energy", lambda x: np.ones(x.shape, "u1")), "N=4/energy does not hold"),
        (_put(f"{RUN}/overlap", lambda x: x * np.nan), f"{RUN}/overlap has nan or inf"),
        (_put("N=4/cavity_field", lambda x: x * np.nan), "N=4/cavity_field has nan or inf"),
        (_put("N=4/hits", lambda x: x[:1]), r"N=4/hits has the shape (1,) instead of"),
        (_put("N=4/hits", lambda x: -x), "N=4/hits has values below 0"),
        (_put("N=4/status", lambda x: x + 4), "N=4/status has values above 3"),
        (_put("N=4/sample", lambda x: x[::-1]), "N=4/sample does not ascend"),
        (_put("N=4/sample", lambda x: x + 1), "N=4/sample has numbers outside of 0 to 1"),
        (_put("N=4/site", lambda x: x[::-1]), "N=4/site does not count"),
        (_put("N=4/smallest_eigenvalue", lambda x: -x), "smallest_eigenvalue is not positive"),
        (_put(f"{RUN}/temperature", lambda x: x[::-1]), f"{RUN}/temperature does not ascend"),
        (_put(f"{RUN}/temperature", lambda x: -x), f"{RUN}/temperature has values below 0"),
        (_put(f"{RUN}/acceptance", lambda x: x + 1), f"{RUN}/acceptance has values above 1"),
        (_put(f"{RUN}/rung", lambda x: x[:1]), f"{RUN}/rung has 1 values"),
        (_attribute(RUN, "measure_every", -1), f"{RUN}/measure_every is -1"),
        (_attribute("provenance", "model", "[]"), "provenance/model is not a JSON object"),
        (_attribute("provenance", "model", '{"gamma": -1}'), "provenance/model makes no sense"),
        (_attribute("provenance", "model", "[" * 10**5), "provenance/model is not JSON"),
        (_attribute("provenance", "settings", '{"x": NaN}'), "provenance/settings is not JSON"),
        (_attribute("provenance", "seed", 1.0), "provenance/seed is not a whole number"),
        (_attribute("provenance", "device", "tpu"), "provenance do not fit each other"),
        (_attribute("provenance", "device", 3), "provenance/device is not text"),
        (lambda file: file.__delitem__("N=4"), "N=4 is missing"),
        (lambda file: file.__delitem__(RUN), f"{RUN} is missing"),
        (lambda file: file.create_group("N=5") and None, "N=5 is not a size"),
    ],
)
def test_contents_that_no_simulation_writes(old: Path, damage: Damage, message: str) -> None:
    """In the first version, where no checksum comes before the schema."""
    _spoil(old, damage)
    assert message in _refused(old)


def _huge(file: h5py.File) -> None:
    del file["N=4/energy"]
    file.create_dataset("N=4/energy", (2, 10**12), "f8", chunks=(1, 1000), compression="gzip")


def _long(file: h5py.File) -> None:
    """Two states of 10¹² samples each, if one believes it."""
    for name in ("N=4/sample", "N=4/hits"):
        del file[name]
        file.create_dataset(name, (10**12,), "i8", chunks=(2,))


@pytest.mark.parametrize(
    ("damage", "message"), [(_huge, "N=4/energy has the shape"), (_long, "N=4/sample declares")]
)
def test_no_memory_is_taken_for_what_is_not_there(old: Path, damage: Damage, message: str) -> None:
    _spoil(old, damage)
    assert message in _refused(old)


def _fifo(file: h5py.File) -> Path:
    fifo = Path(file.filename).with_name("fifo")
    os.mkfifo(fifo)
    return fifo


def _link_to_a_fifo(file: h5py.File) -> None:
    del file["N=4/energy"]
    file["N=4/energy"] = h5py.ExternalLink(str(_fifo(file)), "/x")


def _link_beside(file: h5py.File) -> None:
    file["N=7"] = h5py.ExternalLink(str(_fifo(file)), "/x")


def _soft_link(file: h5py.File) -> None:
    file["N=4"].move("energy", "energies")
    file["N=4/energy"] = h5py.SoftLink("/N=4/energies")


def _virtual(file: h5py.File) -> None:
    del file["N=4/energy"]
    layout = h5py.VirtualLayout((2, 1), "f8")
    layout[...] = h5py.VirtualSource(str(_fifo(file)), "x", (2, 1))
    file.create_virtual_dataset("N=4/energy", layout)


def _external_storage(file: h5py.File) -> None:
    del file["N=4/energy"]
    secret = Path(file.filename).with_name("secret")
    secret.write_bytes(np.full(2, -1.0).tobytes())
    file.create_dataset("N=4/energy", (2, 1), "f8", external=[(str(secret), 0, 16)])


def _cycle(file: h5py.File) -> None:
    del file[RUN]
    file[RUN] = file["N=4"]


def _twice(file: h5py.File) -> None:
    del file["N=4/gradient_norm"]
    file["N=4/gradient_norm"] = file["N=4/smallest_eigenvalue"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_link_to_a_fifo, "N=4/energy is a link to elsewhere"),
        (_link_beside, "N=7 is a link to elsewhere"),
        (_soft_link, "N=4/energy is a link to elsewhere"),
        (_virtual, "N=4/energy takes its numbers from another file"),
        (_external_storage, "N=4/energy takes its numbers from another file"),
        (_cycle, f"{RUN} is linked to an object that is something else"),
        (_twice, "is linked to an object that is something else"),
    ],
)
def test_nothing_leads_out_of_the_file(old: Path, damage: Damage, message: str) -> None:
    _spoil(old, damage)
    assert message in _refused(old)


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    """A pipe would wait for a writer, for ever."""
    os.mkfifo(tmp_path / "pipe.h5")
    for place in (tmp_path / "pipe.h5", Path("/dev/zero"), tmp_path, tmp_path / ("x" * 300)):
        with pytest.raises(ArchiveError, match="there is no archive"):
            writing.read(place)


def test_every_dataset_has_a_checksum(path: Path) -> None:
    """A flipped byte of any dataset is found, and the dataset named."""
    whole = path.read_bytes()
    groups = {"N=4": {**COORDINATES, **VARIABLES}, RUN: {**TEMPERING_COORDINATES, **TEMPERING}}
    with h5py.File(path) as file:
        places = {
            f"{group}/{name}": file[group][name].id.get_chunk_info(0).byte_offset
            for group, variables in groups.items()
            for name in variables
        }
    for name, place in places.items():
        spoiled = bytearray(whole)
        spoiled[place + 3] ^= 0x10
        path.write_bytes(spoiled)
        assert f"{name} is damaged (its checksum is wrong)" in _refused(path)


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        ("provenance", "config", "# another"),
        ("provenance", "device", "another"),
        ("provenance", "version_numpy", "1.0"),
        ("provenance", "settings", "{}"),
    ],
)
def test_every_attribute_has_a_checksum(path: Path, group: str, name: str, value: str) -> None:
    _spoil(path, _attribute(group, name, value))
    assert f"{group}/{name} is damaged (its checksum is wrong)" in _refused(path)


def test_checksums_cannot_be_left_out(path: Path) -> None:
    whole = path.read_bytes()
    _spoil(path, _put("N=4/energy", lambda x: x))
    assert "N=4/energy has lost its checksum" in _refused(path)
    path.write_bytes(whole)
    _spoil(path, lambda file: file.attrs.__delitem__(CHECKSUMS))
    assert "checksums is missing" in _refused(path)


def test_an_archive_may_have_notes_of_its_owner(path: Path) -> None:
    def note(file: h5py.File) -> None:
        file.attrs["note"] = "mine"
        file["mine"] = np.arange(3)

    _spoil(path, note)
    assert list(writing.read(path).sizes) == [4]


def test_the_first_version_is_read_with_a_note(tmp_path: Path, path: Path) -> None:
    content = inspect(_reference("quench-v1", tmp_path))
    assert (content["format_version"], content["checksums"]) == (1, False)
    assert as_text(content).splitlines()[-1].endswith("no checksums: made by an older version")
    # The numbers that the version of then printed.
    assert [size["energy"] for size in content["sizes"].values()] == pytest.approx(
        [-15.28591, -15.51650], abs=5e-6
    )
    assert inspect(path)["checksums"]
    assert "no checksums" not in as_text(inspect(path))


def test_attributes_are_printed_without_their_control_characters(old: Path) -> None:
    _spoil(old, _attribute("provenance", "version_numpy", "\x1b[31mcpu\x9b2J\u202e\nmore"))
    text = as_text(inspect(old))
    assert "\\x1b[31mcpu\\x9b2J\\u202e\\nmore" in text
    assert all(line.isprintable() for line in text.splitlines())


def test_printable() -> None:
    assert printable("γ → ∞, 10 µm") == "γ → ∞, 10 µm"
    assert printable("\x07\x9b\u2066\ud800") == "\\x07\\x9b\\u2066\\ud800"
    assert printable("x" * 1000) == "x" * 200 + "…"
    assert len(printable("x" * 1000, longest=None)) == 1000


@pytest.mark.parametrize("shape", [(600, 32, 64), (5,), (1, 4000, 4000), (3, 20, 2, 100_000)])
def test_chunks(shape: tuple[int, ...]) -> None:
    """Whole samples where one fits; never more than 256 KiB, never none."""
    chunk = chunk_of(shape)
    assert all(1 <= part <= length for part, length in zip(chunk, shape, strict=True))
    assert 8 * np.prod(chunk) <= 2**18
    if 8 * np.prod(shape[1:]) <= 2**18:
        assert chunk[1:] == shape[1:]


def test_the_schema_names_every_dataset_of_an_archive(path: Path) -> None:
    with h5py.File(path) as file:
        assert set(file["N=4"]) == {*COORDINATES, *VARIABLES, "tempering"}
        assert set(file[RUN]) == {*TEMPERING_COORDINATES, *TEMPERING}
    assert not set(LOCAL_PARAMETERS) & {*COORDINATES, *VARIABLES}


def test_coefficients_of_the_first_version(tmp_path: Path) -> None:
    """It kept k = 1 and a = 1 beside them, which a model is refused today."""
    model = writing.read(_reference("coefficients-v1", tmp_path)).model
    assert model.coefficients == (0.5, -0.1, 0.01)
    assert model.k is None
    assert model.a is None
