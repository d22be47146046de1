"""A few samples and their minima, made once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from glasswell.sim import Minima, couplings, minimise
from glasswell.theory import Model


@dataclass(frozen=True)
class Case:
    """A model, a sample of it, and the minima that random starts fall into."""

    model: Model
    J: np.ndarray
    starts: np.ndarray
    minima: Minima


MODELS = {
    "glass": Model(gamma=10.0),
    "harmonic": Model(gamma=0.4),
    "polarised": Model(gamma=3.0, J0=2.0),
    "field": Model(gamma=5.0, field=0.7),
    "rescaled": Model(gamma=10.0, a=50.0),
    "weak disorder": Model(gamma=2.0, J=0.5),
    "double wells": Model(gamma=1.0, k=-1.0, a=6.0),
    "sextic": Model(gamma=4.0, coefficients=(0.5, -0.1, 0.01)),
}


@pytest.fixture(scope="session", params=list(MODELS))
def case(request: pytest.FixtureRequest) -> Case:
    model = MODELS[request.param]
    J = couplings.sample(model, 24, seed=11)
    starts = np.random.default_rng(3).standard_normal((24, 6)) * 3.0 / np.sqrt(model.a)
    return Case(model, J, starts, minimise(starts, J, model))
