"""What a sampler has to keep to: whatever goes wrong is said in one line that names it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.sim import (
    Batch,
    Found,
    Run,
    Sampler,
    SimulationConfig,
    SimulationError,
    simulate,
)
from glasswell.sim.config import as_toml, load
from glasswell.theory import Model
from glasswell.theory.model.validators import integer, positive, validated

MODEL = Model(gamma=10.0)


class Walk(Run):
    """What a sampler that does as it should would run; its ways to go wrong come from outside."""

    def __init__(self, sampler: Any, batch: Batch) -> None:
        self.sampler, self.batch, self.swept = sampler, batch, 0

    @property
    def done(self) -> bool:
        return self.swept > 0

    def sweep(self) -> None:
        self.swept += 1

    def result(self) -> Found:
        return Found(np.ones((1, self.batch.N, self.sampler.starts)))


@dataclass(frozen=True)
class Faulty(Sampler):
    """Goes wrong in the way that it is told."""

    starts: int = 2
    way: str = ""

    def init(self, batch: Batch) -> Run:
        return WAYS[self.way](self, batch)


@dataclass(frozen=True)
class Kicked(Sampler):
    """Has validators for its options, and no __post_init__ of its own."""

    starts: int = field(default=2, metadata=validated(integer(least=1)))
    kick: float = field(default=1.0, metadata=validated(positive()))

    def init(self, batch: Batch) -> Run:
        return Walk(self, batch)


class NoProperty(Walk):
    def done(self) -> bool:  # type: ignore[override]  # what is refused
        return self.swept > 0


class SaysPercent(Walk):
    progress = 40.0


class ProgressNoProperty(Walk):
    def progress(self) -> float:  # type: ignore[override]  # what is refused
        return 0.5


class SavesObjects(Walk):
    def checkpoint(self) -> Any:
        return {"rng": np.random.default_rng(0)}


class SavesAList(Walk):
    def checkpoint(self) -> Any:
        return [1.0]


class CannotRestore(Walk):
    def checkpoint(self) -> Any:
        return {"swept": self.swept}


def _returning(what: Callable[[Walk], Any]) -> type[Walk]:
    return type("Returning", (Walk,), {"result": what})


def _columns(change: Callable[[Any], Any]) -> type[Walk]:
    return _returning(lambda run: Found(change(Walk.result(run).columns)))


WAYS: dict[str, Any] = {
    "": Walk,
    "no run": lambda _sampler, _batch: None,
    "no property": NoProperty,
    "array": _returning(lambda run: Walk.result(run).columns),
    "two axes": _columns(lambda v: v[0]),
    "one column": _columns(lambda v: v[..., :1]),
    "list": _columns(lambda v: v.tolist()),
    "integers": _columns(lambda v: v.astype(int)),
    "nan": _columns(lambda v: v * np.nan),
    "origin": _returning(lambda run: Found(Walk.result(run).columns, np.zeros(3, dtype=int))),
    "series": _returning(lambda run: Found(Walk.result(run).columns, series=1)),  # type: ignore[arg-type]  # what is refused
    "percent": SaysPercent,
    "no property of progress": ProgressNoProperty,
    "objects": SavesObjects,
    "list saved": SavesAList,
}


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ("no run", "Faulty.init returned NoneType, not a Run"),
        ("no property", "True or False.*@property"),
        ("array", r"return Found\(columns\)"),
        ("two axes", r"\(S, N, starts\) = \(1, 8, 2\), got \(8, 2\)"),
        ("one column", r"got \(1, 8, 1\)"),
        ("list", "got list"),
        ("integers", "floating-point displacements, got int64"),
        ("nan", "nothing but nan or inf for sample 0 of N = 8"),
        ("origin", r"origins of Faulty must be \(2,\), got \(3,\)"),
        ("series", "time series of Faulty is int"),
        ("percent", "progress of Faulty must be a fraction from 0 to 1 or None, got 40.0"),
        ("no property of progress", "got <bound method .*@property above progress"),
        ("objects", "rng in the checkpoint of Faulty is no array of numbers"),
        ("list saved", "checkpoint of Faulty is list"),
    ],
)
def test_a_sampler_that_goes_wrong_is_named(way: str, message: str, tmp_path: Path) -> None:
    config = SimulationConfig(sizes=(8,), samples=1, sampler=Faulty(way=way))
    with pytest.raises(SimulationError, match=message) as error:
        simulate(MODEL, config, tmp_path / "x.h5", save_every=0.0)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "x.h5").exists()


def test_the_control_does_not_go_wrong(tmp_path: Path) -> None:
    found = simulate(
        MODEL, SimulationConfig(sizes=(8,), samples=1, sampler=Faulty()), tmp_path / "x"
    )
    assert found.sizes[8].energy.shape == (1, 2)


def test_a_lost_column_is_kept_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(v: Any) -> Any:
        v[0, :, 1] = np.nan
        return v

    monkeypatch.setitem(WAYS, "lost", _columns(lose))
    config = SimulationConfig(sizes=(8,), samples=1, sampler=Faulty(way="lost"))
    data = simulate(MODEL, config, tmp_path / "x.h5").sizes[8]
    assert data.status.tolist() == [[0, 3]]
    assert data.hits.tolist() == [1]


def test_a_checkpoint_without_restore_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WAYS, "no restore", CannotRestore)
    config = SimulationConfig(sizes=(8,), samples=1, sampler=Faulty(way="no restore"))
    monkeypatch.setattr(CannotRestore, "result", lambda _: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        simulate(MODEL, config, tmp_path / "x.h5", save_every=0.0)
    with pytest.raises(SimulationError, match=r"write its restore\(arrays\)"):
        simulate(MODEL, config, tmp_path / "x.h5", resume=True)


class Plain(Sampler):
    """No dataclass."""

    starts = 2

    def init(self, batch: Batch) -> Run:
        return Walk(self, batch)


@dataclass(frozen=True)
class Many(Faulty):
    """An option of any kind."""

    what: Any = None


@dataclass(frozen=True)
class WithoutStarts(Sampler):
    """Nobody knows how many columns it returns."""

    def init(self, batch: Batch) -> Run:
        return Walk(self, batch)


def _local() -> Sampler:
    @dataclass(frozen=True)
    class Local(Faulty):
        pass

    return Local()


class Unpicklable(float):
    """A number as far as options go."""

    def __reduce__(self) -> Any:
        raise TypeError("cannot pickle this")


@pytest.mark.parametrize(
    ("sampler", "message"),
    [
        (Faulty, "Faulty is a class: give an object of it"),
        (3, "int is no sampler: derive its class"),
        (Plain(), "Plain is no frozen dataclass"),
        (WithoutStarts(), "WithoutStarts needs an option starts"),
        (Faulty(starts=0), "needs an option starts, a positive integer"),
        (Many(what=len), "option Many.what is builtin_function_or_method"),
        (Many(what={"x": [1.0, float("nan")]}), "option Many.what is float nan"),
        (Many(what=Unpicklable(1.0)), "cannot be sent to worker processes .*cannot pickle this"),
        (_local(), "Local is defined within a function"),
    ],
)
def test_what_is_no_sampler_is_refused(sampler: Any, message: str) -> None:
    with pytest.raises(SimulationError, match=message) as error:
        SimulationConfig(sampler=sampler)
    assert "\n" not in str(error.value)


def test_options_are_plain_in_archives(tmp_path: Path) -> None:
    what = {"list": (1, 2.5), "array": np.arange(3), "none": None}
    config = SimulationConfig(sizes=(8,), samples=1, sampler=Many(what=what))
    stored = simulate(MODEL, config, tmp_path / "x.h5").config
    plain = {"list": [1, 2.5], "array": [0, 1, 2], "none": None}
    assert stored.table()["options"] == {"starts": 2, "way": "", "what": plain}
    (tmp_path / "c.toml").write_text(as_toml(MODEL, stored), encoding="utf-8")
    _, again, *_ = load(tmp_path / "c.toml")
    assert again.method == stored.method == f"{__name__}:Many"


def test_options_of_ones_own_have_validators() -> None:
    config = SimulationConfig(sampler=Kicked(kick=2.0), sizes=(8,)).replace(starts=4)
    assert config.sampler == Kicked(starts=4, kick=2.0)
    for make in (
        lambda: Kicked(kick=-1.0),
        lambda: replace(Kicked(), kick=-1.0),
        lambda: config.replace(kick=-1.0),
    ):
        with pytest.raises(SimulationError) as caught:
            make()
        assert str(caught.value) == "kick must be positive, got -1.0"
