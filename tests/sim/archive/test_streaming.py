"""Archives that are never in memory at once: written, merged, read and summarised in blocks."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from glasswell.sim import (
    ArchiveError,
    SimulationConfig,
    SizeData,
    blocks,
    inspect,
    open_archive,
    read,
    simulate,
)
from glasswell.sim.archive import writing
from glasswell.sim.archive.schema import TEMPERING, VARIABLES
from glasswell.sim.archive.stored_samples import StoredSamples
from glasswell.sim.records import blocks as blocks_module
from glasswell.sim.records.joined import Joined
from glasswell.sim.records.sizes import select
from glasswell.sim.run import merging
from glasswell.sim.run.provenance import describe
from glasswell.theory import Model

MODEL = Model(gamma=10.0)
SAMPLES, N, KEPT = 300, 8, 3


def _config(samples: int = SAMPLES) -> SimulationConfig:
    return SimulationConfig(sizes=(N,), samples=samples, starts=5, states=KEPT)


def _states(samples: int = SAMPLES) -> SizeData:
    rng = np.random.default_rng(samples)
    of_states, of_sites = (samples, KEPT), (samples, KEPT, N)
    return SizeData(
        sample=np.arange(samples),
        energy=np.sort(rng.standard_normal(of_states), axis=1),
        displacement=rng.standard_normal(of_sites),
        cavity_field=rng.standard_normal(of_sites),
        cavity_susceptibility=rng.standard_normal(of_sites),
        gradient_norm=np.full(of_states, 1e-12),
        smallest_eigenvalue=np.full(of_states, 0.1),
        status=np.zeros(of_states, dtype=np.int64),
        hits=np.full(samples, 3),
    )


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 2^16 bytes, 64 of the samples here."""
    monkeypatch.setattr(blocks_module, "BLOCK_BYTES", 2**16)


@pytest.fixture
def path(tmp_path: Path, small_blocks: None) -> Path:
    del small_blocks
    file, config = tmp_path / "minima.h5", _config()
    writing.write(file, {N: _states()}, describe(MODEL, config, device="cpu"))
    return file


def _parts(folder: Path, cuts: list[np.ndarray]) -> Iterator[StoredSamples]:
    provenance = describe(MODEL, _config(), device="cpu")
    for number, chosen in enumerate(cuts):
        file = folder / f"part{number}.h5"
        writing.write(file, {N: select(_states(), chosen)}, provenance)
        with writing.open_shard(file) as shard:
            yield StoredSamples.of(file, shard.sizes[N])


EVERY = np.arange(SAMPLES)
CUTS = {
    "one": [EVERY],
    "in order": np.array_split(EVERY, 7),
    "backwards": np.array_split(EVERY, 3)[::-1],
    "every fifth": [EVERY[n::5] for n in range(5)],
    "in disorder": np.split(np.random.default_rng(1).permutation(EVERY), [1, 100]),
}


@pytest.mark.parametrize("cuts", CUTS.values(), ids=CUTS)
def test_the_bytes_do_not_depend_on_the_parts(cuts: list[np.ndarray], path: Path) -> None:
    parts = [*_parts(path.parent, [np.sort(chosen) for chosen in cuts])]
    config, merged = _config(), path.with_name("merged.h5")
    provenance = describe(MODEL, config, device="cpu")
    merging.join({N: parts}, config, merged, provenance, overwrite=False)
    assert merged.read_bytes() == path.read_bytes()


def test_parts_that_miss_repeat_or_change_samples(path: Path) -> None:
    first, second = _parts(path.parent, [EVERY[:100], EVERY[100:]])
    with pytest.raises(ArchiveError, match="gone missing"):
        Joined([first], EVERY)
    with pytest.raises(ArchiveError, match="same sample"):
        Joined([first, second, first], EVERY)
    assert Joined([first, second, first], EVERY, repeated=True).sample.tolist() == EVERY.tolist()
    assert Joined([second, first], EVERY[:120]).sample.tolist() == [*range(120)]
    second.path.write_bytes(first.path.read_bytes())
    with pytest.raises(ArchiveError, match="replaced meanwhile"):
        Joined([first, second], EVERY).rows(90, 110)


def test_temperings_of_other_temperatures_are_not_joined(tmp_path: Path) -> None:
    config = SimulationConfig(
        sizes=(4,), samples=4, starts=4, method="temper", temperatures=(1.0, 2.0), sweeps=100
    )
    whole = simulate(Model(gamma=2.0), config, tmp_path / "samples.h5")
    (data,) = blocks(whole.sizes[4])
    run = data.tempering
    assert run is not None
    late = data.rows(2, 4)
    assert late.tempering is not None
    hotter = replace(late, tempering=replace(late.tempering, temperatures=2 * run.temperatures))
    with pytest.raises(ArchiveError, match="different temperatures"):
        Joined([data.rows(0, 2), hotter], range(4)).rows(0, 4)


def test_a_tempering_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = SimulationConfig(
        sizes=(4,), samples=5, starts=4, method="temper", temperatures=(1.0, 2.0), sweeps=100
    )
    file = tmp_path / "samples.h5"
    whole = simulate(Model(gamma=2.0), config, file).sizes[4].tempering
    said = inspect(file)
    monkeypatch.setattr(blocks_module, "BLOCK_BYTES", 1)
    with open_archive(file) as archive:
        runs = [block.tempering for block in blocks(archive.sizes[4])]
        assert len(runs) == 5
        assert archive.sizes[4].tempering is not None
    assert whole is not None
    for name in TEMPERING:
        parts = [getattr(run, name) for run in runs]
        np.testing.assert_array_equal(np.concatenate(parts), getattr(whole, name))
    assert inspect(file) == said


def test_an_open_archive_says_what_a_read_one_says(path: Path) -> None:
    whole = read(path)
    with open_archive(path) as archive:
        data = archive.sizes[N]
        parts = [*blocks(data)]
        assert [len(part.sample) for part in parts] == [64, 64, 64, 64, 44]
        assert data.sample_bytes == whole.sizes[N].sample_bytes
        for name in ("sample", *VARIABLES):
            expected = getattr(whole.sizes[N], name)
            np.testing.assert_array_equal(getattr(data, name), expected)
            np.testing.assert_array_equal(
                np.concatenate([getattr(part, name) for part in parts]), expected
            )
        assert archive.sample(N, 7).N == N
    assert (archive.model, archive.config) == (whole.model, whole.config)
    with pytest.raises(ArchiveError, match="has been closed"):
        _ = data.energy


def test_errors_of_who_uses_an_open_archive_are_their_own(path: Path) -> None:
    with pytest.raises(ValueError, match=r"^mine$"), open_archive(path):
        raise ValueError("mine")


def _flip(path: Path, dataset: str, chunk: int) -> None:
    """Another exponent of the first number of a chunk."""
    with h5py.File(path) as file:
        place = file[dataset].id.get_chunk_info(chunk).byte_offset
    data = bytearray(path.read_bytes())
    data[place + 6] ^= 0x10
    path.write_bytes(data)


def test_damage_names_the_samples(tmp_path: Path) -> None:
    """Chunks of displacements hold 1365 of these samples, and what they do not touch is read."""
    file, samples = tmp_path / "minima.h5", 3000
    writing.write(file, {N: _states(samples)}, describe(MODEL, _config(samples), device="cpu"))
    _flip(file, f"N={N}/displacement", 1)
    with pytest.raises(ArchiveError) as caught:
        read(file)
    assert str(caught.value) == (
        f"{file}: N=8/displacement is damaged (its checksum is wrong) in samples 1365 to 2729: "
        "copy or make it again"
    )
    with open_archive(file) as archive:
        data = archive.sizes[N]
        assert len(data.rows(0, 1365).energy) == 1365
        assert len(data.rows(2730, 3000).energy) == 270
        with pytest.raises(ArchiveError, match="wrong\\) in samples 2000 to 2009: copy"):
            data.rows(2000, 2010)


def test_values_that_make_no_sense_name_their_block(path: Path) -> None:
    wrong = _states()
    wrong.hits[200] = 99
    writing.write(path, {N: wrong}, describe(MODEL, _config(), device="cpu"))
    message = "hits does not fit its states and the configuration's starts, in samples 192 to 255"
    with open_archive(path) as archive, pytest.raises(ArchiveError, match=message):
        list(blocks(archive.sizes[N]))


def _merge(path: Path, samples: int) -> None:
    with open_archive(path) as archive:
        part = StoredSamples.of(path, archive.sizes[N], whole=True)
    merged, config = path.with_name("merged.h5"), _config(samples)
    merging.join({N: [part]}, config, merged, describe(MODEL, config, device="cpu"), overwrite=True)


def _inspect(path: Path, samples: int) -> None:
    assert inspect(path)["sizes"][str(N)]["samples"] == samples


def _read(path: Path, samples: int) -> None:
    assert len(read(path).sizes[N].sample) == samples


def _peak(do: Callable[[Path, int], None], folder: Path, samples: int) -> int:
    path = folder / f"{samples}.h5"
    if not path.exists():
        provenance = describe(MODEL, _config(samples), device="cpu")
        writing.write(path, {N: _states(samples)}, provenance)
    do(path, samples)
    tracemalloc.start()
    try:
        do(path, samples)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("do", "per_sample"), [(_merge, 60), (_inspect, 120)])
def test_memory_does_not_grow_with_the_samples(
    do: Callable[[Path, int], None],
    per_sample: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """But for a few numbers of each; the control, reading all, takes what they all have."""
    monkeypatch.setattr(blocks_module, "BLOCK_BYTES", 2**19)
    few, many = 2000, 5000
    grown = _peak(do, tmp_path, many) - _peak(do, tmp_path, few)
    assert grown < per_sample * (many - few)
    control = _peak(_read, tmp_path, many) - _peak(_read, tmp_path, few)
    assert control > _states(2).sample_bytes * (many - few)
