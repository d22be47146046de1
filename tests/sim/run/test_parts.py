"""Parts of a run, made anywhere: together they are the run, and nothing else is taken for it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from glasswell.compare import CompareConfig, CompareError, compare
from glasswell.sim import (
    Archive,
    ArchiveError,
    LockError,
    SimulationConfig,
    SimulationError,
    inspect,
    merge,
    read,
    simulate,
)
from glasswell.sim.archive.summary import as_text
from glasswell.sim.backend import lock
from glasswell.sim.config.part import Part
from glasswell.sim.run import provenance, shards, tasks
from glasswell.theory import Model
from own_pieces import Drift, ring
from scipy import stats

MODEL = Model(gamma=10.0)
CONFIG = SimulationConfig(sizes=(8, 12), samples=(5, 4), starts=4, seed=4, method="quench")
TEMPER = SimulationConfig(sizes=(6, 8), samples=(3, 2), starts=4, method="temper", sweeps=60,
                          burn_in=20, temperatures=(0.5, 1.5))  # fmt: skip


def _made(folder: Path, of: int, config: Any = CONFIG, model: Model = MODEL) -> list[Path]:
    paths = [folder / f"part-{number}.h5" for number in range(1, of + 1)]
    for number, path in enumerate(paths, start=1):
        simulate(model, config, path, shard=(number, of))
    return paths


@pytest.mark.parametrize("of", [1, 2, 3, 7, 12])
def test_samples_are_dealt_out_evenly(of: int) -> None:
    """Each once; of every size, and of all, parts differ by one sample at most."""
    config = SimulationConfig(sizes=(8, 32, 16), samples=(5, 4, 9))
    parts = [Part(number, of) for number in range(1, of + 1)]
    dealt = {N: [list(part.samples(config, N)) for part in parts] for N in config.sizes}
    for N, each in dealt.items():
        assert sorted(chain.from_iterable(each)) == list(range(config.samples_of(N)))
        assert max(map(len, each)) - min(map(len, each)) <= 1
        assert all(one == sorted(one) for one in each)
    counts = [sum(len(dealt[N][n]) for N in dealt) for n in range(of)]
    assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize(
    ("text", "message"),
    [("0/7", "no part 0 of 7"), ("8/7", "no part 8 of 7"), ("1/0", "no part 1 of 0"),
     ("a/b", "I/N, such as 3/7, got 'a/b'"), ("1/2/3", "I/N"), ("-1/3", "I/N"), ("1.0/3", "I/N"),
     ("1/2000000", "1000000 at most")],
)  # fmt: skip
def test_what_is_no_part(text: str, message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        Part.parse(text)


def test_a_part_is_two_integers(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="two integers"):
        simulate(MODEL, CONFIG, tmp_path / "minima.h5", shard=(1, 2.0))  # type: ignore[arg-type]  # that is what is refused


def _of_a_file(tmp_path: Path) -> SimulationConfig:
    rng = np.random.default_rng(5)
    J = rng.standard_normal((4, 8, 8)) / 3
    np.save(tmp_path / "J.npy", np.triu(J, 1) + np.triu(J, 1).transpose(0, 2, 1))
    return SimulationConfig(method="quench", starts=3, couplings={"file": str(tmp_path / "J.npy")})


RUNS: dict[str, tuple[Model, Callable[[Path], SimulationConfig]]] = {
    "quench": (MODEL, lambda _: CONFIG),
    "anneal": (MODEL, lambda _: SimulationConfig(sizes=(8, 12), samples=3, starts=4, steps=30)),
    "temper": (MODEL, lambda _: TEMPER),
    "random sites": (
        Model(gamma=stats.lognorm(0.4, scale=8), a=stats.uniform(0.5, 1.5)),
        lambda _: CONFIG,
    ),
    "couplings from a file": (MODEL, _of_a_file),
    "couplings and sampler of one's own": (
        MODEL,
        lambda _: SimulationConfig(
            sizes=(8, 6), samples=(3, 5), couplings=ring, sampler=Drift(starts=3)
        ),
    ),
    "repeated": (MODEL, lambda _: CONFIG.replace(starts=1, least_hits=2, rounds=3, states=1)),
}


@pytest.mark.parametrize("run", list(RUNS))
def test_the_parts_together_are_the_run(run: str, tmp_path: Path) -> None:
    """Byte for byte; in whatever order they are named."""
    model, config = RUNS[run][0], RUNS[run][1](tmp_path)
    simulate(model, config, tmp_path / "once.h5")
    parts = _made(tmp_path, 3, config, model)
    merged = merge(tmp_path / "merged.h5", parts[::-1])
    assert (tmp_path / "merged.h5").read_bytes() == (tmp_path / "once.h5").read_bytes()
    assert merged.provenance.part.whole
    assert not lock.place(tmp_path / "merged.h5").exists()


def test_more_parts_than_samples(tmp_path: Path) -> None:
    """Some have nothing, and are parts all the same."""
    config = SimulationConfig(sizes=(8, 6), samples=(1, 2), starts=2, method="quench")
    parts = _made(tmp_path, 5, config)
    found = [read(part) for part in parts]
    assert [sorted(one.sizes) for one in found] == [[8], [6], [6], [], []]
    assert "part        5 of 5" in as_text(inspect(parts[4]))
    merge(tmp_path / "merged.h5", parts)
    simulate(MODEL, config, tmp_path / "once.h5")
    assert (tmp_path / "merged.h5").read_bytes() == (tmp_path / "once.h5").read_bytes()


def test_a_part_says_what_it_is(tmp_path: Path) -> None:
    path, settings = tmp_path / "part.h5", CompareConfig(rsb=(0,))
    made = simulate(MODEL, CONFIG, path, shard=(2, 7))
    assert made.provenance.part == read(path).provenance.part == Part(2, 7)
    assert {N: data.sample.tolist() for N, data in made.sizes.items()} == {8: [4], 12: [1]}
    assert inspect(path)["part"] == "2/7"
    assert "part        2 of 7: to be merged" in as_text(inspect(path))
    with pytest.raises(CompareError, match="part 2 of 7 of a run: join all parts"):
        compare(made, settings)
    whole = simulate(MODEL, CONFIG, tmp_path / "whole.h5")
    assert inspect(tmp_path / "whole.h5")["part"] is None
    with pytest.raises(CompareError, match="part 2 of 7"):
        compare(whole, settings, beside=[made])


def test_a_part_is_resumed(tmp_path: Path) -> None:
    """From its shards, as a run is; another part's name is not taken."""
    path = tmp_path / "part.h5"

    def stop(done: float, total: int) -> None:
        assert total == 5
        if done >= 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(MODEL, CONFIG, path, shard=(1, 2), chunk=1, progress=stop)
    assert len(list(shards.folder(path).glob("*.h5"))) == 1
    for _ in range(2):
        simulate(MODEL, CONFIG, path, shard=(1, 2), resume=True)
        simulate(MODEL, CONFIG, tmp_path / "once.h5", shard=(1, 2), overwrite=True)
        assert path.read_bytes() == (tmp_path / "once.h5").read_bytes()
    for other in ((2, 2), (1, 3), (1, 1)):
        with pytest.raises(ArchiveError, match="is part 1 of 2 of a run, not"):
            simulate(MODEL, CONFIG, path, shard=other, resume=True)
    more = CONFIG.replace(samples=9)
    with pytest.raises(ArchiveError, match="does not grow: merge all parts first"):
        simulate(MODEL, more, path, shard=(1, 2), resume=True)


def test_shards_of_another_part_are_kept(tmp_path: Path) -> None:
    """They are finished samples that this part would throw away."""
    path = tmp_path / "part.h5"

    def stop(done: float, _total: int) -> None:
        if done >= 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(MODEL, CONFIG, path, shard=(1, 2), chunk=1, progress=stop)
    with pytest.raises(ArchiveError, match=r"holds samples of part 1 of 2, not of part 2 of 2"):
        simulate(MODEL, CONFIG, path, shard=(2, 2), resume=True)
    assert any(shards.folder(path).glob("*.h5"))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return _made(tmp_path_factory.mktemp("parts"), 3)


def test_what_is_missing_is_named(parts: list[Path], tmp_path: Path) -> None:
    for given, message in (
        (parts[:2], "part 3 of 3 is missing"),
        (parts[1:2], "parts 1, 3 of 3 are missing"),
        ([*parts, parts[1]], f"part 2 of 3 is there twice, as {parts[1]} and {parts[1]}"),
        ([*parts[:2], tmp_path / "gone.h5"], "there is no archive .*gone.h5"),
    ):
        with pytest.raises(ArchiveError, match=message):
            merge(tmp_path / "merged.h5", given)
    with pytest.raises(SimulationError, match="nothing to merge"):
        merge(tmp_path / "merged.h5", [])
    one = simulate(MODEL, CONFIG, tmp_path / "many.h5", shard=(100, 100))
    assert one.sizes == {}
    with pytest.raises(ArchiveError, match=r"parts 1, 2, .*, 10, … of 100 are missing"):
        merge(tmp_path / "merged.h5", [tmp_path / "many.h5"])
    assert {file.name for file in tmp_path.iterdir()} == {"many.h5"}


@pytest.mark.parametrize(
    ("model", "changes", "message"),
    [
        (MODEL, {"seed": 5}, r"\[simulation\] seed is 5 in the one and 4 in the other"),
        (MODEL, {"starts": 5}, r"\[simulation\] starts is 5 in the one and 4"),
        (MODEL, {"samples": 6}, r"\[simulation\] samples is 6 in the one and \[5, 4\]"),
        (MODEL, {"sizes": (8, 10)}, r"\[simulation\] sizes is \[8, 10\] in the one"),
        (MODEL, {"states": 2}, r"\[simulation\] states is 2 in the one and None"),
        (MODEL, {"couplings": "binary"}, r"couplings is binary in the one and gaussian"),
        (Model(gamma=9.0), {}, r"gamma is 9.0 in the one and 10.0 in the other"),
    ],
)
def test_what_belongs_to_another_run_is_refused(
    model: Model, changes: dict[str, Any], message: str, parts: list[Path], tmp_path: Path
) -> None:
    other = tmp_path / "other.h5"
    simulate(model, CONFIG.replace(**changes), other, shard=(3, 3))
    with pytest.raises(ArchiveError, match=message) as refused:
        merge(tmp_path / "merged.h5", [*parts[:2], other])
    assert str(other) in str(refused.value)
    assert str(parts[0]) in str(refused.value)
    assert {file.name for file in tmp_path.iterdir()} == {"other.h5"}


def test_what_is_of_another_device_or_version_is_refused(
    parts: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.h5"
    for name, found, message in (
        ("version", lambda _: "0.0.9", "glasswell is 0.0.9 in the one"),
        ("_kernels", lambda *_: "abacus", "kernels is abacus in the one"),
    ):
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(provenance, name, found)
            simulate(MODEL, CONFIG, other, shard=(3, 3), overwrite=True)
        with pytest.raises(ArchiveError, match=message):
            merge(tmp_path / "merged.h5", [*parts[:2], other])


def test_runs_of_other_numbers_of_parts(parts: list[Path], tmp_path: Path) -> None:
    whole, half = tmp_path / "whole.h5", tmp_path / "half.h5"
    simulate(MODEL, CONFIG, whole)
    simulate(MODEL, CONFIG, half, shard=(2, 2))
    with pytest.raises(ArchiveError, match=r"half.h5 is part 2 of 2 and .*part-1.h5 one of 3"):
        merge(tmp_path / "merged.h5", [parts[0], half])
    with pytest.raises(ArchiveError, match=r"whole.h5 is all and .*part-1.h5 one of 3"):
        merge(tmp_path / "merged.h5", [*parts, whole])


def test_a_damaged_part_is_named(parts: list[Path], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.h5"
    damaged.write_bytes(parts[2].read_bytes())
    with h5py.File(damaged, "r+") as file:
        where = file["N=8/energy"].id.get_chunk_info(0).byte_offset
    content = bytearray(damaged.read_bytes())
    content[where] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(ArchiveError, match=r"damaged.h5: N=8/energy is damaged"):
        merge(tmp_path / "merged.h5", [*parts[:2], damaged])
    with h5py.File(parts[2], "r") as file:
        text = file["provenance"].attrs["part"]
    damaged.write_bytes(parts[2].read_bytes())
    with h5py.File(damaged, "r+") as file:
        file["provenance"].attrs["part"] = text.replace("3/3", "2/3")
    with pytest.raises(ArchiveError, match="provenance/part is damaged"):
        read(damaged)
    damaged.write_bytes(parts[2].read_bytes()[:-100])
    with pytest.raises(ArchiveError, match=r"damaged.h5"):
        merge(tmp_path / "merged.h5", [*parts[:2], damaged])


def test_samples_of_another_part_are_refused(
    parts: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose samples are not those that it says it has, every checksum right."""
    monkeypatch.setattr(Part, "samples", lambda *of: [1, 3] if of[-1] == 8 else [0])
    path = tmp_path / "part.h5"
    simulate(MODEL, CONFIG, path, shard=(3, 3))
    monkeypatch.undo()
    with pytest.raises(ArchiveError, match="does not hold the samples of part 3 of 3"):
        merge(tmp_path / "merged.h5", [*parts[:2], path])


def test_what_stands_there_is_kept(parts: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "merged.h5"
    merge(path, parts)
    before = path.read_bytes()
    with pytest.raises(ArchiveError, match="exists: choose another name"):
        merge(path, parts)
    with pytest.raises(ArchiveError, match="cannot be a part and the archive"):
        merge(path, [path, *parts], overwrite=True)
    path.write_text("a thesis")
    with pytest.raises(ArchiveError, match="is no glasswell archive and is not overwritten"):
        merge(path, parts, overwrite=True)
    path.write_bytes(before[:-100])
    with pytest.raises(ArchiveError, match="is no glasswell archive"):
        merge(path, parts, overwrite=True)
    simulate(MODEL, CONFIG.replace(seed=9), path.with_name("other.h5"))
    assert merge(path.with_name("other.h5"), parts, overwrite=True).config == CONFIG
    with lock.held(tmp_path / "held.h5"), pytest.raises(LockError, match="is being written"):
        merge(tmp_path / "held.h5", parts)


def test_parts_of_several_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Joined, said, and named by the archive; where nothing differs, nothing is said."""
    here, said = provenance.versions, list[str]()
    (first, second) = _made(tmp_path, 2)
    merge(tmp_path / "same.h5", [first, second], notice=said.append)
    assert said == []

    def elsewhere(*of: Any) -> dict[str, str]:
        return {**here(*of), "blas": "other 1.0"}

    for module in (provenance, tasks):
        monkeypatch.setattr(module, "versions", elsewhere)
    simulate(MODEL, CONFIG, second, shard=(2, 2), overwrite=True, config_text="model.gamma = 10.0")
    found = merge(tmp_path / "merged.h5", [second, first], notice=said.append)
    assert [line.split(" (")[0] for line in said] == [
        f"{second} was made elsewhere than {first}",
        f"the text of the configuration of {second} is not that of {first}, which is kept",
    ]
    assert found.provenance.versions["blas"].endswith(" or other 1.0")
    assert found.provenance.stages[0].versions == found.provenance.versions
    assert found.provenance.config_text == read(first).provenance.config_text


def test_ladders_that_were_tuned_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They differ in their last digits, and are no one ladder."""
    config = TEMPER.replace(sizes=(6,), samples=2)
    first, second = _made(tmp_path, 2, config)
    prepare = tasks.prepare

    def elsewhere(*of: Any, **more: Any) -> Any:
        return {name: x * (1 + 1e-15) for name, x in prepare(*of, **more).items()}

    monkeypatch.setattr(tasks, "prepare", elsewhere)
    simulate(MODEL, config, second, shard=(2, 2), overwrite=True)
    with pytest.raises(ArchiveError, match=r"temperatures at N = 6 .* give temperatures in the"):
        merge(tmp_path / "merged.h5", [first, second])


def test_couplings_of_ones_own_come_from_the_parts(tmp_path: Path) -> None:
    """Who merges needs no code of theirs, and no file: parts bring the couplings with them."""
    config = SimulationConfig(sizes=(8,), samples=3, starts=2, method="quench", couplings=ring)
    parts = _made(tmp_path, 2, config)
    kept = [read(part).couplings for part in parts]
    assert [sorted(one.arrays) for one in kept if one is not None] == [[(8, 0), (8, 2)], [(8, 1)]]
    merged: Archive = merge(tmp_path / "merged.h5", parts)
    assert merged.config.couplings.function is None  # type: ignore[union-attr]  # Drawn
    assert merged.couplings is not None
    J = merged.sample(8, 1).J
    v = merged.sizes[8].displacement[1, 0]
    assert merged.sizes[8].energy[1, 0] * 8 == pytest.approx(
        np.sum(v**2 / 2 + v**4 / 24) / 10 - v @ J @ v / 2, rel=1e-12
    )
