"""Archives that grow: what is there is kept, what is added is what one run would have made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from glasswell.sim import (
    Archive,
    ArchiveError,
    Found,
    SimulationConfig,
    inspect,
    merge,
    read,
    simulate,
)
from glasswell.sim.archive import checksums
from glasswell.sim.archive.schema import (
    LAST_ATTRIBUTES,
    LAST_COORDINATES,
    LAST_STATE,
    STAGE_ATTRIBUTES,
)
from glasswell.sim.archive.summary import as_text
from glasswell.sim.records.time_series import SERIES
from glasswell.sim.run import provenance, shards, tasks
from glasswell.sim.samplers.drive import Goal, search
from glasswell.theory import Model
from own_pieces import Drift, Drifted, assert_same_data, ring
from scipy import stats

MODEL = Model(gamma=10.0)
QUENCH = SimulationConfig(sizes=(8,), samples=3, starts=3, seed=4, method="quench")
TEMPER = SimulationConfig(sizes=(8,), samples=2, starts=4, method="temper", sweeps=105, burn_in=30,
                          temperatures=(0.5, 0.9, 1.5))  # fmt: skip
SITES = Model(gamma=stats.lognorm(0.4, scale=8), a=stats.uniform(0.5, 1.5))


def _grown(path: Path, *configs: SimulationConfig, model: Model = MODEL, **how: Any) -> Archive:
    """What has been asked for one after the other, in one archive."""
    simulate(model, configs[0], path, **how)
    for config in configs[1:]:
        found = simulate(model, config, path, resume=True, **how)
    return found


@pytest.mark.parametrize(
    ("model", "config"),
    [
        (MODEL, QUENCH),
        (MODEL, QUENCH.replace(method="anneal", steps=30)),
        (MODEL, TEMPER),
        (SITES, QUENCH.replace(states=1)),
        (MODEL, QUENCH.replace(couplings=ring, sampler=Drift(starts=2))),
    ],
    ids=["quench", "anneal", "temper", "random sites", "own"],
)
def test_samples_and_sizes_are_added(
    model: Model, config: SimulationConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data of one run, and its identity; only what was not there is made."""
    path, made, run = tmp_path / "minima.h5", list[tuple[int, int]](), tasks.run
    simulate(model, config, path)

    def counted(task: tasks.Task) -> tasks.Report:
        made.extend((task.N, number) for number in task.samples)
        return run(task)

    with monkeypatch.context() as counting:
        counting.setattr(tasks, "run", counted)
        more = config.replace(samples=4, sizes=(6, 8))
        grown = simulate(model, more, path, resume=True)
    new = {(8, number) for number in range(config.samples_of(8), 4)}
    assert set(made) == new | {(6, number) for number in range(4)}
    once = simulate(model, more, tmp_path / "once.h5")
    assert_same_data(grown, once)
    assert grown.provenance.config_hash == once.provenance.config_hash
    assert grown.config.table() == more.table()
    assert grown.couplings is None or sorted(grown.couplings.arrays) == [
        (N, n) for N in (6, 8) for n in range(4)
    ]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["minima.h5", "once.h5"]


def test_the_archive_remembers_each_stage(tmp_path: Path) -> None:
    path = tmp_path / "minima.h5"
    second, third = QUENCH.replace(samples=4), QUENCH.replace(samples=(4, 2), sizes=(8, 6))
    grown = _grown(path, QUENCH, second, third.replace(starts=5))
    assert [stage.config for stage in grown.provenance.stages] == [
        QUENCH, second, third.replace(starts=5)
    ]  # fmt: skip
    assert read(path).provenance == grown.provenance
    content = inspect(path)
    assert [stage["simulation"]["samples"] for stage in content["stages"]] == [3, 4, [4, 2]]
    lines = as_text(content).splitlines()
    assert "stage 2     samples 3 → 4" in lines
    assert "stage 3     sizes [8] → [8, 6], samples 4 → [4, 2], starts 3 → 5" in lines
    assert "stage" not in as_text({**content, "stages": content["stages"][:1]})


def test_nothing_is_done_where_nothing_is_lacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the archive has come to be in stages."""
    path = tmp_path / "minima.h5"
    more = QUENCH.replace(samples=4, starts=5)
    _grown(path, QUENCH, more)
    before = path.read_bytes()
    monkeypatch.setattr(tasks, "run", lambda _: pytest.fail("ran"))
    assert simulate(MODEL, more, path, resume=True).config == more
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("model", "config"),
    [
        (MODEL, QUENCH),
        (MODEL, QUENCH.replace(states=2)),
        (MODEL, QUENCH.replace(method="anneal", steps=30, starts=2)),
        (MODEL, QUENCH.replace(starts=1, least_hits=3, rounds=2)),
        (SITES, QUENCH.replace(states=4)),
        (MODEL, QUENCH.replace(couplings=ring, sampler=Drift(starts=2))),
    ],
    ids=["all states", "two states", "anneal", "repeated", "random sites", "own"],
)
def test_starts_are_added(model: Model, config: SimulationConfig, tmp_path: Path) -> None:
    """They are one more search, whose random numbers no search before had; the states of both
    are sorted together, and the lowest counts the starts of both that have ended in it."""
    path = tmp_path / "minima.h5"
    old = simulate(model, config, path)
    more = config.replace(starts=config.starts + 3)
    grown = simulate(model, more, path, resume=True).sizes[8]
    before = old.sizes[8]
    draw = tasks.drawing(model, config, 8, device="cpu", shared={})
    extra = config.replace(starts=3).sampler
    goal = Goal(3, attempt=config.rounds)
    for s in range(3):
        added = search(extra, (s,), draw, goal)
        energies = np.sort(np.concatenate([before.energy[s], added.energy[0]]))
        np.testing.assert_array_equal(grown.energy[s], energies[: more.kept])
        same = abs(before.energy[s, 0] - added.energy[0, 0]) < 1e-9
        lowest = before if before.energy[s, 0] < added.energy[0, 0] else added
        hits = before.hits[s] + added.hits[0]
        if not same:
            hits = lowest.hits[s if lowest is before else 0]
        assert grown.hits[s] == hits
        v = grown.displacement[s, 0]
        kept = np.concatenate([before.displacement[s], added.displacement[0]])
        assert (kept == v).all(axis=1).any()
    assert np.all(grown.energy[:, 0] <= before.energy[:, 0])
    assert grown.energy.shape[1] == more.kept


def test_starts_whoever_searches_and_however_often_interrupted(tmp_path: Path) -> None:
    config = QUENCH.replace(samples=4)
    more = config.replace(starts=5, samples=5)
    path = tmp_path / "minima.h5"
    _grown(path, config, more)
    whole = path.read_bytes()
    _grown(tmp_path / "other.h5", config, more, engine="process", workers=2, chunk=3)
    assert (tmp_path / "other.h5").read_bytes() == whole
    done: list[float] = []

    def stop(now: float, total: int) -> None:
        assert total == 5
        done.append(now)
        if now >= done[0] + 1:
            raise KeyboardInterrupt

    simulate(MODEL, config, path, overwrite=True)
    before = path.read_bytes()
    for stopped in (1, 2):
        done.clear()
        with pytest.raises(KeyboardInterrupt):
            simulate(MODEL, more, path, resume=True, chunk=1, progress=stop)
        assert path.read_bytes() == before
        assert len(list(shards.folder(path).glob("*.h5"))) == stopped
    # The archive of before is still what it was, for who asks for that.
    assert simulate(MODEL, config, path, resume=True).config == config
    simulate(MODEL, more, path, resume=True)
    assert path.read_bytes() == whole
    assert not shards.folder(path).exists()


def test_every_addition_of_starts_has_random_numbers_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither those of the searches before, nor of rounds that there might have been."""
    config = QUENCH.replace(sampler=Drift(starts=2), samples=1, least_hits=9, rounds=2)
    columns: list[float] = []
    result = Drifted.result

    def noted(run: Drifted) -> Found:
        found = result(run)
        columns.extend(found.columns[0, 0])
        return found

    monkeypatch.setattr(Drifted, "result", noted)
    _grown(tmp_path / "one.h5", config, config.replace(starts=4), config.replace(starts=6))
    # Two rounds of the first, and two additions.
    assert len(columns) == len(set(columns)) == 2 * 2 + 2 + 2


def test_sweeps_are_added_bit_for_bit(tmp_path: Path) -> None:
    """With as many more starts, the extended run is the run in one piece: series, states, hits,
    and what it would go on from."""
    more = TEMPER.replace(sweeps=210, starts=8)
    once = simulate(MODEL, more, tmp_path / "once.h5")
    assert_same_data(_grown(tmp_path / "grown.h5", TEMPER, more), once)
    third = TEMPER.replace(sweeps=315, starts=12, samples=3)
    chunked = _grown(tmp_path / "more.h5", TEMPER, more, third, chunk=1)
    assert_same_data(chunked, simulate(MODEL, third, tmp_path / "third.h5"))
    assert chunked.provenance.settings["sweeps"] == {"8": 315}


def test_sweeps_alone_keep_all_states_that_were_noted(tmp_path: Path) -> None:
    """The series are those of one piece; lowest energies only fall."""
    more = TEMPER.replace(sweeps=200)
    old = simulate(MODEL, TEMPER, tmp_path / "grown.h5").sizes[8]
    grown = simulate(MODEL, more, tmp_path / "grown.h5", resume=True).sizes[8]
    once = simulate(MODEL, more, tmp_path / "once.h5").sizes[8]
    assert grown.tempering is not None
    assert once.tempering is not None
    assert old.tempering is not None
    for name in SERIES:
        np.testing.assert_array_equal(
            getattr(grown.tempering, name), getattr(once.tempering, name), err_msg=name
        )
    assert grown.tempering.energy.shape[-1] == 20
    np.testing.assert_array_equal(grown.tempering.energy[..., :10], old.tempering.energy)
    assert grown.energy.shape == old.energy.shape == (2, 4)
    assert np.all(grown.energy[:, 0] <= old.energy[:, 0] + 1e-12)
    assert grown.tempering.last is not None
    assert old.tempering.last is not None
    np.testing.assert_array_equal(grown.tempering.last.notes[:, :4], old.tempering.last.notes)
    assert grown.tempering.last.notes.shape == (2, 4 + 2, 8)


def test_samples_that_come_after_sweeps_are_like_those_before(tmp_path: Path) -> None:
    """In whatever order they are added, down to when states are noted and the burn-in."""
    config = TEMPER.replace(burn_in=None, sweeps=60)
    long, many = config.replace(sweeps=90, samples=3), config.replace(samples=3)
    one = _grown(tmp_path / "one.h5", config, config.replace(sweeps=90), long)
    other = _grown(tmp_path / "other.h5", config, many, long)
    assert_same_data(one, other)
    assert one.sizes[8].sample.tolist() == [0, 1, 2]


def test_the_burn_in_is_that_of_the_first_stage(tmp_path: Path) -> None:
    """Where it is as long as the sweeps by default, and sizes differ in it."""
    config = TEMPER.replace(burn_in=None, sweeps=60)
    more = config.replace(sweeps=90, sizes=(8, 6))
    path = tmp_path / "grown.h5"
    grown = _grown(path, config, more)
    assert grown.provenance.settings["burn_in"] == {"8": 60, "6": 90}
    explicit = TEMPER.replace(burn_in=60, sweeps=90)
    once = simulate(MODEL, explicit, tmp_path / "once.h5").sizes[8].tempering
    found = grown.sizes[8].tempering
    assert found is not None
    assert once is not None
    np.testing.assert_array_equal(found.energy, once.energy)
    plain = simulate(MODEL, more, tmp_path / "plain.h5")
    assert plain.provenance.config_hash != grown.provenance.config_hash
    assert simulate(MODEL, more, path, resume=True).provenance == grown.provenance
    # Told in words, it is the same burn-in.
    other = tmp_path / "other.h5"
    _grown(other, config, config.replace(burn_in=60, sweeps=90))
    with pytest.raises(ArchiveError, match=r"burn_in at N = 8 is 60 there and 61 here"):
        simulate(MODEL, config.replace(burn_in=61, sweeps=90), other, resume=True)


@pytest.mark.parametrize(
    ("config", "changes", "message"),
    [
        (QUENCH, {"seed": 5}, r"\[simulation\] seed is 4 there and 5 here"),
        (QUENCH, {"states": 2}, r"\[simulation\] states is None there and 2 here"),
        (QUENCH, {"rounds": 2}, r"\[simulation\] rounds is 8 there and 2 here"),
        (QUENCH, {"method": "anneal"}, r"\[simulation\] method is quench there and anneal here"),
        (QUENCH, {"couplings": "binary"}, r"couplings is gaussian there and binary here"),
        (QUENCH, {"samples": 2}, "samples of N = 8 are 3 there and 2 here: an archive only grows"),
        (QUENCH, {"sizes": (6,)}, "N = 8 is not among the sizes: an archive only grows"),
        (QUENCH, {"starts": 2}, "starts is 3 there and 2 here: an archive only grows"),
        (QUENCH, {"sweeps": 10}, "sweeps is None there and 10 here"),
        (QUENCH.replace(method="anneal", steps=30), {"steps": 31}, "steps is 30 there and 31"),
        (TEMPER, {"sweeps": 104}, "sweeps at N = 8 are 105 there and 104 here"),
        (TEMPER, {"burn_in": 31}, "burn_in at N = 8 is 30 there and 31 here"),
        (TEMPER, {"temperatures": (0.5, 1.5)}, "temperatures is .* there and .* here"),
        (TEMPER, {"measure_every": 5}, "measure_every is 10 there and 5 here"),
        (TEMPER, {"starts": 6}, "starts of a tempering are added with sweeps only"),
    ],
)
def test_what_cannot_grow_is_named(
    config: SimulationConfig, changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "minima.h5"
    simulate(MODEL, config, path)
    before = path.read_bytes()
    with pytest.raises(ArchiveError, match=message) as refused:
        simulate(MODEL, config.replace(**{"samples": 4, **changes}), path, resume=True)
    assert "holds another configuration" in str(refused.value)
    assert str(refused.value).endswith("choose another name")
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["minima.h5"]


def test_another_model_device_or_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, more = tmp_path / "minima.h5", QUENCH.replace(samples=4)
    simulate(MODEL, QUENCH, path)
    with pytest.raises(ArchiveError, match=r"gamma is 10\.0 there and 9\.0 here"):
        simulate(Model(gamma=9.0), more, path, resume=True)
    monkeypatch.setattr(provenance, "version", lambda _: "9.9")
    with pytest.raises(ArchiveError, match=r"glasswell is .* there and 9\.9 here"):
        simulate(MODEL, more, path, resume=True)


def test_packages_of_another_version_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the run, by the archive, and by its stages one by one."""
    path, said, here = tmp_path / "minima.h5", list[str](), provenance.versions
    simulate(MODEL, QUENCH, path)

    def elsewhere(*of: Any) -> dict[str, str]:
        return {**here(*of), "blas": "other 1.0"}

    for module in (provenance, tasks):
        monkeypatch.setattr(module, "versions", elsewhere)
    grown = simulate(MODEL, QUENCH.replace(samples=4), path, resume=True, notice=said.append)
    assert [line.split(" (")[0] for line in said] == ["some samples were made elsewhere"]
    first, second = grown.provenance.stages
    assert (" or " in first.versions["blas"], second.versions["blas"]) == (False, "other 1.0")
    assert grown.provenance.versions["blas"] == f"{first.versions['blas']} or other 1.0"


def _as_version_2(path: Path) -> None:
    """What this glasswell's predecessor wrote."""
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = 2
        for name in STAGE_ATTRIBUTES:
            del file["provenance"].attrs[name]
        for size in (name for name in file if "tempering" in file[name]):
            run = file[size]["tempering"]
            for name in (*LAST_STATE, *LAST_COORDINATES):
                del run[name]
            for name in LAST_ATTRIBUTES:
                del run.attrs[name]
        checksums.seal(file)


@pytest.mark.parametrize("config", [QUENCH, TEMPER], ids=["quench", "temper"])
def test_an_older_archive_grows_in_samples_and_sizes(
    config: SimulationConfig, tmp_path: Path
) -> None:
    path, more = tmp_path / "minima.h5", config.replace(samples=4, sizes=(8, 6))
    simulate(MODEL, config, path)
    _as_version_2(path)
    old = read(path)
    assert old.format_version == 2
    assert [stage.config for stage in old.provenance.stages] == [config]
    assert old.provenance.part.whole
    grown = simulate(MODEL, more, path, resume=True)
    once = simulate(MODEL, more, tmp_path / "once.h5")
    for N, data in grown.sizes.items():
        np.testing.assert_array_equal(data.energy, once.sizes[N].energy)
        np.testing.assert_array_equal(data.displacement, once.sizes[N].displacement)
    assert [stage.config for stage in grown.provenance.stages] == [config, more]
    if config is TEMPER:
        with pytest.raises(ArchiveError, match="kept no last state that sweeps could go on from"):
            simulate(MODEL, more.replace(sweeps=210), path, resume=True)


def test_a_last_state_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "minima.h5"
    simulate(MODEL, TEMPER, path)
    changes: tuple[tuple[Callable[[Any], Any], str], ...] = (
        (lambda run: run["place"].__setitem__((0, 0), [0, 0, 1]), "place does not give every"),
        (lambda run: run["heading"].__setitem__((0, 0), [0, 0, 7]), "heading has values above 2"),
        (lambda run: run.attrs.__setitem__("sweeps", 90), "sweeps are 30 and 90, which do not"),
        (lambda run: run.attrs.__delitem__("burn_in"), "burn_in is missing"),
        (lambda run: run.__delitem__("product"), "product is missing"),
        (lambda run: run.__delitem__("notes"), "notes is missing"),
        (lambda run: run.attrs.__setitem__("sweeps", -1), "sweeps are 30 and -1, which do not"),
    )
    for change, message in changes:
        other = tmp_path / "other.h5"
        other.write_bytes(path.read_bytes())
        with h5py.File(other, "r+") as file:
            change(file["N=8/tempering"])
            if "burn_in" in file["N=8/tempering"].attrs:
                checksums.seal(file)
        with pytest.raises(ArchiveError, match=message):
            read(other)


@pytest.mark.parametrize("config", [QUENCH, TEMPER], ids=["quench", "temper"])
def test_an_archive_grows_in_parts(config: SimulationConfig, tmp_path: Path) -> None:
    """Each takes what the archive has, and leaves it; together they are what it would become."""
    old, path = tmp_path / "old.h5", tmp_path / "grown.h5"
    sweeps = 210 if config is TEMPER else None
    more = config.replace(samples=4, starts=8, sizes=(8, 6), sweeps=sweeps)
    simulate(MODEL, config, old)
    before = old.read_bytes()
    path.write_bytes(before)
    simulate(MODEL, more, path, resume=True)
    parts = [tmp_path / f"part-{number}.h5" for number in (1, 2, 3)]
    for number, part in enumerate(parts, start=1):
        for _ in range(2):
            simulate(MODEL, more, part, shard=(number, 3), from_archive=old, resume=True)
    merge(tmp_path / "merged.h5", parts)
    assert (tmp_path / "merged.h5").read_bytes() == path.read_bytes()
    assert old.read_bytes() == before
    simulate(MODEL, more, parts[0], shard=(1, 3), overwrite=True)
    with pytest.raises(ArchiveError, match="earlier stages is"):
        merge(tmp_path / "other.h5", parts)
    with pytest.raises(ArchiveError, match=r"has all that is asked for: ask for more"):
        simulate(MODEL, config, tmp_path / "other.h5", from_archive=old)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("stages", "[", "provenance/stages is not JSON"),
        ("stages", "{}", "provenance/stages is not a list of stages"),
        ("stages", "[]", "provenance/stages is not a list of stages"),
        ("stages", "[1]", "provenance/stages makes no sense"),
        ("stages", '[{"simulation": {"sizes": [0]}, "versions": {}}]', "stages makes no sense"),
        ("stages", '[{"simulation": {}, "versions": {}}]', "does not end with its configuration"),
        ("part", "half", "provenance/part makes no sense"),
        ("part", "2/2", "N=8/sample has 3 samples, its configuration"),
    ],
)
def test_stages_that_make_no_sense_are_refused(
    name: str, text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "minima.h5"
    simulate(MODEL, QUENCH, path)
    with h5py.File(path, "r+") as file:
        file["provenance"].attrs[name] = text
        checksums.seal(file)
    with pytest.raises(ArchiveError, match=message):
        read(path)
