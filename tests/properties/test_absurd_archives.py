"""Numbers that no model gives, in an archive whose shapes, order and checksums are in order.

Every example is compared in a process of its own that has 10 s and 1 GiB, where a warning is an
error: it is refused in one line, or compared.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from glasswell.compare import CompareConfig, compare
from glasswell.compare.page.report_json import as_dict, as_text
from glasswell.sim import SimulationConfig, inspect, simulate
from glasswell.sim.archive import writing
from glasswell.sim.config import parse
from glasswell.theory.model import GlasswellError, Model
from hypothesis import given, settings
from hypothesis import strategies as st

FEW, MANY = 20, 300
CONFIG = CompareConfig(rsb=(0,), resamples=100)
QUENCH = SimulationConfig(
    sizes=(8, 12), samples=8, starts=4, steps=20, least_hits=1, method="quench", states=2
)
TEMPER = {"method": "temper", "temperatures": [0.3, 0.5, 0.8, 1.5], "sweeps": 200, "starts": 8}
COUNTED = ("sample", "state", "site", "temperature", "rung", "replica", "measurement")
"""Coordinates, of which no other values fit at all; temperatures have a test of their own."""

Array = np.ndarray[Any, Any]
Contained = Callable[[Callable[[], int]], Any]


@dataclass(frozen=True)
class Change:
    """Of the numbers of one dataset, all or those of one entry of the first axis or one number."""

    name: str
    place: int
    part: str
    how: str
    decades: int
    sign: int

    def of(self, values: Array) -> Array:
        """The numbers after it."""
        where: Any = ...
        if self.part == "one":
            where = np.unravel_index(self.place % values.size, values.shape)
        elif self.part == "row":
            where = self.place % len(values)
        factor = self.sign * 10.0**self.decades
        changed = values.astype("f8")
        with np.errstate(over="ignore", under="ignore"):
            new = changed[where] * factor if self.how == "times" else changed[where] + factor
        changed[where] = np.clip(new, -1.7e308, 1.7e308)
        whole = values.dtype.kind == "i"
        return np.clip(changed, -(2.0**62), 2.0**62).astype("i8") if whole else changed


def _numbers(file: h5py.File) -> list[str]:
    """The paths of what was measured or drawn."""
    found: list[str] = []
    file.visititems(lambda name, x: found.append(name) if isinstance(x, h5py.Dataset) else None)
    return sorted(name for name in found if name.rpartition("/")[2] not in COUNTED)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Archives that can be compared, and are: what theory says is then known to every child."""
    place = tmp_path_factory.mktemp("absurd")
    temper = parse({"sizes": [8], "samples": 8, "states": 1, **TEMPER})
    runs = {
        "quench": (Model(gamma=10.0, J0=0.1), QUENCH),
        "field": (Model(gamma=2.0, J0=0.5, field=1.0), QUENCH),
        "temper": (Model(gamma=10.0, J0=0.5), temper),
    }
    paths = {}
    for name, (model, config) in runs.items():
        paths[name] = place / f"{name}.h5"
        simulate(model, config, paths[name])
        assert _compared(paths[name]) == 0
    return paths


def _compared(path: Path) -> int:
    """0 if it is inspected and compared, 2 if it is refused."""
    try:
        print(json.dumps(inspect(path), allow_nan=False))
        comparison = compare(writing.read(path), CONFIG)
        print(json.dumps(as_dict(comparison), allow_nan=False))
        print(as_text(comparison))
    except GlasswellError as error:
        print(f"glasswell: {error}", file=sys.stderr)
        return 2
    return 0


def _changed(path: Path, change: Change) -> Path:
    """A copy with other numbers, and checksums of them."""
    copy = path.with_name("changed.h5")
    copy.write_bytes(path.read_bytes())
    with h5py.File(copy, "a") as file:
        names = _numbers(file)
        name = change.name or names[change.place % len(names)]
        values = change.of(file[name][()])
        del file[name]
        file.create_dataset(name, data=values, fletcher32=True)
    return copy


def _check(path: Path, change: Change, contained: Contained) -> None:
    path = _changed(path, change)
    outcome = contained(lambda: _compared(path))
    refused = outcome.code == 2 and outcome.err.count("\n") == 1 and len(outcome.err) < 1000
    assert outcome.works or refused, outcome.err[-2000:]


KINDS = ("quench", "field", "temper")
_CHANGES = st.builds(
    Change,
    name=st.just(""),
    place=st.integers(0, 10**6),
    part=st.sampled_from(["all", "row", "one"]),
    how=st.sampled_from(["times", "plus"]),
    decades=st.integers(-310, 307),
    sign=st.sampled_from([1, -1]),
)


@given(st.sampled_from(KINDS), _CHANGES)
@settings(max_examples=FEW)
def test_numbers(
    archives: dict[str, Path], contained: Contained, kind: str, change: Change
) -> None:
    _check(archives[kind], change, contained)


@pytest.mark.slow
@given(st.sampled_from(KINDS), _CHANGES)
@settings(max_examples=MANY)
def test_many_numbers(
    archives: dict[str, Path], contained: Contained, kind: str, change: Change
) -> None:
    _check(archives[kind], change, contained)
