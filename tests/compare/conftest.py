"""Samples made by hand, whose answers are known, and a comparison to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glasswell.sim import Archive, SimulationConfig, SizeData, simulate
from glasswell.sim.run.provenance import describe
from glasswell.theory import Model

POLARISED = Model(gamma=2.0, J0=3.0)

TINY = """\
[model]
gamma = 10.0
[simulation]
sizes = [8, 16]
samples = 12
starts = 4
states = 2
steps = 60
[theory]
rsb = [0, 1]
[compare]
resamples = 200
"""


class Samples:
    """Makes lowest states out of arrays, everything else as if they were perfect minima."""

    @staticmethod
    def size(h: Any, C: Any, v: Any, **other: Any) -> SizeData:
        """One size from cavity fields, responses and displacements (S, N)."""
        h, C, v = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (h, C, v)))
        S = h.shape[0]
        values = {
            "sample": np.arange(S),
            "energy": -np.ones((S, 1)),
            "displacement": v[:, None],
            "cavity_field": h[:, None],
            "cavity_susceptibility": C[:, None],
            "gradient_norm": np.zeros((S, 1)),
            "smallest_eigenvalue": np.ones((S, 1)),
            "status": np.zeros((S, 1), dtype=int),
            "hits": np.full(S, 3),
        }
        return SizeData(**{**values, **other})

    @staticmethod
    def archive(model: Model, *sizes: SizeData) -> Archive:
        """An archive of these sizes."""
        config = SimulationConfig(sizes=tuple(data.N for data in sizes))
        provenance = describe(model, config, device="cpu")
        return Archive({data.N: data for data in sizes}, provenance)


@pytest.fixture
def samples() -> Samples:
    return Samples()


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A configuration that takes a second."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path


@pytest.fixture(scope="session")
def polarised(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Samples of the polarised phase: replica symmetry is stable there, and quenches find all."""
    config = SimulationConfig(
        sizes=(48, 96), samples=(160, 100), starts=2, states=1, method="quench"
    )
    path = tmp_path_factory.mktemp("polarised") / "samples.h5"
    return simulate(POLARISED, config, path)
