"""A few samples and their minima, made once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from glasswell.sim import Minima, minimise
from glasswell.sim.sample import couplings
from glasswell.theory import Model


@dataclass(frozen=True)
class Case:
    """A model, a sample of it, and the minima that random starts fall into."""

    model: Model
    J: np.ndarray
    starts: np.ndarray
    minima: Minima

    @property
    def unit(self) -> float:
        """Of displacements: 1/√a, or 1 where G is given by coefficients."""
        return float(1.0 / np.sqrt(self.model.a or 1.0))


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
    starts = np.random.default_rng(3).standard_normal((24, 6)) * 3.0 / np.sqrt(model.a or 1.0)
    return Case(model, J, starts, minimise(starts, J, model))


@dataclass(frozen=True)
class Gaussian:
    """Samples with a = 0, whose equilibrium is known: v ~ Normal(0, T H⁻¹), H = stiffness - J.

    ``eigenvalues`` (S, N) and ``vectors`` (S, N, N) are those of H.
    """

    model: Model
    J: np.ndarray
    eigenvalues: np.ndarray
    vectors: np.ndarray

    @classmethod
    def of(cls, stiffness: float, N: int, samples: int, seed: int, J0: float = 0.0) -> Gaussian:
        model = Model(gamma=1.0 / stiffness, J0=J0)
        J = couplings.batch(model, N, seed=seed, samples=range(samples))
        return cls(model, J, *np.linalg.eigh(stiffness * np.eye(N) - J))

    def draws(self, T: float, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Independent equilibrium configurations, (S, N, *shape)."""
        S, N = self.eigenvalues.shape
        width = np.sqrt(T / self.eigenvalues)[:, :, None]
        modes = width * rng.standard_normal((S, N, int(np.prod(shape))))
        return (self.vectors @ modes).reshape(S, N, *shape)

    def relaxation(
        self, start: float, T: float, times: int, step: float, rng: np.random.Generator
    ) -> np.ndarray:
        """Langevin dynamics from equilibrium at ``start`` to T, exact; (S, N, 2 chains, times)."""
        S, N = self.eigenvalues.shape
        modes = np.empty((times, S, N, 2))
        now = np.sqrt(start / self.eigenvalues)[..., None] * rng.standard_normal((S, N, 2))
        decay = np.exp(-self.eigenvalues * step)[..., None]
        kick = np.sqrt(T / self.eigenvalues[..., None] * (1 - decay**2))
        for time in range(times):
            modes[time] = now
            now = decay * now + kick * rng.standard_normal((S, N, 2))
        return np.einsum("sij,tsjc->sict", self.vectors, modes)


@pytest.fixture(scope="session")
def gaussian_type() -> type[Gaussian]:
    return Gaussian
