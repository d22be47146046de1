"""What a user writes outside the package runs, is archived and described: examples/extend."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from glasswell.sim import SimulationConfig, SimulationError, inspect, simulate
from glasswell.sim.archive import writing
from glasswell.sim.archive.summary import as_text
from glasswell.sim.sample import couplings, landscape
from glasswell.theory import Model

FOLDER = Path(__file__).parents[1] / "examples" / "extend"
SCRIPTS = sorted(FOLDER.glob("*.py"))
MODEL = Model(gamma=10.0)
LONGEST = 60


@pytest.fixture
def extend(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Imports a script by its name, as a user's program would."""
    monkeypatch.syspath_prepend(str(FOLDER))
    before = set(sys.modules)

    def load(name: str) -> ModuleType:
        return __import__(name)

    yield load
    for name in set(sys.modules) - before:
        if name in {script.stem for script in SCRIPTS}:
            del sys.modules[name]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_is_short_and_runs(script: Path, tmp_path: Path) -> None:
    assert len(script.read_text(encoding="utf-8").splitlines()) < LONGEST
    done = subprocess.run(
        [sys.executable, str(script)], check=False, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout


def test_a_sampler_of_one_s_own(extend: Any, tmp_path: Path) -> None:
    """Whoever runs it, bit for bit; its states are minima, sorted, and counted."""
    sampler = extend("sampler").Hopping(starts=4, hops=3, kick=2.5)
    config = SimulationConfig(sizes=(12, 8), samples=(2, 3), sampler=sampler, states=3, seed=5)
    path = tmp_path / "hops.h5"
    simulate(MODEL, config, path)
    ways: list[dict[str, Any]] = [{"chunk": 1}, {"engine": "process", "workers": 2, "chunk": 2}]
    for number, how in enumerate(ways):
        again = tmp_path / f"{number}.h5"
        simulate(MODEL, config, again, **how)
        assert again.read_bytes() == path.read_bytes()
    for N, data in writing.read(path).sizes.items():
        J = couplings.batch(MODEL, N, seed=5, samples=data.sample.tolist())
        v = np.swapaxes(data.displacement, 1, 2)
        assert np.max(np.abs(landscape.force(v, J, MODEL))) <= 1e-9
        assert np.all(np.diff(data.energy, axis=1) >= 0.0)
        assert np.all((data.hits >= 1) & (data.hits <= 4))


READ = """\
import json, sys
from glasswell.sim import inspect, simulate
from glasswell.sim.archive import writing
content = writing.read(sys.argv[1])
simulation = inspect(sys.argv[1])["simulation"]
print(json.dumps([repr(content.config.sampler), simulation, "sampler" in sys.modules]))
try:
    simulate(content.model, content.config, sys.argv[1] + ".again.h5")
except Exception as error:
    print(f"{type(error).__name__}: {error}")
"""


def test_elsewhere_it_is_a_description(extend: Any, tmp_path: Path) -> None:
    """Although its code lies where it could be imported from."""
    sampler, path = extend("sampler").Hopping(starts=2, hops=1), tmp_path / "hops.h5"
    config = SimulationConfig(sizes=(8,), samples=1, sampler=sampler)
    simulate(MODEL, config, path)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=FOLDER,
    )
    first, refused = done.stdout.splitlines()
    shown, simulation, imported = json.loads(first)
    assert shown.startswith("Described(name='sampler:Hopping'")
    assert simulation["method"] == "sampler:Hopping"
    assert simulation["options"] == {"starts": 2, "hops": 1, "kick": 3.0}
    assert not imported
    assert "SimulationError" in refused
    assert "only described here" in refused
    assert not Path(f"{path}.again.h5").exists()
    assert "sampler:Hopping(hops = 1, kick = 3.0), 2 starts" in as_text(inspect(path))
    # The archive that stands is the one that was asked for; with other options it is not.
    assert simulate(MODEL, config, path, resume=True).config.table() == config.table()
    other = SimulationConfig(sizes=(8,), samples=1, sampler=sampler, kick=4.0)
    with pytest.raises(OSError, match="another configuration"):
        simulate(MODEL, other, path, resume=True)


def test_executors_of_one_s_own(extend: Any, tmp_path: Path) -> None:
    """In line, and in two threads: the archive of the built-in engine."""
    config = SimulationConfig(sizes=(8, 10), samples=3, starts=3, steps=40)
    simulate(MODEL, config, tmp_path / "engine.h5", chunk=1)
    whole = (tmp_path / "engine.h5").read_bytes()
    counts: list[float] = []
    own = extend("executor").Inline()

    def count(done: float, _: int) -> None:
        counts.append(done)

    simulate(MODEL, config, tmp_path / "own.h5", executor=own, chunk=1, progress=count)
    assert (tmp_path / "own.h5").read_bytes() == whole
    assert counts == list(range(7))
    with ThreadPoolExecutor(2) as threads:
        simulate(MODEL, config, tmp_path / "threads.h5", executor=threads, chunk=1)
        assert threads.submit(int).result() == 0
    assert (tmp_path / "threads.h5").read_bytes() == whole


def test_a_name_in_configurations(extend: Any) -> None:
    """Registered in this process, its options are keys of [simulation]."""
    from glasswell.sim import register
    from glasswell.sim.config import parse
    from glasswell.sim.samplers import registry

    kind = extend("sampler").Hopping
    register("hopping", kind)
    try:
        config = parse({"method": "hopping", "hops": 3, "starts": 2, "sizes": [8]})
        assert config.sampler == kind(starts=2, hops=3)
        with pytest.raises(ValueError, match="did you mean 'hops'"):
            parse({"method": "hopping", "hop": 3})
        with pytest.raises(SimulationError, match="choose another name"):
            register("anneal", kind)
    finally:
        del registry._registered["hopping"]
    with pytest.raises(SimulationError, match="unknown method 'hopping'"):
        parse({"method": "hopping"})
