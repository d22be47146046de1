"""Whatever has happened to an archive: it is read as it was, or refused in one line.

An archive is data of somebody else's, which HDF5 reads with all its trust. Every example runs a
command in a process of its own that has 10 s and 1 GiB.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from glasswell.compare.cli.command import main
from glasswell.sim import ArchiveError
from glasswell.sim.archive import checksums, schema, writing
from hypothesis import given, settings
from hypothesis import strategies as st

REFERENCE = Path(__file__).parents[1] / "reference" / "archives"
NAMES = ("quench-v1", "temper-v1", "quench", "temper")
FEW, MANY = 40, 500

Array = np.ndarray[Any, Any]
Contained = Callable[[Callable[[], int]], Any]


def content(path: Path) -> dict[str, bytes]:
    """All that is read from an archive, bit for bit."""
    found = writing.read(path)
    values: dict[str, bytes] = {"provenance": repr(found.provenance).encode()}
    for N, data in found.sizes.items():
        series = vars(data.tempering) if data.tempering is not None else {}
        for name, value in {**vars(data), **data.parameters, **series}.items():
            if isinstance(value, np.ndarray):
                values[f"{N}/{name}/{value.ndim}"] = value.tobytes()
    return values


def datasets(file: h5py.File) -> list[str]:
    """The paths of all datasets."""
    found: list[str] = []
    file.visititems(lambda name, x: found.append(name) if isinstance(x, h5py.Dataset) else None)
    return sorted(found)


def attributes(file: h5py.File) -> list[tuple[str, str]]:
    """Group and name of every attribute that matters."""
    groups = ["/", "provenance", *(name for name in ("N=4/tempering",) if name in file)]
    return [(group, name) for group in groups for name in sorted(file[group].attrs)]


def replaced(file: h5py.File, path: str, values: Any, *, checked: bool) -> None:
    """Put other values where a dataset was, with checksums or without."""
    array = np.asarray(values)
    del file[path]
    file.create_dataset(
        path, data=array, **({"fletcher32": True} if checked and array.size > 1 else {})
    )


def _other(kind: str) -> Callable[[Array], Any]:
    return lambda x: x.astype(kind)


VALUES: dict[str, Callable[[Array], Any]] = {
    "bool": _other("?"),
    "u1": lambda x: np.ones(x.shape, "u1"),
    "f4": _other("f4"),
    "i4": lambda x: np.ones(x.shape, "i4"),
    "complex": _other("c16"),
    "text": lambda x: np.full(x.shape, b"word"),
    "another axis": lambda x: x[None],
    "flat": lambda x: np.append(x.ravel(), x.ravel()),
    "longer": lambda x: np.concatenate([x, x[:1]]),
    "shorter": lambda x: x[1:],
    "scalar": lambda x: x.ravel()[0],
    "empty": lambda x: x[:0],
}
"""All of them are refused wherever they stand."""

SPOILED: dict[str, float] = {"nan": np.nan, "inf": np.inf}


def lead_away(file: h5py.File, path: str, how: str, folder: Path) -> None:
    """Put something that leads elsewhere where a dataset was."""
    old = file[path]
    shape, dtype = old.shape, old.dtype
    del file[path]
    fifo, other = folder / "fifo", folder / "other.h5"
    if not fifo.exists():
        os.mkfifo(fifo)
        with h5py.File(other, "w") as another:
            another["x"] = np.zeros(shape, dtype)
    if how == "soft":
        file[path] = h5py.SoftLink("/elsewhere")
    elif how == "external":
        file[path] = h5py.ExternalLink(str(other), "/x")
    elif how == "fifo":
        file[path] = h5py.ExternalLink(str(fifo), "/x")
    elif how == "virtual":
        layout = h5py.VirtualLayout(shape, dtype)
        layout[...] = h5py.VirtualSource(str(fifo), "x", shape)
        file.create_virtual_dataset(path, layout)
    elif how == "storage":
        file.create_dataset(path, shape, dtype, external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])
    elif how == "cycle":
        file[path] = file["/"]
    elif how == "twice":
        file[path] = file[next(name for name in datasets(file) if name != path)]
    elif how == "group":
        file.create_group(path)
    elif how == "references":
        file.create_dataset(path, shape, h5py.ref_dtype)
    elif how == "huge":
        file.create_dataset(path, (10**6,) * max(len(shape), 2), dtype)
    else:
        file.create_dataset(
            path,
            (10**6,) * max(len(shape), 2),
            dtype,
            chunks=(10**4,) * 2 + (1,) * (len(shape) - 2),
        )


AWAY = (
    *("soft", "external", "fifo", "virtual", "storage", "cycle", "twice", "group"),
    *("references", "huge", "huge chunks"),
)

JUNK: tuple[Any, ...] = (
    *(
        "",
        "[]",
        "3",
        "null",
        "{",
        "[" * 100_000,
        '{"gamma": {}}',
        "NaN",
        "9" * 5000,
        "\x1b[2J\u202e",
    ),
    *(0, -1, 2.5, True, b"bytes", np.arange(3), np.float64(np.nan), h5py.Empty("f8"), 2**62),
)
"""What an attribute may hold instead."""


def resealed(file: h5py.File) -> None:
    """Make the checksums of the attributes fit again, if they are all there."""
    with contextlib.suppress(ArchiveError, KeyError):
        checksums.seal(file)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Archives of both formats, unharmed."""
    place = tmp_path_factory.mktemp("archives")
    for method in ("quench", "temper"):
        old = place / f"{method}-v1.h5"
        old.write_bytes(gzip.decompress((REFERENCE / f"{method}-v1.h5.gz").read_bytes()))
        found = writing.read(old)
        writing.write(place / f"{method}.h5", found.sizes, found.provenance)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        # So that no child has to import all that it takes.
        main(["compare", str(place / "quench.h5"), "-o", str(place / "report")])
    return place


def _copy(folder: Path, name: str) -> Path:
    path = folder / "damaged.h5"
    path.write_bytes((folder / f"{name}.h5").read_bytes())
    return path


def _check(path: Path, contained: Contained, *, refused: bool) -> None:
    outcome = contained(lambda: main(["inspect", str(path)]))
    assert outcome.refused or (outcome.works and not refused), outcome
    assert "\x1b" not in outcome.out + outcome.err
    if outcome.works:
        words = ["compare", str(path), "-o", str(path.parent / "report")]
        # It has too few samples to be compared, which is found out after it was read.
        compared = contained(lambda: main(words))
        assert compared.refused, compared


@st.composite
def _structural(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "name": draw(st.sampled_from(NAMES)),
        "place": draw(st.integers(0, 10**6)),
        "what": draw(st.sampled_from(["removed", "attribute", *VALUES, *SPOILED, *AWAY])),
        "junk": draw(st.sampled_from([None, *range(len(JUNK))])),
        "checked": draw(st.booleans()),
    }


def _damaged(folder: Path, case: dict[str, Any]) -> tuple[Path, bool]:
    """The damaged archive, and whether it must be refused."""
    path, what, refused = _copy(folder, case["name"]), case["what"], True
    with h5py.File(path, "a") as file:
        paths = datasets(file)
        target = paths[case["place"] % len(paths)]
        if what == "removed":
            del file[target]
            # The first version did not always keep what it had drawn.
            refused = not (case["name"] == "quench-v1" and target.endswith("gamma"))
        elif what == "attribute":
            refused = _other_attribute(file, case)
        elif what in VALUES:
            replaced(file, target, VALUES[what](file[target][()]), checked=case["checked"])
        elif what in SPOILED:
            values = file[target][()].astype("f8")
            values.flat[case["place"] % values.size] = SPOILED[what]
            replaced(file, target, values, checked=case["checked"])
            gaps = schema.TEMPERING.get(target.rpartition("/")[2])
            measured = gaps is not None and gaps.exists is schema.Exists.MEASURED
            refused = not (measured and what == "nan")
        else:
            lead_away(file, target, what, folder)
        if case["checked"]:
            resealed(file)
    return path, refused


def _other_attribute(file: h5py.File, case: dict[str, Any]) -> bool:
    places = attributes(file)
    group, name = places[case["place"] % len(places)]
    del file[group].attrs[name]
    if case["junk"] is not None:
        file[group].attrs[name] = JUNK[case["junk"]]
    # A text that says nothing to the reader may be any text; true is a flag.
    return case["junk"] is None and not name.startswith("version_")


def _structure(folder: Path, case: dict[str, Any], contained: Contained) -> None:
    path, refused = _damaged(folder, case)
    _check(path, contained, refused=refused)


@given(_structural())
@settings(max_examples=FEW)
def test_structures(folder: Path, contained: Contained, case: dict[str, Any]) -> None:
    _structure(folder, case, contained)


@pytest.mark.slow
@given(_structural())
@settings(max_examples=MANY)
def test_many_structures(folder: Path, contained: Contained, case: dict[str, Any]) -> None:
    _structure(folder, case, contained)


Flips = tuple[str, list[tuple[int, int]]]

_FLIPS = st.tuples(
    st.sampled_from(NAMES),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=2),
)


def _read_again(path: Path, whole: dict[str, bytes]) -> int:
    """0 if it is what it was, 2 if it is refused, 1 if it is another without a word."""
    try:
        found = content(path)
    except ArchiveError as error:
        print(f"glasswell: {error}", file=sys.stderr)
        return 2
    print([name for name in whole if found.get(name) != whole[name]])
    return int(found != whole)


def _flip(folder: Path, case: Flips, contained: Contained) -> None:
    """Flipped bytes: what has checksums is read as it was, or not at all."""
    name, flips = case
    path = _copy(folder, name)
    whole = content(path)
    data = bytearray(path.read_bytes())
    for place, mask in flips:
        data[place % len(data)] ^= mask
    path.write_bytes(data)
    outcome = contained(lambda: _read_again(path, whole))
    assert outcome.code == 2 or outcome.works or (name.endswith("-v1") and outcome.code == 1), (
        outcome
    )
    assert outcome.works or outcome.code == 1 or outcome.refused, outcome


@given(_FLIPS)
@settings(max_examples=FEW)
def test_bytes(folder: Path, contained: Contained, case: Flips) -> None:
    _flip(folder, case, contained)


@pytest.mark.slow
@given(_FLIPS)
@settings(max_examples=MANY)
def test_many_bytes(folder: Path, contained: Contained, case: Flips) -> None:
    _flip(folder, case, contained)
